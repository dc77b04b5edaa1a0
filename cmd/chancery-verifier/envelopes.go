package main

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

// maxAnchors caps the size of the file of --anchors.
const maxAnchors = 1 << 20

// noEnvelopes is what --envelopes says for none.
const noEnvelopes = "none"

// envelopeFlags are the flags about enveloping proofs, and about SD-JWT VC.
type envelopeFlags struct {
	Envelopes      []string `placeholder:"TYPE" xor:"forms" help:"Kinds of enveloping proofs to accept, such as vc+jwt,dc+sd-jwt, or none (default: those of the data model 2.0, SD-JWT VC and an issuer's statements). jwt is that of the data model 1.1."`
	Anchors        string   `placeholder:"FILE" help:"Authorities, in PEM, whose certificates speak for issuers of SD-JWT VC. An --issuer can then be a name in a certificate."`
	IssuerMetadata []string `placeholder:"FILE" sep:"none" help:"Metadata of an issuer of SD-JWT VC that is an https URL, as it has them at /.well-known/jwt-vc-issuer; give it again for another."`
	TypeMetadata   []string `placeholder:"PATH" sep:"none" help:"Metadata of a type of SD-JWT VC, and of those that it extends: a file, or a folder of them. --require schema wants a credential to be judged by them."`
}

// addTo says in policy what the flags want, with the files that they name.
func (f *envelopeFlags) addTo(policy *verifier.Policy) error {
	if err := f.accept(policy); err != nil {
		return err
	}
	if err := f.trustAnchors(policy); err != nil {
		return err
	}
	if err := f.readIssuers(policy); err != nil {
		return err
	}
	return f.readTypes(policy)
}

func (f *envelopeFlags) accept(policy *verifier.Policy) error {
	if len(f.Envelopes) == 0 {
		return nil
	}
	if slices.Equal(f.Envelopes, []string{noEnvelopes}) {
		policy.Envelopes = []string{}
		return nil
	}
	known := append(verifier.Envelopes(), verifier.EnvelopeV1)
	for _, name := range f.Envelopes {
		if !slices.Contains(known, name) {
			return fmt.Errorf("--envelopes %s: not one of %s, or %s alone", name, strings.Join(known, ", "), noEnvelopes)
		}
	}
	policy.Envelopes = f.Envelopes
	return nil
}

func (f *envelopeFlags) trustAnchors(policy *verifier.Policy) error {
	if f.Anchors == "" {
		return nil
	}
	data, err := readFile(f.Anchors, maxAnchors)
	if err != nil {
		return fmt.Errorf("--anchors: %w", err)
	}
	policy.Anchors = x509.NewCertPool() // without those of the system, which speak for web servers
	if !policy.Anchors.AppendCertsFromPEM(data) {
		return fmt.Errorf("--anchors %s: there is no certificate in PEM form", f.Anchors)
	}
	return nil
}

func (f *envelopeFlags) readIssuers(policy *verifier.Policy) error {
	if len(f.IssuerMetadata) == 0 {
		return nil
	}
	documents, err := readEach(f.IssuerMetadata)
	if err == nil {
		policy.IssuerMetadata, err = sdjwtvc.PinnedMetadata(documents...)
	}
	if err != nil {
		return fmt.Errorf("--issuer-metadata: %w", err)
	}
	return nil
}

func (f *envelopeFlags) readTypes(policy *verifier.Policy) error {
	if len(f.TypeMetadata) == 0 {
		return nil
	}
	paths, _, err := expand(f.TypeMetadata)
	if err != nil {
		return fmt.Errorf("--type-metadata: %w", err)
	}
	documents, err := readEach(paths)
	if err == nil {
		policy.TypeMetadata, err = sdjwtvc.ByType(documents...)
	}
	if err != nil {
		return fmt.Errorf("--type-metadata: %w", err)
	}
	return nil
}

// readEach returns the content of documents of metadata.
func readEach(paths []string) ([][]byte, error) {
	var documents [][]byte
	for _, path := range paths {
		data, err := readFile(path, sdjwtvc.MaxMetadata)
		if err != nil {
			return nil, err
		}
		documents = append(documents, data)
	}
	return documents, nil
}
