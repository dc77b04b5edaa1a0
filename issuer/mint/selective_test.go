package mint_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
	"github.com/chancery-vc/chancery/verifier/suites"
)

func embedded(t *testing.T) *schemas.Contexts {
	t.Helper()
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return contexts
}

func selectiveMinter(t *testing.T) *mint.Minter {
	t.Helper()
	return selectiveMinterOf(t, embedded(t))
}

func selectiveMinterOf(t *testing.T, contexts *schemas.Contexts) *mint.Minter {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := did.FromKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	m, err := mint.New(id, key, ecdsasd.SD2023{}, contexts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// shown returns the names of what a holder who wants to show nothing but
// pointers shows of a credential, those of the subject with a dot.
func shown(t *testing.T, base []byte, pointers ...string) []string {
	t.Helper()
	return shownOf(t, embedded(t), base, pointers...)
}

func shownOf(t *testing.T, contexts *schemas.Contexts, base []byte, pointers ...string) []string {
	t.Helper()
	table, err := suites.Recommended()
	if err != nil {
		t.Fatal(err)
	}
	derived, err := proof.Derive(t.Context(), base, pointers, table, contexts)
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(derived, &object); err != nil {
		t.Fatal(err)
	}
	names := slices.Collect(maps.Keys(object))
	subject, _ := object["credentialSubject"].(map[string]any)
	for name := range subject {
		names = append(names, "."+name)
	}
	slices.Sort(names)
	return names
}

// TestNoLimitCanBeWithheld: a holder who would show nothing shows what limits
// the credential all the same, and what its issuer wants shown.
func TestNoLimitCanBeWithheld(t *testing.T) {
	m := selectiveMinter(t)
	minted, err := m.Mint(t.Context(), draft(), now)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"@context", "credentialStatus", "id", "issuer", "proof", "type", "validFrom", "validUntil"}
	if diff := cmp.Diff(want, shown(t, minted)); diff != "" {
		t.Error(diff)
	}
	disclosing, err := m.Disclosing([]string{"/credentialSubject/birthDate", "/issuer"})
	if err != nil {
		t.Fatal(err)
	}
	if minted, err = disclosing.Mint(t.Context(), draft(), now); err != nil {
		t.Fatal(err)
	}
	want = append([]string{".birthDate", ".id"}, append(want[:1], append([]string{"credentialStatus", "credentialSubject"}, want[2:]...)...)...)
	if diff := cmp.Diff(want, shown(t, minted)); diff != "" {
		t.Error(diff)
	}
}

// TestAlways: claims that cannot be withheld are those that a draft has.
func TestAlways(t *testing.T) {
	m := selectiveMinter(t).Always([]string{"birthDate", "birthPlace"})
	limits := []string{"@context", "credentialStatus", "id", "issuer", "proof", "type", "validFrom", "validUntil"}
	for name, test := range map[string]struct {
		claims []claims.Claim
		want   []string
	}{
		"both":    {[]claims.Claim{{Name: "birthDate", Value: "2019-03-07"}, {Name: "birthPlace", Value: "x"}, {Name: "familyName", Value: "x"}}, []string{".birthDate", ".birthPlace", ".id", "credentialSubject"}},
		"one":     {[]claims.Claim{{Name: "familyName", Value: "x"}, {Name: "birthDate", Value: "2019-03-07"}}, []string{".birthDate", ".id", "credentialSubject"}},
		"neither": {[]claims.Claim{{Name: "familyName", Value: "x"}}, nil},
	} {
		d := draft()
		d.Claims = test.claims
		minted, err := m.Mint(t.Context(), d, now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := slices.Sorted(slices.Values(slices.Concat(test.want, limits)))
		if diff := cmp.Diff(want, shown(t, minted)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestAlwaysIsEscaped: a claim's name is no pointer of its own.
func TestAlwaysIsEscaped(t *testing.T) {
	const url, odd = "https://registry.example/odd", "a~1b"
	document := []byte(`{"@context":{"@version":1.1,"a~1b":"https://registry.example/odd#a"}}`)
	contexts, err := embedded(t).With(url, document, schemas.Digest(document))
	if err != nil {
		t.Fatal(err)
	}
	d := draft()
	d.Context, d.Type, d.Claims = url, "BitstringStatusListCredential", []claims.Claim{{Name: odd, Value: "x"}, {Name: "name", Value: "y"}}
	minted, err := selectiveMinterOf(t, contexts).Always([]string{odd}).Mint(t.Context(), d, now)
	if err != nil {
		t.Fatal(err)
	}
	if names := shownOf(t, contexts, minted); !slices.Contains(names, "."+odd) || slices.Contains(names, ".name") {
		t.Errorf("%v", names)
	}
}

// TestAlwaysOfTheWhole: there everything is shown.
func TestAlwaysOfTheWhole(t *testing.T) {
	minted, err := minter(t).Always([]string{"birthDate"}).Mint(t.Context(), draft(), now)
	if err != nil || !accepted(t, minted) {
		t.Errorf("%s, %v", minted, err)
	}
}

// TestNewFor: an issuer of two keys signs with either, in one document; one that
// the document does not list is found out.
func TestNewFor(t *testing.T) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	contexts := embedded(t)
	both, err := did.NewDocument("did:web:registry.example", ed.Public(), p256.Public())
	if err != nil {
		t.Fatal(err)
	}
	one, err := did.NewDocument("did:web:registry.example", ed.Public())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		document *did.Document
		signer   crypto.Signer
		suite    proof.SigningSuite
		want     error
	}{
		{both, ed, eddsa.RDFC2022{}, nil},
		{both, p256, ecdsasd.SD2023{}, nil},
		{one, p256, ecdsasd.SD2023{}, mint.ErrSelfVerify},
	} {
		m, err := mint.NewFor(test.document, test.signer, test.suite, contexts)
		if err != nil {
			t.Fatal(err)
		}
		if m.Issuer() != test.document || m.Suite() != test.suite.Cryptosuite() {
			t.Errorf("%s by %s", m.Suite(), m.Issuer().ID)
		}
		if minted, err := m.Mint(t.Context(), draft(), now); !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
			t.Errorf("%s: %s, %v", m.Suite(), minted, err)
		}
	}
}

// TestLimitsOf11: those of the older data model have names of their own.
func TestLimitsOf11(t *testing.T) {
	m := selectiveMinter(t)
	document, _, err := mint.Complete([]byte(`{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],`+
		`"expirationDate":"2036-07-01T00:00:00Z","credentialSubject":{"id":"did:example:a"}}`), mint.Additions{Now: now, Issuer: m.Issuer().ID})
	if err != nil {
		t.Fatal(err)
	}
	secured, err := m.Secure(t.Context(), document, now)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"@context", "expirationDate", "issuanceDate", "issuer", "proof", "type"}
	if diff := cmp.Diff(want, shown(t, secured)); diff != "" {
		t.Error(diff)
	}
}

func TestMandatoryPointersRefused(t *testing.T) {
	m := selectiveMinter(t)
	for _, pointer := range []string{"/nothing", "/credentialSubject/nothing", "issuer", "/~2", "/credentialSubject/birthDate/0", "/type/7"} {
		disclosing, err := m.Disclosing([]string{pointer})
		if err != nil {
			t.Fatal(err)
		}
		if data, err := disclosing.Mint(t.Context(), draft(), now); !errors.Is(err, mint.ErrDraft) || !errors.Is(err, proof.ErrPointer) || !strings.Contains(err.Error(), pointer) {
			t.Errorf("%s: %s, %v", pointer, data, err)
		}
	}
	whole := minter(t)
	if m, err := whole.Disclosing([]string{"/issuer"}); !errors.Is(err, mint.ErrNotSelective) || m != nil {
		t.Errorf("a suite that signs the whole: %v", err)
	}
	if _, err := whole.Disclosing(nil); err != nil {
		t.Errorf("nothing is asked for: %v", err)
	}
}

// TestSelectiveSelfVerify: what would not be accepted is not released, though
// nobody accepts a base proof.
func TestSelectiveSelfVerify(t *testing.T) {
	m := selectiveMinter(t)
	d := draft()
	d.ValidUntil = now.Add(-1)
	d.ValidFrom = now.Add(-2)
	if data, err := m.Mint(t.Context(), d, now); !errors.Is(err, mint.ErrSelfVerify) {
		t.Errorf("%s, %v", data, err)
	}
}
