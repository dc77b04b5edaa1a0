package mint_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

var now = time.Date(2026, 7, 1, 12, 0, 0, 999, time.UTC)

func minter(t *testing.T) *mint.Minter {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return minterOf(t, private)
}

func minterOf(t *testing.T, signer crypto.Signer) *mint.Minter {
	t.Helper()
	id, _, err := did.FromKey(signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	m, err := mint.New(id, signer, eddsa.RDFC2022{}, contexts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func draft() mint.Draft {
	return mint.Draft{
		ID: "urn:uuid:6d1b9c3e-0f0c-4e0e-9d5b-3b0f4b8c1a77", Context: schemas.CivilV1, Type: "BirthRegistration", Name: "Birth registration",
		ValidFrom: now, ValidUntil: now.Add(time.Hour), Subject: "did:example:holder",
		Claims: []claims.Claim{{Name: "givenNames", Value: "Þórdís Anna"}, {Name: "birthDate", Value: "2019-03-07"}, {Name: "familyName", Value: "Jónsdóttir"}},
		Status: &mint.Status{List: "https://registry.example/status/1", Index: 42},
	}
}

// members returns the names of the members of an object, in their order, and
// of the objects in it, as paths.
func members(t *testing.T, document []byte) []string {
	t.Helper()
	var names, path []string
	d := jsontext.NewDecoder(bytes.NewReader(document))
	for {
		token, err := d.ReadToken()
		if err != nil {
			return names
		}
		switch kind, _ := d.StackIndex(d.StackDepth()); {
		case token.Kind() == '{' || token.Kind() == '[' || kind != '{':
		case d.StackPointer().LastToken() == token.String():
			path = nil
			for part := range d.StackPointer().Tokens() {
				path = append(path, part)
			}
			if n := strings.Join(path, "."); len(names) == 0 || names[len(names)-1] != n {
				names = append(names, n)
			}
		}
	}
}

func TestMembersAreInTheirOrder(t *testing.T) {
	signed, err := minter(t).Mint(t.Context(), draft(), now)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"@context", "id", "type", "name", "issuer", "validFrom", "validUntil",
		"credentialSubject", "credentialSubject.id", "credentialSubject.givenNames", "credentialSubject.birthDate", "credentialSubject.familyName",
		"credentialStatus", "credentialStatus.id", "credentialStatus.type", "credentialStatus.statusPurpose",
		"credentialStatus.statusListIndex", "credentialStatus.statusListCredential",
		"proof", "proof.type", "proof.cryptosuite", "proof.created", "proof.verificationMethod", "proof.proofPurpose", "proof.proofValue",
	}
	if diff := cmp.Diff(want, members(t, signed)); diff != "" {
		t.Error(diff)
	}
	if bytes.ContainsAny(signed, "\n\t") || bytes.Contains(signed, []byte(`": `)) {
		t.Error("it is not compact")
	}
}

func TestContent(t *testing.T) {
	m := minter(t)
	signed, err := m.Mint(t.Context(), draft(), now)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(signed, &got); err != nil {
		t.Fatal(err)
	}
	proof := got["proof"].(map[string]any)
	if proof["cryptosuite"] != "eddsa-rdfc-2022" || proof["proofPurpose"] != "assertionMethod" || proof["created"] != "2026-07-01T12:00:00Z" {
		t.Errorf("proof: %v", proof)
	}
	delete(got, "proof")
	want := map[string]any{
		"@context": []any{schemas.CredentialsV2, schemas.CivilV1}, "id": "urn:uuid:6d1b9c3e-0f0c-4e0e-9d5b-3b0f4b8c1a77",
		"type": []any{"VerifiableCredential", "BirthRegistration"}, "name": "Birth registration", "issuer": m.Issuer().ID,
		"validFrom": "2026-07-01T12:00:00Z", "validUntil": "2026-07-01T13:00:00Z",
		"credentialSubject": map[string]any{
			"id": "did:example:holder", "givenNames": "Þórdís Anna", "birthDate": "2019-03-07", "familyName": "Jónsdóttir",
		},
		"credentialStatus": map[string]any{
			"id": "https://registry.example/status/1#42", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
			"statusListIndex": "42", "statusListCredential": "https://registry.example/status/1",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNotThereIsLeftOut(t *testing.T) {
	d := draft()
	d.Name, d.Subject, d.Status, d.Claims = "", "", nil, d.Claims[:1]
	signed, err := minter(t).Mint(t.Context(), d, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range members(t, signed) {
		if name == "name" || name == "credentialSubject.id" || strings.HasPrefix(name, "credentialStatus") {
			t.Errorf("%s is there", name)
		}
	}
}

// TestTextSurvives: text that JSON, HTML or JavaScript treat in special ways
// comes back as it was.
func TestTextSurvives(t *testing.T) {
	m := minter(t)
	for _, text := range []string{
		`<script>alert("&amp;")</script>`, "line\u2028and\u2029paragraph", `back\slash "quoted" / slash`, "tab\tnewline\nnull\x00bell\a",
		"e\u0301 is not \u00e9", "Ánh Þórdís 王小明 محمد עברית 🙂", "\ufeffbyte order mark", strings.Repeat("long ", 5_000), "",
		`{"@id":"urn:x"}`, "@value", "_:b0",
	} {
		d := draft()
		d.Claims = []claims.Claim{{Name: "givenNames", Value: text}}
		signed, err := m.Mint(t.Context(), d, now)
		if err != nil {
			t.Errorf("%.40q: %v", text, err)
			continue
		}
		var got struct {
			Subject struct{ GivenNames string } `json:"credentialSubject"`
		}
		if err := json.Unmarshal(signed, &got); err != nil || got.Subject.GivenNames != text {
			t.Errorf("%.40q became %.40q: %v", text, got.Subject.GivenNames, err)
		}
	}
}

func TestCharactersStayUnescaped(t *testing.T) {
	d := draft()
	d.Claims = []claims.Claim{{Name: "givenNames", Value: "<&>\u2028Þ/"}}
	signed, err := minter(t).Mint(t.Context(), d, now)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(signed, []byte("\"givenNames\":\"<&>\u2028Þ/\"")) {
		t.Errorf("got %s", signed)
	}
}

func TestRefusedDrafts(t *testing.T) {
	m := minter(t)
	for name, edit := range map[string]func(*mint.Draft){
		"relative subject":          func(d *mint.Draft) { d.Subject = "people/7" },
		"subject that is no IRI":    func(d *mint.Draft) { d.Subject = "http://-evil-/ space" },
		"undefined claim":           func(d *mint.Draft) { d.Claims = append(d.Claims, claims.Claim{Name: "undefinedClaim", Value: "x"}) },
		"undefined type":            func(d *mint.Draft) { d.Type = "UndefinedType" },
		"unknown context":           func(d *mint.Draft) { d.Context = "https://example.org/unknown/v1" },
		"relative id":               func(d *mint.Draft) { d.ID = "credential-7" },
		"relative status list":      func(d *mint.Draft) { d.Status.List = "status/1" },
		"over before it starts":     func(d *mint.Draft) { d.ValidUntil = now.Add(-time.Second) },
		"not valid yet":             func(d *mint.Draft) { d.ValidFrom = now.Add(time.Hour); d.ValidUntil = now.Add(2 * time.Hour) },
		"claim that is the subject": func(d *mint.Draft) { d.Claims = append(d.Claims, claims.Claim{Name: "id", Value: "urn:x:y"}) },
		"claim twice":               func(d *mint.Draft) { d.Claims = append(d.Claims, d.Claims[0]) },
		"text that is not UTF-8":    func(d *mint.Draft) { d.Claims[0].Value = "\xff" },
		"a value of no kind":        func(d *mint.Draft) { d.Claims[0].Value = func() {} },
	} {
		t.Run(name, func(t *testing.T) {
			d := draft()
			edit(&d)
			signed, err := m.Mint(t.Context(), d, now)
			if !errors.Is(err, mint.ErrDraft) && !errors.Is(err, mint.ErrSelfVerify) || signed != nil {
				t.Errorf("got %s, %v", signed, err)
			}
		})
	}
}

// badSigner signs what it was not asked to sign.
type badSigner struct{ ed25519.PrivateKey }

func (s badSigner) Sign(_ io.Reader, message []byte, o crypto.SignerOpts) ([]byte, error) {
	return s.PrivateKey.Sign(nil, append([]byte("not "), message...), o)
}

func TestSelfVerifyFindsABadSignature(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if signed, err := minterOf(t, badSigner{private}).Mint(t.Context(), draft(), now); !errors.Is(err, mint.ErrSelfVerify) || signed != nil {
		t.Errorf("got %s, %v", signed, err)
	}
}

func TestContextThatEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if signed, err := minter(t).Mint(ctx, draft(), now); !errors.Is(err, context.Canceled) || signed != nil {
		t.Errorf("got %s, %v", signed, err)
	}
}
