package issuerhttp_test

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

func (w *world) signingKey() ed25519.PublicKey {
	w.Helper()
	signer, err := key.Load(filepath.Join(w.dir, issuertest.KeyFile))
	if err != nil {
		w.Fatal(err)
	}
	return signer.Public().(ed25519.PublicKey)
}

// withPath is the edit of an issuer whose address has a path.
var withPath = issuertest.Replace("url: "+issuertest.URL, "url: "+issuertest.URL+"/civil/vc")

// TestWellKnownDocuments: section 12.2.2 and RFC 8414, section 3.1, put the
// well-known part before the path; did:web puts it after.
func TestWellKnownDocuments(t *testing.T) {
	const issuerDocument, serverDocument = "/.well-known/openid-credential-issuer", "/.well-known/oauth-authorization-server"
	for _, test := range []struct {
		edits     []issuertest.Edit
		url, path string
		did       string
		not       []string
	}{
		{nil, issuertest.URL, "", "/.well-known/did.json", []string{"/did.json", issuerDocument + "/civil/vc"}},
		{
			[]issuertest.Edit{withPath},
			issuertest.URL + "/civil/vc", "/civil/vc", "/civil/vc/did.json",
			[]string{"/.well-known/did.json", issuerDocument, "/civil/vc" + issuerDocument, "/civil/vc/.well-known/did.json", "/nonce"},
		},
	} {
		w := newWorld(t, test.edits...)
		for path, member := range map[string]string{issuerDocument: "credential_issuer", serverDocument: "issuer"} {
			r := w.get(path + test.path)
			var document map[string]any
			if err := json.Unmarshal(r.Body.Bytes(), &document); err != nil || r.Code != http.StatusOK || document[member] != test.url {
				t.Errorf("%s%s: %d %s", path, test.path, r.Code, r.Body)
			}
			if contentType := r.Header().Get("Content-Type"); !strings.HasPrefix(contentType, "application/json") {
				t.Errorf("%s: %s", path, contentType)
			}
		}
		document, err := did.Parse(w.get(test.did).Body.Bytes())
		if err != nil || document.ID != w.issuer.ID() {
			t.Errorf("%s: %v, %v", test.did, document, err)
		}
		if r := w.do(http.MethodPost, test.path+"/nonce", "", ""); r.Code != http.StatusOK {
			t.Errorf("%s/nonce: %d", test.path, r.Code)
		}
		for _, path := range test.not {
			if r := w.do(http.MethodGet, path, "", ""); r.Code == http.StatusOK {
				t.Errorf("%s is there: %s", path, r.Body)
			}
		}
	}
}

// TestMetadataIsThatOfTheService: nothing is lost on its way through HTTP.
func TestMetadataIsThatOfTheService(t *testing.T) {
	w := newWorld(t)
	want, err := json.Marshal(w.service.Metadata())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), w.get("/.well-known/openid-credential-issuer").Body.String()); diff != "" {
		t.Error(diff)
	}
}

func TestDIDKeyHasNoDocument(t *testing.T) {
	w := newWorld(t, issuertest.Replace("# issuer: did:key", "issuer: did:key"))
	for _, path := range []string{"/.well-known/did.json", "/did.json"} {
		if r := w.get(path); r.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, r.Code, r.Body)
		}
	}
}

func TestMethodsAndPaths(t *testing.T) {
	w := newWorld(t)
	paths := map[string][]string{
		http.MethodGet:  {"/.well-known/openid-credential-issuer", "/.well-known/oauth-authorization-server", "/.well-known/did.json", "/offers/x", "/status/1", "/checkpoint", "/bundle"},
		http.MethodPost: {"/token", "/nonce", "/credential"},
	}
	for right, all := range paths {
		for _, path := range all {
			for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodTrace, "ANYTHING"} {
				r := w.do(method, path, "", "")
				if wrong := method != right; wrong != (r.Code == http.StatusMethodNotAllowed) || r.Code == http.StatusNotFound {
					t.Errorf("%s %s: %d", method, path, r.Code)
				}
			}
		}
	}
	// Caches ask with HEAD for what anybody may have, and for nothing else.
	for _, path := range append(paths[http.MethodGet], paths[http.MethodPost]...) {
		want := http.StatusOK
		if path == "/offers/x" || strings.Count(path, "/") == 1 && path != "/checkpoint" && path != "/bundle" {
			want = http.StatusMethodNotAllowed
		}
		if r := w.do(http.MethodHead, path, "", ""); r.Code != want {
			t.Errorf("HEAD %s: %d", path, r.Code)
		}
	}
	// What is for the operator alone is not for the world.
	for _, path := range []string{"/", "/offers", "/revocations", "/entries", "/publication", "/snapshot", "/status/", "/.well-known/", "/offers/x/y"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if r := w.do(method, path, "", ""); r.Code != http.StatusNotFound {
				t.Errorf("%s %s: %d", method, path, r.Code)
			}
		}
	}
}

func TestTheWholeWay(t *testing.T) {
	w := newWorld(t)
	code, digits := w.offer()
	var object struct {
		Issuer string `json:"credential_issuer"`
	}
	w.decode(w.get("/offers/"+code), http.StatusOK, &object)
	if object.Issuer != issuertest.URL {
		t.Errorf("%+v", object)
	}
	var token struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int    `json:"expires_in"`
	}
	w.decode(w.do(http.MethodPost, "/token", formType+"; charset=UTF-8", form(code, digits)), http.StatusOK, &token)
	if token.TokenType != "Bearer" || token.ExpiresIn != 300 {
		t.Errorf("%+v", token)
	}
	w.refused("the offer again", w.get("/offers/"+code), http.StatusBadRequest, oid4vci.InvalidGrant)
	r := w.do(http.MethodPost, "/credential", jsonType, w.request(), "Authorization", "bEARER "+token.AccessToken)
	var response struct {
		Credentials []struct{ Credential json.RawMessage }
	}
	w.decode(r, http.StatusOK, &response)
	data, err := w.issuer.Bundle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.accepted(response.Credentials[0].Credential, data)
}

// accepted fails the test unless a credential is accepted by a bundle.
func (w *world) accepted(credential, data []byte) {
	w.Helper()
	b, err := bundle.Open(data, w.signingKey())
	if err != nil {
		w.Fatal(err)
	}
	report, err := verifier.Verify(w.Context(), credential, verifier.Policy{
		Now: w.clock.Now(), Issuer: verifier.Expect(w.issuer.ID()), Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](),
		Status: verifier.Ignore[string](), Freshness: verifier.Expect(time.Hour), LogReceipt: verifier.Ignore[string](), Bundles: []*bundle.Bundle{b},
	})
	if err != nil {
		w.Fatal(err)
	}
	if report.Verdict() != verifier.VerdictAccepted {
		w.Errorf("%s: %+v", report.Verdict(), report.Checks)
	}
}

// witness is a connection that looks into the log before a byte goes out.
type witness struct {
	*httptest.ResponseRecorder
	look func()
}

func (w *witness) Write(data []byte) (int, error) {
	w.look()
	return w.ResponseRecorder.Write(data)
}

// TestAnswerIsInTheLogBeforeItLeaves: when the first byte of the response is
// about to go, the log has the hash of the credential in it.
func TestAnswerIsInTheLogBeforeItLeaves(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodPost, "/credential", strings.NewReader(w.request()))
	r.Header.Set("Authorization", "Bearer "+w.token())
	var answered []string
	out := &witness{ResponseRecorder: httptest.NewRecorder()}
	out.look = func() {
		if out.Body.Len() > 0 {
			return
		}
		for _, record := range issuertest.Log(t, w.issuer.Store()) {
			if record.Kind == logproof.Answered {
				answered = append(answered, record.Released)
			}
		}
	}
	w.public.ServeHTTP(out, r)
	var response struct {
		Credentials []struct{ Credential json.RawMessage }
	}
	if err := json.Unmarshal(out.Body.Bytes(), &response); err != nil || len(response.Credentials) != 1 {
		t.Fatalf("%s: %v", out.Body, err)
	}
	if want := []string{logproof.HashOf(response.Credentials[0].Credential).String()}; !slices.Equal(answered, want) {
		t.Errorf("the log had %v, and %v left", answered, want)
	}
}

func TestTokenRequestsThatAreNone(t *testing.T) {
	w := newWorld(t)
	code, digits := w.offer()
	good := form(code, digits)
	for what, r := range map[string]*httptest.ResponseRecorder{
		"no content type":   w.do(http.MethodPost, "/token", "", good),
		"JSON":              w.do(http.MethodPost, "/token", jsonType, `{"grant_type":"`+oid4vci.GrantType+`"}`),
		"in the query":      w.do(http.MethodPost, "/token?"+good, formType, ""),
		"half in the query": w.do(http.MethodPost, "/token?tx_code="+digits, formType, strings.Replace(good, "tx_code", "x", 1)),
		"a bad escape":      w.do(http.MethodPost, "/token", formType, good+"&x=%zz"),
		"a semicolon":       w.do(http.MethodPost, "/token", formType, good+";x=y"),
		"too large":         w.do(http.MethodPost, "/token", formType, good+"&x="+strings.Repeat("x", 8<<10)),
	} {
		w.refused(what, r, http.StatusBadRequest, oid4vci.InvalidRequest)
	}
	wrong := w.do(http.MethodPost, "/token", formType, form(code, "wrong"))
	w.refused("a wrong transaction code", wrong, http.StatusBadRequest, oid4vci.InvalidGrant)
	if r := w.do(http.MethodPost, "/token", formType, good); r.Code != http.StatusOK {
		t.Errorf("none of these may use the code up: %d %s", r.Code, r.Body)
	}
}

// TestAuthorization: RFC 6750, sections 2.1 and 3; who shows no token at all is
// told of no error.
func TestAuthorization(t *testing.T) {
	w := newWorld(t)
	token := w.token()
	for _, header := range []string{"", "Bearer", "Bearer ", token, "Basic " + token, "Bearer\t" + token} {
		r := w.do(http.MethodPost, "/credential", jsonType, w.request(), "Authorization", header)
		if r.Code != http.StatusUnauthorized || r.Header().Get("WWW-Authenticate") != "Bearer" || r.Body.Len() > 0 {
			t.Errorf("%q: %d %v %s", header, r.Code, r.Header(), r.Body)
		}
	}
	for _, header := range []string{"Bearer x", "Bearer  " + token, "Bearer " + token + " ,x", "Bearer " + token[:21]} {
		r := w.do(http.MethodPost, "/credential", jsonType, w.request(), "Authorization", header)
		if r.Header().Get("WWW-Authenticate") != `Bearer error="invalid_token"` {
			t.Errorf("%q: %v", header, r.Header())
		}
		w.refused(header, r, http.StatusUnauthorized, oid4vci.InvalidToken)
	}
	if r := w.do(http.MethodPost, "/credential?access_token="+token, jsonType, w.request()); r.Code != http.StatusUnauthorized {
		t.Errorf("a token in the query: %d", r.Code)
	}
	if r := w.credential(token); r.Code != http.StatusOK {
		t.Errorf("none of these may use the token up: %d %s", r.Code, r.Body)
	}
}

func TestCredentialRequestsThatAreNone(t *testing.T) {
	w := newWorld(t)
	token := w.token()
	for what, test := range map[string]struct{ body, code string }{
		"nothing":   {"", oid4vci.InvalidCredentialRequest},
		"too large": {`{"x":"` + strings.Repeat("x", oid4vci.MaxRequestBytes) + `"}`, oid4vci.InvalidCredentialRequest},
		"no proof":  {`{"credential_configuration_id":"birth"}`, oid4vci.InvalidProof},
		"unknown":   {`{"credential_configuration_id":"death"}`, oid4vci.UnknownConfiguration},
	} {
		r := w.do(http.MethodPost, "/credential", jsonType, test.body, "Authorization", "Bearer "+token)
		w.refused(what, r, http.StatusBadRequest, test.code)
	}
}

// TestDenialsAreTheSame: a wallet cannot tell a record that went away from one
// that is there twice, or that cannot be read.
func TestDenialsAreTheSame(t *testing.T) {
	w := newWorld(t)
	token := w.token()
	issuertest.Loosen(t, w.dir)
	db := issuertest.Register(t, w.dir)
	var first string
	for _, statement := range []string{
		"UPDATE births SET place_of_birth = x'C0FFEE'",
		"UPDATE births SET place_of_birth = CAST(x'FF' AS TEXT)",
		"UPDATE births SET place_of_birth = NULL, date_of_birth = 'unknown'",
		"UPDATE births SET date_of_birth = NULL",
		"INSERT INTO births SELECT * FROM births",
		"DELETE FROM births",
		"DROP TABLE births",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
		r := w.credential(token)
		r.Header().Del("X-Request-Id") // by chance
		all := fmt.Sprint(r.Code, r.Header(), r.Body)
		if first == "" {
			first = all
		}
		if diff := cmp.Diff(first, all); diff != "" {
			t.Errorf("%s: %s", statement, diff)
		}
		w.refused(statement, r, http.StatusBadRequest, oid4vci.RequestDenied)
	}
}

// TestFaultsSayNothing: what is not the caller's business is a bare 500, with
// its cause in the service's log.
func TestFaultsSayNothing(t *testing.T) {
	w := newWorld(t)
	code, digits := w.offer()
	token, request := w.token(), w.request()
	if err := w.issuer.Store().Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*httptest.ResponseRecorder{
		w.get("/offers/" + code), w.do(http.MethodPost, "/token", formType, form(code, digits)),
		w.do(http.MethodPost, "/credential", jsonType, request, "Authorization", "Bearer "+token),
		w.get("/checkpoint"), w.get("/bundle"), w.get("/status/1"),
	} {
		if r.Code != http.StatusInternalServerError || r.Body.Len() > 0 {
			t.Errorf("%d %s", r.Code, r.Body)
		}
	}
	if n := strings.Count(w.log.String(), `"request failed"`); n != 6 {
		t.Errorf("%d faults are in the log: %s", n, w.log)
	}
}

func TestStatusListIsServed(t *testing.T) {
	w := newWorld(t)
	r, data := w.get("/status/1"), w.get("/bundle")
	if r.Header().Get("Content-Type") != "application/vc" || data.Header().Get("Content-Type") != "application/chancery-bundle+jws" {
		t.Errorf("%v, %v", r.Header(), data.Header())
	}
	w.accepted(r.Body.Bytes(), data.Body.Bytes())
	for _, number := range []string{"0", "2", "-1", "x", "1.0", "99999999999999999999", "1%2F..", "%31x"} {
		if r := w.get("/status/" + number); r.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", number, r.Code, r.Body)
		}
	}
}

func TestCheckpointIsServed(t *testing.T) {
	w := newWorld(t)
	w.token()
	r := w.get("/checkpoint")
	checkpoint, err := logproof.OpenCheckpoint(r.Body.Bytes(), w.signingKey())
	if err != nil || checkpoint.Size != uint64(len(issuertest.Log(t, w.issuer.Store()))) {
		t.Errorf("%+v, %v", checkpoint, err)
	}
	if contentType := r.Header().Get("Content-Type"); contentType != "text/plain; charset=utf-8" {
		t.Error(contentType)
	}
}

// TestRequestLogTellsNoSecret: one line a request, with its route and not its
// path; nothing that the wallet sent, and nothing of the record.
func TestRequestLogTellsNoSecret(t *testing.T) {
	w := newWorld(t, issuertest.Replace("digits: 6 ", "digits: 12 ")) // no time has as many
	code, digits := w.offer()
	w.get("/offers/" + code)
	w.get("/offers/" + code + "/")
	w.get("/offers/" + code + "/x")
	w.do(http.MethodPost, "/token?"+form(code, digits), formType, form(code, "wrong"))
	token := w.token()
	w.get("/credential/" + token)
	request := w.request()
	r := w.do(http.MethodPost, "/credential", jsonType, request, "Authorization", "Bearer "+token, "X-Forwarded-For", "203.0.113.7")
	if r.Code != http.StatusOK {
		t.Fatal(r.Body)
	}
	text := w.log.String()
	secrets := []string{code, digits, token, w.holder.DID, "203.0.113.7", strings.Split(request, `"`)[9][:40]}
	record := civil.Known()
	for _, secret := range append(secrets, record.RegistrationNumber, record.GivenNames, record.PlaceOfBirth) {
		if strings.Contains(text, secret) {
			t.Errorf("the log tells %s: %s", secret, text)
		}
	}
	if n := strings.Count(text, "\n"); n != 8 {
		t.Errorf("%d lines: %s", n, text)
	}
	for _, want := range []string{"/offers/:code", "/token", "/nonce", "/credential"} {
		if !strings.Contains(text, fmt.Sprintf(`"route":%q`, want)) {
			t.Errorf("no line about %s: %s", want, text)
		}
	}
}
