// Package issuertest is a credential issuer for tests of wallets. It takes
// each request to the letter of OpenID4VCI 1.0 and reports to the test what is
// not so; a wallet's mistake does not pass as a friendly answer. Codes, tokens
// and nonces are good for one use.
//
// It can also be made to misbehave: Replace takes over a path, Rewrite alters
// the body of an answer, and Make issues another credential.
package issuertest

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/verifier/did"
)

// Paths of the issuer, whose identifier has a path of its own.
const (
	PathMetadata   = "/.well-known/openid-credential-issuer/registry"
	PathServer     = "/.well-known/oauth-authorization-server/registry"
	PathOffer      = "/registry/offers/"
	PathToken      = "/registry/token"
	PathNonce      = "/registry/nonce"
	PathCredential = "/registry/credential"
	PathDID        = "/registry/did.json"
)

// What is offered.
const (
	Configuration = "birth-registration"
	Name          = "Registro de nacimiento"
	TxCode        = "493536"
)

const grant = "urn:ietf:params:oauth:grant-type:pre-authorized_code"

// Issuer is a running issuer. Its fields may be set before a request is made,
// and later through Change.
type Issuer struct {
	URL string // the credential issuer's identifier
	CA  []byte // the certificate to trust, in PEM
	DID string // of the issuer, a did:web

	Replace     map[string]http.HandlerFunc
	Rewrite     map[string]func(body string) string
	Make        func(holder string) []byte // nil for Credential
	StaleNonces int                        // so many nonces are refused before one is taken
	Identifier  string                     // credential_identifier to be asked for, or ""

	t   testing.TB
	key signer

	mu     sync.Mutex
	count  int
	codes  map[string]bool // true for unused
	tokens map[string]bool
	nonces map[string]bool
	issued [][]byte
	seen   []string
}

// New starts an issuer that stops with the test.
func New(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{
		t: t, Replace: map[string]http.HandlerFunc{}, Rewrite: map[string]func(string) string{},
		codes: map[string]bool{}, tokens: map[string]bool{}, nonces: map[string]bool{},
	}
	server := httptest.NewTLSServer(i)
	t.Cleanup(server.Close)
	i.URL = server.URL + "/registry"
	i.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	var err error
	if i.DID, err = did.Web(i.URL); err != nil {
		t.Fatal(err)
	}
	i.key = newSigner(t, i.DID)
	return i
}

// Selective has the issuer make base proofs of ecdsa-sd-2023 from now on, with
// another key. It is for Change, or before a request is made.
func (i *Issuer) Selective() { i.key = newSelectiveSigner(i.t, i.DID) }

// Unlinkable is Selective with bbs-2023.
func (i *Issuer) Unlinkable() { i.key = newUnlinkableSigner(i.t, i.DID) }

// Document returns the issuer's controller document.
func (i *Issuer) Document() *did.Document { return i.key.document(i.t) }

// Origin returns the scheme, host and port of the issuer.
func (i *Issuer) Origin() string { return strings.TrimSuffix(i.URL, "/registry") }

// Change runs change, which may set fields, while no request is answered.
func (i *Issuer) Change(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

// Offer makes an offer and returns its URI, with the offer in it.
func (i *Issuer) Offer() string {
	return "openid-credential-offer://?" + url.Values{"credential_offer": {i.OfferText()}}.Encode()
}

// Reference makes an offer and returns its URI, with the offer's address in it.
func (i *Issuer) Reference() string {
	i.mu.Lock()
	code := i.newCode()
	i.mu.Unlock()
	return "openid-credential-offer://?" + url.Values{"credential_offer_uri": {i.Origin() + PathOffer + code}}.Encode()
}

// Issued returns the very bytes of each credential that was sent.
func (i *Issuer) Issued() [][]byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.issued
}

// Seen returns the paths that were asked for, in order.
func (i *Issuer) Seen() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.seen
}

// OfferText makes an offer and returns its JSON text.
func (i *Issuer) OfferText() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.offerOf(i.newCode())
}

func (i *Issuer) newCode() string {
	code := i.unique("code")
	i.codes[code] = true
	return code
}

func (i *Issuer) offerOf(code string) string {
	return fmt.Sprintf(`{"credential_issuer":%q,"credential_configuration_ids":[%q],"x-unknown":{},"grants":{%q:{"pre-authorized_code":%q,`+
		`"tx_code":{"length":6,"input_mode":"numeric","description":"It was sent to you by post"}}}}`,
		i.URL, Configuration, grant, code)
}

// unique returns a value that was not used before.
func (i *Issuer) unique(kind string) string {
	i.count++
	return fmt.Sprintf("%s-%d-%d", kind, i.count, time.Now().UnixNano())
}

// use takes value out of set and tells whether it was there.
func use(set map[string]bool, value string) bool {
	unused := set[value]
	set[value] = false
	return unused
}
