package wallet

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

// form is a credential in one of the forms that a wallet keeps.
type form struct {
	data  []byte
	token *sdjwt.Token // nil for JSON with embedded proofs
	claim bool         // the token is an SD-JWT VC, and none of the data model
}

// parse reads a credential in the form that it has.
func parse(data []byte) (form, *credential.Unverified, error) {
	if !bytes.HasPrefix(data, []byte("ey")) {
		u, err := credential.Parse(data)
		return form{data: data}, u, err
	}
	token, err := sdjwt.Parse(string(data))
	if err != nil {
		return form{}, nil, err
	}
	if token.KeyBinding != "" {
		return form{}, nil, fmt.Errorf("%w: somebody presented it to a verifier", sdjwt.ErrKeyBinding)
	}
	return read(token)
}

func read(token *sdjwt.Token) (form, *credential.Unverified, error) {
	u, mediaType, err := verifier.PeekSDJWT(token)
	return form{data: []byte(token.String()), token: token, claim: mediaType == sdjwtvc.Type}, u, err
}

// extension returns that of the file of a credential.
func (f form) extension() string {
	if f.token != nil {
		return extensionSDJWT
	}
	return extension
}

// contents returns the claims of the token. It was read before, so that it can
// be read.
func (f form) contents() sdjwt.Contents {
	u, err := sdjwt.Inspect(f.token)
	if err != nil {
		return sdjwt.Contents{}
	}
	return u.Contents
}

// present returns the token with what pointers lead to, all that is below
// included, as deriving from a base proof has it.
func (f form) present(pointers []string) (*sdjwt.Token, error) {
	contents := f.contents()
	all := slices.Clone(pointers)
	for _, within := range contents.Disclosed() {
		if slices.ContainsFunc(pointers, func(p string) bool { return p == within || strings.HasPrefix(within, p+"/") }) {
			all = append(all, within)
		}
	}
	return sdjwt.Present(f.token, all)
}

// seen returns what whoever gets the credential sees of it: all but how it is
// to be read, and the proof.
func (f form) seen() map[string]any {
	if f.token != nil {
		contents := f.contents()
		claims := contents.Claims()
		delete(claims, "@context")
		return claims
	}
	object, err := strictjson.ParseObject(f.data, strictjson.Limits{Bytes: credential.MaxBytes})
	if err != nil {
		return nil // not reached: it was parsed when it was read
	}
	delete(object, "@context")
	delete(object, "proof")
	return object
}
