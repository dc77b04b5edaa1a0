package peers

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"testing"

	"github.com/chancery-vc/chancery/schemas"
)

// object is a JSON object.
type object = map[string]any

// request and answer are the lines of the protocol.
type request struct {
	Op        string         `json:"op"`
	Contexts  map[string]any `json:"contexts,omitempty"`
	Suite     string         `json:"suite,omitempty"`
	Key       string         `json:"key,omitempty"`
	Challenge string         `json:"challenge,omitempty"`
	Domain    string         `json:"domain,omitempty"`
	Mandatory []string       `json:"mandatoryPointers,omitempty"`
	Selective []string       `json:"selectivePointers,omitempty"`
	Document  string         `json:"document,omitempty"`

	// Of tokens: what the header has besides alg, and the keys of the issuer as
	// a JWK Set.
	Header object `json:"header,omitempty"`
	Keys   object `json:"keys,omitempty"`
}

type answer struct {
	Signers  []signer `json:"signers"`
	Document string   `json:"document"`
	Verified bool     `json:"verified"`
	NQuads   string   `json:"nquads"`
	Error    string   `json:"error"`
}

// signer is a suite with a type of key, and the did:key that signs so. A peer
// that knows no did:key gives a JWK instead, from which identify makes one.
type signer struct {
	Suite     string          `json:"suite"`
	Key       string          `json:"key"`
	ID        string          `json:"id"`
	Selective bool            `json:"selective"` // it makes base proofs, for deriving from
	JWK       json.RawMessage `json:"jwk"`
}

func (s signer) String() string { return s.Suite + " with " + s.Key }

// peer is another implementation, as a child process.
type peer struct {
	name    string
	signers []signer
	in      io.Writer
	out     *bufio.Reader
}

// start runs a peer until the test is over, and hands it the contexts.
func start(t testing.TB, name string, command *exec.Cmd, contexts *schemas.Contexts) *peer {
	t.Helper()
	in, err := command.StdinPipe()
	must(t, err)
	out, err := command.StdoutPipe()
	must(t, err)
	command.Stderr = t.Output()
	must(t, command.Start())
	t.Cleanup(func() {
		if err := errors.Join(in.Close(), command.Wait()); err != nil {
			t.Errorf("%s ended: %v", name, err)
		}
	})
	p := &peer{name: name, in: in, out: bufio.NewReader(out)}
	p.ask(t, request{Op: "contexts", Contexts: documents(t, contexts)})
	p.signers = p.ask(t, request{Op: "signers"}).Signers
	if len(p.signers) == 0 {
		t.Fatalf("%s signs nothing", name)
	}
	return p
}

// try returns what the peer answers, or the error that it answers with.
func (p *peer) try(t testing.TB, r request) (answer, error) {
	t.Helper()
	line, err := json.Marshal(r)
	must(t, err)
	_, err = p.in.Write(append(line, '\n'))
	must(t, err)
	line, err = p.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("%s gave no answer to %s: %v", p.name, r.Op, err)
	}
	var a answer
	must(t, json.Unmarshal(line, &a))
	if a.Error != "" {
		return answer{}, fmt.Errorf("%s: %s", p.name, a.Error)
	}
	return a, nil
}

// ask is try for what must be answered.
func (p *peer) ask(t testing.TB, r request) answer {
	t.Helper()
	a, err := p.try(t, r)
	must(t, err)
	return a
}

// sign returns the credential with a proof of the peer.
func (p *peer) sign(t testing.TB, s signer, credential []byte) ([]byte, error) {
	t.Helper()
	a, err := p.try(t, request{Op: "issue", Suite: s.Suite, Key: s.Key, Mandatory: s.mandatory(credential), Document: string(credential)})
	return []byte(a.Document), err
}

// derive returns what pointers and the mandatory ones select, with a proof
// that the peer derived.
func (p *peer) derive(t testing.TB, s signer, base []byte, pointers []string) ([]byte, error) {
	t.Helper()
	a, err := p.try(t, request{Op: "derive", Suite: s.Suite, Key: s.Key, Selective: pointers, Document: string(base)})
	return []byte(a.Document), err
}

// issue is what can be verified: with a proof of the peer, or of what discloses
// selectively one that discloses all.
func (p *peer) issue(t testing.TB, s signer, credential []byte) ([]byte, error) {
	t.Helper()
	signed, err := p.sign(t, s, credential)
	if err != nil || !s.Selective {
		return signed, err
	}
	return p.derive(t, s, signed, everything(credential))
}

// verify returns nil only if the peer says that a credential verifies.
func (p *peer) verify(t testing.TB, credential []byte) error {
	t.Helper()
	return p.verdict(t, request{Op: "verify", Document: string(credential)})
}

func (p *peer) verdict(t testing.TB, r request) error {
	t.Helper()
	a, err := p.try(t, r)
	if err == nil && !a.Verified {
		t.Fatalf("%s answers neither verified nor an error", p.name)
	}
	return err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
