package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// party are all who receive answers. They judge each by what anybody can know of
// the issuer: its DID document, which they get when they do not know a key.
type party struct {
	soak   *soak
	client *http.Client

	mu       sync.Mutex
	document *did.Document
	received map[logproof.Hash]string // what each answer was
	twice    []string
	issued   []string // identifiers of credentials, to be revoked
}

// exchangeTime is how long a party waits for an answer.
const exchangeTime = 20 * time.Second

func newParty(s *soak) *party {
	client := &http.Client{Timeout: exchangeTime, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	s.t.Cleanup(client.CloseIdleConnections)
	return &party{soak: s, client: client, received: map[logproof.Hash]string{}}
}

// errAway says that the issuer is not served, or went away.
var errAway = errors.New("the issuer is away")

// maxAnswerBytes caps what is read of an answer.
const maxAnswerBytes = 1 << 20

// send returns what the issuer answers to a request for a path.
func (p *party) send(method, path string, header http.Header, body io.Reader) (*http.Response, []byte, error) {
	address, _, _ := p.soak.issuer.at()
	if address == "" {
		return nil, nil, errAway
	}
	request, err := http.NewRequest(method, "http://"+address+path, body)
	if err != nil {
		return nil, nil, err
	}
	request.Header = header
	response, err := p.client.Do(request)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errAway, err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errAway, err)
	}
	return response, data, nil
}

// receive takes an answer that was asked for at a time, as a caller and with a
// nonce; credentials have neither.
func (p *party) receive(what string, answer []byte, asked time.Time, caller, nonce string) {
	p.keep(what, answer)
	policy := verifier.Policy{
		Issuer: verifier.Expect("did:web:registry.example"), Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](), Status: verifier.Ignore[string](),
		Freshness: verifier.Ignore[time.Duration](), LogReceipt: verifier.Ignore[string](), Resolver: p,
	}
	if nonce != "" {
		policy.Domain, policy.Challenge = verifier.Expect(caller), verifier.Expect(nonce)
	}
	// The clock may have jumped meanwhile.
	moments := []time.Time{p.soak.clock.now(), asked, p.soak.clock.latest()}
	var reason string
	for range 2 { // a key may be newer than the document that is known
		for _, policy.Now = range moments {
			report, err := verifier.Verify(context.Background(), answer, policy)
			if err == nil && report.Verdict() == verifier.VerdictAccepted {
				p.note(report.Verified().ID(), nonce)
				return
			}
			if reason = fmt.Sprint(err); err == nil {
				reason = report.Reason()
			}
		}
		p.forget()
	}
	p.soak.tally.wrong(fmt.Sprintf("%s does not verify: %s: %.300s", what, reason, answer))
}

// keep keeps the digest of an answer, which no other answer has.
func (p *party) keep(what string, answer []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	digest := logproof.HashOf(answer)
	if p.received[digest] != "" {
		p.twice = append(p.twice, what)
	}
	p.received[digest] = what
}

// keptCredentials is how many credentials are known that can be revoked.
const keptCredentials = 100

func (p *party) note(id, nonce string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if nonce == "" && len(p.issued) < keptCredentials {
		p.issued = append(p.issued, id)
	}
}

// take returns the identifier of a credential that is not revoked yet, or "".
func (p *party) take() (id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.issued) > 0 {
		id, p.issued = p.issued[0], p.issued[1:]
	}
	return id
}

// Resolve returns the DID document of the issuer. While the issuer is away it is
// asked again for some time.
func (p *party) Resolve(ctx context.Context, id string) (*did.Document, error) {
	p.mu.Lock()
	document := p.document
	p.mu.Unlock()
	if document != nil {
		return document, nil
	}
	document, err := did.WebResolver{Fetch: p.fetch}.Resolve(ctx, id)
	if err == nil {
		p.mu.Lock()
		p.document = document
		p.mu.Unlock()
	}
	return document, err
}

// documentTime is how long the DID document is asked for.
const documentTime = 90 * time.Second

// fetch gets from the issuer what is below its public address.
func (p *party) fetch(_ context.Context, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme+"://"+u.Host != issuertest.URL {
		return nil, fmt.Errorf("%s is not the issuer's", address)
	}
	for deadline := time.Now().Add(documentTime); ; time.Sleep(100 * time.Millisecond) {
		response, data, err := p.send(http.MethodGet, u.Path, http.Header{}, nil)
		switch {
		case err == nil && response.StatusCode == http.StatusOK:
			return data, nil
		case err == nil:
			err = fmt.Errorf("%s: %s: %.300s", address, response.Status, data)
		}
		if time.Now().After(deadline) {
			return nil, err
		}
	}
}

func (p *party) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.document = nil
}
