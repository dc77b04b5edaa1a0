package oid4vci_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/wallet/oid4vci"
	"github.com/chancery-vc/chancery/wallet/oid4vci/issuertest"
)

// replacer returns an edit of an answer's body.
func replacer(edits ...string) func(string) string { return strings.NewReplacer(edits...).Replace }

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	io.WriteString(w, body)
}

// fixed answers every request alike.
func fixed(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { answer(w, status, body) }
}

// proofClaims returns what the key proof of a credential request says.
func proofClaims(t *testing.T, request []byte) map[string]any {
	t.Helper()
	var body struct {
		Proofs struct{ JWT []string }
	}
	if err := json.Unmarshal(request, &body); err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(body.Proofs.JWT[0], ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// fault is one way in which an issuer differs from what it should be.
type fault struct {
	path    string
	rewrite func(string) string
	replace http.HandlerFunc
	want    error
	words   string
}

func TestFaults(t *testing.T) {
	const (
		metadata = issuertest.PathMetadata
		server   = issuertest.PathServer
		token    = issuertest.PathToken
		nonce    = issuertest.PathNonce
		endpoint = issuertest.PathCredential
	)
	for name, f := range map[string]fault{
		"metadata of another issuer":  {metadata, replacer(`/registry",`, `/registr%79",`), nil, oid4vci.ErrAnswer, "its metadata is that of"},
		"metadata with a duplicate":   {metadata, replacer(`"x-unknown":1`, `"x-unknown":1,"x-unknown":1`), nil, oid4vci.ErrAnswer, "duplicate"},
		"duplicate deep in unknown":   {metadata, replacer(`"x-unknown":1`, `"x-unknown":[{"a":{"b":1,"b":1}}]`), nil, oid4vci.ErrAnswer, "duplicate"},
		"metadata not JSON":           {metadata, replacer(`{`, `<`), nil, oid4vci.ErrAnswer, "jsontext"},
		"metadata oversized":          {metadata, replacer(`"x-unknown":1`, `"x-unknown":"`+strings.Repeat("x", 1<<20)+`"`), nil, oid4vci.ErrAnswer, "too large"},
		"metadata in HTML":            {metadata, nil, html, oid4vci.ErrAnswer, "text/html"},
		"metadata not found":          {metadata, nil, http.NotFound, oid4vci.ErrAnswer, "404"},
		"endpoint in plain http":      {metadata, replacer(`"credential_endpoint":"https`, `"credential_endpoint":"http`), nil, oid4vci.ErrAnswer, "credential_endpoint"},
		"endpoint elsewhere":          {metadata, replacer(`"nonce_endpoint":"https://`, `"nonce_endpoint":"https://evil.example/`), nil, oid4vci.ErrAnswer, "evil.example"},
		"no credential endpoint":      {metadata, replacer(`"credential_endpoint"`, `"x"`), nil, oid4vci.ErrAnswer, "credential_endpoint"},
		"no such configuration":       {metadata, replacer(issuertest.Configuration, "another"), nil, oid4vci.ErrAnswer, issuertest.Configuration},
		"another format":              {metadata, replacer(`"ldp_vc"`, `"dc+sd-jwt"`), nil, oid4vci.ErrUnsupported, "dc+sd-jwt"},
		"another binding":             {metadata, replacer(`"did:key"`, `"jwk"`), nil, oid4vci.ErrUnsupported, "jwk"},
		"no binding":                  {metadata, replacer(`"cryptographic_binding_methods_supported"`, `"x"`), nil, oid4vci.ErrUnsupported, "no key"},
		"another proof type":          {metadata, replacer(`"jwt":`, `"di_vp":`), nil, oid4vci.ErrUnsupported, "jwt"},
		"another algorithm":           {metadata, replacer(`"EdDSA"`, `"ES384"`), nil, oid4vci.ErrUnsupported, "EdDSA"},
		"key attestation":             {metadata, replacer(`"jwt":{`, `"jwt":{"key_attestations_required":{},`), nil, oid4vci.ErrUnsupported, "attestation"},
		"encryption":                  {metadata, replacer(`"x-unknown":1`, `"credential_response_encryption":{"encryption_required":true}`), nil, oid4vci.ErrUnsupported, "encryption"},
		"no type":                     {metadata, replacer(`["VerifiableCredential","BirthRegistration"]`, `[]`), nil, oid4vci.ErrAnswer, "no type"},
		"context with another digest": {metadata, replacer(`"sha256":"`, `"sha256":"0`), nil, oid4vci.ErrAnswer, "digest"},
		"embedded context replaced":   {metadata, replacer(issuertest.ContextURL+`"}`, "https://www.w3.org/ns/credentials/v2\"}", `"url":"`+issuertest.ContextURL, `"url":"https://www.w3.org/ns/credentials/v2`), nil, oid4vci.ErrAnswer, "already known"},
		"server of another issuer":    {server, replacer(`/registry"`, `/other"`), nil, oid4vci.ErrAnswer, "authorization server's metadata"},
		"token endpoint elsewhere":    {server, replacer(`"token_endpoint":"https://`, `"token_endpoint":"https://evil.example/`), nil, oid4vci.ErrAnswer, "evil.example"},
		"server without the grant":    {server, replacer(`["urn:ietf:params:oauth:grant-type:pre-authorized_code"]`, `["authorization_code"]`), nil, oid4vci.ErrUnsupported, "pre-authorized"},
		"token denied, unknown code":  {token, nil, fixed(400, `{"error":"out_of_ink","error_description":"come\u202eback"}`), oid4vci.ErrDenied, `"out_of_ink"; it adds "come\u202eback"`},
		"token denied, no reason":     {token, nil, fixed(403, `no`), oid4vci.ErrDenied, "no reason (status 403)"},
		"token for registered only":   {token, nil, fixed(401, `{"error":"invalid_client"}`), oid4vci.ErrDenied, "registered"},
		"token not understood":        {token, nil, fixed(400, `{"error":"invalid_request"}`), oid4vci.ErrDenied, "transaction code"},
		"token of another type":       {token, replacer(`"bearer"`, `"DPoP"`), nil, oid4vci.ErrUnsupported, "DPoP"},
		"token empty":                 {token, replacer(`"access_token"`, `"x"`), nil, oid4vci.ErrUnsupported, "Bearer"},
		"token twice":                 {token, replacer(`{"access_token"`, `{"access_token":"a","access_token"`), nil, oid4vci.ErrAnswer, "duplicate"},
		"token oversized":             {token, nil, fixed(200, strings.Repeat(" ", 64<<10)+`{}`), oid4vci.ErrAnswer, "too large"},
		"several data sets":           {token, replacer(`{"access_token"`, `{"authorization_details":[{"type":"openid_credential","credential_configuration_id":"`+issuertest.Configuration+`","credential_identifiers":["a","b"]}],"access_token"`), nil, oid4vci.ErrUnsupported, "2 credentials"},
		"no nonce":                    {nonce, replacer(`"c_nonce"`, `"nonce"`), nil, oid4vci.ErrAnswer, "c_nonce"},
		"nonce denied":                {nonce, nil, fixed(403, `{"error":"closed"}`), oid4vci.ErrDenied, "closed"},
		"nonce oversized":             {nonce, nil, fixed(200, `{"c_nonce":"`+strings.Repeat("n", 16<<10)+`"}`), oid4vci.ErrAnswer, "too large"},
		"credential denied":           {endpoint, nil, fixed(400, `{"error":"credential_request_denied"}`), oid4vci.ErrDenied, "asking again will not help"},
		"credential, token expired":   {endpoint, nil, fixed(401, ``), oid4vci.ErrDenied, "ran out"},
		"credential later":            {endpoint, nil, fixed(202, `{"transaction_id":"t","interval":5}`), oid4vci.ErrUnsupported, "later"},
		"no credential":               {endpoint, nil, fixed(200, `{"credentials":[]}`), oid4vci.ErrAnswer, "0 credentials"},
		"two credentials":             {endpoint, replacer(`{"credential":`, `{"credential":{}},{"credential":`), nil, oid4vci.ErrAnswer, "2 credentials"},
		"credential a string":         {endpoint, nil, fixed(200, `{"credentials":[{"credential":"eyJ"}]}`), oid4vci.ErrAnswer, "not a JSON object"},
		"credential member twice":     {endpoint, replacer(`"familyName"`, `"familyName":"X","familyName"`), nil, oid4vci.ErrAnswer, "duplicate"},
		"credential oversized":        {endpoint, replacer(`"credentials"`, strings.Repeat(" ", 1<<20)+`"credentials"`), nil, oid4vci.ErrAnswer, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			issuer := issuertest.New(t)
			if f.rewrite != nil {
				issuer.Rewrite[f.path] = f.rewrite
			} else {
				issuer.Replace[f.path] = f.replace
			}
			report, err := take(t, issuer, issuer.Offer(), issuertest.TxCode)
			if !errors.Is(err, f.want) || !strings.Contains(err.Error(), f.words) || report != nil {
				t.Errorf("got %v, %v", report, err)
			}
		})
	}
}

func html(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	io.WriteString(w, "<p>Log in to use this network</p>")
}

// TestServerFaults: what is no answer is none of the errors that mean no.
func TestServerFaults(t *testing.T) {
	for _, path := range []string{issuertest.PathMetadata, issuertest.PathServer, issuertest.PathToken, issuertest.PathNonce, issuertest.PathCredential} {
		for _, status := range []int{429, 500, 503} {
			issuer := issuertest.New(t)
			issuer.Replace[path] = fixed(status, `{"error":"invalid_grant"}`)
			_, err := take(t, issuer, issuer.Offer(), issuertest.TxCode)
			if err == nil || !strings.Contains(err.Error(), "try again later") ||
				errors.Is(err, oid4vci.ErrDenied) || errors.Is(err, oid4vci.ErrAnswer) {
				t.Errorf("%s %d: got %v", path, status, err)
			}
		}
	}
}

// TestRedirects: neither the code nor the token follows a redirect, and no
// other origin is asked for what an issuer says about itself.
func TestRedirects(t *testing.T) {
	asked := 0
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer elsewhere.Close()
	for _, path := range []string{issuertest.PathMetadata, issuertest.PathServer, issuertest.PathToken, issuertest.PathNonce, issuertest.PathCredential} {
		for _, status := range []int{301, 303, 307, 308} {
			issuer := issuertest.New(t)
			issuer.Replace[path] = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, elsewhere.URL, status)
			}
			if _, err := take(t, issuer, issuer.Offer(), issuertest.TxCode); !errors.Is(err, oid4vci.ErrAnswer) {
				t.Errorf("%s %d: got %v", path, status, err)
			}
		}
	}
	if asked > 0 {
		t.Errorf("%d redirects were followed", asked)
	}
}

// TestOfferElsewhere: an offer may be kept on another host; its errors do not
// tell where.
func TestOfferElsewhere(t *testing.T) {
	issuer := issuertest.New(t)
	kept := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/secret-path/json":
			answer(w, http.StatusOK, issuer.OfferText())
		case "/secret-path/large":
			answer(w, http.StatusOK, strings.Repeat(" ", 64<<10)+issuer.OfferText())
		case "/secret-path/broken":
			answer(w, http.StatusOK, `{"credential_issuer":1}`)
		case "/secret-path/moved":
			http.Redirect(w, r, issuer.URL, http.StatusFound)
		}
	}))
	defer kept.Close()
	link := func(name string) string {
		return "openid-credential-offer://?credential_offer_uri=" + kept.URL + "/secret-path/" + name
	}
	if _, err := take(t, issuer, link("json"), issuertest.TxCode); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]error{
		"large": oid4vci.ErrAnswer, "broken": oid4vci.ErrOffer, "moved": oid4vci.ErrAnswer, "none": oid4vci.ErrAnswer,
	} {
		_, err := take(t, issuer, link(name), issuertest.TxCode)
		if !errors.Is(err, want) || strings.Contains(err.Error(), "secret-path") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	kept.Close()
	_, err := take(t, issuer, link("json"), issuertest.TxCode)
	if err == nil || strings.Contains(err.Error(), "secret-path") || errors.Is(err, oid4vci.ErrDenied) {
		t.Errorf("not there: got %v", err)
	}
}

// TestServerElsewhere: the issuer's metadata may name an authorization server
// on another host, and that host is shown to the holder.
func TestServerElsewhere(t *testing.T) {
	issuer := issuertest.New(t)
	var other *httptest.Server
	other = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/oauth-authorization-server":
			answer(w, http.StatusOK, `{"issuer":"`+other.URL+`/","token_endpoint":"`+other.URL+`/token"}`)
		case "/token":
			r.URL.Path = issuertest.PathToken
			issuer.ServeHTTP(w, r)
		}
	}))
	defer other.Close()
	issuer.Rewrite[issuertest.PathMetadata] = replacer(`"x-unknown":1`, `"authorization_servers":["`+other.URL+`/"]`)
	proposal, err := client(t, issuer).Open(t.Context(), issuer.Offer())
	if err != nil {
		t.Fatal(err)
	}
	at, code := proposal.Hosts()
	if "https://"+at != issuer.Origin() || "https://"+code != other.URL {
		t.Errorf("hosts are %s and %s", at, code)
	}
	key, _ := holder(t)
	if _, err := proposal.Accept(t.Context(), key, issuertest.TxCode); err != nil {
		t.Error(err)
	}
}

// TestChosenServer: an offer can choose among the servers that the issuer
// names, and no other.
func TestChosenServer(t *testing.T) {
	issuer := issuertest.New(t)
	choose := func(server string) string {
		return strings.Replace(issuer.OfferText(), `"tx_code"`, `"authorization_server":"`+server+`","tx_code"`, 1)
	}
	if _, err := take(t, issuer, byValue(choose(issuer.URL)), issuertest.TxCode); !errors.Is(err, oid4vci.ErrOffer) {
		t.Errorf("without a list: got %v", err)
	}
	issuer.Rewrite[issuertest.PathMetadata] = replacer(`"x-unknown":1`, `"authorization_servers":["https://no.invalid","`+issuer.URL+`"]`)
	if _, err := take(t, issuer, byValue(choose("https://evil.example")), issuertest.TxCode); !errors.Is(err, oid4vci.ErrOffer) {
		t.Errorf("not on the list: got %v", err)
	}
	if _, err := take(t, issuer, byValue(choose(issuer.URL)), issuertest.TxCode); err != nil {
		t.Errorf("on the list: %v", err)
	}
}

func byValue(offer string) string {
	return "openid-credential-offer://?credential_offer=" + url.QueryEscape(offer)
}
