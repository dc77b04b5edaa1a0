package conformance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"io"

	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/bbs"
	ecdsasuite "github.com/chancery-vc/chancery/verifier/proof/ecdsa"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// Paths below the server's address, or below that of an endpoint.
const (
	issuePath              = "/credentials/issue"
	derivePath             = "/credentials/derive"
	verifyPath             = "/credentials/verify"
	verifyPresentationPath = "/presentations/verify"
	identifiersPath        = "/identifiers"
	statusPath             = "/status-list"
)

// tagStatus is the tag of the suite for status lists.
const tagStatus = "BitstringStatusList"

// Kinds of keys, as the suites call them.
const (
	keyEd25519  = "Ed25519"
	keyP256     = "P-256"
	keyP384     = "P-384"
	keyBLS12381 = "BLS12-381-G2"
)

// endpoint is one issuer.
type endpoint struct {
	path    string
	suite   proof.SigningSuite
	keyType string
	tags    []string
	status  bool // gives what it issues a place in the status list
}

// endpoints has one for each suite and kind of key, and one for each suite of
// tests that looks for its own tag. That of the data model signs JSON: text
// with a direction has no form in RDF.
func endpoints() []endpoint {
	return []endpoint{
		{path: "/eddsa-rdfc-2022", suite: eddsa.RDFC2022{}, keyType: keyEd25519, tags: []string{"eddsa-rdfc-2022"}},
		{path: "/eddsa-jcs-2022", suite: eddsa.JCS2022{}, keyType: keyEd25519, tags: []string{"eddsa-jcs-2022"}},
		{path: "/ecdsa-rdfc-2019/P-256", suite: ecdsasuite.RDFC2019{}, keyType: keyP256, tags: []string{"ecdsa-rdfc-2019"}},
		{path: "/ecdsa-rdfc-2019/P-384", suite: ecdsasuite.RDFC2019{}, keyType: keyP384, tags: []string{"ecdsa-rdfc-2019"}},
		{path: "/ecdsa-jcs-2019/P-256", suite: ecdsasuite.JCS2019{}, keyType: keyP256, tags: []string{"ecdsa-jcs-2019"}},
		{path: "/ecdsa-jcs-2019/P-384", suite: ecdsasuite.JCS2019{}, keyType: keyP384, tags: []string{"ecdsa-jcs-2019"}},
		{path: "/ecdsa-sd-2023/P-256", suite: ecdsasd.SD2023{}, keyType: keyP256, tags: []string{"ecdsa-sd-2023"}},
		{path: "/bbs-2023/BLS12-381-G2", suite: bbs.BBS2023{}, keyType: keyBLS12381, tags: []string{"bbs-2023"}},
		{path: "/data-model", suite: eddsa.JCS2022{}, keyType: keyEd25519, tags: []string{"vc2.0"}},
		{path: "/vc-api", suite: eddsa.RDFC2022{}, keyType: keyEd25519, tags: []string{"vc-api"}},
		{path: statusPath, suite: eddsa.RDFC2022{}, keyType: keyEd25519, tags: []string{tagStatus}, status: true},
	}
}

// minter makes the endpoint's key.
func (e endpoint) minter(random io.Reader, contexts *schemas.Contexts) (*mint.Minter, error) {
	signer, err := newKey(e.keyType, random)
	if err != nil {
		return nil, err
	}
	id, _, err := did.FromKey(signer.Public())
	if err != nil {
		return nil, err
	}
	minter, err := mint.New(id, signer, e.suite, contexts)
	if err != nil {
		return nil, err
	}
	return minter.Lenient(resources()), nil
}

func newKey(keyType string, random io.Reader) (crypto.Signer, error) {
	switch keyType {
	case keyP256:
		return ecdsa.GenerateKey(elliptic.P256(), random)
	case keyP384:
		return ecdsa.GenerateKey(elliptic.P384(), random)
	case keyBLS12381:
		return bbs.GenerateKey(random)
	default:
		_, private, err := ed25519.GenerateKey(random)
		return private, err
	}
}
