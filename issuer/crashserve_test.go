package issuer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
)

// TestKilledServer kills an issuer that serves wallets, again and again. Each
// record is offered once, so that each may have one credential at most, however
// often its wallet tries.
func TestKilledServer(t *testing.T) {
	kills := rounds(70, 8)
	const each = 10 // kills of one issuer
	var received int
	for begun := 0; begun < kills; begun += each {
		received += killServer(t, min(each, kills-begun))
	}
	if received == 0 {
		t.Error("no wallet ever received a credential")
	}
	t.Logf("%d credentials were received from servers that were killed %d times", received, kills)
}

// killServer serves, and kills, one issuer; it returns how many credentials
// were received.
func killServer(t *testing.T, kills int) int {
	t.Helper()
	const rows = 6000
	dir := issuertest.Folder(t, rows)
	w := &wallets{holder: issuertest.NewHolder(t, "holder"), births: issuertest.Births(t, rows)}
	var before ledger
	for range kills {
		c := start(t, childServe, dir)
		w.take(t, "http://"+c.said, filepath.Join(dir, socketFile), func() {
			time.Sleep(rand.N(150 * time.Millisecond))
			c.kill(t)
		})
		l := readLedger(t, dir)
		l.follows(t, before)
		for n, credential := range w.received {
			l.has(t, fmt.Sprint("credential ", n), credential)
		}
		for subject, n := range l.subjects {
			if n > 1 {
				t.Errorf("%s has %d credentials", subject, n)
			}
		}
		before = l
	}
	clock := issuertest.NewClock()
	clock.Advance(time.Since(issuertest.Start)) // the children wrote by the clock of this machine
	i := issuertest.Open(t, dir, clock)
	if l := ledgerOf(t, issuertest.Log(t, i.Store())); len(l.open) > 0 {
		t.Errorf("%d questions have no end", len(l.open))
	}
	return len(w.received)
}

// wallets take offers from a server that may go away at any moment.
type wallets struct {
	holder issuertest.Holder
	births []civil.Birth

	mu       sync.Mutex
	next     int      // record to offer
	tokens   []string // that gave no credential yet
	received []json.RawMessage
}

// take has some wallets at work until kill has killed the server.
func (w *wallets) take(t *testing.T, address, socket string, kill func()) {
	t.Helper()
	operator, err := issuerhttp.Dial(socket)
	must(t, err)
	defer operator.Close()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for w.one(t, client, operator, address) == nil {
			}
		})
	}
	kill()
	group.Wait()
}

// one gets one credential, with a token that is left from before if there is
// one. An error is that of a server that went away.
func (w *wallets) one(t *testing.T, client *http.Client, operator *issuerhttp.Client, address string) error {
	token, key := w.begin()
	if token == "" && key == "" {
		return errors.New("every record was offered")
	}
	if token == "" {
		offer, err := operator.Offer(t.Context(), birth, key)
		if err != nil {
			return err
		}
		if token, err = redeem(client, address, offer); err != nil {
			return err
		}
	}
	credential, err := w.credential(t, client, address, token)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err != nil:
		w.tokens = append(w.tokens, token) // perhaps it is still good
	case credential != nil:
		w.received = append(w.received, credential)
	}
	return err
}

// begin returns a token that was left, or the key of the next record, if there
// is one.
func (w *wallets) begin() (token, key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.tokens); n > 0 {
		token, w.tokens = w.tokens[n-1], w.tokens[:n-1]
		return token, ""
	}
	if w.next == len(w.births) {
		return "", ""
	}
	w.next++
	return "", w.births[w.next-1].RegistrationNumber
}

func redeem(client *http.Client, address string, offer oid4vci.Offer) (token string, err error) {
	_, code, _ := strings.Cut(offer.URI, url.QueryEscape("/offers/"))
	form := url.Values{"grant_type": {oid4vci.GrantType}, "pre-authorized_code": {code}, "tx_code": {offer.TransactionCode}}
	var granted struct {
		Token string `json:"access_token"`
	}
	_, err = post(client, address+"/token", "application/x-www-form-urlencoded", "", form.Encode(), &granted)
	return granted.Token, err
}

// credential returns nil if the server says that the token is not good, as
// when it was used up by a request whose answer was lost.
func (w *wallets) credential(t *testing.T, client *http.Client, address, token string) (json.RawMessage, error) {
	var nonce struct {
		Nonce string `json:"c_nonce"`
	}
	if _, err := post(client, address+"/nonce", "", "", "", &nonce); err != nil {
		return nil, err
	}
	proof := w.holder.Prove(t, issuertest.URL, nonce.Nonce, time.Now())
	var response struct {
		Error       string
		Credentials []struct{ Credential json.RawMessage }
	}
	body := `{"credential_configuration_id":"birth","proofs":{"jwt":["` + proof + `"]}}`
	status, err := post(client, address+"/credential", "application/json", token, body, &response)
	if err != nil {
		return nil, err
	}
	if status == http.StatusOK && len(response.Credentials) == 1 {
		return response.Credentials[0].Credential, nil
	}
	if status != http.StatusUnauthorized || response.Error != oid4vci.InvalidToken {
		t.Errorf("status %d: %+v", status, response)
	}
	return nil, nil
}

func post(client *http.Client, address, contentType, token, body string, into any) (status int, err error) {
	request, err := http.NewRequest(http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", contentType)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, json.Unmarshal(bytes.TrimSpace(data), into)
}
