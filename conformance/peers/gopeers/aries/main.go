// Command aries answers for hyperledger/aries-framework-go, which knows the
// data model 1.1 and, of the suites that are read here, Ed25519Signature2020;
// -strict also switches its strict validation on.
package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"flag"
	"log"
	"os"
	"time"

	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/jsonld"
	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/suite"
	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/suite/ed25519signature2020"
	"github.com/hyperledger/aries-framework-go/pkg/doc/verifiable"
	"github.com/hyperledger/aries-framework-go/pkg/vdr"
	"github.com/hyperledger/aries-framework-go/pkg/vdr/fingerprint"
	"github.com/hyperledger/aries-framework-go/pkg/vdr/key"

	"github.com/chancery-vc/chancery/conformance/peers/gopeers/line"
)

func main() {
	strict := flag.Bool("strict", false, "switch strict validation on")
	flag.Parse()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	p := &peer{contexts: line.Contexts{}, strict: *strict, private: private}
	p.id, p.method = fingerprint.CreateDIDKey(public)
	answers := os.Stdout
	os.Stdout = os.Stderr // the library's log goes to what it takes for the standard output
	if err := line.Serve(os.Stdin, answers, p.contexts, p); err != nil {
		log.Fatal(err)
	}
}

type peer struct {
	contexts   line.Contexts
	strict     bool
	id, method string
	private    ed25519.PrivateKey
}

// Sign and Alg are what the suite asks of a signer.
func (p *peer) Sign(message []byte) ([]byte, error) {
	return p.private.Sign(nil, message, crypto.Hash(0))
}

func (p *peer) Alg() string { return "EdDSA" }

func (p *peer) Signers() []line.Signer {
	return []line.Signer{{Suite: ed25519signature2020.SignatureType, Key: "Ed25519", ID: p.id}}
}

func (p *peer) proof(r line.Request) *verifiable.LinkedDataProofContext {
	now := time.Now()
	return &verifiable.LinkedDataProofContext{
		SignatureType:           ed25519signature2020.SignatureType,
		Suite:                   ed25519signature2020.New(suite.WithSigner(p)),
		SignatureRepresentation: verifiable.SignatureProofValue,
		Created:                 &now,
		VerificationMethod:      p.method,
		Challenge:               r.Challenge,
		Domain:                  r.Domain,
	}
}

func (p *peer) Issue(r line.Request) ([]byte, error) {
	credential, err := verifiable.ParseCredential([]byte(r.Document), verifiable.WithDisabledProofCheck(), verifiable.WithJSONLDDocumentLoader(p.contexts))
	if err != nil {
		return nil, err
	}
	if err := credential.AddLinkedDataProof(p.proof(r), jsonld.WithDocumentLoader(p.contexts)); err != nil {
		return nil, err
	}
	return credential.MarshalJSON()
}

func (p *peer) Present(r line.Request) ([]byte, error) {
	presentation, err := verifiable.ParsePresentation([]byte(r.Document), verifiable.WithPresDisabledProofCheck(), verifiable.WithPresJSONLDDocumentLoader(p.contexts))
	if err != nil {
		return nil, err
	}
	context := p.proof(r)
	context.Purpose = "authentication"
	if err := presentation.AddLinkedDataProof(context, jsonld.WithDocumentLoader(p.contexts)); err != nil {
		return nil, err
	}
	return presentation.MarshalJSON()
}

// keys fetches the keys of did:key.
func keys() verifiable.PublicKeyFetcher {
	return verifiable.NewVDRKeyResolver(vdr.New(vdr.WithVDR(key.New()))).PublicKeyFetcher()
}

func (p *peer) Verify(r line.Request) error {
	options := []verifiable.CredentialOpt{
		verifiable.WithPublicKeyFetcher(keys()), verifiable.WithJSONLDDocumentLoader(p.contexts),
	}
	if p.strict {
		options = append(options, verifiable.WithStrictValidation())
	}
	_, err := verifiable.ParseCredential([]byte(r.Document), options...)
	return err
}

// VerifyPresentation cannot be told of a challenge or a domain: this library
// leaves both to its caller.
func (p *peer) VerifyPresentation(r line.Request) error {
	options := []verifiable.PresentationOpt{
		verifiable.WithPresPublicKeyFetcher(keys()), verifiable.WithPresJSONLDDocumentLoader(p.contexts),
	}
	if p.strict {
		options = append(options, verifiable.WithPresStrictValidation())
	}
	_, err := verifiable.ParsePresentation([]byte(r.Document), options...)
	return err
}
