package credential_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
)

type object = credtest.Object

func text1(value, language string) object { return object{"@value": value, "@language": language} }

// TestMembers has each member that the data model knows, in each form that it
// may have and in forms that it may not.
func TestMembers(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	typed := func(members ...any) object {
		o := object{"type": "https://a.example/T"}
		for i := 0; i < len(members); i += 2 {
			o[members[i].(string)] = members[i+1]
		}
		return o
	}
	for name, c := range map[string]struct {
		member string
		value  any
		want   string // part of the error; empty for none
	}{
		"name in a language":           {"name", text1("Birth", "en"), ""},
		"name with a direction":        {"name", object{"@value": "Birth", "@language": "en", "@direction": "ltr"}, ""},
		"names":                        {"name", []any{text1("Birth", "en"), text1("Geburt", "de")}, ""},
		"name with more":               {"name", object{"@value": "Birth", "@language": "en", "url": "urn:x:y"}, "name has more than a text"},
		"name without a value":         {"name", object{"@language": "en"}, "name has no @value"},
		"name that is a number":        {"name", 7, "not an object"},
		"name of numbers":              {"name", object{"@value": 7, "@language": "en"}, "more than a text"},
		"names with a string":          {"name", []any{"Birth"}, "not an object"},
		"no names":                     {"name", []any{}, "name is empty"},
		"null name":                    {"name", nil, "name is empty"},
		"description in a language":    {"description", text1("Of a birth", "en"), ""},
		"description with more":        {"description", object{"@value": "x", "@type": "urn:x:y"}, "description has more"},
		"issuer with a name":           {"issuer", object{"id": issuer.ID, "name": text1("Registry", "en")}, ""},
		"issuer's name with more":      {"issuer", object{"id": issuer.ID, "name": object{"@value": "x", "extra": "y"}}, "issuer: not a verifiable credential: name has more"},
		"issuer's description is bad":  {"issuer", object{"id": issuer.ID, "description": 7}, "issuer"},
		"issuer without an id":         {"issuer", object{"name": "x"}, "no id"},
		"issuer whose id is null":      {"issuer", object{"id": nil}, "not a URL"},
		"issuer that is a list":        {"issuer", []any{issuer.ID}, "not a URL"},
		"id of two":                    {"id", []any{"urn:x:1", "urn:x:2"}, "not a URL"},
		"id with a space":              {"id", "https ://not-a-url", "not a URL"},
		"status of another type":       {"credentialStatus", typed(), ""},
		"status of two types":          {"credentialStatus", object{"type": []any{"https://a.example/T", "https://a.example/U"}}, ""},
		"status without a type":        {"credentialStatus", object{"id": "urn:x:1"}, "type has 0 values"},
		"status whose type is no text": {"credentialStatus", object{"type": 2}, "not a string"},
		"status whose id is no URL":    {"credentialStatus", typed("id", "x"), "not a URL"},
		"status of two ids":            {"credentialStatus", typed("id", []any{"urn:x:1", "urn:x:2"}), "not a URL"},
		"status of no bits":            {"credentialStatus", object{"type": credential.TypeBitstringEntry, "statusSize": 0}, "above zero"},
		"status of half bits":          {"credentialStatus", object{"type": credential.TypeBitstringEntry, "statusSize": 1.5}, "above zero"},
		"status whose size is text":    {"credentialStatus", object{"type": credential.TypeBitstringEntry, "statusSize": "1"}, "above zero"},
		"schema":                       {"credentialSchema", typed("id", "urn:x:1", "digestSRI", "sha256-x"), ""},
		"schemas":                      {"credentialSchema", []any{typed("id", "urn:x:1"), typed("id", "urn:x:2", "digestMultibase", []any{"z1", "z2"})}, ""},
		"schema without an id":         {"credentialSchema", typed(), "no id"},
		"schema without a type":        {"credentialSchema", object{"id": "urn:x:1"}, "type has 0 values"},
		"schema whose id is a number":  {"credentialSchema", typed("id", 1), "not a URL"},
		"schema with a digest of none": {"credentialSchema", typed("id", "urn:x:1", "digestSRI", ""), "digestSRI"},
		"schema with a digest list":    {"credentialSchema", typed("id", "urn:x:1", "digestSRI", []any{"x"}), "digestSRI"},
		"schema that is a URL":         {"credentialSchema", "urn:x:1", "not an object"},
		"evidence":                     {"evidence", []any{typed(), typed("id", "urn:x:1")}, ""},
		"evidence without a type":      {"evidence", object{"id": "urn:x:1"}, "evidence"},
		"terms of use":                 {"termsOfUse", typed(), ""},
		"terms of use without a type":  {"termsOfUse", []any{typed(), object{"id": "urn:x:1"}}, "termsOfUse"},
		"refresh service":              {"refreshService", typed(), ""},
		"refresh without a type":       {"refreshService", object{"id": "urn:x:1"}, "refreshService"},
		"refresh whose id is no URL":   {"refreshService", typed("id", "x"), "refreshService"},
		"related resource":             {"relatedResource", object{"id": "urn:x:1", "digestMultibase": "z1"}, ""},
		"related without a digest":     {"relatedResource", object{"id": "urn:x:1"}, "no digest"},
		"related with a digest of 7":   {"relatedResource", object{"id": "urn:x:1", "digestMultibase": 7}, "not a string"},
		"a date of 1.1":                {"issuanceDate", "2026-01-01T00:00:00Z", "of the data model 1.1"},
		"an end of 1.1":                {"expirationDate", "2026-01-01T00:00:00Z", "of the data model 1.1"},
		"a definition of its own":      {"@context", []any{schemas.CredentialsV2, object{"a": "urn:x:a"}}, ""},
		"a definition that comes first": {
			"@context", []any{object{"a": "urn:x:a"}, schemas.CredentialsV2}, "the first @context",
		},
		"a context that is a number": {"@context", []any{schemas.CredentialsV2, 7}, "neither a URL nor an object"},
	} {
		t.Run(name, func(t *testing.T) {
			document := issuer.Credential()
			document[c.member] = c.value
			u, err := credential.Parse(credtest.Marshal(t, document))
			if c.want == "" {
				if err != nil || u == nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, credential.ErrInvalid) || !strings.Contains(err.Error(), c.want) || u != nil {
				t.Errorf("got %v, %v; want %s", u, err, c.want)
			}
		})
	}
}

func TestNameInOneLanguage(t *testing.T) {
	document := credtest.NewIssuer(t, "registry").Credential()
	for _, c := range []struct {
		name any
		want string
	}{{text1("Birth", "en"), "Birth"}, {[]any{text1("Birth", "en")}, "Birth"}, {[]any{text1("Birth", "en"), text1("Geburt", "de")}, ""}} {
		document["name"] = c.name
		u, err := credential.Parse(credtest.Marshal(t, document))
		if err != nil || u.Name != c.want {
			t.Errorf("%v: got %+v, %v", c.name, u, err)
		}
	}
}

func TestVersion11(t *testing.T) {
	parse := func(edit func(object)) (*credential.Unverified, error) {
		document := object{
			"@context": []any{schemas.CredentialsV1}, "type": "VerifiableCredential", "issuer": "urn:x:i",
			"issuanceDate": "2026-01-01T00:00:00Z", "credentialSubject": object{"id": "urn:x:s"},
		}
		edit(document)
		return credential.Parse(credtest.Marshal(t, document))
	}
	day := func(day int) time.Time { return time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		edit        func(object)
		from, until time.Time
	}{
		"no end":          {func(object) {}, day(1), time.Time{}},
		"an end":          {credtest.With("expirationDate", "2026-01-03T00:00:00Z"), day(1), day(3)},
		"an earlier end":  {func(o object) { o["expirationDate"], o["validUntil"] = "2026-01-03T00:00:00Z", "2026-01-02T00:00:00Z" }, day(1), day(2)},
		"a later end":     {func(o object) { o["expirationDate"], o["validUntil"] = "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z" }, day(1), day(3)},
		"a newer end":     {credtest.With("validUntil", "2026-01-04T00:00:00Z"), day(1), day(4)},
		"a later start":   {credtest.With("validFrom", "2026-01-02T00:00:00Z"), day(2), time.Time{}},
		"an earlier from": {credtest.With("validFrom", "2025-01-02T00:00:00Z"), day(1), time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := parse(c.edit)
			if err != nil {
				t.Fatal(err)
			}
			if u.Version != credential.V1 || !u.ValidFrom.Equal(c.from) || !u.ValidUntil.Equal(c.until) {
				t.Errorf("got %s from %s until %s", u.Version, u.ValidFrom, u.ValidUntil)
			}
		})
	}
	for name, edit := range map[string]func(object){
		"no issuance":          credtest.Without("issuanceDate"),
		"over before it is":    credtest.With("expirationDate", "2025-01-01T00:00:00Z"),
		"status without id":    credtest.With("credentialStatus", object{"type": "T"}),
		"refresh without id":   credtest.With("refreshService", object{"type": "T"}),
		"issuance in no zone":  credtest.With("issuanceDate", "2026-01-01T00:00:00"),
		"context of 1.1 later": credtest.With("@context", []any{schemas.DataIntegrityV2, schemas.CredentialsV1}),
	} {
		if u, err := parse(edit); !errors.Is(err, credential.ErrInvalid) || u != nil {
			t.Errorf("%s: got %v, %v", name, u, err)
		}
	}
}

func TestParsePresentation(t *testing.T) {
	data := []byte(`{"@context":"` + schemas.CredentialsV2 + `","type":["VerifiablePresentation","T"],"id":"urn:x:1","holder":{"id":"urn:x:h","name":"A"},` +
		`"verifiableCredential":[{"a" :1},{"b":[ ]}],"termsOfUse":{"type":"U"}}`)
	p, err := credential.ParsePresentation(data)
	if err != nil {
		t.Fatal(err)
	}
	if !credential.IsPresentation(data) || p.Version != credential.V2 || p.ID != "urn:x:1" || p.Holder != "urn:x:h" || len(p.Types) != 2 {
		t.Errorf("got %+v", p)
	}
	if diff := cmp.Diff([][]byte{[]byte(`{"a" :1}`), []byte(`{"b":[ ]}`)}, p.Credentials); diff != "" {
		t.Errorf("the credentials are not as they were written: %s", diff)
	}
	one, err := credential.ParsePresentation([]byte(`{"@context":"` + schemas.CredentialsV1 + `","type":"VerifiablePresentation","verifiableCredential":{"a":1}}`))
	if err != nil || one.Version != credential.V1 || len(one.Credentials) != 1 || one.Holder != "" {
		t.Errorf("got %+v, %v", one, err)
	}
}

func TestParsePresentationRefused(t *testing.T) {
	for name, members := range map[string]string{
		"no type":                 ``,
		"another type":            `,"type":"T"`,
		"a credential":            `,"type":["VerifiableCredential"]`,
		"both":                    `,"type":["VerifiablePresentation","VerifiableCredential"]`,
		"id that is no URL":       `,"type":"VerifiablePresentation","id":"x"`,
		"holder that is no URL":   `,"type":"VerifiablePresentation","holder":"x"`,
		"holder without an id":    `,"type":"VerifiablePresentation","holder":{"name":"x"}`,
		"holders":                 `,"type":"VerifiablePresentation","holder":["urn:x:1"]`,
		"credential that is text": `,"type":"VerifiablePresentation","verifiableCredential":"ey"`,
		"credentials, one text":   `,"type":"VerifiablePresentation","verifiableCredential":[{},"ey"]`,
		"terms without a type":    `,"type":"VerifiablePresentation","termsOfUse":{"id":"urn:x:1"}`,
		"member twice":            `,"type":"VerifiablePresentation","type":"VerifiablePresentation"`,
	} {
		data := []byte(`{"@context":"` + schemas.CredentialsV2 + `"` + members + `}`)
		if p, err := credential.ParsePresentation(data); !errors.Is(err, credential.ErrInvalid) || p != nil {
			t.Errorf("%s: got %v, %v", name, p, err)
		}
	}
	if !credential.IsPresentation([]byte(`{"type":"\u0056erifiablePresentation"}`)) {
		t.Error("a type that is written with an escape is another")
	}
	for _, data := range []string{``, `null`, `[]`, `"VerifiablePresentation"`, `{}`, `{"@context":"https://a.example"}`} {
		if p, err := credential.ParsePresentation([]byte(data)); !errors.Is(err, credential.ErrInvalid) || p != nil || credential.IsPresentation([]byte(data)) {
			t.Errorf("%s: got %v, %v", data, p, err)
		}
	}
}
