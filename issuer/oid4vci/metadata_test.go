package oid4vci_test

import (
	"crypto/rand"
	"path/filepath"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/schemas"
)

// shape returns a value as its JSON is read.
func shape(t *testing.T, value any) any {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var read any
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

type list = []any

// TestMetadata: section 12.2.4 and appendix A.1.2.2.
func TestMetadata(t *testing.T) {
	for _, url := range []string{issuertest.URL, issuertest.URL + "/civil"} {
		w := newWorld(t, issuertest.Replace("url: "+issuertest.URL, "url:  "+url))
		path := func(name string) object { return object{"path": list{"credentialSubject", name}} }
		want := object{
			"credential_issuer": url, "credential_endpoint": url + "/credential", "nonce_endpoint": url + "/nonce",
			"credential_configurations_supported": object{birth: object{
				"format": "ldp_vc",
				"cryptographic_binding_methods_supported": list{"did:key"},
				"credential_signing_alg_values_supported": list{"eddsa-rdfc-2022"},
				"proof_types_supported":                   object{"jwt": object{"proof_signing_alg_values_supported": list{"EdDSA"}}},
				"credential_definition": object{
					"@context": list{schemas.CredentialsV2, schemas.CivilV1}, "type": list{"VerifiableCredential", "BirthRegistration"},
				},
				"credential_metadata": object{
					"display": list{object{"name": "Birth registration"}},
					"claims":  list{path("givenNames"), path("familyName"), path("birthDate"), path("birthPlace")},
				},
			}},
		}
		if diff := cmp.Diff(want, shape(t, w.service.Metadata())); diff != "" {
			t.Error(diff)
		}
	}
}

// TestMetadataOfSelectiveProfiles: what they are signed with is what is said.
func TestMetadataOfSelectiveProfiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "selective.key")
	if _, err := key.CreateP256(path, rand.Reader); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, issuertest.Replace("# selective_key: selective.key", "selective_key: "+path), issuertest.Replace("# disclosure:", "disclosure:"))
	described := shape(t, w.service.Metadata()).(object)["credential_configurations_supported"].(object)[birth].(object)
	if diff := cmp.Diff(list{"ecdsa-sd-2023"}, described["credential_signing_alg_values_supported"]); diff != "" {
		t.Error(diff)
	}
}

// TestServerMetadata: RFC 8414, section 2, and section 12.3.
func TestServerMetadata(t *testing.T) {
	want := object{
		"issuer": issuertest.URL, "token_endpoint": issuertest.URL + "/token",
		"grant_types_supported":                 list{"urn:ietf:params:oauth:grant-type:pre-authorized_code"},
		"token_endpoint_auth_methods_supported": list{"none"}, "pre-authorized_grant_anonymous_access_supported": true,
	}
	if diff := cmp.Diff(want, shape(t, newWorld(t).service.ServerMetadata())); diff != "" {
		t.Error(diff)
	}
}

// TestMetadataOfHoldersAlone: what only the operator can have is not offered.
func TestMetadataOfHoldersAlone(t *testing.T) {
	w := newWorld(t, issuertest.Replace("holder: [birth]", "holder: []"))
	metadata := shape(t, w.service.Metadata()).(object)
	if diff := cmp.Diff(object{}, metadata["credential_configurations_supported"]); diff != "" {
		t.Error(diff)
	}
}
