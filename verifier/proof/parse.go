package proof

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
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
	ID                 string // empty if absent
	Type               string
	Cryptosuite        string
	Created            time.Time // zero if absent
	Expires            time.Time // zero if absent
	VerificationMethod string
	Purpose            string
	Domains            []string
	Challenge          string
	Previous           []string // ids of the proofs that this one vouches for too
	Value              string

	options  []byte
	whole    jsontext.Value   // with the value
	previous []jsontext.Value // the proofs that Previous names, whole
}

// wire is the proof as JSON has it. Members that it does not list stay in the
// proof options, so that they are signed; the suite refuses unknown ones.
type wire struct {
	Context            jsontext.Value `json:"@context,omitzero"`
	ID                 string         `json:"id"`
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
		ID: w.ID, Type: w.Type, Cryptosuite: w.Cryptosuite, VerificationMethod: w.VerificationMethod,
		Purpose: w.Purpose, Challenge: w.Challenge, Value: w.Value, whole: value,
	}
	if err := p.readTimes(w); err != nil {
		return nil, err
	}
	var err error
	if p.Domains, err = texts("domain", w.Domain); err != nil {
		return nil, err
	}
	if p.Previous, err = texts("previousProof", w.PreviousProof); err != nil {
		return nil, err
	}
	p.options, err = options(value)
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
	// Where RDF is signed, a proof's own @context gives way to the document's;
	// where JSON is, contexts could be added to the document (Data Integrity
	// EdDSA Cryptosuites 1.0, section 3.3.2). So both must say the same.
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

// texts reads a member that is absent, one string or an array of them.
func texts(name string, value jsontext.Value) ([]string, error) {
	if value == nil {
		return nil, nil
	}
	var many []string
	if value.Kind() == '"' {
		value = slices.Concat(jsontext.Value{'['}, value, jsontext.Value{']'})
	}
	if err := json.Unmarshal(value, &many); err != nil || len(many) == 0 || slices.Contains(many, "") {
		return nil, fmt.Errorf("%w: %s is neither a string nor an array of strings", ErrMalformed, name)
	}
	return many, nil
}

// options returns the proof options: every member but the value, whatever it
// is.
func options(value jsontext.Value) ([]byte, error) {
	all, err := members(value)
	if err != nil {
		return nil, err
	}
	return join(without(all, "proofValue"))
}

// SuiteName returns what the suite is called that the proof names: by its
// cryptosuite or, if it has none, its type.
func (p *Proof) SuiteName() string { return name{p.Type, p.Cryptosuite}.String() }

// Verify returns nil only if the proof is a signature of key over document,
// by a suite of table.
func (p *Proof) Verify(ctx context.Context, document []byte, key crypto.PublicKey, table *Table, contexts *schemas.Contexts) error {
	suite, err := table.Lookup(p.Type, p.Cryptosuite)
	if err != nil {
		return err
	}
	if document, err = p.chained(document); err != nil {
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
