package credential_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// text is a credential with each member that is read.
const text = `{
	"@context": ["` + schemas.CredentialsV2 + `", "` + schemas.CivilV1 + `"],
	"id": "urn:x:1",
	"type": ["VerifiableCredential", "BirthRegistration"],
	"name": "Birth",
	"issuer": {"id": "did:web:registry.example", "name": "Registry"},
	"validFrom": "2026-07-01T12:00:00+02:00",
	"validUntil": "2026-07-02T12:00:00.5Z",
	"credentialSubject": {"id": "did:example:holder", "familyName": "O'Brien"},
	"credentialStatus": [
		{"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": "https://a.example/1"},
		{"type": "Other", "statusListIndex": 7}
	],
	"credentialSchema": [{"id": "urn:x:2", "type": "JsonSchema"}],
	"proof": {}
}`

func TestParse(t *testing.T) {
	got, err := credential.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := &credential.Unverified{
		Version: credential.V2, ID: "urn:x:1", Name: "Birth", Issuer: "did:web:registry.example",
		Contexts:   []string{schemas.CredentialsV2, schemas.CivilV1},
		Types:      []string{"VerifiableCredential", "BirthRegistration"},
		ValidFrom:  time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC),
		ValidUntil: time.Date(2026, 7, 2, 12, 0, 0, 500_000_000, time.UTC),
		Subjects:   []map[string]any{{"id": "did:example:holder", "familyName": "O'Brien"}},
		Statuses: []credential.StatusEntry{
			{Type: "BitstringStatusListEntry", Purpose: "revocation", Size: 1, List: "https://a.example/1", Index: 7}, {Type: "Other"},
		},
		Schemas: []credential.SchemaEntry{{ID: "urn:x:2", Types: []string{"JsonSchema"}}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(credential.Unverified{}), cmpopts.EquateApproxTime(0)); diff != "" {
		t.Error(diff)
	}
	if !bytes.Equal(got.Bytes(), []byte(text)) {
		t.Error("the bytes are not those that were parsed")
	}
}

func TestParseTheLeast(t *testing.T) {
	got, err := credential.Parse([]byte(`{"@context":"` + schemas.CredentialsV2 + `","type":"VerifiableCredential","issuer":"a:b","credentialSubject":{"a":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != "" || got.Name != "" || !got.ValidFrom.IsZero() || !got.ValidUntil.IsZero() || len(got.Statuses) != 0 || len(got.Schemas) != 0 {
		t.Errorf("got %+v", got)
	}
}

// TestCaps is at each limit, and one above it.
func TestCaps(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	repeat := func(n int, first, next any) []any {
		all := []any{first}
		for len(all) < n {
			all = append(all, next)
		}
		return all
	}
	subject := credtest.Object{"a": "b"}
	for name, c := range map[string]struct {
		member string
		value  any
		good   bool
	}{
		"32 contexts":        {"@context", repeat(32, schemas.CredentialsV2, "https://a.example"), true},
		"33 contexts":        {"@context", repeat(33, schemas.CredentialsV2, "https://a.example"), false},
		"32 types":           {"type", repeat(32, "VerifiableCredential", "T"), true},
		"33 types":           {"type", repeat(33, "VerifiableCredential", "T"), false},
		"100 subjects":       {"credentialSubject", repeat(100, subject, subject), true},
		"101 subjects":       {"credentialSubject", repeat(101, subject, subject), false},
		"16 statuses":        {"credentialStatus", repeat(16, credtest.Object{"type": "T"}, credtest.Object{"type": "T"}), true},
		"17 statuses":        {"credentialStatus", repeat(17, credtest.Object{"type": "T"}, credtest.Object{"type": "T"}), false},
		"a long issuer":      {"issuer", "a:" + strings.Repeat("x", 8<<10-2), true},
		"too long an issuer": {"issuer", "a:" + strings.Repeat("x", 8<<10-1), false},
		"too long a type":    {"type", []any{"VerifiableCredential", strings.Repeat("x", 8<<10+1)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			document := issuer.Credential()
			document[c.member] = c.value
			u, err := credential.Parse(credtest.Marshal(t, document))
			if (err == nil) != c.good || (err != nil && !errors.Is(err, credential.ErrInvalid)) || (u != nil) != c.good {
				t.Errorf("got %v, %v", u, err)
			}
		})
	}
	large := text + strings.Repeat(" ", credential.MaxBytes-len(text))
	if _, err := credential.Parse([]byte(large)); err != nil {
		t.Error(err)
	}
	if _, err := credential.Parse([]byte(large + " ")); !errors.Is(err, credential.ErrInvalid) {
		t.Errorf("too large: got %v", err)
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-01-31T12:00:00Z":                "2026-01-31T12:00:00Z",
		"2026-01-31T12:00:00+05:30":           "2026-01-31T06:30:00Z",
		"2026-01-31T12:00:00.123456789-00:00": "2026-01-31T12:00:00Z",
		"2024-02-29T23:59:59Z":                "2024-02-29T23:59:59Z",
	} {
		if got, err := credential.ParseTime(text); err != nil || credential.FormatTime(got) != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31 12:00:00Z", "2026-1-31T12:00:00Z", "2026-02-30T12:00:00Z", "2025-02-29T12:00:00Z",
		"2026-01-31T24:00:01Z", "2026-01-31T12:60:00Z", "2026-01-31T12:00:00z", "2026-01-31T12:00Z", "1767225600", "0001-01-01T00:00:00Z", "today",
		" 2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z ", "12026-01-31T12:00:00Z", "2026-01-31T1:00:00Z", "2026-01-31T12:00:00,5Z", "2026-01-31T12:00:00+24:00",
	} {
		if got, err := credential.ParseTime(text); err == nil {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

// FuzzParse wants what is parsed to have what the data model requires.
func FuzzParse(f *testing.F) {
	f.Add([]byte(text))
	issuer := credtest.NewIssuer(f, "registry")
	f.Add(issuer.Signed(f))
	f.Add(issuer.SignedList(f, credtest.Now))
	f.Fuzz(func(t *testing.T, data []byte) {
		u, err := credential.Parse(data)
		if err != nil {
			if !errors.Is(err, credential.ErrInvalid) || u != nil {
				t.Fatalf("got %v, %v", u, err)
			}
			return
		}
		if u.Contexts[0] != schemas.CredentialsV2 || len(u.Types) == 0 || u.Issuer == "" || len(u.Subjects) == 0 {
			t.Fatalf("got %+v", u)
		}
		for _, s := range u.Statuses {
			if s.Type == "" || s.Index < 0 || (s.Type == credential.TypeBitstringEntry) != (s.List != "") {
				t.Fatalf("got %+v", s)
			}
		}
		if !bytes.Equal(u.Bytes(), data) {
			t.Fatal("the bytes are not those that were parsed")
		}
	})
}
