package selectivetest

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/prooftest"
)

// proofs are a base proof and one that is derived of it.
type proofs struct {
	in   proof.Input // of what was signed
	base string

	part  proof.Input
	value string
}

func newProofs(t *testing.T, suite proof.SelectiveSuite, signer crypto.Signer, document string, mandatory, pointers []string) proofs {
	t.Helper()
	p := proofs{in: Input(t, suite, document)}
	var err error
	if p.base, err = suite.WithMandatory(mandatory).Sign(t.Context(), p.in, signer); err != nil {
		t.Fatal(err)
	}
	p.part = p.in
	if p.part.Document, p.value, err = suite.Derive(t.Context(), p.in, p.base, pointers); err != nil {
		t.Fatal(err)
	}
	return p
}

// Derive is a test of what suite discloses, and that its proofs of it hold.
func Derive(t *testing.T, suite proof.SelectiveSuite, signer crypto.Signer) {
	all := strings.Replace(Document, `"@context":["https://www.w3.org/ns/credentials/v2"],`, "", 1)
	for name, c := range map[string]struct {
		document  string
		mandatory []string
		pointers  []string
		want      string // but for @context
	}{
		"mandatory alone": {
			Document, Mandatory(), nil,
			`{"type":["VerifiableCredential"],"issuer":"did:example:a","validUntil":"2027-01-01T00:00:00Z"}`,
		},
		"nothing mandatory": {Document, nil, []string{"/name"}, `{"type":["VerifiableCredential"],"name":"Þórdís"}`},
		"one of two subjects": {
			Document, Mandatory(),
			[]string{"/credentialSubject/1/name"},
			`{"type":["VerifiableCredential"],"issuer":"did:example:a","validUntil":"2027-01-01T00:00:00Z","credentialSubject":[{"name":"Bea"}]}`,
		},
		"what is mandatory, too": {
			Document, Mandatory(),
			[]string{"/issuer", "/credentialSubject/0"},
			`{"type":["VerifiableCredential"],"issuer":"did:example:a","validUntil":"2027-01-01T00:00:00Z","credentialSubject":[{"id":"did:example:s","name":"Anna"}]}`,
		},
		"everything":              {Document, Mandatory(), []string{""}, all},
		"everything is mandatory": {Document, []string{""}, nil, all},
		"data model 1.1": {
			Older,
			[]string{"/issuer", "/issuanceDate"},
			[]string{"/credentialSubject"},
			`{"type":["VerifiableCredential"],"issuer":"did:example:a","issuanceDate":"2026-01-01T00:00:00Z","credentialSubject":{"id":"did:example:s"}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProofs(t, suite, signer, c.document, c.mandatory, c.pointers)
			if err := suite.Verify(t.Context(), p.part, signer.Public(), p.value); err != nil {
				t.Error(err)
			}
			var want, got map[string]any
			if err := errors.Join(json.Unmarshal([]byte(c.want), &want), json.Unmarshal(p.part.Document, &got)); err != nil {
				t.Fatal(err)
			}
			if got["@context"] == nil {
				t.Error("without a @context")
			}
			delete(got, "@context")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A Derivation is what suite must not derive from.
type Derivation struct {
	In       proof.Input
	Value    string
	Pointers []string
	Want     error
}

// DeriveRefuses is a test of what suite must not derive from: what no suite may,
// and more of its own.
func DeriveRefuses(t *testing.T, suite proof.SelectiveSuite, signer crypto.Signer, more map[string]Derivation) {
	p := newProofs(t, suite, signer, Document, Mandatory(), nil)
	free := newProofs(t, suite, signer, Document, nil, []string{"/name"})
	edit := func(old, new string) proof.Input {
		return Input(t, suite, strings.Replace(Document, old, new, 1))
	}
	cases := map[string]Derivation{
		"unmatched member":         {p.in, p.base, []string{"/credentialSubject/0/familyName"}, proof.ErrPointer},
		"unmatched index":          {p.in, p.base, []string{"/credentialSubject/2"}, proof.ErrPointer},
		"an id that is not there":  {p.in, p.base, []string{"/credentialSubject/1/id"}, proof.ErrPointer},
		"not a pointer":            {p.in, p.base, []string{"name"}, proof.ErrPointer},
		"nothing at all":           {free.in, free.base, nil, proof.ErrPointer},
		"mandatory ones are gone":  {edit(`"validUntil":"2027-01-01T00:00:00Z",`, ""), p.base, nil, proof.ErrPointer},
		"a statement less":         {edit(`"name":"Þórdís",`, ""), p.base, nil, proof.ErrSignature},
		"ids that stand for nodes": {edit(`"name":"Bea"`, `"id":"urn:bnid:1","name":"Bea"`), p.base, nil, jsonld.ErrInvalid},
		"a derived proof":          {p.part, p.value, nil, proof.ErrMalformed},
		"no proof value":           {p.in, "", nil, proof.ErrMalformed},
	}
	maps.Copy(cases, more)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if part, _, err := suite.Derive(t.Context(), c.In, c.Value, c.Pointers); !errors.Is(err, c.Want) {
				t.Errorf("got %s, %v, want %v", part, err, c.Want)
			}
		})
	}
}

// VerifyRefuses is a test of what suite must not verify, by signer's key or by
// others that are not of the kind that it takes.
func VerifyRefuses(t *testing.T, suite proof.SelectiveSuite, signer, another crypto.Signer, others map[string]crypto.PublicKey) {
	subject, key := []string{"/credentialSubject"}, signer.Public()
	p := newProofs(t, suite, signer, Document, Mandatory(), subject)
	other := newProofs(t, suite, another, Document, Mandatory(), subject)
	edit := func(old, new string) proof.Input {
		in := p.part
		if in.Document = bytes.Replace(in.Document, []byte(old), []byte(new), 1); bytes.Equal(in.Document, p.part.Document) {
			t.Fatalf("%s is not in %s", old, in.Document)
		}
		return in
	}
	cases := map[string]prooftest.Verification{
		"good":                          {In: p.part, Key: key, Value: p.value, Want: nil},
		"another key":                   {In: p.part, Key: another.Public(), Value: p.value, Want: proof.ErrSignature},
		"another proof of the document": {In: p.part, Key: key, Value: other.value, Want: proof.ErrSignature},
		"another purpose":               {In: prooftest.OtherPurpose(p.part), Key: key, Value: p.value, Want: proof.ErrSignature},
		"the base proof":                {In: p.part, Key: key, Value: p.base, Want: proof.ErrBase},
		"the base proof of the whole":   {In: p.in, Key: key, Value: p.base, Want: proof.ErrBase},
		"the whole document":            {In: p.in, Key: key, Value: p.value, Want: proof.ErrSignature},
		"a disclosed statement changed": {In: edit("Anna", "Anne"), Key: key, Value: p.value, Want: proof.ErrSignature},
		"a mandatory statement changed": {In: edit("2027", "2037"), Key: key, Value: p.value, Want: proof.ErrSignature},
		"a mandatory statement dropped": {In: edit(`,"validUntil":"2027-01-01T00:00:00Z"`, ""), Key: key, Value: p.value, Want: proof.ErrSignature},
		"a statement added":             {In: edit(`"issuer"`, `"description":"x","issuer"`), Key: key, Value: p.value, Want: proof.ErrSignature},
		"a withheld statement added":    {In: edit(`"issuer"`, `"description":"a text","issuer"`), Key: key, Value: p.value, Want: proof.ErrSignature},
		"a disclosed statement dropped": {In: edit(`,"name":"Anna"`, ""), Key: key, Value: p.value, Want: proof.ErrSignature},
		"a node added":                  {In: edit(`[{`, `[{"name":"Cleo"},{`), Key: key, Value: p.value, Want: proof.ErrSignature},
		"names exchanged":               {In: edit(`"name":"Anna"},{"name":"Bea"`, `"name":"Bea"},{"name":"Anna"`), Key: key, Value: p.value, Want: proof.ErrSignature},
	}
	for name, other := range others {
		cases[name] = prooftest.Verification{In: p.part, Key: other, Value: p.value, Want: proof.ErrKey}
	}
	prooftest.Verify(t, suite, cases)
}
