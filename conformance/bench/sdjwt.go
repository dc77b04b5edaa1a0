package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

// claims are those of a registration of a birth as an SD-JWT VC, of which each
// in withheld can be, and each in shown is not.
//
//go:embed claims.json
var claims []byte

var (
	withheld = []string{"/given_names", "/family_name", "/birth_date", "/birth_place", "/sex", "/registered_on", "/address", "/address/locality"}
	shown    = []string{"/given_names", "/family_name", "/birth_date", "/address/locality"}
)

const (
	algorithm = "ES256"
	nonce     = "uWvz2N7Yb2a0d5bKQ7yq3w"
	audience  = "https://verifier.example"
)

// presentation is an SD-JWT VC with a key binding: two signatures.
type presentation struct {
	text   string
	issuer *jwk
	policy sdjwtvc.Policy
}

func newPresentation(k keys) (*presentation, error) {
	issuer, err := newJWK(&k.p256.PublicKey)
	if err != nil {
		return nil, err
	}
	issued, err := sdjwtvc.Issue(sdjwt.Issuance{
		Claims: claims, Selective: withheld, Holder: k.holder.Public(),
		Algorithm: algorithm, Signer: k.p256, Random: rand.Reader,
	})
	if err != nil {
		return nil, err
	}
	part, err := sdjwt.Present(issued, shown)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	bound, err := sdjwt.Bind(part, sdjwt.Binding{
		Nonce: nonce, Audience: audience, IssuedAt: now, Algorithm: algorithm, Signer: k.holder, Random: rand.Reader,
	})
	if err != nil {
		return nil, err
	}
	algorithms := []string{algorithm}
	return &presentation{text: bound.String(), issuer: issuer, policy: sdjwtvc.Policy{
		Now: now, Types: []string{sdjwtvc.Type}, Credential: sdjwtvc.Ignore(), Issuer: sdjwtvc.Ignore(),
		Finders: []sdjwtvc.Finder{known{k}}, Algorithms: algorithms,
		KeyBinding: sdjwt.ExpectKeyBinding(sdjwt.KeyBinding{Nonce: nonce, Audience: audience, MaxAge: time.Hour, Algorithms: algorithms}),
	}}, nil
}

// known is the issuer, whose key both sides have.
type known struct{ keys keys }

func (k known) Find(_ context.Context, s sdjwtvc.Signed) (*sdjwtvc.Issuer, error) {
	return &sdjwtvc.Issuer{Names: []string{s.Issuer}, Key: k.keys.p256.Public()}, nil
}

func (p *presentation) verification() verification {
	jwt, rest, _ := strings.Cut(p.text, "~")
	return verification{
		name: "SD-JWT VC verify", target: targetSDJWT, ours: p.verify,
		document: []byte(p.text), altered: []byte(otherSignature(jwt) + "~" + rest),
		theirs: request{Op: "verifySDJWT", Nonce: nonce},
	}
}

func (p *presentation) verify(ctx context.Context, text []byte) error {
	token, err := sdjwt.Parse(string(text))
	if err != nil {
		return err
	}
	_, err = sdjwtvc.Verify(ctx, token, p.policy)
	return err
}

// otherSignature returns a JWT whose signature has another first character.
func otherSignature(jwt string) string {
	at := strings.LastIndexByte(jwt, '.') + 1
	other := "A"
	if jwt[at:at+1] == other {
		other = "B"
	}
	return jwt[:at] + other + jwt[at+1:]
}
