package oid4vci_test

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

func TestToken(t *testing.T) {
	w := newWorld(t)
	request := form(t, w.offer())
	request.Set("client_id", "a wallet") // what is not known is ignored (section 6.1)
	token, err := w.service.Token(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`).MatchString(token.AccessToken) || token.Type != "Bearer" || token.ExpiresIn != 300 {
		t.Errorf("%+v", token)
	}
	if token.AccessToken == request.Get("pre-authorized_code") {
		t.Error("the token is the code")
	}
}

// TestTokenRequestsThatAreNone: RFC 6749, sections 3.2 and 5.2.
func TestTokenRequestsThatAreNone(t *testing.T) {
	w := newWorld(t)
	o := w.offer()
	for _, name := range []string{"grant_type", "pre-authorized_code", "tx_code"} {
		good := form(t, o).Get(name)
		for what, values := range map[string][]string{
			"missing": nil, "empty": {""}, "twice": {good, good}, "twice, once empty": {good, ""}, "twice, another": {good, "x"},
		} {
			request := form(t, o)
			request[name] = values
			_, err := w.service.Token(t.Context(), request)
			refused(t, name+" "+what, err, oid4vci.InvalidRequest)
		}
	}
	for _, grant := range []string{"authorization_code", "refresh_token", "password", strings.ToUpper(oid4vci.GrantType), " " + oid4vci.GrantType} {
		request := form(t, o)
		request.Set("grant_type", grant)
		_, err := w.service.Token(t.Context(), request)
		refused(t, grant, err, oid4vci.UnsupportedGrantType)
	}
	if _, err := w.service.Token(t.Context(), url.Values{}); err == nil {
		t.Error("nothing is a request")
	}
	if _, err := w.service.Token(t.Context(), form(t, o)); err != nil {
		t.Errorf("none of these may use the offer up: %v", err)
	}
}

func TestCodeIsGoodOnce(t *testing.T) {
	w := newWorld(t)
	request := form(t, w.offer())
	unknown := form(t, w.offer())
	unknown.Set("pre-authorized_code", "AAAAAAAAAAAAAAAAAAAAAA")
	if _, err := w.service.Token(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	_, again := w.service.Token(t.Context(), request)
	refused(t, "again", again, oid4vci.InvalidGrant)
	_, never := w.service.Token(t.Context(), unknown)
	refused(t, "a code that never was", never, oid4vci.InvalidGrant)
	if again.Error() != never.Error() {
		t.Errorf("they can be told apart: %v; %v", again, never)
	}
}

func TestCodeExpires(t *testing.T) {
	w := newWorld(t, issuertest.Replace("lifetime: 10m", "lifetime: 90s"))
	first, second := w.offer(), w.offer()
	w.clock.Advance(89 * time.Second)
	if _, err := w.service.Token(t.Context(), form(t, first)); err != nil {
		t.Errorf("in its last second: %v", err)
	}
	w.clock.Advance(time.Second)
	_, err := w.service.Token(t.Context(), form(t, second))
	refused(t, "after its time", err, oid4vci.InvalidGrant)
}

// TestWrongTransactionCodesEndTheOffer: section 13.6.3; each is in the log.
func TestWrongTransactionCodesEndTheOffer(t *testing.T) {
	for _, attempts := range []int{1, 2, 5} {
		w := newWorld(t, issuertest.Replace("attempts: 3", fmt.Sprint("attempts: ", attempts)))
		o := w.offer()
		before := len(w.log(0))
		wrong := form(t, o)
		wrong.Set("tx_code", "wrong")
		for n := range attempts - 1 {
			_, err := w.service.Token(t.Context(), wrong)
			refused(t, fmt.Sprint("attempt ", n), err, oid4vci.InvalidGrant)
		}
		other := w.offer()
		_, err := w.service.Token(t.Context(), wrong)
		refused(t, "the last attempt", err, oid4vci.InvalidGrant)
		_, err = w.service.Token(t.Context(), form(t, o))
		refused(t, "the right code after the last attempt", err, oid4vci.InvalidGrant)
		if _, err := w.service.Token(t.Context(), form(t, other)); err != nil {
			t.Errorf("another offer has ended too: %v", err)
		}
		var logged int
		for _, r := range w.log(before) {
			if r.Kind == logproof.Refused && r.Caller == "holder" && r.Subject != "" && r.Reason == "invalid_grant: the transaction code is wrong" {
				logged++
			}
		}
		if logged != attempts {
			t.Errorf("%d of %d attempts are in the log", logged, attempts)
		}
	}
}

func TestRightTransactionCodeAfterAWrongOne(t *testing.T) {
	w := newWorld(t)
	o := w.offer()
	for _, digits := range []string{o.TransactionCode + "0", o.TransactionCode[:5]} {
		wrong := form(t, o)
		wrong.Set("tx_code", digits)
		_, err := w.service.Token(t.Context(), wrong)
		refused(t, digits, err, oid4vci.InvalidGrant)
	}
	if _, err := w.service.Token(t.Context(), form(t, o)); err != nil {
		t.Error(err)
	}
}

// TestTokenForOneOfMany: of all that redeem a code at once, one gets a token.
func TestTokenForOneOfMany(t *testing.T) {
	w := newWorld(t)
	request := form(t, w.offer())
	tokens := atOnce(20, func() bool {
		_, err := w.service.Token(t.Context(), request)
		return err == nil
	})
	if tokens != 1 {
		t.Errorf("%d tokens", tokens)
	}
}

// TestGuessesAtOnce: guessing in parallel gives no more guesses.
func TestGuessesAtOnce(t *testing.T) {
	w := newWorld(t)
	wrong := form(t, w.offer())
	wrong.Set("tx_code", "wrong")
	guesses := atOnce(20, func() bool {
		_, err := w.service.Token(t.Context(), wrong)
		return errors.Is(err, issuer.ErrRefused) // judged, and logged
	})
	if guesses != 3 {
		t.Errorf("%d guesses were judged", guesses)
	}
}

// atOnce returns how often do is true of n times at once.
func atOnce(n int, do func() bool) (yes int) {
	var mu sync.Mutex
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			if do() {
				mu.Lock()
				defer mu.Unlock()
				yes++
			}
		})
	}
	group.Wait()
	return yes
}
