//go:build !pkcs11

package key

import (
	"context"
	"crypto"
	"errors"

	"github.com/chancery-vc/chancery/issuer/secret"
)

// ErrNoPKCS11 says that this program was built without the part that loads
// libraries of tokens.
var ErrNoPKCS11 = errors.New("this build has no PKCS#11: build with -tags pkcs11 (make build-pkcs11)")

func openPKCS11(context.Context, *secret.Store, secret.Reference) (crypto.Signer, error) {
	return nil, ErrNoPKCS11
}
