package oid4vci_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const birth = "birth"

// world is an issuer, its service, and who deals with it.
type world struct {
	*testing.T
	dir     string
	issuer  *issuer.Issuer
	service *oid4vci.Service
	clock   *issuertest.Clock
	holder  issuertest.Holder
}

func newWorld(t *testing.T, edits ...issuertest.Edit) *world {
	t.Helper()
	w := &world{T: t, dir: issuertest.Folder(t, 5, edits...), clock: issuertest.NewClock(), holder: issuertest.NewHolder(t, "holder")}
	w.issuer = issuertest.Open(t, w.dir, w.clock)
	var err error
	if w.service, err = oid4vci.New(w.issuer); err != nil {
		t.Fatal(err)
	}
	return w
}

// offer makes an offer of the record that every register has.
func (w *world) offer() oid4vci.Offer {
	w.Helper()
	o, err := w.service.Offer(w.Context(), birth, civil.KnownNumber)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

// codeOf returns the pre-authorized code of an offer.
func codeOf(t *testing.T, o oid4vci.Offer) string {
	t.Helper()
	_, code, ok := strings.Cut(o.URI, url.QueryEscape("/offers/"))
	if !ok {
		t.Fatalf("no code in %s", o.URI)
	}
	return code
}

// form is a token request for an offer.
func form(t *testing.T, o oid4vci.Offer) url.Values {
	t.Helper()
	return url.Values{"grant_type": {oid4vci.GrantType}, "pre-authorized_code": {codeOf(t, o)}, "tx_code": {o.TransactionCode}}
}

// token returns an access token for a new offer.
func (w *world) token() string {
	w.Helper()
	token, err := w.service.Token(w.Context(), form(w.T, w.offer()))
	if err != nil {
		w.Fatal(err)
	}
	return token.AccessToken
}

func (w *world) nonce() string {
	w.Helper()
	nonce, err := w.service.Nonce(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return nonce
}

// proof returns a key proof of the holder that is as it should be.
func (w *world) proof() string {
	w.Helper()
	return w.holder.Prove(w.T, issuertest.URL, w.nonce(), w.clock.Now())
}

// body returns a credential request with key proofs.
func body(t *testing.T, proofs ...string) []byte {
	t.Helper()
	data, err := json.Marshal(map[string]any{"credential_configuration_id": birth, "proofs": map[string]any{"jwt": proofs}})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// refused fails the test unless err is a refusal in the words of the protocol
// (the characters are those of section 8.3.1.2).
func refused(t *testing.T, what string, err error, code string) {
	t.Helper()
	var protocol *oid4vci.Error
	if !errors.As(err, &protocol) || protocol.Code != code {
		t.Errorf("%s: got %v, want %s", what, err, code)
		return
	}
	for _, r := range protocol.Description {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			t.Errorf("%s: %q may not be in a description: %s", what, r, protocol.Description)
		}
	}
}

// log returns the records after the first ones.
func (w *world) log(from int) []logproof.Record {
	w.Helper()
	return issuertest.Log(w.T, w.issuer.Store())[from:]
}

// count returns how many entries of a kind are kept.
func (w *world) count(kind string) (n int) {
	w.Helper()
	err := w.issuer.Store().View(func(tx *store.Tx) error {
		for range tx.WithPrefix("single-use", []byte(kind+"\x00")) {
			n++
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// edit changes the configuration in a folder.
func edit(t *testing.T, dir, from, to string) {
	t.Helper()
	path := filepath.Join(dir, issuertest.ConfigFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(text), from, to, 1)
	if edited == string(text) {
		t.Fatal("the edit changes nothing")
	}
	if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
}
