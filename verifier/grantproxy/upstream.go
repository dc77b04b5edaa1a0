package grantproxy

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// signatures are what proofs can be signed with.
var signatures = jwa.Profile{
	Known:     []string{jwa.ES256, jwa.EdDSA},
	ErrChoice: ErrGrant, ErrAlgorithm: ErrGrant, ErrKey: ErrGrant, ErrMalformed: ErrGrant, ErrSignature: ErrGrant,
}

// upstream asks the registry.
type upstream struct {
	address string // of the registry
	token   string
	digest  string // of the token, as proofs have it
	signer  jwa.Signer
	jwk     jsontext.Value
	client  *http.Client
	now     func() time.Time

	mu    sync.Mutex
	nonce string // of the last answer
}

func newUpstream(o Options, terms *statement.Statement) (*upstream, error) {
	algorithms := jwa.Fitting(o.Key.Public(), signatures.Known)
	if len(algorithms) == 0 {
		return nil, fmt.Errorf("%w: a %T cannot sign proofs; make a key with `chancery proxy keygen`", ErrGrant, o.Key.Public())
	}
	jwk, err := jwa.PublicJWK(o.Key.Public())
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(o.Grant)
	return &upstream{
		address: terms.Audience, token: string(o.Grant), digest: base64.RawURLEncoding.EncodeToString(sum[:]), jwk: jwk,
		signer: jwa.Signer{Algorithm: algorithms[0], Key: o.Key, Random: o.Random}, client: o.Client, now: o.Now,
	}, nil
}

// answer is what the registry answered.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request with a proof for it. If the proof's nonce was not that of
// now it sends it once more, with the one that came (RFC 9449, section 8).
func (u *upstream) ask(ctx context.Context, method, path string, body []byte) (*answer, error) {
	a, err := u.try(ctx, method, path, body)
	if err == nil && a.status == http.StatusUnauthorized && a.denied("use_dpop_nonce") {
		a, err = u.try(ctx, method, path, body)
	}
	return a, err
}

// denied tells whether the registry names this error of RFC 9449, section 7.1.
func (a *answer) denied(code string) bool {
	for _, challenge := range a.header.Values("WWW-Authenticate") {
		if strings.HasPrefix(challenge, "DPoP ") && strings.Contains(challenge, `error="`+code+`"`) {
			return true
		}
	}
	return false
}

func (u *upstream) try(ctx context.Context, method, path string, body []byte) (*answer, error) {
	proof, err := u.proof(method, u.address+path)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, u.address+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.GetBody = nil // a question with the same proof must not be sent again
	r.Header.Set("Authorization", "DPoP "+u.token)
	r.Header.Set("DPoP", proof)
	r.Header.Set("User-Agent", "chancery-proxy")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := u.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if nonce := response.Header.Get("DPoP-Nonce"); nonce != "" {
		u.mu.Lock()
		u.nonce = nonce
		u.mu.Unlock()
	}
	if response.StatusCode/100 == 3 {
		return nil, web.ErrRedirect
	}
	data, err := web.ReadBody(response.Body, maxResponse)
	return &answer{response.StatusCode, response.Header, data}, err
}

// proof returns a DPoP proof for a request (RFC 9449, section 4.2).
func (u *upstream) proof(method, address string) (string, error) {
	u.mu.Lock()
	nonce := u.nonce
	u.mu.Unlock()
	var id [16]byte
	if _, err := io.ReadFull(u.signer.Random, id[:]); err != nil {
		return "", fmt.Errorf("make a proof: %w", err)
	}
	claims := struct {
		ID     string `json:"jti"`
		Method string `json:"htm"`
		URI    string `json:"htu"`
		Issued int64  `json:"iat"`
		Token  string `json:"ath"`
		Nonce  string `json:"nonce,omitzero"`
	}{base64.RawURLEncoding.EncodeToString(id[:]), method, address, u.now().Unix(), u.digest, nonce}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	return signatures.SignToken(u.signer, map[string]any{"typ": "dpop+jwt", "jwk": u.jwk}, payload)
}

// Errors of asking what is left.
var (
	errTaken = errors.New("the registry takes the grant no more")
	errProof = errors.New("the registry takes no proof of this machine's: see whether its clock is right")
)

// left asks the registry what is left.
func (u *upstream) left(ctx context.Context) (l Left, err error) {
	a, err := u.ask(ctx, http.MethodGet, "/v1/grant", nil)
	switch {
	case err != nil:
		return l, fmt.Errorf("the registry at %s does not answer: %w", u.address, err)
	case a.denied("invalid_token"):
		return l, errTaken
	case a.status == http.StatusUnauthorized:
		return l, errProof
	case a.status != http.StatusOK:
		return l, fmt.Errorf("the registry at %s answers %d to what is left of the grant", u.address, a.status)
	}
	if err := json.Unmarshal(a.body, &l); err != nil {
		return l, fmt.Errorf("the registry at %s does not tell what is left of the grant", u.address)
	}
	return l, nil
}
