package schemas_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/schemas"
)

// TestVectorsContexts holds the embedded contexts against the official ones.
// Those that are not embedded load when they are given.
func TestVectorsContexts(t *testing.T) {
	for file, url := range map[string]string{
		"vc-data-model/contexts/credentials/v1":                 schemas.CredentialsV1,
		"vc-data-model/contexts/credentials/v2":                 schemas.CredentialsV2,
		"vc-di-eddsa/contexts/lds-ed25519-2020-v1.json":         schemas.Ed25519Signature2020V1,
		"vc-data-model/contexts/credentials/examples/v1":        "",
		"vc-data-model/contexts/credentials/examples/v2":        "",
		"vc-data-model/contexts/credentials/undefined-terms/v2": "",
		"bitstring-status-list/contexts/v1.jsonld":              "",
		"bitstring-status-list/contexts/2021/v1.jsonld":         "",
		"vc-data-model-history/credentials-v2.8d0ee107.jsonld":  "",
		"vc-data-model/contexts/credentials/security/v1":        "",
		"vc-data-model/contexts/credentials/security/v2":        "",
	} {
		t.Run(file, func(t *testing.T) {
			official := testdata.Read(t, "vectors/"+file)
			if url != "" {
				if diff := cmp.Diff(string(official), string(embedded(t).JSON(url))); diff != "" {
					t.Error(diff)
				}
				return
			}
			const given = "https://a.example/given"
			set, err := embedded(t).With(given, official, schemas.Digest(official))
			if err != nil || !set.Has(given) {
				t.Errorf("got %v, %v", set, err)
			}
		})
	}
}

// TestVectorsHistory: the base context as it was in July 2024 is not the one
// that is embedded, and does not take its place.
func TestVectorsHistory(t *testing.T) {
	former := testdata.Read(t, "vectors/vc-data-model-history/credentials-v2.8d0ee107.jsonld")
	set, err := embedded(t).With(schemas.CredentialsV2, former, schemas.Digest(former))
	if !errors.Is(err, schemas.ErrContextDigest) || set != nil {
		t.Errorf("got %v, %v", set, err)
	}
}
