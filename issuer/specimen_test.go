package issuer_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/schemas"
)

// TestTermOfProofs: a context that takes a name from proofs is refused at the
// start, with the name.
func TestTermOfProofs(t *testing.T) {
	dir := issuertest.Folder(t, 3,
		issuertest.Replace(schemas.CivilV1, "https://example.org/context/v1\n      file: context.jsonld"),
		issuertest.Replace("claim: birthPlace", "claim: domain"))
	const context = `{"@context":{"@protected":true,"BirthRegistration":{"@id":"https://example.org/ns#B","@context":{"@protected":true,` +
		`"givenNames":"https://example.org/ns#g","familyName":"https://example.org/ns#f","birthDate":"https://example.org/ns#d"}},"domain":"https://example.org/ns#h"}}`
	must(t, os.WriteFile(filepath.Join(dir, "context.jsonld"), []byte(context), 0o600))
	err := open(issuertest.Load(t, dir), rand.Reader)
	if err == nil || !strings.Contains(err.Error(), "defines domain, which proofs have a meaning of their own for") {
		t.Errorf("got %v", err)
	}
}
