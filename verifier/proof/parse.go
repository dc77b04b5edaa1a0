package proof

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// TypeDataIntegrity is the type of every proof that names a cryptosuite.
const TypeDataIntegrity = "DataIntegrityProof"

// Proof is one proof of a document, read but not checked.
type Proof struct {
	Type               string
	Cryptosuite        string
	Created            time.Time // zero if absent
	Expires            time.Time // zero if absent
	VerificationMethod string
	Purpose            string
	Domains            []string
	Challenge          string
	Value              string

	options []byte
}

// wire is the proof as JSON has it. Members that it does not list stay in the
// proof options, so that they are signed; the suite refuses unknown ones.
type wire struct {
	Context            jsontext.Value `json:"@context,omitzero"`
	Type               string         `json:"type"`
	Cryptosuite        string         `json:"cryptosuite"`
	Created            string         `json:"created"`
	Expires            string         `json:"expires"`
	VerificationMethod string         `json:"verificationMethod"`
	Purpose            string         `json:"proofPurpose"`
	Domain             jsontext.Value `json:"domain,omitzero"`
	Challenge          string         `json:"challenge"`
	PreviousProof      jsontext.Value `json:"previousProof,omitzero"`
	Value              string         `json:"proofValue"`
}

func parse(value, context jsontext.Value) (*Proof, error) {
	var w wire
	if err := json.Unmarshal(value, &w); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, withoutGoTypes(err))
	}
	if err := w.check(context); err != nil {
		return nil, err
	}
	p := &Proof{
		Type: w.Type, Cryptosuite: w.Cryptosuite, VerificationMethod: w.VerificationMethod,
		Purpose: w.Purpose, Challenge: w.Challenge, Value: w.Value,
	}
	if err := p.readTimes(w); err != nil {
		return nil, err
	}
	if err := p.readDomains(w.Domain); err != nil {
		return nil, err
	}
	var err error
	p.options, err = options(value, context)
	return p, err
}

// check: section 2.1, the members that a proof must have.
func (w *wire) check(context jsontext.Value) error {
	for name, text := range map[string]string{
		"type": w.Type, "verificationMethod": w.VerificationMethod,
		"proofPurpose": w.Purpose, "proofValue": w.Value,
	} {
		if text == "" {
			return fmt.Errorf("%w: it has no %s", ErrMalformed, name)
		}
	}
	if w.Type != TypeDataIntegrity {
		return fmt.Errorf("%w: type %.40q", ErrSuite, w.Type)
	}
	if w.PreviousProof != nil {
		return fmt.Errorf("%w: proof chains are not supported", ErrMalformed)
	}
	// A proof's own @context gives way to the document's in what is signed,
	// so it may not say anything else (section 4.7).
	if w.Context != nil && !sameJSON(w.Context, context) {
		return fmt.Errorf("%w: its @context is not the document's", ErrMalformed)
	}
	return nil
}

func sameJSON(a, b jsontext.Value) bool {
	a, b = a.Clone(), b.Clone()
	return a.Canonicalize() == nil && b.Canonicalize() == nil && bytes.Equal(a, b)
}

func (p *Proof) readTimes(w wire) (err error) {
	for _, field := range []struct {
		name, text string
		to         *time.Time
	}{{"created", w.Created, &p.Created}, {"expires", w.Expires, &p.Expires}} {
		if field.text == "" {
			continue
		}
		if *field.to, err = credential.ParseTime(field.text); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrMalformed, field.name, err)
		}
	}
	return nil
}

// readDomains: a domain is one string or an array of them.
func (p *Proof) readDomains(value jsontext.Value) error {
	if value == nil {
		return nil
	}
	var one string
	if json.Unmarshal(value, &one) == nil {
		p.Domains = []string{one}
		return nil
	}
	if err := json.Unmarshal(value, &p.Domains); err != nil {
		return fmt.Errorf("%w: domain is neither a string nor an array of strings", ErrMalformed)
	}
	return nil
}

// options returns the proof options: every member but the value, whatever it
// is, and the document's @context.
func options(value, context jsontext.Value) ([]byte, error) {
	all, err := members(value)
	if err != nil {
		return nil, err
	}
	kept := without(without(all, "proofValue"), "@context")
	if context != nil {
		kept = append([]member{{name: "@context", value: context}}, kept...)
	}
	return join(kept)
}

// Verify returns nil only if the proof is a signature of key over document,
// by a suite of table.
func (p *Proof) Verify(ctx context.Context, document []byte, key crypto.PublicKey, table *Table, contexts *schemas.Contexts) error {
	suite, err := table.Lookup(p.Cryptosuite)
	if err != nil {
		return err
	}
	in := Input{Document: document, Options: p.options, Contexts: contexts}
	return suite.Verify(ctx, in, key, p.Value)
}

// withoutGoTypes drops the name of the Go type from an error that a clerk may
// read.
func withoutGoTypes(err error) error {
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		return fmt.Errorf("%s is not of the right type", semantic.JSONPointer)
	}
	return err
}
