// Package conformance serves an issuer and a verifier to suites of tests, such
// as those of the W3C: an endpoint a cryptosuite and a kind of key.
//
// It is no registry's issuer. It signs what anybody sends, in anybody's name,
// by keys that it makes at the start and keeps nowhere; it has no log. Serve it
// on a loopback address alone.
//
// What it issues has the form of the data model, and no more is wanted of it:
// the suites send credentials that name another issuer, that are over, and that
// define terms of their own.
//
// Source: Verifiable Credential API 0.3; the manifests of
// w3c/vc-test-suite-implementations.
package conformance

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// Environment is what a server takes from the machine it runs on.
type Environment struct {
	URL    string // where it is served, without a slash at the end
	Now    func() time.Time
	Random io.Reader
	Log    *slog.Logger
	// Derive makes what answers requests to derive a credential: a holder's
	// part, which an issuer's package has no access to. Nil serves none.
	Derive func(*proof.Table, *schemas.Contexts, *slog.Logger) http.Handler
}

// Server is one run of a server for tests of conformance.
type Server struct {
	// Manifest tells a suite what is where.
	Manifest Manifest

	environment Environment
	contexts    *schemas.Contexts
	policy      verifier.Policy // but for the time
	list        *statusList
	mux         *http.ServeMux
}

// New makes the keys of a server.
func New(e Environment) (*Server, error) {
	s := &Server{environment: e, mux: http.NewServeMux(), Manifest: newManifest(e.URL)}
	var err error
	if s.contexts, err = contexts(); err != nil {
		return nil, err
	}
	for _, endpoint := range endpoints() {
		if err := s.add(endpoint); err != nil {
			return nil, fmt.Errorf("%s: %w", endpoint.path, err)
		}
	}
	s.mux.HandleFunc("GET /status/{list}", s.serveList)
	if err := s.addVerifiers(); err != nil {
		return nil, err
	}
	if e.Derive != nil {
		s.mux.Handle("POST "+derivePath, e.Derive(s.policy.Suites, s.contexts, e.Log))
		s.Manifest.addHolder(e.URL)
	}
	return s, nil
}

// ServeHTTP answers whoever asks.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// add makes the key of an endpoint and serves it.
func (s *Server) add(e endpoint) error {
	minter, err := e.minter(s.environment.Random, s.contexts)
	if err != nil {
		return err
	}
	if e.status {
		s.list = &statusList{minter: minter, url: s.environment.URL + "/status/1", random: s.environment.Random}
	}
	secure := func(ctx context.Context, credential []byte, o issuerhttp.Options) ([]byte, error) {
		return s.secure(ctx, e, minter, credential, o)
	}
	s.mux.Handle("POST "+e.path+issuePath, issuerhttp.Issue(secure, s.environment.Log))
	s.Manifest.addIssuer(e, s.environment.URL, minter.Issuer().ID)
	return nil
}

// secure leaves it to the caller to name an issuer: the suites want a
// credential without one to be refused.
func (s *Server) secure(ctx context.Context, e endpoint, minter *mint.Minter, credential []byte, o issuerhttp.Options) ([]byte, error) {
	minter, err := minter.Disclosing(o.MandatoryPointers)
	if err != nil {
		return nil, err
	}
	now := s.environment.Now()
	additions := mint.Additions{Now: now, ID: o.CredentialID}
	if e.status {
		entry, err := s.list.reserve()
		if err != nil {
			return nil, err
		}
		additions.Status = entry
	}
	document, _, err := mint.Complete(credential, additions)
	if err != nil {
		return nil, err
	}
	return minter.Secure(ctx, document, now)
}
