package did_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/verifier/did"
)

var (
	signing = []string{"assertionMethod", "authentication", "capabilityInvocation", "capabilityDelegation"}
	all     = append(slices.Clone(signing), "keyAgreement")
)

// purposesOf returns the purposes for which d lists the method at url.
func purposesOf(d *did.Document, url string) (listed []string) {
	for _, purpose := range all {
		if _, err := d.Key(url, purpose); err == nil {
			listed = append(listed, purpose)
		}
	}
	return listed
}

// TestKeyTypes resolves one did:key of each type; the examples are those of
// the method and of Controlled Identifiers 1.0, appendix C.
func TestKeyTypes(t *testing.T) {
	for name, c := range map[string]struct {
		id     string
		listed []string
	}{
		"Ed25519":       {"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", signing},
		"X25519":        {"did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F", []string{"keyAgreement"}},
		"P-256":         {"did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv", signing},
		"P-384":         {"did:key:z82LkvCwHNreneWpsgPEbV3gu1C6NFJEBg4srfJ5gdxEsMGRJUz2sG9FE42shbn2xkZJh54", signing},
		"P-521":         {"did:key:z2J9gaYxrKVpdoG9A4gRnmpnRCcxU6agDtFVVBVdn1JedouoZN7SzcyREXXzWgt3gGiwpoHq7K68X4m32D8HgzG8wv3sY5j7", signing},
		"secp256k1":     {"did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", signing},
		"BLS12-381 G2":  {"did:key:zUC7EK3ZakmukHhuncwkbySmomv3FmrkmS36E4Ks5rsb6VQSRpoCrx6Hb8e2Nk6UvJFSdyw9NK1scFXJp21gNNYFjVWNgaqyGnkyhtagagCpQb5B7tagJu3HDbjQ8h5ypoHjwBb", signing},
		"derived, Ed25": {"did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b", signing},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := did.Key{DeriveKeyAgreement: name == "derived, Ed25"}.Resolve(t.Context(), c.id)
			if err != nil {
				t.Fatal(err)
			}
			url := c.id + "#" + strings.TrimPrefix(c.id, "did:key:")
			if diff := cmp.Diff(c.listed, purposesOf(d, url)); diff != "" {
				t.Error(diff)
			}
			key, err := d.Key(url, c.listed[0])
			if err != nil {
				t.Fatal(err)
			}
			if got, gotURL, err := did.FromKey(key); err != nil || got != c.id || gotURL != url {
				t.Errorf("got %s, %s, %v", got, gotURL, err)
			}
			data, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			again, err := did.Parse(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.listed, purposesOf(again, url)); diff != "" {
				t.Errorf("written and read: %s", diff)
			}
		})
	}
}

// TestKeyDerivesAgreement: the method of the example of The did:key Method,
// section 3.1, is there only if asked for.
func TestKeyDerivesAgreement(t *testing.T) {
	const (
		id  = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
		url = id + "#z6LSj72tK8brWgZja8NLRwPigth2T9QRiG1uH9oKZuKjdh9p"
	)
	d, err := did.Key{}.Resolve(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if listed := purposesOf(d, url); listed != nil {
		t.Errorf("not asked for: got %v", listed)
	}
	d, err = did.Key{DeriveKeyAgreement: true}.Resolve(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"keyAgreement"}, purposesOf(d, url)); diff != "" {
		t.Error(diff)
	}
	if key, err := d.Key(url, "keyAgreement"); err != nil || key.(*ecdh.PublicKey).Curve() != ecdh.X25519() {
		t.Errorf("got %v, %v", key, err)
	}
}

func TestKeyCodes(t *testing.T) {
	value := strings.TrimPrefix("did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b", "did:key:")
	offCurve, err := multikey.Encode(multikey.Other{Code: multikey.CodeSecp256k1, Bytes: make([]byte, 33)})
	if err != nil {
		t.Fatal(err)
	}
	neutral, err := multikey.Encode(ed25519.PublicKey(append([]byte{1}, make([]byte, 31)...)))
	if err != nil {
		t.Fatal(err)
	}
	const bls = "did:key:zUC7EK3ZakmukHhuncwkbySmomv3FmrkmS36E4Ks5rsb6VQSRpoCrx6Hb8e2Nk6UvJFSdyw9NK1scFXJp21gNNYFjVWNgaqyGnkyhtagagCpQb5B7tagJu3HDbjQ8h5ypoHjwBb"
	plain := did.Key{}
	format := func(format string) did.Key { return did.Key{PublicKeyFormat: format} }
	for name, c := range map[string]struct {
		resolver did.Key
		id       string
		kind     error
		code     did.Code
	}{
		"another scheme":         {plain, "notDid:key:" + value, did.ErrUnknown, did.InvalidDID},
		"another method":         {plain, "did:experimental:" + value, did.ErrUnknown, did.MethodNotSupported},
		"method with a capital":  {plain, "did:Key:" + value, did.ErrUnknown, did.InvalidDID},
		"nothing":                {plain, "", did.ErrUnknown, did.InvalidDID},
		"a negative version":     {plain, "did:key:-4:" + value, did.ErrInvalid, did.InvalidDID},
		"a version":              {plain, "did:key:1:" + value, did.ErrInvalid, did.InvalidDID},
		"not multibase":          {plain, "did:key:" + value[1:], did.ErrInvalid, did.InvalidDID},
		"base64url":              {plain, "did:key:u7QEFBQU", did.ErrInvalid, did.InvalidDID},
		"not base58":             {plain, "did:key:z6MkO", did.ErrInvalid, did.InvalidDID},
		"not a DID":              {plain, "did:key:@", did.ErrInvalid, did.InvalidDID},
		"with padding":           {plain, "did:key:" + value + "=", did.ErrInvalid, did.InvalidDID},
		"with a query":           {plain, "did:key:" + value + "?a=b", did.ErrInvalid, did.InvalidDID},
		"with a line break":      {plain, "did:key:" + value + "\n", did.ErrInvalid, did.InvalidDID},
		"short key":              {plain, "did:key:zTjsVPtY", did.ErrInvalid, did.InvalidPublicKeyLength},
		"no point":               {plain, "did:key:" + offCurve, did.ErrInvalid, did.InvalidPublicKey},
		"SM2":                    {plain, "did:key:zEPJc1vCfbG2aoZn8f3U8ggYRL4ZFfF63ZA3qFSk81WJxnCQr", did.ErrInvalid, did.UnsupportedPublicKeyType},
		"format unknown":         {format("unknown"), "did:key:" + value, did.ErrInvalid, did.UnsupportedPublicKeyType},
		"format of 2018":         {format("Ed25519VerificationKey2018"), "did:key:" + value, did.ErrInvalid, did.InvalidPublicKeyType},
		"format of another key":  {format("X25519KeyAgreementKey2020"), "did:key:" + value, did.ErrInvalid, did.InvalidPublicKeyType},
		"format without this":    {format("JsonWebKey"), bls, did.ErrInvalid, did.UnsupportedPublicKeyType},
		"derived from neutral":   {did.Key{DeriveKeyAgreement: true}, "did:key:" + neutral, did.ErrInvalid, did.InvalidPublicKey},
		"derived in this format": {did.Key{PublicKeyFormat: "Ed25519VerificationKey2020", DeriveKeyAgreement: true}, "did:key:" + value, did.ErrInvalid, did.InvalidPublicKeyType},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := c.resolver.Resolve(t.Context(), c.id)
			if d != nil || !errors.Is(err, c.kind) || did.CodeOf(err) != c.code {
				t.Errorf("got %v, %v (%s), want %v (%s)", d, err, did.CodeOf(err), c.kind, c.code)
			}
		})
	}
}

func TestCodeOf(t *testing.T) {
	for err, want := range map[error]did.Code{
		did.ErrUnknown:            did.NotFound,
		did.ErrMethod:             did.NotFound,
		did.ErrInvalid:            did.InvalidDIDDocument,
		errors.New("out of luck"): did.InternalError,
	} {
		if got := did.CodeOf(err); got != want {
			t.Errorf("%v: got %s, want %s", err, got, want)
		}
	}
}

// TestFirstTellsWhoLooked: a resolver that could not look says less than one
// that looked and did not find.
func TestFirstTellsWhoLooked(t *testing.T) {
	_, err := did.First{did.Key{}, did.NewPinned(), did.JWK{}}.Resolve(t.Context(), id)
	if !errors.Is(err, did.ErrUnknown) || did.CodeOf(err) != did.NotFound {
		t.Errorf("got %v (%s)", err, did.CodeOf(err))
	}
	_, err = did.First{did.Key{}, did.JWK{}}.Resolve(t.Context(), id)
	if !errors.Is(err, did.ErrUnknown) || did.CodeOf(err) != did.MethodNotSupported {
		t.Errorf("got %v (%s)", err, did.CodeOf(err))
	}
}

// TestKeyFormats writes one key in each format, with the contexts that define
// what the document says.
func TestKeyFormats(t *testing.T) {
	const id = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
	for format, c := range map[string]struct{ context, member string }{
		"":                           {"https://w3id.org/security/multikey/v1", "publicKeyMultibase"},
		"Multikey":                   {"https://w3id.org/security/multikey/v1", "publicKeyMultibase"},
		"JsonWebKey":                 {"https://w3id.org/security/jwk/v1", "publicKeyJwk"},
		"JsonWebKey2020":             {"https://w3id.org/security/suites/jws-2020/v1", "publicKeyJwk"},
		"Ed25519VerificationKey2020": {"https://w3id.org/security/suites/ed25519-2020/v1", "publicKeyMultibase"},
	} {
		t.Run(format, func(t *testing.T) {
			d, err := did.Key{PublicKeyFormat: format}.Resolve(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			var w struct {
				Context []string         `json:"@context"`
				Methods []map[string]any `json:"verificationMethod"`
			}
			data, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &w); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"https://www.w3.org/ns/did/v1", c.context}, w.Context); diff != "" {
				t.Error(diff)
			}
			if len(w.Methods) != 1 || w.Methods[0][c.member] == nil || len(w.Methods[0]) != 4 {
				t.Errorf("got %v", w.Methods)
			}
		})
	}
}

func TestMethod(t *testing.T) {
	const id, url = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
	d, err := did.Key{}.Resolve(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id":"` + url + `","type":"Multikey","controller":"` + id + `","publicKeyMultibase":"z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}`
	if got, err := d.Method(url); err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if got, err := d.Method(id + "#other"); !errors.Is(err, did.ErrMethod) {
		t.Errorf("got %s, %v", got, err)
	}
}

func members(t *testing.T, d *did.Document) (all map[string]any) {
	t.Helper()
	data, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestNewDocumentForAgreement: such a key never stands for signatures.
func TestNewDocumentForAgreement(t *testing.T) {
	public, _ := key(t)
	derived, err := multikey.X25519(public)
	if err != nil {
		t.Fatal(err)
	}
	for want, key := range map[string]crypto.PublicKey{"keyAgreement": derived, "assertionMethod authentication": public} {
		d, err := did.NewDocument("https://registry.example/keys", key)
		if err != nil {
			t.Fatal(err)
		}
		url, err := did.MethodURL("https://registry.example/keys", key)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(purposesOf(d, url), " "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := members(t, d)["@context"]; !cmp.Equal(got, []any{"https://www.w3.org/ns/cid/v1"}) {
			t.Errorf("got %v", got)
		}
	}
}
