package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
)

var discard = log.New(io.Discard, "", 0)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// load are wallets, each of which tries each code and each token at more than
// one replica at once.
type load struct {
	t       *testing.T
	cluster *cluster
	client  *http.Client
	holder  issuertest.Holder
	births  []civil.Birth

	mu       sync.Mutex
	next     int
	offered  int
	lost     int // offers that gave nothing, though their wallet tried to the end
	waits    int // answers 503
	received map[string]json.RawMessage
}

// wallets is how many take offers at once; each record is offered once.
const wallets = 6

func newLoad(t *testing.T, c *cluster) *load {
	return &load{
		t: t, cluster: c, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4 * wallets}}, holder: issuertest.NewHolder(t, "holder"),
		births: issuertest.Births(t, registerRows), received: map[string]json.RawMessage{},
	}
}

// run has the wallets take offers, and others do what they do, again and again.
func (l *load) run(lasts time.Duration, others ...func()) {
	defer l.client.CloseIdleConnections()
	end := time.Now().Add(lasts)
	var group sync.WaitGroup
	for _, do := range append(slices.Repeat([]func(){l.one}, wallets), others...) {
		group.Go(func() {
			for time.Now().Before(end) {
				do()
			}
		})
	}
	group.Wait()
}

// one offers the next record, and takes the offer.
func (l *load) one() {
	key, offer := l.offer()
	if offer == nil {
		return
	}
	token := l.redeem(*offer)
	var credential json.RawMessage
	if token != "" {
		credential = l.take(key, token)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if credential == nil {
		l.lost++
		return
	}
	l.received[key] = credential
}

// offer makes an offer at some replica; nil if that does not answer.
func (l *load) offer() (key string, _ *oid4vci.Offer) {
	l.mu.Lock()
	if l.next == len(l.births) {
		l.mu.Unlock()
		time.Sleep(50 * time.Millisecond)
		return "", nil
	}
	key = l.births[l.next].RegistrationNumber
	l.next++
	l.mu.Unlock()
	operator, err := issuerhttp.Dial(l.cluster.replicas[rand.N(len(l.cluster.replicas))].socket())
	if err != nil {
		time.Sleep(5 * time.Millisecond)
		return key, nil
	}
	defer operator.Close()
	offer, err := operator.Offer(l.t.Context(), "birth", key)
	if err != nil {
		return key, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.offered++
	return key, &offer
}

// tries is how often a wallet tries what fails, pausing between.
const tries = 30

// redeem tries the code at two replicas at once, of which one gives a token.
func (l *load) redeem(offer oid4vci.Offer) (token string) {
	_, code, _ := strings.Cut(offer.URI, url.QueryEscape("/offers/"))
	form := url.Values{"grant_type": {oid4vci.GrantType}, "pre-authorized_code": {code}, "tx_code": {offer.TransactionCode}}
	tokens := l.twice("a code", func() (string, bool) {
		var granted struct {
			Token string `json:"access_token"`
		}
		done := l.post("/token", "application/x-www-form-urlencoded", "", form.Encode(), &granted)
		return granted.Token, done
	})
	return strings.Join(tokens, "")
}

// take tries the token at two replicas at once, of which one gives a
// credential.
func (l *load) take(key, token string) json.RawMessage {
	credentials := l.twice("the token for "+key, func() (string, bool) {
		var nonce struct {
			Nonce string `json:"c_nonce"`
		}
		if !l.post("/nonce", "", "", "", &nonce) {
			return "", false
		}
		proof := l.holder.Prove(l.t, issuertest.URL, nonce.Nonce, time.Now())
		var response struct {
			Error       string
			Credentials []struct{ Credential json.RawMessage }
		}
		done := l.post("/credential", "application/json", token, `{"credential_configuration_id":"birth","proofs":{"jwt":["`+proof+`"]}}`, &response)
		if len(response.Credentials) == 1 {
			return string(response.Credentials[0].Credential), done
		}
		if done && response.Error != oid4vci.InvalidToken && response.Error != oid4vci.RequestDenied {
			l.t.Errorf("the token for %s: %+v", key, response)
		}
		return "", done
	})
	if len(credentials) == 0 {
		return nil
	}
	return json.RawMessage(credentials[0])
}

// twice does something two times at once, each until there is an answer, and
// returns what it gives, which must be one thing at most.
func (l *load) twice(what string, do func() (string, bool)) (got []string) {
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for n := range tries {
				one, done := do()
				if one != "" {
					mu.Lock()
					got = append(got, one)
					mu.Unlock()
				}
				if done {
					return
				}
				time.Sleep(time.Duration(n) * 5 * time.Millisecond)
			}
		})
	}
	group.Wait()
	if len(got) > 1 {
		l.t.Errorf("%s was good %d times", what, len(got))
	}
	return got
}

// post tells whether there was an answer: that the service is not there, or is
// not ready, is none.
func (l *load) post(path, contentType, token, body string, into any) bool {
	status, data, err := l.send(path, contentType, token, body)
	switch {
	case err != nil, status == http.StatusBadGateway:
		return false
	case status == http.StatusServiceUnavailable:
		l.mu.Lock()
		l.waits++
		l.mu.Unlock()
		return false
	case status >= http.StatusInternalServerError:
		l.t.Errorf("%s: status %d: %s", path, status, data)
		return false
	}
	if err := json.Unmarshal(bytes.TrimSpace(data), into); err != nil {
		l.t.Errorf("%s: status %d: %v: %s", path, status, err, data)
	}
	return true
}

func (l *load) send(path, contentType, token, body string) (status int, data []byte, err error) {
	request, err := http.NewRequest(http.MethodPost, l.cluster.balancer.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", contentType)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := l.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	data, err = io.ReadAll(response.Body)
	return response.StatusCode, data, errors.Join(err, response.Body.Close())
}

// place names an entry of a status list.
func place(list string, index *int) string { return fmt.Sprintf("%s#%d", list, *index) }
