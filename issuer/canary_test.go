package issuer_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/issuer/store"
)

// secretKey returns the secret half of the signing key of a folder.
func secretKey(t *testing.T, dir string) []byte {
	t.Helper()
	signer, err := key.Load(filepath.Join(dir, issuertest.KeyFile))
	must(t, err)
	return signer.(ed25519.PrivateKey).Seed()
}

// forms returns the ways in which a secret may be written.
func forms(secret []byte) [][]byte {
	return [][]byte{
		secret, []byte(hex.EncodeToString(secret)), []byte(base64.StdEncoding.EncodeToString(secret)), []byte(base64.RawURLEncoding.EncodeToString(secret)),
	}
}

// needles are what must not be found, by what they are.
type needles map[string][][]byte

func (n needles) add(what string, secrets ...string) {
	for _, secret := range secrets {
		if len(secret) > 5 { // what is shorter is found by chance
			n[what] = append(n[what], []byte(secret))
		}
	}
}

// in fails the test for each needle in data.
func (n needles) in(t *testing.T, where string, data []byte) {
	t.Helper()
	for what, secrets := range n {
		for _, secret := range secrets {
			if bytes.Contains(data, secret) {
				t.Errorf("%s holds %s: %q", where, what, secret)
			}
		}
	}
}

// ofRegister are the values of a register, but for its keys.
func ofRegister(births []civil.Birth) needles {
	n := needles{}
	for _, b := range births {
		n.add("a value of the register", b.GivenNames, b.FamilyName, b.DateOfBirth, b.PlaceOfBirth, b.MotherName, b.FatherName, b.RegisteredOn, b.Remarks)
	}
	return n
}

// take goes the way of a wallet from an offer to a credential.
func take(t *testing.T, i *issuer.Issuer, s *oid4vci.Service, o oid4vci.Offer, n needles) {
	t.Helper()
	_, code, _ := strings.Cut(o.URI, url.QueryEscape("/offers/"))
	form := url.Values{"grant_type": {oid4vci.GrantType}, "pre-authorized_code": {code}, "tx_code": {"000000000000"}}
	if _, err := s.Token(t.Context(), form); !errors.Is(err, issuer.ErrRefused) {
		t.Fatal(err)
	}
	form.Set("tx_code", o.TransactionCode)
	token, err := s.Token(t.Context(), form)
	must(t, err)
	nonce, err := s.Nonce(t.Context())
	must(t, err)
	proof := issuertest.NewHolder(t, "holder").Prove(t, issuertest.URL, nonce, i.Now())
	if _, err := s.Credential(t.Context(), token.AccessToken, []byte(`{"credential_configuration_id":"death"}`)); !errors.Is(err, issuer.ErrRefused) {
		t.Fatal(err)
	}
	_, err = s.Credential(t.Context(), token.AccessToken, []byte(`{"credential_configuration_id":"birth","proofs":{"jwt":["`+proof+`"]}}`))
	must(t, err)
	n.add("a code", code)
	n.add("a transaction code", o.TransactionCode)
	n.add("an access token", token.AccessToken)
	n.add("a nonce", nonce)
	n.add("a key proof", proof)
}

// TestStateHoldsNoSecret looks through the bytes of the state file for values
// and keys of the register, and for secrets, after everything that can happen
// to a question.
func TestStateHoldsNoSecret(t *testing.T) {
	const rows = 12
	dir := issuertest.Folder(t, rows, issuertest.Replace("digits: 6 ", "digits: 12 "), issuertest.Replace("attempts: 3 ", "attempts: 9 "))
	births := issuertest.Births(t, rows)
	issuertest.Loosen(t, dir, "UPDATE births SET date_of_birth = remarks WHERE rowid = 2", "INSERT INTO births SELECT * FROM births WHERE rowid = 3")
	clock := issuertest.NewClock()
	i := issuertest.Open(t, dir, clock)
	n := ofRegister(births)
	n["the signing key"] = forms(secretKey(t, dir))
	pseudonymKey, err := os.ReadFile(pseudonymFile(dir))
	must(t, err)
	n["the pseudonym key"] = forms(pseudonymKey)

	answer(t, i, known())
	for _, q := range []issuer.Question{
		{Caller: issuer.Operator, Profile: birth, Key: births[1].RegistrationNumber},
		{Caller: issuer.Operator, Profile: birth, Key: births[2].RegistrationNumber},
		{Caller: issuer.Operator, Profile: birth, Key: "2019-999999"},
	} {
		if _, err := i.Answer(t.Context(), q); !errors.Is(err, issuer.ErrRefused) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	issueAll(t, i, filepath.Join(dir, "out"))
	_, err = i.RevokeRecords(t.Context(), birth, []string{births[4].RegistrationNumber, births[5].RegistrationNumber})
	must(t, err)
	state, err := os.ReadFile(stateFile(dir))
	must(t, err)
	keys := needles{"a key of the register": {[]byte("2019-999999")}}
	for _, b := range births {
		keys.add("a key of the register", b.RegistrationNumber)
	}
	n.in(t, "the state", state)
	keys.in(t, "the state without offers", state)

	s, err := oid4vci.New(i)
	must(t, err)
	offer := func(key string) oid4vci.Offer {
		t.Helper()
		o, err := s.Offer(t.Context(), birth, key)
		must(t, err)
		return o
	}
	take(t, i, s, offer(civil.KnownNumber), n)
	live := offer(births[6].RegistrationNumber)
	n.add("a transaction code", live.TransactionCode)
	n.add("an offer", live.URI, live.URI[len(live.URI)-22:])
	if _, err := s.Offer(t.Context(), birth, births[1].RegistrationNumber); !errors.Is(err, issuer.ErrRefused) {
		t.Fatal(err)
	}
	state, err = os.ReadFile(stateFile(dir))
	must(t, err)
	n.in(t, "the state with offers", state)
	keysOfOffers(t, i, []byte(births[6].RegistrationNumber), keys)
}

// keysOfOffers: a live offer keeps the key of its record, and nothing else in
// the store does. (A page that is free keeps what was there until it is used
// again.)
func keysOfOffers(t *testing.T, i *issuer.Issuer, live []byte, keys needles) {
	t.Helper()
	must(t, i.Store().View(func(tx *store.Tx) error {
		var offers int
		for name, value := range tx.WithPrefix("single-use", []byte("offer\x00")) {
			offers++
			if !bytes.Contains(value, live) {
				t.Errorf("an offer that is over is kept: %x", name)
			}
		}
		if offers != 1 {
			t.Errorf("%d offers are kept", offers)
		}
		for _, bucket := range []string{"log", "log-open", "credentials", "credentials-subject", "status-places", "status-revoked", "batches", "configuration"} {
			for name, value := range tx.All(bucket) {
				keys.in(t, "bucket "+bucket, append(name, value...))
			}
		}
		return nil
	}))
}
