package proof_test

import (
	goecdsa "crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsa"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
)

const held = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"did:example:a","name":"n","description":"d",` +
	`"credentialSubject":{"id":"did:example:s"}}`

type object = map[string]any

// based is the base proof of a document, and what checks it.
type based struct {
	key      *goecdsa.PrivateKey
	contexts *schemas.Contexts
	table    *proof.Table
	secured  []byte
}

func newBased(t *testing.T) based {
	t.Helper()
	key, err := goecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := based{key: key}
	if b.contexts, err = schemas.Embedded(); err != nil {
		t.Fatal(err)
	}
	if b.table, err = proof.NewTable(ecdsasd.SD2023{}, ecdsa.RDFC2019{}); err != nil {
		t.Fatal(err)
	}
	b.secured = b.sign(t, ecdsasd.SD2023{}.WithMandatory([]string{"/issuer"}))
	return b
}

func (b based) sign(t *testing.T, suite proof.SigningSuite) []byte {
	t.Helper()
	template := proof.Template{VerificationMethod: "did:example:a#1", Purpose: proof.AssertionMethod, Created: time.Unix(1e9, 0).UTC()}
	secured, err := proof.Sign(t.Context(), []byte(held), template, suite, b.key, b.contexts)
	if err != nil {
		t.Fatal(err)
	}
	return secured
}

func (b based) derive(t *testing.T, secured []byte, pointers ...string) ([]byte, error) {
	t.Helper()
	return proof.Derive(t.Context(), secured, pointers, b.table, b.contexts)
}

func (b based) verify(t *testing.T, secured []byte) error {
	t.Helper()
	document, proofs, err := proof.Split(secured)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range proofs {
		if err := p.Verify(t.Context(), document, b.key.Public(), b.table, b.contexts); err != nil {
			return err
		}
	}
	return nil
}

func TestDerive(t *testing.T) {
	b := newBased(t)
	if err := b.verify(t, b.secured); !errors.Is(err, proof.ErrBase) {
		t.Errorf("the base proof: got %v", err)
	}
	derived, err := b.derive(t, b.secured, "/name")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.verify(t, derived); err != nil {
		t.Error(err)
	}
	before, got := credtest.Unmarshal(t, b.secured), credtest.Unmarshal(t, derived)
	own := got["proof"].(object)
	if own["proofValue"] == before["proof"].(object)["proofValue"] {
		t.Error("the base proof's value is shown")
	}
	own["proofValue"] = before["proof"].(object)["proofValue"]
	for _, name := range []string{"description", "credentialSubject"} {
		delete(before, name)
	}
	if diff := cmp.Diff(before, got); diff != "" {
		t.Error(diff)
	}
	if again, err := b.derive(t, derived, "/name"); !errors.Is(err, proof.ErrMalformed) {
		t.Errorf("derived twice: %s, %v", again, err)
	}
}

// TestDeriveFromSet: of several proofs the one is taken from which another can
// be derived, and the others, which are over the whole, are left out.
func TestDeriveFromSet(t *testing.T) {
	b := newBased(t)
	own := func(secured []byte) any { return credtest.Unmarshal(t, secured)["proof"] }
	set := credtest.Unmarshal(t, b.secured)
	set["proof"] = []any{own(b.sign(t, ecdsa.RDFC2019{})), own(b.secured)}
	derived, err := b.derive(t, credtest.Marshal(t, set), "/name")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.verify(t, derived); err != nil {
		t.Error(err)
	}
	if p, ok := credtest.Unmarshal(t, derived)["proof"].(object); !ok || p["cryptosuite"] != "ecdsa-sd-2023" {
		t.Errorf("got %s", derived)
	}
}

func TestDeriveRefuses(t *testing.T) {
	b := newBased(t)
	one := credtest.Unmarshal(t, b.secured)["proof"].(object)
	two := credtest.Unmarshal(t, b.sign(t, ecdsasd.SD2023{}))["proof"].(object)
	withProof := func(value any) []byte {
		document := credtest.Unmarshal(t, []byte(held))
		if value != nil {
			document["proof"] = value
		}
		return credtest.Marshal(t, document)
	}
	linked := credtest.Unmarshal(t, b.secured)["proof"].(object)
	linked["previousProof"] = "urn:x:first"
	first := credtest.Unmarshal(t, b.sign(t, ecdsa.RDFC2019{}))["proof"].(object)
	first["id"] = "urn:x:first"
	for name, c := range map[string]struct {
		secured  []byte
		pointers []string
		want     error
	}{
		"no proof":                {withProof(nil), nil, proof.ErrMissing},
		"a proof of the whole":    {b.sign(t, ecdsa.RDFC2019{}), nil, proof.ErrMissing},
		"two base proofs":         {withProof([]any{one, two}), nil, proof.ErrMalformed},
		"a base proof in a chain": {withProof([]any{first, linked}), nil, proof.ErrMalformed},
		"a pointer to nothing":    {b.secured, []string{"/proof"}, proof.ErrPointer},
		"not JSON":                {[]byte(`{"proof":`), nil, proof.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if derived, err := b.derive(t, c.secured, c.pointers...); !errors.Is(err, c.want) {
				t.Errorf("got %s, %v, want %v", derived, err, c.want)
			}
		})
	}
}

// TestDerivedMembers: what else the proof says is in the derived one as it
// was, and signed.
func TestDerivedMembers(t *testing.T) {
	b := newBased(t)
	derived, err := b.derive(t, b.secured, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, edit := range [][2]string{
		{`"created":"2001-`, `"created":"2002-`},
		{`"assertionMethod"`, `"authentication"`},
		{`did:example:a#1`, `did:example:a#2`},
		{`"proof":{`, `"proof":{"nonce":"n",`},
	} {
		altered := strings.Replace(string(derived), edit[0], edit[1], 1)
		if altered == string(derived) || !json.Valid([]byte(altered)) {
			t.Fatalf("%s is not in %s", edit[0], derived)
		}
		if err := b.verify(t, []byte(altered)); err == nil {
			t.Errorf("%s still verifies", edit[1])
		}
	}
}
