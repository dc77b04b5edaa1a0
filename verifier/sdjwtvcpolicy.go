package verifier

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

// maxBindingAge is how old a key binding may be that answers a challenge.
const maxBindingAge = 10 * time.Minute

// errOccasion is about a policy that says too little for a key binding.
var errOccasion = errors.New("its holder signs for a domain and a challenge: expect both, or neither")

// sdjwtPolicy says of an SD-JWT VC what the policy wants of it. Metadata of
// types are judged afterwards.
func (v *Verifier) sdjwtPolicy() (sdjwtvc.Policy, error) {
	algorithms := v.sdjwtAlgorithms()
	policy := sdjwtvc.Policy{
		Now: v.policy.Now, Skew: clockSkew, Types: []string{sdjwtvc.Type}, Credential: sdjwtvc.Ignore(), Issuer: sdjwtvc.Ignore(),
		Finders: v.finders(), Algorithms: algorithms, KeyBinding: sdjwt.IgnoreKeyBinding(),
	}
	if v.policy.Issuer.expected { // nobody else's address is asked
		policy.Issuer = sdjwtvc.Expect(v.policy.Issuer.values...)
	}
	if len(v.policy.Domain.values) > 0 {
		policy.Audience = v.policy.Domain.values[0]
	}
	switch domain, challenge := v.policy.Domain, v.policy.Challenge; {
	case domain.expected != challenge.expected:
		return policy, errOccasion
	case domain.expected:
		policy.KeyBinding = sdjwt.ExpectKeyBinding(sdjwt.KeyBinding{
			Nonce: challenge.values[0], Audience: policy.Audience, MaxAge: maxBindingAge, Algorithms: algorithms,
		})
	}
	return policy, nil
}

// sdjwtAlgorithms are those of the policy that an SD-JWT can be signed with.
func (v *Verifier) sdjwtAlgorithms() []string {
	allowed := v.policy.Algorithms
	if allowed == nil {
		allowed = jose.Recommended()
	}
	known := sdjwt.Algorithms()
	return slices.DeleteFunc(slices.Clone(allowed), func(name string) bool { return !slices.Contains(known, name) })
}

// finders are the ways to an issuer's key. What has to be asked for is last.
func (v *Verifier) finders() []sdjwtvc.Finder {
	finders := []sdjwtvc.Finder{controllers{v}}
	if v.policy.Anchors != nil {
		finders = append(finders, sdjwtvc.X5C{Anchors: v.policy.Anchors, Now: v.policy.Now})
	}
	if v.policy.IssuerMetadata != nil {
		finders = append(finders, sdjwtvc.Metadata{Fetch: v.policy.IssuerMetadata})
	}
	return finders
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
