package proof

import (
	"context"
	"crypto"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// Template says what a new proof is to state.
type Template struct {
	VerificationMethod string
	Purpose            string
	Created            time.Time
}

// Sign returns document with a proof added as its last member.
func Sign(ctx context.Context, document []byte, t Template, suite SigningSuite, signer crypto.Signer, contexts *schemas.Contexts) ([]byte, error) {
	all, err := members(document)
	if err != nil {
		return nil, err
	}
	if find(all, "proof") != nil {
		return nil, fmt.Errorf("%w: the document has a proof already", ErrMalformed)
	}
	context := find(all, "@context")
	if context == nil {
		return nil, fmt.Errorf("%w: the document has no @context", ErrMalformed)
	}
	unsigned, err := t.members(suite)
	if err != nil {
		return nil, err
	}
	if suite.ContextInProof() {
		unsigned = append(unsigned, member{name: "@context", value: context})
	}
	in := Input{Document: document, Contexts: contexts}
	if in.Options, err = join(unsigned); err != nil {
		return nil, err
	}
	value, err := suite.Sign(ctx, in, signer)
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", suite.Cryptosuite(), err)
	}
	return attach(all, unsigned, value)
}

// members returns the proof without its value.
func (t Template) members(suite SigningSuite) ([]member, error) {
	var all []member
	for _, m := range [][2]string{
		{"type", suite.Type()},
		{"cryptosuite", suite.Cryptosuite()},
		{"created", credential.FormatTime(t.Created)},
		{"verificationMethod", t.VerificationMethod},
		{"proofPurpose", t.Purpose},
	} {
		value, err := json.Marshal(m[1])
		if err != nil {
			return nil, err
		}
		all = append(all, member{name: m[0], value: value})
	}
	return all, nil
}

func attach(document, unsigned []member, value string) ([]byte, error) {
	quoted, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	proof, err := join(append(unsigned, member{name: "proofValue", value: quoted}))
	if err != nil {
		return nil, err
	}
	return join(append(document, member{name: "proof", value: proof}))
}
