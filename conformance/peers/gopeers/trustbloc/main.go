// Command trustbloc answers for trustbloc/vc-go, with its suites for both kinds
// of proof and its defaults; -strict also switches its strict validation on.
package main

import (
	"flag"
	"log"
	"os"

	"github.com/trustbloc/did-go/method/key"
	"github.com/trustbloc/did-go/vdr"
	"github.com/trustbloc/vc-go/dataintegrity"
	"github.com/trustbloc/vc-go/dataintegrity/suite/ecdsa2019"
	"github.com/trustbloc/vc-go/dataintegrity/suite/eddsa2022"
	"github.com/trustbloc/vc-go/proof/defaults"
	"github.com/trustbloc/vc-go/verifiable"
	"github.com/trustbloc/vc-go/vermethod"

	"github.com/chancery-vc/chancery/conformance/peers/gopeers/line"
)

func main() {
	strict := flag.Bool("strict", false, "switch strict validation on")
	flag.Parse()
	contexts := line.Contexts{}
	p, err := newPeer(contexts, *strict)
	if err != nil {
		log.Fatal(err)
	}
	if err := line.Serve(os.Stdin, os.Stdout, contexts, p); err != nil {
		log.Fatal(err)
	}
}

type peer struct {
	contexts line.Contexts
	strict   bool
	resolver *vdr.Registry
	verifier *dataintegrity.Verifier
	keys     []signingKey
}

func newPeer(contexts line.Contexts, strict bool) (*peer, error) {
	p := &peer{contexts: contexts, strict: strict, resolver: vdr.New(vdr.WithVDR(key.New()))}
	var err error
	if p.keys, err = newKeys(); err != nil {
		return nil, err
	}
	p.verifier, err = dataintegrity.NewVerifier(&dataintegrity.Options{DIDResolver: p.resolver},
		eddsa2022.NewVerifierInitializer(&eddsa2022.VerifierInitializerOptions{LDDocumentLoader: contexts}),
		ecdsa2019.NewVerifierInitializer(&ecdsa2019.VerifierInitializerOptions{LDDocumentLoader: contexts}))
	return p, err
}

func (p *peer) Verify(r line.Request) error {
	options := []verifiable.CredentialOpt{
		verifiable.WithJSONLDDocumentLoader(p.contexts),
		verifiable.WithDataIntegrityVerifier(p.verifier),
		verifiable.WithProofChecker(defaults.NewDefaultProofChecker(vermethod.NewVDRResolver(p.resolver))),
	}
	if p.strict {
		options = append(options, verifiable.WithStrictValidation())
	}
	_, err := verifiable.ParseCredential([]byte(r.Document), options...)
	return err
}

func (p *peer) VerifyPresentation(r line.Request) error {
	options := []verifiable.PresentationOpt{
		verifiable.WithPresJSONLDDocumentLoader(p.contexts),
		verifiable.WithPresDataIntegrityVerifier(p.verifier),
		verifiable.WithPresProofChecker(defaults.NewDefaultProofChecker(vermethod.NewVDRResolver(p.resolver))),
		verifiable.WithPresExpectedDataIntegrityFields(dataintegrity.Authentication, r.Domain, r.Challenge),
	}
	if p.strict {
		options = append(options, verifiable.WithPresStrictValidation())
	}
	_, err := verifiable.ParsePresentation([]byte(r.Document), options...)
	return err
}
