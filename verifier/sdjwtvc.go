package verifier

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

// typeSDJWTVC is the media type of SD-JWT VC.
const typeSDJWTVC = sdjwtvc.Type

// maxBindingAge is how old a key binding may be that answers a challenge.
const maxBindingAge = 10 * time.Minute

// judgeSDJWTVC judges a credential whose claims stand in an SD-JWT. The
// issuer's key is found by a DID, or in certificates that lead to an anchor.
func (v *Verifier) judgeSDJWTVC(ctx context.Context, e *envelope) *Report {
	token, err := sdjwt.Parse(string(e.data))
	if err != nil {
		return v.unreadable(err, &Report{})
	}
	found, err := sdjwtvc.Verify(ctx, token, v.sdjwtPolicy())
	if err != nil {
		check := Check{Name: CheckProof, Required: true, Outcome: Refused, Detail: err.Error()}
		if errors.Is(err, did.ErrUnknown) || errors.Is(err, sdjwtvc.ErrNoKey) {
			check.Outcome = NotEstablished
		}
		return &Report{now: v.policy.Now, Checks: []Check{check}}
	}
	s := signed{
		check: Check{
			Name: CheckProof, Required: true, Outcome: Established,
			Detail: fmt.Sprintf("%s with %v by %s", e.mediaType, found.Header()["alg"], found.Issuer.Names[0]),
		},
		controllers: found.Issuer.Names[:1], disclosure: disclosure(&found.Contents),
	}
	report := v.credentialReport(ctx, fromClaims(found), s)
	if found.KeyBinding() != nil {
		report.holderIs("presented by the key that it was issued to")
	}
	return report
}

// sdjwtPolicy says of an SD-JWT VC what the policy wants of it. A key binding
// answers the first domain and the first challenge that are expected.
func (v *Verifier) sdjwtPolicy() sdjwtvc.Policy {
	policy := sdjwtvc.Policy{
		Now: v.policy.Now, Skew: clockSkew, Types: []string{sdjwtvc.Type}, Credential: sdjwtvc.Ignore(), Issuer: sdjwtvc.Ignore(),
		Finders:    []sdjwtvc.Finder{controllers{v}},
		Algorithms: v.policy.Algorithms, KeyBinding: sdjwt.IgnoreKeyBinding(),
	}
	if policy.Algorithms == nil {
		policy.Algorithms = jose.Recommended()
	}
	if v.policy.Anchors != nil {
		policy.Finders = append(policy.Finders, sdjwtvc.X5C{Anchors: v.policy.Anchors, Now: v.policy.Now})
	}
	if len(v.policy.Domain.values) > 0 {
		policy.Audience = v.policy.Domain.values[0]
	}
	if v.policy.Challenge.expected || v.policy.Domain.expected {
		want := sdjwt.KeyBinding{Audience: policy.Audience, MaxAge: maxBindingAge, Algorithms: policy.Algorithms}
		if len(v.policy.Challenge.values) > 0 {
			want.Nonce = v.policy.Challenge.values[0]
		}
		policy.KeyBinding = sdjwt.ExpectKeyBinding(want)
	}
	return policy
}

// controllers finds the key of an issuer that is a DID, by the kid.
type controllers struct{ verifier *Verifier }

// Find returns the key in the issuer's controller document.
func (c controllers) Find(ctx context.Context, s sdjwtvc.Signed) (*sdjwtvc.Issuer, error) {
	kid, _ := s.Header["kid"].(string)
	if !strings.HasPrefix(s.Issuer, "did:") || kid == "" {
		return nil, fmt.Errorf("%w: iss is no DID, or there is no kid", sdjwtvc.ErrNoKey)
	}
	method := kid
	if !strings.HasPrefix(kid, s.Issuer+"#") {
		method = s.Issuer + "#" + strings.TrimPrefix(kid, "#")
	}
	key, err := c.verifier.keyAt(ctx, method, proof.AssertionMethod)
	if err != nil {
		return nil, err
	}
	return &sdjwtvc.Issuer{Names: []string{s.Issuer}, Key: key}, nil
}

// fromClaims says what claims say in the words of the data model.
func fromClaims(c *sdjwtvc.Credential) *credential.Unverified {
	claims := c.Claims()
	u := &credential.Unverified{
		Types: []string{c.Type}, Issuer: c.Issuer.Names[0],
		ValidFrom: numericDate(claims["nbf"]), ValidUntil: numericDate(claims["exp"]),
	}
	u.ID, _ = claims["jti"].(string)
	subject := maps.Clone(claims)
	for _, name := range []string{"iss", "nbf", "exp", "iat", "vct", "vct#integrity", "aka_vcts", "cnf", "status", "jti", "aud"} {
		delete(subject, name)
	}
	if id, ok := subject["sub"]; ok {
		subject["id"] = id
		delete(subject, "sub")
	}
	u.Subjects = []map[string]any{subject}
	if c.Status != nil {
		u.Statuses = []credential.StatusEntry{{Type: "status_list"}}
	}
	return u
}

// numericDate: RFC 7519, section 2; the form was checked with the signature.
func numericDate(value any) time.Time {
	seconds, ok := value.(float64)
	if !ok {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// holderIs says how it is established who shows a credential.
func (r *Report) holderIs(detail string) {
	for i := range r.Checks {
		if r.Checks[i].Name == CheckHolder {
			r.Checks[i].Outcome, r.Checks[i].Detail = Established, detail
		}
	}
}
