package issuerhttp_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
)

const (
	birth    = "birth"
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

// world is a served issuer, and who deals with it.
type world struct {
	*testing.T
	dir     string
	url     string // of the issuer
	issuer  *issuer.Issuer
	service *oid4vci.Service
	clock   *issuertest.Clock
	holder  issuertest.Holder
	public  http.Handler
	log     *issuertest.Lines
}

func newWorld(t *testing.T, edits ...issuertest.Edit) *world {
	t.Helper()
	w := &world{
		T: t, dir: issuertest.Folder(t, 5, edits...), clock: issuertest.NewClock(),
		holder: issuertest.NewHolder(t, "holder"), log: &issuertest.Lines{},
	}
	w.issuer = issuertest.Open(t, w.dir, w.clock)
	w.url = w.issuer.Config().URL
	var err error
	if w.service, err = oid4vci.New(w.issuer); err != nil {
		t.Fatal(err)
	}
	if w.public, err = issuerhttp.Public(w.issuer, w.service, w.log.Logger()); err != nil {
		t.Fatal(err)
	}
	return w
}

// do asks the public side.
func (w *world) do(method, path, contentType, body string, header ...string) *httptest.ResponseRecorder {
	w.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	recorder := httptest.NewRecorder()
	w.public.ServeHTTP(recorder, r)
	return recorder
}

func (w *world) get(path string) *httptest.ResponseRecorder {
	w.Helper()
	return w.do(http.MethodGet, path, "", "")
}

// offer makes an offer, and returns its code and its transaction code.
func (w *world) offer() (code, digits string) {
	w.Helper()
	o, err := w.service.Offer(w.Context(), birth, civil.KnownNumber)
	if err != nil {
		w.Fatal(err)
	}
	_, code, _ = strings.Cut(o.URI, url.QueryEscape("/offers/"))
	return code, o.TransactionCode
}

func form(code, digits string) string {
	return url.Values{"grant_type": {oid4vci.GrantType}, "pre-authorized_code": {code}, "tx_code": {digits}}.Encode()
}

// token goes the way of a wallet to an access token.
func (w *world) token() string {
	w.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	w.decode(w.do(http.MethodPost, "/token", formType, form(w.offer())), http.StatusOK, &token)
	return token.AccessToken
}

// request returns a credential request with a new nonce.
func (w *world) request() string {
	w.Helper()
	var nonce struct {
		Nonce string `json:"c_nonce"`
	}
	w.decode(w.do(http.MethodPost, "/nonce", "", ""), http.StatusOK, &nonce)
	proof := w.holder.Prove(w.T, w.url, nonce.Nonce, w.clock.Now())
	return `{"credential_configuration_id":"birth","proofs":{"jwt":["` + proof + `"]}}`
}

// credential asks for the credential that a token is good for.
func (w *world) credential(token string) *httptest.ResponseRecorder {
	w.Helper()
	return w.do(http.MethodPost, "/credential", jsonType, w.request(), "Authorization", "Bearer "+token)
}

// decode fails the test unless the answer is JSON of this status that nobody
// may keep.
func (w *world) decode(r *httptest.ResponseRecorder, status int, into any) {
	w.Helper()
	contentType, _, _ := strings.Cut(r.Header().Get("Content-Type"), ";")
	if r.Code != status || contentType != jsonType || r.Header().Get("Cache-Control") != "no-store" {
		w.Fatalf("status %d, %v: %s", r.Code, r.Header(), r.Body)
	}
	if err := json.NewDecoder(io.Reader(r.Body)).Decode(into); err != nil {
		w.Fatal(err)
	}
}

// refused fails the test unless the answer is this error of the protocol.
func (w *world) refused(what string, r *httptest.ResponseRecorder, status int, code string) {
	w.Helper()
	var refusal struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	w.decode(r, status, &refusal)
	if refusal.Error != code || refusal.Description == "" {
		w.Errorf("%s: %+v", what, refusal)
	}
}
