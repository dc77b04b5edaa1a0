package sdjwt

import (
	"crypto"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/jwa"
)

// Present returns the token with those disclosures alone that show the claims
// at pointers, and what these are within: section 7.2. What is below a pointer
// and can be withheld itself stays withheld. [Inspect] tells what the verifier
// will see.
//
// A pointer to nothing is an error. One to a claim that is always shown is
// none.
func Present(t *Token, pointers []string) (*Token, error) {
	if t.KeyBinding != "" {
		return nil, fmt.Errorf("%w: it was presented already; present what the issuer gave", ErrKeyBinding)
	}
	u, err := Inspect(t)
	if err != nil {
		return nil, err
	}
	selected := make([]bool, len(t.Disclosures))
	for _, pointer := range pointers {
		value, err := at(u.root, pointer)
		if err != nil {
			return nil, err
		}
		if _, ok := value.(hidden); ok {
			return nil, fmt.Errorf("%w: the disclosure for %.200q is not here", ErrPointer, pointer)
		}
		for _, d := range u.disclosed {
			selected[d.index] = selected[d.index] || leads(d.pointer, pointer)
		}
	}
	presented := &Token{JWT: t.JWT}
	for i, text := range t.Disclosures {
		if selected[i] {
			presented.Disclosures = append(presented.Disclosures, text)
		}
	}
	return presented, nil
}

// typeKeyBinding is the typ of a key binding JWT: section 4.3.
const typeKeyBinding = "kb+jwt"

// Binding is what a holder says with a key binding.
type Binding struct {
	Nonce     string // that the verifier gave
	Audience  string // who the verifier is
	IssuedAt  time.Time
	Algorithm string
	Signer    crypto.Signer // of the holder's key
	Random    io.Reader     // for the signature
}

// Bind returns the token with a key binding JWT over what it presents: section
// 4.3. The signer must have the key of the claim cnf.
func Bind(t *Token, b Binding) (*Token, error) {
	r, err := read(t)
	if err != nil {
		return nil, err
	}
	contents, err := r.contents()
	if err != nil {
		return nil, err
	}
	if err := b.check(contents); err != nil {
		return nil, err
	}
	signer := jwa.Signer{Algorithm: b.Algorithm, Key: b.Signer, Random: b.Random}
	if err := checkSigner(signer); err != nil {
		return nil, err
	}
	jwt, err := sign(signer, map[string]any{"typ": typeKeyBinding}, map[string]any{
		claimIssuedAt: b.IssuedAt.Unix(),
		claimAudience: b.Audience,
		claimNonce:    b.Nonce,
		claimHash:     digest(r.hash, t.presented()),
	})
	if err != nil {
		return nil, err
	}
	return &Token{JWT: t.JWT, Disclosures: slices.Clone(t.Disclosures), KeyBinding: jwt}, nil
}

func (b *Binding) check(contents *Contents) error {
	if b.Nonce == "" || b.Audience == "" || b.IssuedAt.IsZero() || b.Signer == nil {
		return fmt.Errorf("%w: give Nonce, Audience, IssuedAt and Signer", ErrPolicy)
	}
	key, err := contents.Holder()
	if err != nil {
		return err
	}
	if !sameKey(b.Signer.Public(), key) {
		return fmt.Errorf("%w: the signer has another key than the one in cnf", ErrKeyBinding)
	}
	return nil
}
