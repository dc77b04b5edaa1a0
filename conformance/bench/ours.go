package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/suites"
)

// credential is what is signed: a registration of a birth, still without the
// identifier of its issuer.
//
//go:embed credential.json
var credential []byte

// mandatory are pointers to what is always disclosed of it, and chosen to what
// is besides.
var (
	mandatory = []string{"/issuer", "/validFrom", "/validUntil", "/credentialStatus"}
	chosen    = []string{"/credentialSubject/givenNames", "/credentialSubject/familyName", "/credentialSubject/birthDate"}
)

// ours is this implementation.
type ours struct {
	contexts *schemas.Contexts
	suites   *proof.Table
	verifier *verifier.Verifier
}

func newOurs() (*ours, error) {
	contexts, err := schemas.Embedded()
	if err != nil {
		return nil, err
	}
	table, err := suites.All()
	if err != nil {
		return nil, err
	}
	v, err := verifier.New(verifier.Policy{
		Now:        time.Now(),
		Issuer:     verifier.Ignore[string](),
		Domain:     verifier.Ignore[string](),
		Challenge:  verifier.Ignore[string](),
		Status:     verifier.Ignore[string](),
		Freshness:  verifier.Ignore[time.Duration](),
		LogReceipt: verifier.Ignore[string](),
		Contexts:   contexts,
		Suites:     table,
	})
	return &ours{contexts, table, v}, err
}

// sign returns the credential with a proof.
func (o *ours) sign(ctx context.Context, s signing) ([]byte, error) {
	id, method, err := did.FromKey(s.key.Public())
	if err != nil {
		return nil, err
	}
	document, err := issuedBy(id)
	if err != nil {
		return nil, err
	}
	template := proof.Template{VerificationMethod: method, Purpose: proof.AssertionMethod, Created: time.Now()}
	return proof.Sign(ctx, document, template, s.suite, s.key, o.contexts)
}

// issuedBy returns the credential with the identifier of its issuer.
func issuedBy(id string) ([]byte, error) {
	var document map[string]any
	if err := json.Unmarshal(credential, &document); err != nil {
		return nil, err
	}
	issuer, ok := document["issuer"].(map[string]any)
	if !ok {
		return nil, errors.New("the credential has no issuer")
	}
	issuer["id"] = id
	return json.Marshal(document)
}

func (o *ours) derive(ctx context.Context, base []byte) ([]byte, error) {
	return proof.Derive(ctx, base, chosen, o.suites, o.contexts)
}

// errNotAccepted is a verdict.
var errNotAccepted = errors.New("not accepted")

func (o *ours) verify(ctx context.Context, document []byte) error {
	report, err := o.verifier.Verify(ctx, document)
	if err != nil {
		return err
	}
	if verdict := report.Verdict(); verdict != verifier.VerdictAccepted {
		return fmt.Errorf("%w: %v: %v", errNotAccepted, verdict, report.Checks)
	}
	return nil
}

// documents returns the contexts that the credential names.
func (o *ours) documents() map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for _, url := range []string{schemas.CredentialsV2, schemas.CivilV1} {
		all[url] = o.contexts.JSON(url)
	}
	return all
}

// verification is of a document that s signed.
func (o *ours) verification(s signing, document []byte) verification {
	return verification{
		name: s.suite.Cryptosuite() + " verify", document: document, ours: o.verify,
		altered: bytes.Replace(document, []byte("O'Brien"), []byte("O'Brian"), 1),
		theirs:  request{Op: "verify", Suite: s.suite.Cryptosuite()},
	}
}
