//go:build pkcs11

package key

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"github.com/miekg/pkcs11"

	"github.com/chancery-vc/chancery/issuer/secret"
)

// maxSessions is how many signatures a token is asked for at a time.
const maxSessions = 4

// token is a key in a PKCS #11 token. A library keeps one state a process, so it
// is never finalized here: another key may be of the same library.
type token struct {
	uri     tokenKey
	secrets *secret.Store
	library *pkcs11.Ctx
	public  crypto.PublicKey // once it is known
	turns   chan struct{}    // a token for each session in use

	mu      sync.Mutex
	idle    []session
	refused string // a PIN that was wrong: three of them lock a token
}

// session is a session that is logged in, and the private key as it has it.
type session struct {
	handle pkcs11.SessionHandle
	key    pkcs11.ObjectHandle
}

func openPKCS11(ctx context.Context, from *secret.Store, r secret.Reference) (crypto.Signer, error) {
	uri, err := parsePKCS11(r.Name)
	if err != nil {
		return nil, err
	}
	library := pkcs11.New(uri.module)
	if library == nil {
		return nil, fmt.Errorf("%w: pkcs11: the library %s cannot be loaded", ErrInvalid, uri.module)
	}
	t := &token{uri: uri, secrets: from, library: library, turns: make(chan struct{}, maxSessions)}
	s, err := t.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("pkcs11: %w", err)
	}
	t.idle = []session{s}
	if t.public, err = publicKey(library, s, uri); err != nil {
		return nil, errors.Join(fmt.Errorf("pkcs11: %w", err), t.Close())
	}
	return &remote{t, t.public}, nil
}

// Close closes the sessions that nobody uses; with the last one the token logs
// out.
func (t *token) Close() error {
	t.mu.Lock()
	idle := t.idle
	t.idle = nil
	t.mu.Unlock()
	var errs []error
	for _, s := range idle {
		errs = append(errs, t.library.CloseSession(s.handle))
	}
	return errors.Join(errs...)
}

// sign waits for its turn and for the token, no longer than ctx lets it. A call
// into the library cannot be ended: it keeps its turn until it returns.
func (t *token) sign(ctx context.Context, input []byte) ([]byte, error) {
	select {
	case t.turns <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: the token is busy: %w", ErrUnavailable, ctx.Err())
	}
	type result struct {
		signature []byte
		err       error
	}
	done := make(chan result, 1)
	go func() {
		defer func() { <-t.turns }()
		signature, err := t.attempt(ctx, input)
		done <- result{signature, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, r.err)
		}
		return r.signature, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: the token says nothing: %w", ErrUnavailable, ctx.Err())
	}
}

// attempt signs in a session. One that was lost is replaced.
func (t *token) attempt(ctx context.Context, input []byte) ([]byte, error) {
	if s, ok := t.waiting(); ok {
		signature, err := t.signIn(s, input)
		if err == nil {
			return signature, nil
		}
		t.forget() // the others are likely to be lost with it
	}
	s, err := t.connect(ctx)
	if err != nil {
		return nil, err
	}
	return t.signIn(s, input)
}

// signIn signs in a session, which is kept if that goes well.
func (t *token) signIn(s session, input []byte) ([]byte, error) {
	signature, err := signWith(t.library, s, t.public, input)
	if err != nil {
		_ = t.library.CloseSession(s.handle) // it may be gone
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.idle = append(t.idle, s)
	return signature, nil
}

func (t *token) waiting() (session, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.idle)
	if n == 0 {
		return session{}, false
	}
	s := t.idle[n-1]
	t.idle = t.idle[:n-1]
	return s, true
}

func (t *token) forget() {
	for {
		s, ok := t.waiting()
		if !ok {
			return
		}
		_ = t.library.CloseSession(s.handle)
	}
}

// signWith has the token sign: a message with Ed25519, a digest with ECDSA,
// whose r and s become ASN.1.
func signWith(library *pkcs11.Ctx, s session, public crypto.PublicKey, input []byte) ([]byte, error) {
	mechanism := uint(mechanismEdDSA)
	_, p256 := public.(*ecdsa.PublicKey)
	if p256 {
		mechanism = pkcs11.CKM_ECDSA
	}
	if err := library.SignInit(s.handle, []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanism, nil)}, s.key); err != nil {
		return nil, err
	}
	signature, err := library.Sign(s.handle, input)
	if err != nil || !p256 {
		return signature, err
	}
	half := len(signature) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])})
}
