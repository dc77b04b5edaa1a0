package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/conformance/load/registertest"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
)

// takers are wallets, which take offers. Each record is offered once.
type takers struct {
	*soak
	holder issuertest.Holder

	mu   sync.Mutex
	next int
}

func newTakers(s *soak) *takers {
	return &takers{soak: s, holder: issuertest.NewHolder(s.t, "holder"), next: offered}
}

// tries is how often a wallet tries what fails for now, resting between.
const tries = 20

// one has the next record offered, and takes the offer: its code and its token
// are tried twice at once, and must be good once at most.
func (w *takers) one() {
	offer, err := w.offer()
	if err != nil {
		w.tally.add("offer", "away")
		return
	}
	w.tally.add("offer", "answered")
	if token := w.twice("token", func() (string, bool) { return w.redeem(offer) }); token != "" {
		w.twice("credential, to a wallet", func() (string, bool) { return w.take(token) })
	}
}

func (w *takers) offer() (oid4vci.Offer, error) {
	w.mu.Lock()
	w.next++
	key := registertest.Key(w.next)
	w.mu.Unlock()
	operator, err := issuerhttp.Dial(w.socket())
	if err != nil {
		return oid4vci.Offer{}, err
	}
	defer operator.Close()
	ctx, cancel := context.WithTimeout(context.Background(), exchangeTime)
	defer cancel()
	return operator.Offer(ctx, registertest.Credential, key)
}

// twice does something two times at once, and returns what it gives, which must be
// one thing at most.
func (w *takers) twice(what string, do func() (string, bool)) string {
	got := make(chan string, 2)
	for range 2 {
		go func() { got <- persist(do) }()
	}
	first, second := <-got, <-got
	if first != "" && second != "" {
		w.tally.wrong(what + " was given twice")
	}
	return first + second
}

// persist does something until it comes to an end, or for as often as a wallet
// tries, and returns what it gives.
func persist(do func() (string, bool)) string {
	for n := range tries {
		if got, done := do(); done || got != "" {
			return got
		}
		time.Sleep(time.Duration(n) * 20 * time.Millisecond)
	}
	return ""
}

func (w *takers) redeem(offer oid4vci.Offer) (token string, done bool) {
	_, code, _ := strings.Cut(offer.URI, url.QueryEscape("/offers/"))
	form := url.Values{"grant_type": {oid4vci.GrantType}, "pre-authorized_code": {code}, "tx_code": {offer.TransactionCode}}
	var granted struct {
		Token string `json:"access_token"`
	}
	done = w.post("token", "/token", "application/x-www-form-urlencoded", "", form.Encode(), &granted, oid4vci.InvalidGrant)
	return granted.Token, done
}

// again are the errors after which a wallet tries again: a nonce and a proof may
// be of before the clock jumped, and the register may be away.
var again = []string{oid4vci.InvalidNonce, oid4vci.InvalidProof, oid4vci.RequestDenied}

func (w *takers) take(token string) (credential string, done bool) {
	var nonce struct {
		Nonce string `json:"c_nonce"`
	}
	if !w.post("nonce", "/nonce", "", "", "", &nonce) {
		return "", false
	}
	asked := w.clock.now()
	proof := w.holder.Prove(w.t, issuertest.URL, nonce.Nonce, asked)
	var response struct {
		Credentials []struct{ Credential json.RawMessage }
	}
	body := `{"credential_configuration_id":"birth","proofs":{"jwt":["` + proof + `"]}}`
	done = w.post("credential, to a wallet", "/credential", "application/json", token, body, &response, append(again, oid4vci.InvalidToken)...)
	if len(response.Credentials) != 1 {
		return "", done
	}
	credential = string(response.Credentials[0].Credential)
	w.party.receive("credential, to a wallet", []byte(credential), asked, "", "")
	return credential, done
}

// post tells whether there was an answer that is the last word: that the issuer
// is away, or not ready, is none. It must be 200, or one of the errors.
func (w *takers) post(what, path, contentType, token, body string, into any, errors ...string) bool {
	header := http.Header{"Content-Type": {contentType}}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	response, data, err := w.party.send(http.MethodPost, path, header, strings.NewReader(body))
	if err != nil {
		w.gone(what, err)
		return false
	}
	var refusal struct{ Error string }
	switch {
	case response.StatusCode == http.StatusOK:
		w.tally.add(what, "answered")
		err = json.Unmarshal(data, into)
	case response.StatusCode == http.StatusServiceUnavailable:
		w.tally.add(what, "unavailable")
		return false
	default:
		_ = json.Unmarshal(data, &refusal) // no error is none that may be
		w.tally.add(what, refusal.Error)
		if !slices.Contains(errors, refusal.Error) {
			w.tally.wrong(fmt.Sprintf("%s: status %d: %.300s", what, response.StatusCode, data))
		}
		return !slices.Contains(again, refusal.Error)
	}
	if err != nil {
		w.tally.wrong(fmt.Sprintf("%s: %v: %.300s", what, err, data))
	}
	return true
}
