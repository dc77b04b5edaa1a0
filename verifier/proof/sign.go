package proof

import (
	"context"
	"crypto"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// Template says what a new proof is to state.
type Template struct {
	VerificationMethod string
	Purpose            string
	Created            time.Time // zero to leave it out: it is in each proof that is derived, by which they can be linked
	Domain             string    // for whom it is made; empty for anybody
	Challenge          string    // that it answers; empty for none
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
	proof, err := t.sign(ctx, document, suite, signer, contexts)
	if err != nil {
		return nil, err
	}
	return join(append(all, member{Name: "proof", Value: proof}))
}

// Add returns a secured document with one more proof, which together are a set
// (Data Integrity 1.0, section 2.1.1): each is over the document without any.
// It does not look whether the proofs that are there are good.
func Add(ctx context.Context, secured []byte, t Template, suite SigningSuite, signer crypto.Signer, contexts *schemas.Contexts) ([]byte, error) {
	document, proofs, err := Split(secured)
	if err != nil {
		return nil, err
	}
	if len(proofs) == MaxProofs {
		return nil, fmt.Errorf("%w: it has %d proofs already", ErrMalformed, MaxProofs)
	}
	all, err := members(document)
	if err != nil {
		return nil, err
	}
	added, err := t.sign(ctx, document, suite, signer, contexts)
	if err != nil {
		return nil, err
	}
	set := jsontext.Value{'['}
	for _, p := range proofs {
		set = append(append(set, p.whole...), ',')
	}
	set = append(append(set, added...), ']')
	return join(append(all, member{Name: "proof", Value: set}))
}

// sign returns a proof over document, which has none.
func (t Template) sign(ctx context.Context, document []byte, suite SigningSuite, signer crypto.Signer, contexts *schemas.Contexts) (jsontext.Value, error) {
	all, err := members(document)
	if err != nil {
		return nil, err
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
		unsigned = append(unsigned, member{Name: "@context", Value: context})
	}
	in := Input{Document: document, Contexts: contexts}
	if in.Options, err = join(unsigned); err != nil {
		return nil, err
	}
	value, err := suite.Sign(ctx, in, signer)
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", suite.Cryptosuite(), err)
	}
	return withValue(unsigned, value)
}

// members returns the proof without its value.
func (t Template) members(suite SigningSuite) ([]member, error) {
	var all []member
	created := ""
	if !t.Created.IsZero() {
		created = credential.FormatTime(t.Created)
	}
	for _, m := range [][2]string{
		{"type", suite.Type()},
		{"cryptosuite", suite.Cryptosuite()},
		{"created", created},
		{"verificationMethod", t.VerificationMethod},
		{"proofPurpose", t.Purpose},
		{"domain", t.Domain},
		{"challenge", t.Challenge},
	} {
		if m[1] == "" && slices.Contains([]string{"created", "domain", "challenge"}, m[0]) {
			continue
		}
		value, err := json.Marshal(m[1])
		if err != nil {
			return nil, err
		}
		all = append(all, member{Name: m[0], Value: value})
	}
	return all, nil
}

// withValue returns the proof that options and value make.
func withValue(options []member, value string) (jsontext.Value, error) {
	quoted, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return join(append(options, member{Name: "proofValue", Value: quoted}))
}

func attach(document, options []member, value string) ([]byte, error) {
	proof, err := withValue(options, value)
	if err != nil {
		return nil, err
	}
	return join(append(document, member{Name: "proof", Value: proof}))
}
