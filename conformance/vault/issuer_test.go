package vault

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/key"
)

// TestIssuer: an issuer whose key is in Vault issues by the role that the
// operator's manual wants; sealed it does not, and opened again, or with its
// token taken away, it goes on as it was.
func TestIssuer(t *testing.T) {
	s := start(t)
	s.key("issuer", "ed25519")
	id, secret := s.role(`path "transit/keys/issuer" { capabilities = ["read"] }
path "transit/sign/issuer" { capabilities = ["update"] }`, nil)
	secretID := filepath.Join(t.TempDir(), "secret-id")
	must(t, os.WriteFile(secretID, []byte(secret), 0o600))
	dir := issuertest.Folder(t, 3, func(text string) string {
		text = strings.Replace(text, "signing_key: signing.key", "signing_key: vault:transit/transit/issuer", 1)
		return text + fmt.Sprintf("\nvault:\n  address: %s\n  ca: %s\n  app_role: {role_id: %s, secret_id: %s}\n", s.URL, s.CA, id, secretID)
	})
	i := issuertest.Open(t, dir, issuertest.NewClock())
	ask := func() error {
		_, err := i.Answer(t.Context(), issuer.Question{Caller: issuer.Operator, Profile: "birth", Key: civil.KnownNumber})
		return err
	}
	must(t, ask())
	s.seal()
	if err := ask(); !errors.Is(err, key.ErrUnavailable) {
		t.Errorf("sealed: %v", err)
	}
	s.open()
	must(t, ask())
	s.takeTokens()
	must(t, i.SelfTest(t.Context()))
	must(t, ask())
}
