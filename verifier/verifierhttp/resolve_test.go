package verifierhttp_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/chancery-vc/chancery/verifier/did"
)

// As the test suite of did:key has them.
const (
	resolutionType = `application/ld+json;profile="https://w3id.org/did-resolution"`
	aKey           = "z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b"
	aDID           = "did:key:" + aKey
	derivedKey     = "z6LSfHfAMAopsuBxaBzvp51GXrPf38Az13j2fmwqadbwwrzJ"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

type metadata struct {
	ContentType, Error, ErrorMessage string
}

type resolution struct {
	Context               string         `json:"@context"`
	DIDDocument           map[string]any `json:"didDocument"`
	DIDDocumentMetadata   map[string]any
	ResolutionMetadata    *metadata `json:"didResolutionMetadata"`
	DereferencingMetadata *metadata `json:"didDereferencingMetadata"`
}

// resolve asks for an identifier as clients do: encoded, with options as a
// query.
func (s *served) resolve(id, query, accept string) *httptest.ResponseRecorder {
	s.Helper()
	r := httptest.NewRequest(http.MethodGet, "/1.0/identifiers/"+url.PathEscape(id)+query, nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func (s *served) resolution(w *httptest.ResponseRecorder) resolution {
	s.Helper()
	var r resolution
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
		s.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	if w.Header().Get("Content-Type") != resolutionType || r.Context == "" || r.DIDDocument == nil || r.DIDDocumentMetadata == nil {
		s.Errorf("%d %s is not a resolution: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
	}
	return r
}

// TestResolutionErrors: the codes and the statuses of the texts, in the
// metadata of resolving a DID or of dereferencing a DID URL.
func TestResolutionErrors(t *testing.T) {
	s := serve(t)
	const legacy = "?publicKeyFormat=Ed25519VerificationKey2018&enableExperimentalPublicKeyTypes=false"
	for _, test := range []struct {
		id, query string
		url       bool
		code      did.Code
		status    int
	}{
		{"notDid:key:" + aKey, "", false, did.InvalidDID, 400},
		{"did:key:-4:" + aKey, "", false, did.InvalidDID, 400},
		{"did:key:" + aKey[1:], "", false, did.InvalidDID, 400},
		{"did:key:@", "", false, did.InvalidDID, 400},
		{"did:key:", "", false, did.InvalidDID, 400},
		{"did", "", false, did.InvalidDID, 400},
		{"did:experimental:" + aKey, "", false, did.MethodNotSupported, 501},
		{"did:web:registry.example", "", false, did.MethodNotSupported, 501},
		{"did:key:zTjsVPtY", "", false, did.InvalidPublicKeyLength, 400},
		{aDID, "?publicKeyFormat=unknown", false, did.UnsupportedPublicKeyType, 501},
		{aDID, legacy, false, did.InvalidPublicKeyType, 400},
		{aDID + "/^bar^/?query=`#" + aKey, "", true, did.InvalidDIDURL, 400},
		{aDID + "#" + aKey, legacy, true, did.InvalidPublicKeyType, 400},
		{aDID + "#" + derivedKey, legacy, true, did.InvalidPublicKeyType, 400},
		{aDID + "#" + derivedKey, "", true, did.NotFound, 404},
		{aDID + "#", "", true, did.NotFound, 404},
		{aDID + "/path", "", true, did.NotFound, 404},
		{aDID + "?versionId=1", "", true, did.NotFound, 404},
		{"did:web:registry.example#key", "", true, did.MethodNotSupported, 501},
	} {
		for _, accept := range []string{resolutionType, "application/did+ld+json", ""} {
			w := s.resolve(test.id, test.query, accept)
			r := s.resolution(w)
			got := r.ResolutionMetadata
			if test.url {
				got = r.DereferencingMetadata
			}
			if w.Code != test.status || got == nil || got.Error != string(test.code) || got.ErrorMessage == "" || len(r.DIDDocument) > 0 {
				t.Errorf("%s%s: got %d %s, want %d %s", test.id, test.query, w.Code, w.Body, test.status, test.code)
			}
		}
	}
}

func TestResolves(t *testing.T) {
	s := serve(t)
	w := s.resolve(aDID, "", resolutionType)
	r := s.resolution(w)
	if w.Code != http.StatusOK || r.DIDDocument["id"] != aDID || r.DereferencingMetadata != nil || r.ResolutionMetadata.ContentType != "application/did+ld+json" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for query, want := range map[string]string{
		"": "Multikey", "?publicKeyFormat=JsonWebKey": "JsonWebKey", "?publicKeyFormat=Ed25519VerificationKey2020": "Ed25519VerificationKey2020",
	} {
		w := s.resolve(aDID+"#"+aKey, query, resolutionType)
		r := s.resolution(w)
		if w.Code != http.StatusOK || r.DIDDocument["controller"] != aDID || r.DIDDocument["type"] != want || r.DereferencingMetadata == nil || r.ResolutionMetadata != nil {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
	w = s.resolve(aDID+"#"+derivedKey, "?enableEncryptionKeyDerivation=true", resolutionType)
	if r := s.resolution(w); w.Code != http.StatusOK || r.DIDDocument["id"] != aDID+"#"+derivedKey {
		t.Errorf("derived: %d %s", w.Code, w.Body)
	}
}

// TestResolutionRepresentations: DID Resolution 1.0, "HTTP(S) Binding".
func TestResolutionRepresentations(t *testing.T) {
	s := serve(t)
	for accept, want := range map[string]string{
		"":                        "application/did+ld+json",
		"*/*":                     "application/did+ld+json",
		"application/did":         "application/did+ld+json",
		"application/did+ld+json": "application/did+ld+json",
		"application/ld+json":     "application/did+ld+json",
		"application/did+json":    "application/did+json",
		"application/json":        "application/did+json",
		resolutionType:            resolutionType,
		"text/html, " + resolutionType + ";q=0.9, application/did+json;q=0.5":       resolutionType,
		"application/did+json;q=0.1, application/did+ld+json;q=0.2":                 "application/did+ld+json",
		"application/ld+json;profile=\"https://elsewhere.example\", a/b;q=nonsense": "application/did+ld+json",
	} {
		w := s.resolve(aDID, "", accept)
		var got struct{ ID string }
		err := json.Unmarshal(w.Body.Bytes(), &got)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != want || err != nil || (got.ID == aDID) != (want != resolutionType) {
			t.Errorf("%q: %d %s, want %s", accept, w.Code, w.Header().Get("Content-Type"), want)
		}
	}
	for _, accept := range []string{"text/html", "application/did+cbor", "application/did+json;q=0", ";;", "application/did+json;q=2"} {
		w := s.resolve(aDID, "", accept)
		if r := s.resolution(w); w.Code != http.StatusNotAcceptable || r.ResolutionMetadata.Error != "representationNotSupported" {
			t.Errorf("%q: %d %s", accept, w.Code, w.Body)
		}
	}
}
