package key

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/chancery-vc/chancery/issuer/secret"
)

// tokenKey is what a PKCS #11 URI (RFC 7512) says.
type tokenKey struct {
	token, serial string // label and serial number of the token; one of them at least
	object, id    string // label and CKA_ID of the key; one of them at least
	module        string // absolute path of the library
	pin           secret.Reference
}

// parsePKCS11 reads what is behind "pkcs11:". Attributes that are not known are
// refused: each narrows what is meant. So is pin-value, as a PIN is a secret.
func parsePKCS11(text string) (k tokenKey, err error) {
	path, query, _ := strings.Cut(text, "?")
	pin := ""
	known := map[string]*string{"token": &k.token, "serial": &k.serial, "object": &k.object, "id": &k.id, "type": new(string)}
	if err := attributes(path, ";", known); err != nil {
		return k, err
	}
	if kind := *known["type"]; kind != "" && kind != "private" {
		return k, uriError("type is %q; a signing key is private", kind)
	}
	if err := attributes(query, "&", map[string]*string{"module-path": &k.module, "pin-source": &pin}); err != nil {
		return k, err
	}
	switch {
	case k.token == "" && k.serial == "":
		return k, uriError("name the token: token=LABEL")
	case k.object == "" && k.id == "":
		return k, uriError("name the key: object=LABEL")
	case !filepath.IsAbs(k.module):
		return k, uriError("name the library of the token by its absolute path: ?module-path=/usr/lib/…")
	case pin == "":
		return k, uriError("say where the PIN is: &pin-source=systemd:NAME, or another reference to a secret")
	}
	if k.pin, err = secret.Parse(pin); err != nil {
		return k, fmt.Errorf("pin-source: %w", err)
	}
	if k.pin.Kind == secret.PKCS11 || strings.HasPrefix(pin, "|") {
		return k, uriError("pin-source is no reference to a secret that can be read")
	}
	return k, nil
}

// attributes reads NAME=VALUE, each once.
func attributes(text, separator string, known map[string]*string) error {
	for part := range strings.SplitSeq(text, separator) {
		if part == "" {
			continue
		}
		name, escaped, _ := strings.Cut(part, "=")
		field, ok := known[name]
		value, err := url.PathUnescape(escaped)
		switch {
		case name == "pin-value":
			return uriError("a PIN is a secret: put it where pin-source says")
		case !ok:
			return uriError("%.40q is not read here", name)
		case err != nil || value == "" || *field != "":
			return uriError("%s is empty, there twice, or not percent-encoded", name)
		}
		*field = value
	}
	return nil
}

func uriError(format string, args ...any) error {
	return fmt.Errorf("%w: pkcs11: %s", secret.ErrReference, fmt.Sprintf(format, args...))
}
