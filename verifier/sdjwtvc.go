package verifier

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

// typeSDJWTVC is the media type of SD-JWT VC.
const typeSDJWTVC = sdjwtvc.Type

// judgeSDJWTVC judges a credential whose claims stand in an SD-JWT. The
// issuer's key is found by a DID, in certificates that lead to an anchor, or in
// the issuer's own metadata.
func (v *Verifier) judgeSDJWTVC(ctx context.Context, e *envelope) *Report {
	token, err := sdjwt.Parse(string(e.data))
	if err != nil {
		return v.unreadable(err, &Report{})
	}
	policy, err := v.sdjwtPolicy()
	if err != nil {
		return v.notFound(err)
	}
	found, err := sdjwtvc.Verify(ctx, token, policy)
	if err != nil {
		return v.notFound(err)
	}
	s := signed{
		check: Check{
			Name: CheckProof, Required: true, Outcome: Established,
			Detail: fmt.Sprintf("%s with %v by %s", e.mediaType, found.Header()["alg"], found.Issuer.Names[0]),
		},
		disclosure: disclosed(&found.Contents), form: e.data,
	}
	if found.Issuer.By == "" { // otherwise nobody is asked for a controller document that is not needed
		s.controllers = found.Issuer.Names[:1]
	}
	schema := v.checkType(found) // first, as it brings the name of the type
	report := v.credentialReport(ctx, fromClaims(found), s)
	report.setCheck(CheckSchema, schema)
	v.explain(report, found)
	return report
}

// notFound is the report about what is no credential that a policy would take.
func (v *Verifier) notFound(err error) *Report {
	check := Check{Name: CheckProof, Required: true, Outcome: Refused, Detail: err.Error()}
	switch {
	case errors.Is(err, did.ErrUnknown), errors.Is(err, sdjwtvc.ErrNoKey), errors.Is(err, errOccasion):
		check.Outcome = NotEstablished
	case errors.Is(err, sdjwtvc.ErrIssuer):
		check.Name = CheckIssuer
	}
	return &Report{now: v.policy.Now, Checks: []Check{check}}
}

// explain completes those checks of a report that are other than for the data
// model.
func (v *Verifier) explain(report *Report, c *sdjwtvc.Credential) {
	if c.Issuer.By != "" { // there is no controller document that could be too old
		report.setCheck(CheckIssuer, Check{Required: true, Outcome: Established, Detail: c.Issuer.Names[0] + ", " + c.Issuer.By})
	}
	if c.Status != nil && v.policy.Status.expected {
		report.setCheck(CheckStatus, Check{Required: true, Outcome: NotEstablished, Detail: "where its status is, cannot be judged: " + statusText(c.Status)})
	}
	if holder := report.Check(CheckHolder); c.KeyBinding() != nil {
		holder.Outcome, holder.Detail = Established, "presented by the key that it was issued to"
		report.setCheck(CheckHolder, holder)
	} else if _, err := c.Holder(); err == nil {
		holder.Detail = "it is bound to a key; whoever shows it has not proved to have that"
		report.setCheck(CheckHolder, holder)
	}
}

func statusText(s *sdjwtvc.Status) string {
	places := s.Others
	if s.List != nil {
		places = append([]string{"the Token Status List " + s.List.URI}, places...)
	}
	return strings.Join(places, ", ")
}

// checkType holds a credential against the metadata of its type: they are its
// schema.
func (v *Verifier) checkType(c *sdjwtvc.Credential) Check {
	check := Check{Required: v.policy.requires(CheckSchema), Outcome: Established}
	switch err := c.Describe(v.policy.TypeMetadata); {
	case errors.Is(err, sdjwtvc.ErrNoTypeMetadata):
		check.Outcome, check.Detail = NotEstablished, err.Error()
	case err != nil:
		check.Outcome, check.Detail = Refused, err.Error()
	default:
		check.Detail = "it has the shape that the metadata of its type give: " + strings.Join(c.Metadata.Types, ", which extends ")
	}
	return check
}

// fromClaims says what claims say in the words of the data model.
func fromClaims(c *sdjwtvc.Credential) *credential.Unverified {
	u := claimsOf(c.Type, c.Claims())
	u.Issuer = c.Issuer.Names[0]
	if c.Metadata != nil {
		u.Name = c.Metadata.Name
	}
	return u
}

func claimsOf(credentialType string, claims map[string]any) *credential.Unverified {
	u := &credential.Unverified{
		Types:     []string{credentialType},
		ValidFrom: numericDate(claims["nbf"]), ValidUntil: numericDate(claims["exp"]),
	}
	u.ID, _ = claims["jti"].(string)
	u.Issuer, _ = claims["iss"].(string)
	if status, ok := claims["status"].(map[string]any); ok {
		for _, name := range slices.Sorted(maps.Keys(status)) {
			u.Statuses = append(u.Statuses, credential.StatusEntry{Type: name})
		}
	}
	subject := maps.Clone(claims)
	for _, name := range []string{"iss", "nbf", "exp", "iat", "vct", "vct#integrity", "aka_vcts", "cnf", "status", "jti", "aud"} {
		delete(subject, name)
	}
	if id, ok := subject["sub"]; ok {
		subject["id"] = id
		delete(subject, "sub")
	}
	u.Subjects = []map[string]any{subject}
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
