package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/trustbloc/kms-go/doc/util/fingerprint"
	"github.com/trustbloc/vc-go/dataintegrity"
	"github.com/trustbloc/vc-go/dataintegrity/suite"
	"github.com/trustbloc/vc-go/dataintegrity/suite/ecdsa2019"
	"github.com/trustbloc/vc-go/dataintegrity/suite/eddsa2022"
	"github.com/trustbloc/vc-go/verifiable"

	"github.com/chancery-vc/chancery/conformance/peers/gopeers/line"
)

// signingKey is a key with the suite that uses it.
type signingKey struct {
	line.Signer
	method  string
	private crypto.Signer
	hash    crypto.Hash
}

func newKeys() ([]signingKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	id, method := fingerprint.CreateDIDKey(public)
	keys := []signingKey{{Signer: line.Signer{Suite: eddsa2022.SuiteType, Key: "Ed25519", ID: id}, method: method, private: private}}
	for _, c := range []struct {
		curve elliptic.Curve
		code  uint64
		hash  crypto.Hash
	}{{elliptic.P256(), fingerprint.P256PubKeyMultiCodec, crypto.SHA256}, {elliptic.P384(), fingerprint.P384PubKeyMultiCodec, crypto.SHA384}} {
		private, err := ecdsa.GenerateKey(c.curve, rand.Reader)
		if err != nil {
			return nil, err
		}
		id, method := fingerprint.CreateDIDKeyByCode(c.code, elliptic.MarshalCompressed(c.curve, private.X, private.Y))
		s := line.Signer{Suite: ecdsa2019.SuiteTypeNew, Key: c.curve.Params().Name, ID: id}
		keys = append(keys, signingKey{Signer: s, method: method, private: private, hash: c.hash})
	}
	return keys, nil
}

// Sign returns the raw signature that the suites want: r and s for ECDSA.
func (k signingKey) Sign(message []byte) ([]byte, error) {
	if k.hash == 0 {
		return k.private.Sign(nil, message, k.hash)
	}
	h := k.hash.New()
	h.Write(message)
	der, err := k.private.Sign(rand.Reader, h.Sum(nil), k.hash)
	if err != nil {
		return nil, err
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		return nil, err
	}
	size := k.hash.Size()
	out := make([]byte, 2*size)
	rs.R.FillBytes(out[:size])
	rs.S.FillBytes(out[size:])
	return out, nil
}

func (p *peer) Signers() []line.Signer {
	var all []line.Signer
	for _, k := range p.keys {
		all = append(all, k.Signer)
	}
	return all
}

func (p *peer) signer(r line.Request) (*dataintegrity.Signer, *verifiable.DataIntegrityProofContext, error) {
	for _, k := range p.keys {
		if k.Suite != r.Suite || k.Key != r.Key {
			continue
		}
		var initializer suite.SignerInitializer = eddsa2022.NewSignerInitializer(&eddsa2022.SignerInitializerOptions{
			LDDocumentLoader: p.contexts, SignerGetter: eddsa2022.WithStaticSigner(k),
		})
		if k.hash != 0 {
			initializer = ecdsa2019.NewSignerInitializer(&ecdsa2019.SignerInitializerOptions{
				LDDocumentLoader: p.contexts, SignerGetter: ecdsa2019.WithStaticSigner(k),
			})
		}
		now := time.Now()
		s, err := dataintegrity.NewSigner(&dataintegrity.Options{DIDResolver: p.resolver}, initializer)
		return s, &verifiable.DataIntegrityProofContext{SigningKeyID: k.method, CryptoSuite: k.Suite, Created: &now}, err
	}
	return nil, nil, fmt.Errorf("no %s with %s", r.Suite, r.Key)
}

func (p *peer) Issue(r line.Request) ([]byte, error) {
	signer, context, err := p.signer(r)
	if err != nil {
		return nil, err
	}
	credential, err := verifiable.ParseCredential([]byte(r.Document), verifiable.WithDisabledProofCheck(), verifiable.WithJSONLDDocumentLoader(p.contexts))
	if err != nil {
		return nil, err
	}
	if err := credential.AddDataIntegrityProof(context, signer); err != nil {
		return nil, err
	}
	return credential.MarshalJSON()
}

func (p *peer) Present(r line.Request) ([]byte, error) {
	signer, context, err := p.signer(r)
	if err != nil {
		return nil, err
	}
	context.ProofPurpose, context.Domain, context.Challenge = dataintegrity.Authentication, r.Domain, r.Challenge
	presentation, err := verifiable.ParsePresentation([]byte(r.Document), verifiable.WithPresDisabledProofCheck(), verifiable.WithPresJSONLDDocumentLoader(p.contexts))
	if err != nil {
		return nil, err
	}
	if presentation == nil {
		return nil, errors.New("it is no presentation")
	}
	if err := presentation.AddDataIntegrityProof(context, signer); err != nil {
		return nil, err
	}
	return presentation.MarshalJSON()
}
