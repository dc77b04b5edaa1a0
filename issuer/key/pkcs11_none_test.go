//go:build !pkcs11

package key_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/key"
)

// TestNoPKCS11: a build without it says how to get one that has it.
func TestNoPKCS11(t *testing.T) {
	signer, err := newKeys(t).open(t, "pkcs11:token=a;object=b?module-path=/usr/lib/x.so&pin-source=env:PIN", key.Ed25519)
	if signer != nil || !errors.Is(err, key.ErrNoPKCS11) || !strings.Contains(err.Error(), "make build-pkcs11") {
		t.Errorf("%v, %v", signer, err)
	}
}
