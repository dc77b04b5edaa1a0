package schemas_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/schemas"
)

func embedded(t *testing.T) *schemas.Contexts {
	t.Helper()
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return contexts
}

// TestEmbedded loads each embedded context, which checks its digest.
func TestEmbedded(t *testing.T) {
	contexts := embedded(t)
	for _, url := range []string{schemas.CredentialsV2, schemas.CredentialsV1, schemas.DataIntegrityV2, schemas.Ed25519Signature2020V1, schemas.CivilV1} {
		document, err := contexts.Document(url)
		if object, ok := document.(map[string]any); err != nil || !ok || object["@context"] == nil {
			t.Errorf("%s: got %v, %v", url, document, err)
		}
	}
}

// TestBaseContext holds the base context against the one of the data model,
// and the digest that the data model fixes for it in appendix B.1.
func TestBaseContext(t *testing.T) {
	const digest = "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"
	official := testdata.Read(t, "vectors/vc-data-model/contexts/credentials/v2")
	if got := schemas.Digest(official); got != digest {
		t.Fatalf("the official context has the digest %s", got)
	}
	// With refuses any other content for a URL that is there.
	if _, err := embedded(t).With(schemas.CredentialsV2, official, digest); err != nil {
		t.Error(err)
	}
}

const document = `{"@context":{"a":"https://a.example/a"}}`

func TestWith(t *testing.T) {
	const url = "https://a.example/v1"
	before := embedded(t)
	after, err := before.With(url, []byte(document), schemas.Digest([]byte(document)))
	if err != nil {
		t.Fatal(err)
	}
	if !after.Has(url) || !after.Has(schemas.CredentialsV2) || before.Has(url) {
		t.Error("the context is not in the new set alone")
	}
	if again, err := after.With(url, []byte(document), schemas.Digest([]byte(document))); err != nil || !again.Has(url) {
		t.Errorf("the same once more: %v", err)
	}
	other := []byte(strings.Replace(document, "/a", "/b", 1))
	for _, u := range []string{url, schemas.CredentialsV2} {
		if set, err := after.With(u, other, schemas.Digest(other)); !errors.Is(err, schemas.ErrContextDigest) {
			t.Errorf("%s with other content: got %v, %v", u, set, err)
		}
	}
}

func TestWithRefuses(t *testing.T) {
	contexts := embedded(t)
	for name, c := range map[string]struct {
		document string
		digest   string
	}{
		"another digest":        {document, schemas.Digest([]byte("x"))},
		"no digest":             {document, ""},
		"digest in upper case":  {document, strings.ToUpper(schemas.Digest([]byte(document)))},
		"not JSON":              {"<html>", ""},
		"array":                 {"[]", ""},
		"without a context":     {"{}", ""},
		"with a null context":   {`{"@context":null}`, ""},
		"with a duplicate term": {`{"@context":{"a":"b","a":"c"}}`, ""},
		"too large":             {document + strings.Repeat(" ", schemas.MaxContextBytes), ""},
	} {
		t.Run(name, func(t *testing.T) {
			digest := c.digest
			if c.document != document {
				digest = schemas.Digest([]byte(c.document))
			}
			if set, err := contexts.With("https://a.example/v1", []byte(c.document), digest); err == nil {
				t.Errorf("got %v", set)
			}
		})
	}
}

func TestUnknownContext(t *testing.T) {
	contexts := embedded(t)
	for _, url := range []string{"", "https://www.w3.org/2018/credentials/v3", schemas.CredentialsV2 + "#", "file:///etc/passwd", "contexts/civil-v1.jsonld"} {
		if document, err := contexts.Document(url); !errors.Is(err, schemas.ErrUnknownContext) || document != nil || contexts.Has(url) {
			t.Errorf("%q: got %v, %v", url, document, err)
		}
	}
}

func TestDigest(t *testing.T) {
	// SHA-256 of the empty string: FIPS 180-4 example values.
	if got := schemas.Digest(nil); got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("got %s", got)
	}
	c, err := schemas.NewContext("u:v", []byte(document), schemas.Digest([]byte(document)))
	if err != nil || c.URL != "u:v" || !bytes.Equal(c.JSON, []byte(document)) {
		t.Errorf("got %+v, %v", c, err)
	}
}
