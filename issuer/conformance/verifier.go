package conformance

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/status"
	"github.com/chancery-vc/chancery/verifier/suites"
	"github.com/chancery-vc/chancery/verifier/verifierhttp"
)

// examples is a context that the suites use: it gives a meaning to any term,
// and nobody who means what he signs wants that.
const (
	examplesURL = "https://www.w3.org/ns/credentials/examples/v2"
	examples    = `{"@context":{"@vocab":"https://www.w3.org/ns/credentials/examples#"}}`
)

// licence is the context of the credentials in the suite for bbs-2023: as much
// of it as they use.
const (
	licenceURL = "https://w3id.org/vdl/v1"
	licence    = `{"@context":{
"Iso18013DriversLicenseCredential":"https://w3id.org/vdl#Iso18013DriversLicenseCredential",
"LicensedDriver":"https://w3id.org/vdl#LicensedDriver",
"Iso18013DriversLicense":"https://w3id.org/vdl#Iso18013DriversLicense",
"driversLicense":{"@id":"https://w3id.org/vdl#license","@type":"@id"},
"document_number":"https://w3id.org/vdl#documentNumber",
"birth_date":{"@id":"https://w3id.org/vdl#birthDate","@type":"http://www.w3.org/2001/XMLSchema#dateTime"},
"expiry_date":{"@id":"https://w3id.org/vdl#expiryDate","@type":"http://www.w3.org/2001/XMLSchema#dateTime"},
"issuing_authority":"https://w3id.org/vdl#issuingAuthority"}}`
)

// former is a version of the base context from before it was final. The suite
// of the data model relates its credentials to it under the address of the
// final one.
//
//go:embed resources/credentials-v2.2024.jsonld
var former []byte

// resources returns versions of what credentials of the suites relate to.
func resources() map[string][][]byte {
	return map[string][][]byte{schemas.CredentialsV2: {former}}
}

// contexts are the embedded ones, with what the suites need besides.
func contexts() (*schemas.Contexts, error) {
	embedded, err := schemas.Embedded()
	if err != nil {
		return nil, err
	}
	all, err := embedded.With(examplesURL, []byte(examples), schemas.Digest([]byte(examples)))
	if err != nil {
		return nil, err
	}
	if all, err = all.With(licenceURL, []byte(licence), schemas.Digest([]byte(licence))); err != nil {
		return nil, err
	}
	return all.WithInline(), nil
}

// addVerifiers serves the verifiers, and the resolution of did:key identifiers.
func (s *Server) addVerifiers() error {
	table, err := suites.Legacy()
	if err != nil {
		return err
	}
	s.policy = verifier.Policy{
		Issuer: verifier.Ignore[string](), AnyController: true,
		Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](),
		Status: verifier.Ignore[string](), Freshness: verifier.Ignore[time.Duration](), LogReceipt: verifier.Ignore[string](),
		Contexts: s.contexts, Suites: table, Resources: resources(),
	}
	s.addVerifier("", s.verifier)
	s.addVerifier(statusPath, s.statusVerifier)
	return nil
}

func (s *Server) addVerifier(base string, current verifierhttp.Current) {
	handler := verifierhttp.New(current, verifierhttp.Options{Base: base, Identifiers: base + identifiersPath, Log: s.environment.Log})
	for _, path := range []string{verifyPath, verifyPresentationPath, identifiersPath + "/"} {
		s.mux.Handle(base+path, handler)
	}
}

// verifier judges whatever suites send, but not its status.
func (s *Server) verifier() (*verifier.Verifier, error) {
	policy := s.policy
	policy.Now = s.environment.Now()
	return verifier.New(policy)
}

// statusVerifier wants the status to be good, and knows this server's list.
func (s *Server) statusVerifier() (*verifier.Verifier, error) {
	policy := s.policy
	policy.Now, policy.Status = s.environment.Now(), verifier.Expect(status.Revocation)
	own, err := s.list.bundle(context.Background(), policy.Now)
	if err != nil {
		return nil, fmt.Errorf("status list: %w", err)
	}
	policy.Bundles = []*bundle.Bundle{own}
	return verifier.New(policy)
}
