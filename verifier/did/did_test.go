package did_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/did"
)

const id = "did:web:registry.example"

func key(t testing.TB) (ed25519.PublicKey, string) {
	t.Helper()
	public := credtest.Key("did").Public().(ed25519.PublicKey)
	did, _, err := did.FromKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return public, strings.TrimPrefix(did, "did:key:")
}

func TestDocumentRoundTrip(t *testing.T) {
	public, _ := key(t)
	made, err := did.NewDocument(id, public)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	read, err := did.Parse(data)
	if err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	url, err := did.MethodURL(id, public)
	if err != nil {
		t.Fatal(err)
	}
	if did.Controller(url) != id || read.ID != id {
		t.Errorf("got %s in the document of %s", url, read.ID)
	}
	for _, purpose := range []string{"assertionMethod", "authentication"} {
		if got, err := read.Key(url, purpose); err != nil || !public.Equal(got) {
			t.Errorf("%s: got %v, %v", purpose, got, err)
		}
	}
	for _, purpose := range []string{"keyAgreement", "capabilityInvocation", ""} {
		if got, err := read.Key(url, purpose); !errors.Is(err, did.ErrMethod) {
			t.Errorf("%s: got %v, %v", purpose, got, err)
		}
	}
	again, err := json.Marshal(read)
	if err != nil || string(again) != string(data) {
		t.Errorf("got %s, %v, want %s", again, err, data)
	}
}

// TestDocumentOfSeveralKeys: each is found under its own fragment, and under no
// other.
func TestDocumentOfSeveralKeys(t *testing.T) {
	public, _ := key(t)
	second, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	made, err := did.NewDocument(id, public, second.Public())
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	read, err := did.Parse(data)
	if err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	var urls []string
	for _, want := range []interface {
		Equal(x crypto.PublicKey) bool
	}{public, second.Public().(*ecdsa.PublicKey)} {
		url, err := did.MethodURL(id, want)
		if err != nil {
			t.Fatal(err)
		}
		urls = append(urls, url)
		for _, purpose := range []string{"assertionMethod", "authentication"} {
			if got, err := read.Key(url, purpose); err != nil || !want.Equal(got) {
				t.Errorf("%s of %s: got %v, %v", purpose, url, got, err)
			}
		}
	}
	var listed struct {
		Context []string                    `json:"@context"`
		Methods []struct{ ID, Type string } `json:"verificationMethod"`
		Asserts []string                    `json:"assertionMethod"`
	}
	if err := json.Unmarshal(data, &listed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(urls, listed.Asserts); diff != "" {
		t.Error(diff)
	}
	if len(listed.Context) != 2 || len(listed.Methods) != 2 || listed.Methods[1].ID != urls[1] || listed.Methods[1].Type != "Multikey" {
		t.Errorf("got %s", data)
	}
	if d, err := did.NewDocument(id, public, public); !errors.Is(err, did.ErrInvalid) {
		t.Errorf("one key twice: %v, %v", d, err)
	}
}

func TestOtherKeysAreRefused(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := did.NewDocument(id, curve.Public()); !errors.Is(err, did.ErrInvalid) {
		t.Errorf("got %v, %v", d, err)
	}
	if url, err := did.MethodURL(id, curve.Public()); !errors.Is(err, did.ErrInvalid) {
		t.Errorf("got %v, %v", url, err)
	}
}

// document returns a document with one method; fields that are replaced stand
// between the two texts.
func document(methods, purposes string) string {
	return fmt.Sprintf(`{"id":%q,"verificationMethod":[%s],%s}`, id, methods, purposes)
}

func TestParse(t *testing.T) {
	_, value := key(t)
	url := id + "#k"
	method := func(id, kind, controller, value string) string {
		return fmt.Sprintf(`{"id":%q,"type":%q,"controller":%q,"publicKeyMultibase":%q}`, id, kind, controller, value)
	}
	good := method(url, "Multikey", id, value)
	asserts := fmt.Sprintf(`"assertionMethod":[%q]`, url)
	for name, c := range map[string]struct {
		document string
		parse    error // of Parse
		use      error // of Key
	}{
		"good":                       {document(good, asserts), nil, nil},
		"context as a text":          {document(good, asserts+`,"@context":"https://www.w3.org/ns/did/v1"`), nil, nil},
		"context as an array":        {document(good, asserts+`,"@context":["https://www.w3.org/ns/did/v1",{"a":"b"}]`), nil, nil},
		"members that say nothing":   {document(good, asserts+`,"service":[{"id":"x"}],"alsoKnownAs":["https://a.example"]`), nil, nil},
		"a method of another type":   {document(method(url+"2", "JsonWebKey", id, "")+","+good, asserts), nil, nil},
		"only of another type":       {document(method(url, "Ed25519VerificationKey2018", id, value), asserts), nil, did.ErrMethod},
		"not listed for it":          {document(good, `"authentication":["`+url+`"]`), nil, did.ErrMethod},
		"listed, but not there":      {document("", asserts), nil, did.ErrMethod},
		"of another controller":      {document(method(url, "Multikey", "did:web:evil.example", value), asserts), nil, did.ErrMethod},
		"of no controller":           {document(method(url, "Multikey", "", value), asserts), nil, did.ErrMethod},
		"relative id of the method":  {document(method("#k", "Multikey", id, value), asserts), nil, nil},
		"relative id in the purpose": {document(good, `"assertionMethod":["#k"]`), nil, nil},
		"listed twice":               {document(good+","+good, asserts), did.ErrInvalid, nil},
		"listed twice, another key":  {document(good+","+method(url, "Multikey", id, value[:len(value)-1]), asserts), did.ErrInvalid, nil},
		"key that is none":           {document(method(url, "Multikey", id, "z0"), asserts), did.ErrInvalid, nil},
		"key that is empty":          {document(method(url, "Multikey", id, ""), asserts), did.ErrInvalid, nil},
		"key of another base":        {document(method(url, "Multikey", id, "m"+value[1:]), asserts), did.ErrInvalid, nil},
		"without an id":              {`{"verificationMethod":[]}`, did.ErrInvalid, nil},
		"id that is a number":        {`{"id":1}`, did.ErrInvalid, nil},
		"method in the purpose":      {document(good, `"assertionMethod":[`+good+`]`), did.ErrInvalid, nil},
		"purpose that is a text":     {document(good, `"assertionMethod":"`+url+`"`), did.ErrInvalid, nil},
		"duplicate member":           {document(good, asserts+`,"id":"did:web:evil.example"`), did.ErrInvalid, nil},
		"duplicate in a method":      {document(strings.Replace(good, `"type"`, `"id":"x","type"`, 1), asserts), did.ErrInvalid, nil},
		"too many methods":           {document(strings.Repeat(method("x", "JsonWebKey", id, "")+",", 64)+good, asserts), did.ErrInvalid, nil},
		"too large":                  {document(good, asserts+`,"x":"`+strings.Repeat("x", did.MaxBytes)+`"`), did.ErrInvalid, nil},
		"array":                      {`[]`, did.ErrInvalid, nil},
		"null":                       {`null`, did.ErrInvalid, nil},
		"nothing":                    {``, did.ErrInvalid, nil},
		"text after":                 {document(good, asserts) + "x", did.ErrInvalid, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := did.Parse([]byte(c.document))
			if !errors.Is(err, c.parse) || (err == nil) != (c.parse == nil) {
				t.Fatalf("got %v, %v, want %v", d, err, c.parse)
			}
			if err != nil {
				return
			}
			if key, err := d.Key(url, "assertionMethod"); !errors.Is(err, c.use) || (err == nil) != (c.use == nil) {
				t.Errorf("got %v, %v, want %v", key, err, c.use)
			}
		})
	}
}

func TestKeyResolver(t *testing.T) {
	public, value := key(t)
	d, err := did.Key{}.Resolve(t.Context(), "did:key:"+value)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := d.Key("did:key:"+value+"#"+value, "assertionMethod"); err != nil || !public.Equal(got) {
		t.Errorf("got %v, %v", got, err)
	}
	for name, c := range map[string]struct {
		id   string
		want error
	}{
		"another method": {id, did.ErrUnknown},
		"nothing":        {"", did.ErrUnknown},
		"no value":       {"did:key:", did.ErrInvalid},
		"another base":   {"did:key:u" + value[1:], did.ErrInvalid},
		"cut off":        {"did:key:" + value[:20], did.ErrInvalid},
		"with fragment":  {"did:key:" + value + "#" + value, did.ErrInvalid},
		"very long":      {"did:key:z" + strings.Repeat("1", 100_000), did.ErrInvalid},
		"SM2":            {"did:key:zEPJc1vCfbG2aoZn8f3U8ggYRL4ZFfF63ZA3qFSk81WJxnCQr", did.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			if d, err := (did.Key{}).Resolve(t.Context(), c.id); !errors.Is(err, c.want) || d != nil {
				t.Errorf("got %v, %v, want %v", d, err, c.want)
			}
		})
	}
}

func TestKeyFrom(t *testing.T) {
	public, value := key(t)
	if got, err := did.KeyFrom("did:key:" + value); err != nil || !public.Equal(got) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := did.KeyFrom(id); !errors.Is(err, did.ErrInvalid) {
		t.Errorf("got %v, %v", got, err)
	}
}

// answer is a resolver of one answer.
type answer struct {
	document *did.Document
	err      error
}

func (a answer) Resolve(context.Context, string) (*did.Document, error) { return a.document, a.err }

func TestFirst(t *testing.T) {
	public, _ := key(t)
	d, err := did.NewDocument(id, public)
	if err != nil {
		t.Fatal(err)
	}
	unknown, broken := answer{err: fmt.Errorf("here: %w", did.ErrUnknown)}, answer{err: did.ErrInvalid}
	for name, c := range map[string]struct {
		resolvers did.First
		want      error
	}{
		"none":               {nil, did.ErrUnknown},
		"nobody knows":       {did.First{unknown, unknown}, did.ErrUnknown},
		"the second knows":   {did.First{unknown, did.NewPinned(d), broken}, nil},
		"the first is final": {did.First{broken, did.NewPinned(d)}, did.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.resolvers.Resolve(t.Context(), id)
			if !errors.Is(err, c.want) || (c.want == nil) != (got == d) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	if got, err := did.NewPinned(d).Resolve(t.Context(), id+":dept"); !errors.Is(err, did.ErrUnknown) {
		t.Errorf("got %v, %v", got, err)
	}
}

// FuzzParse reads no key without an owner, and panics at nothing.
func FuzzParse(f *testing.F) {
	_, value := key(f)
	f.Add([]byte(document(fmt.Sprintf(`{"id":"%s#k","type":"Multikey","controller":%q,"publicKeyMultibase":%q}`, id, id, value), `"assertionMethod":["`+id+`#k"]`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := did.Parse(data)
		if err != nil {
			if !errors.Is(err, did.ErrInvalid) || d != nil {
				t.Fatalf("got %v, %v", d, err)
			}
			return
		}
		if d.ID == "" {
			t.Fatal("a document of nobody")
		}
		if _, err := json.Marshal(d); err != nil {
			t.Fatal(err)
		}
	})
}
