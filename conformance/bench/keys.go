package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/bbs"
	ecdsasuite "github.com/chancery-vc/chancery/verifier/proof/ecdsa"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// keys are new for each run.
type keys struct {
	ed25519 ed25519.PrivateKey
	p256    *ecdsa.PrivateKey
	holder  *ecdsa.PrivateKey
	bls     *bbs.PrivateKey
}

func newKeys() (k keys, err error) {
	if _, k.ed25519, err = ed25519.GenerateKey(rand.Reader); err != nil {
		return keys{}, err
	}
	if k.p256, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return keys{}, err
	}
	if k.holder, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return keys{}, err
	}
	k.bls, err = bbs.GenerateKey(rand.Reader)
	return k, err
}

// signing is a suite with a key.
type signing struct {
	suite proof.SigningSuite
	key   crypto.Signer
}

// whole are the suites that sign documents as a whole.
func (k keys) whole() []signing {
	return []signing{{eddsa.RDFC2022{}, k.ed25519}, {ecdsasuite.RDFC2019{}, k.p256}}
}

// selective are those that can disclose a part of one.
func (k keys) selective() []signing {
	return []signing{{ecdsasd.SD2023{Mandatory: mandatory}, k.p256}, {bbs.BBS2023{Mandatory: mandatory}, k.bls}}
}

// jwk is a public key of P-256 (RFC 7518, section 6.2.1).
type jwk struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	Y     string `json:"y"`
}

func newJWK(key *ecdsa.PublicKey) (*jwk, error) {
	const size = 32
	point, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	encode := base64.RawURLEncoding.EncodeToString
	return &jwk{"EC", "P-256", encode(point[1 : 1+size]), encode(point[1+size:])}, nil
}
