package wallet

import (
	"crypto/ed25519"
	"fmt"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// bind returns an SD-JWT VC with a key binding for an occasion: RFC 9901,
// section 4.3.
func (w *Wallet) bind(o Occasion, shown []Shown) ([]byte, error) {
	if len(shown) != 1 {
		return nil, fmt.Errorf("%w: present it by itself, and the others for another challenge", ErrAlone)
	}
	bound, err := sdjwt.Bind(shown[0].form.token, sdjwt.Binding{
		Nonce: o.Challenge, Audience: o.Domain, IssuedAt: o.Now, Algorithm: sdjwt.EdDSA, Signer: w.key, // whose signatures take no randomness
	})
	if err != nil {
		return nil, fmt.Errorf("sign the presentation: %w", err)
	}
	return []byte(bound.String()), nil
}

// held returns the credential as a presentation holds it: Data Model 2.0,
// section 4.13.1.
func (f form) held() ([]byte, error) {
	if f.token == nil {
		return f.data, nil
	}
	return credential.Envelope(credential.TypeEnvelopedCredential, "application/"+typeSDJWT, f.data)
}

// owns wants what was received to be the holder's: about the holder, or for an
// SD-JWT VC bound to the holder's key. A token of the data model that is bound
// must be both.
func (w *Wallet) owns(r *Received, subjects []map[string]any) error {
	if !r.form.claim && (len(subjects) != 1 || subjects[0]["id"] != w.did) {
		return fmt.Errorf("%w, %s", ErrHolder, w.did)
	}
	if r.form.token == nil {
		return nil
	}
	contents := r.form.contents()
	if _, bound := contents.Claim("cnf"); !bound && !r.form.claim {
		return nil
	}
	if key, err := contents.Holder(); err != nil || !w.key.Public().(ed25519.PublicKey).Equal(key) {
		return fmt.Errorf("%w: it is not bound to the key of %s", ErrHolder, w.did)
	}
	return nil
}
