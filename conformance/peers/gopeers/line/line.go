// Package line is the protocol of the peers (see the package above this
// module), for those in Go.
package line

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/piprate/json-gold/ld"
)

// Request is one line that a peer reads.
type Request struct {
	Op        string         `json:"op"`
	Contexts  map[string]any `json:"contexts"`
	Suite     string         `json:"suite"`
	Key       string         `json:"key"`
	Challenge string         `json:"challenge"`
	Domain    string         `json:"domain"`
	Document  string         `json:"document"`

	Header map[string]any  `json:"header"` // to be signed with, besides alg
	Keys   json.RawMessage `json:"keys"`   // of the issuer: a JWK Set
}

// Signer is a suite with a type of key, and who signs so: by its did:key, or
// by its public key as a JWK.
type Signer struct {
	Suite string `json:"suite"`
	Key   string `json:"key"`
	ID    string `json:"id,omitempty"`
	JWK   any    `json:"jwk,omitempty"`
}

// Answer is one line that a peer writes.
type Answer struct {
	Signers  []Signer `json:"signers,omitempty"`
	Document string   `json:"document,omitempty"`
	Verified bool     `json:"verified,omitempty"`
	Error    string   `json:"error,omitempty"`
}

// Peer is what stands behind the protocol.
type Peer interface {
	Signers() []Signer
	Issue(Request) ([]byte, error)
	Verify(Request) error
}

// Presenter is a peer for which presentations are something else than what it
// issues.
type Presenter interface {
	Present(Request) ([]byte, error)
	VerifyPresentation(Request) error
}

// Serve answers each line until in ends.
func Serve(in io.Reader, out io.Writer, contexts Contexts, p Peer) error {
	requests, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var r Request
		if err := requests.Decode(&r); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		a, err := answer(r, contexts, p)
		if err != nil {
			a = Answer{Error: err.Error()}
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}

func answer(r Request, contexts Contexts, p Peer) (a Answer, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic: %v", fault)
		}
	}()
	switch r.Op {
	case "contexts":
		contexts.learn(r.Contexts)
		return a, nil
	case "signers":
		a.Signers = p.Signers()
		return a, nil
	case "issue":
		return signed(p.Issue(r))
	case "verify":
		err = p.Verify(r)
		return Answer{Verified: err == nil}, err
	}
	if presenter, ok := p.(Presenter); ok {
		return presented(r, presenter)
	}
	return a, unknown(r)
}

func presented(r Request, p Presenter) (Answer, error) {
	switch r.Op {
	case "present":
		return signed(p.Present(r))
	case "verifyPresentation":
		err := p.VerifyPresentation(r)
		return Answer{Verified: err == nil}, err
	default:
		return Answer{}, unknown(r)
	}
}

func unknown(r Request) error { return fmt.Errorf("%q is not something that this peer does", r.Op) }

func signed(document []byte, err error) (Answer, error) {
	return Answer{Document: string(document)}, err
}

// Contexts is a document loader that knows what it was handed.
type Contexts map[string]any

func (c Contexts) learn(documents map[string]any) {
	for url, document := range documents {
		c[url] = document
	}
}

// LoadDocument returns the context at url, and never fetches.
func (c Contexts) LoadDocument(url string) (*ld.RemoteDocument, error) {
	document, ok := c[url]
	if !ok {
		return nil, fmt.Errorf("%q was not handed over", url)
	}
	return &ld.RemoteDocument{DocumentURL: url, Document: document}, nil
}
