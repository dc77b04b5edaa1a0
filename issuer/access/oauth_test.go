package access_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
)

const withLogin = `access:
  issuers:
    - {url: "` + loginURL + `", jwks_file: keys.json}
consult:
  callers:
    - {name: school, client: {issuer: "` + loginURL + `", id: school-app}` + may

var (
	claim  = accesstest.Claim
	header = accesstest.Header
)

func TestBoundToken(t *testing.T) {
	d := newDoor(t, withLogin)
	token := d.token()
	for range 3 { // a proof each
		d.lets(d.bound(token), "school")
	}
	d.lets(d.bound(d.token(claim("aud", []string{"https://other.example", issuertest.URL}))), "school")
	d.lets(d.bound(d.token(header("typ", "application/at+jwt"))), "school")
	d.lets(d.bound(d.token(header("kid", nil))), "school") // there is one key only
	d.lets(request("authorization", "dpop "+token, "dpop", d.key.Proof(t, d.clock.Now(), token, "HTTPS://Registry.example:443/v1/x/../%66acts?q#f", d.nonce())), "school")
}

// TestTokens has what is no token for this issuer; each comes with a proof that
// is good for it.
func TestTokens(t *testing.T) {
	d := newDoor(t, withLogin)
	now := d.clock.Now().Unix()
	other := accesstest.NewServer(t, loginURL, issuertest.URL)
	for name, edit := range map[string]accesstest.Edit{
		"another audience":          claim("aud", "https://other.example"),
		"audiences of others":       claim("aud", []string{"https://other.example", issuertest.URL + "/"}),
		"no audience":               claim("aud", nil),
		"another issuer":            claim("iss", "https://other.example"),
		"the issuer with a slash":   claim("iss", loginURL+"/"),
		"no issuer":                 claim("iss", nil),
		"expired":                   claim("exp", now-31),
		"no end":                    claim("exp", nil),
		"an end that is a text":     claim("exp", "2099-01-01"),
		"not yet":                   claim("nbf", now+31),
		"from the future":           claim("iat", now+31),
		"no time":                   claim("iat", nil),
		"no subject":                claim("sub", nil),
		"no client":                 claim("client_id", nil),
		"no identifier":             claim("jti", nil),
		"another client":            claim("client_id", "other-app"),
		"not bound":                 claim("cnf", nil),
		"bound to nothing":          claim("cnf", map[string]any{}),
		"bound to something else":   claim("cnf", map[string]any{"kid": "7"}),
		"bound to more":             claim("cnf", map[string]any{"jkt": d.key.Thumbprint(t), "kid": "7"}),
		"bound to a certificate":    claim("cnf", map[string]any{"jkt": d.key.Thumbprint(t), "x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}),
		"an ID token":               header("typ", "JWT"),
		"no type":                   header("typ", nil),
		"a type in capitals":        header("typ", "AT+JWT"),
		"a proof for a token":       header("typ", "dpop+jwt"),
		"another key":               header("kid", "key-2"),
		"a path for a key":          header("kid", "../../dev/null"),
		"a query for a key":         header("kid", "' UNION SELECT 'key-1"),
		"a key in the header":       header("jwk", other.Key.JWK(t)),
		"the address of a key":      header("jku", loginURL+"/keys"),
		"the address of a chain":    header("x5u", loginURL+"/chain"),
		"a chain":                   header("x5c", []string{"MIIB"}),
		"something critical":        header("crit", []string{"exp"}),
		"a payload that is encoded": header("b64", true),
	} {
		d.denies(name, d.bound(d.token(edit)), access.CodeInvalidToken)
	}
	d.denies("signed by another", d.bound(other.Token(t, d.clock.Now(), d.key)), access.CodeInvalidToken)
	d.clock.Advance(5*time.Minute + 30*time.Second)
	token := d.token()
	d.lets(d.bound(token), "school")
	d.clock.Advance(5*time.Minute + 29*time.Second)
	d.lets(d.bound(token), "school")
	d.clock.Advance(time.Second)
	d.denies("expired since", d.bound(token), access.CodeInvalidToken)
}

// TestAlgorithms: the key and the configuration choose the algorithm, never the
// token.
func TestAlgorithms(t *testing.T) {
	d := newDoor(t, withLogin)
	head, rest, _ := strings.Cut(d.token(), ".")
	payload, signature, _ := strings.Cut(rest, ".")
	as := func(alg string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"` + alg + `","typ":"at+jwt","kid":"key-1"}`))
	}
	mac := func(key []byte) string {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(as("HS256") + "." + payload))
		return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
	}
	public, err := d.server.Key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"none":                          as("none") + "." + payload + ".",
		"none with a signature":         as("none") + "." + payload + "." + signature,
		"None":                          as("None") + "." + payload + ".AA",
		"HS256 with the public key":     as("HS256") + "." + payload + "." + mac(public),
		"HS256 with the JWK set":        as("HS256") + "." + payload + "." + mac(accesstest.JWKS(t, d.server)),
		"ES384":                         as("ES384") + "." + payload + "." + signature,
		"EdDSA":                         as("EdDSA") + "." + payload + "." + signature,
		"RS256":                         as("RS256") + "." + payload + "." + signature,
		"an empty algorithm":            as("") + "." + payload + "." + signature,
		"no signature":                  head + "." + payload + ".",
		"r and s of 0":                  head + "." + payload + "." + strings.Repeat("A", 86),
		"a signature with a break":      head + "." + payload + "." + signature + "\n",
		"a signature that goes on":      head + "." + payload + "." + signature + "A",
		"a part more":                   head + "." + payload + "." + signature + "." + signature,
		"two of a header parameter":     base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","alg":"ES256","typ":"at+jwt"}`)) + "." + payload + "." + signature,
		"more than a token ever is":     head + "." + strings.Repeat(payload, 100) + "." + signature,
		"JSON serialization (RFC 7515)": `{"payload":"` + payload + `","signature":"` + signature + `"}`,
	} {
		d.denies(name, d.bound(token), access.CodeInvalidToken)
	}
}

// TestProofs has what is no proof of possession for a request; the token is
// good.
func TestProofs(t *testing.T) {
	d := newDoor(t, withLogin)
	now := d.clock.Now().Unix()
	other := accesstest.NewKey(t)
	token := d.token()
	jwk := func(edit func(map[string]any)) accesstest.Edit {
		key := d.key.JWK(t)
		edit(key)
		return header("jwk", key)
	}
	for name, edit := range map[string]accesstest.Edit{
		"another method":        claim("htm", "GET"),
		"the method in lower":   claim("htm", "post"),
		"no method":             claim("htm", nil),
		"another path":          claim("htu", issuertest.URL+"/v1/statuses"),
		"another host":          claim("htu", "https://registry.example.evil/v1/facts"),
		"another port":          claim("htu", "https://registry.example:8443/v1/facts"),
		"http":                  claim("htu", "http://registry.example/v1/facts"),
		"a user":                claim("htu", "https://registry.example@registry.example/v1/facts"),
		"a slash at the end":    claim("htu", address+"/"),
		"an escaped slash":      claim("htu", issuertest.URL+"/v1%2Ffacts"),
		"the path alone":        claim("htu", "/v1/facts"),
		"no address":            claim("htu", nil),
		"no time":               claim("iat", nil),
		"from the future":       claim("iat", now+30),
		"too old":               claim("iat", now-210),
		"no identifier":         claim("jti", nil),
		"no token":              claim("ath", nil),
		"another token":         claim("ath", base64.RawURLEncoding.EncodeToString(make([]byte, 32))),
		"another type":          header("typ", "at+jwt"),
		"no type":               header("typ", nil),
		"no key":                header("jwk", nil),
		"a key that is a text":  header("jwk", "key"),
		"a private key":         header("jwk", d.key.PrivateJWK(t)),
		"a secret key":          header("jwk", map[string]any{"kty": "oct", "k": "AAAA"}),
		"a key to encrypt with": jwk(func(k map[string]any) { k["use"] = "enc" }),
		"a key off the curve":   jwk(func(k map[string]any) { k["y"] = k["x"] }),
		"the address of a key":  header("jku", loginURL),
		"something critical":    header("crit", []string{"exp"}),
	} {
		d.denies(name, d.bound(token, edit), access.CodeInvalidProof)
	}
	for name, edit := range map[string]accesstest.Edit{
		"no nonce": claim("nonce", nil), "a nonce of nobody": claim("nonce", "7"), "a nonce with more": claim("nonce", d.nonce()+"="),
	} {
		d.denies(name, d.bound(token, edit), access.CodeUseNonce)
	}
	proof := func(key accesstest.Key, edits ...accesstest.Edit) string {
		return key.Proof(t, d.clock.Now(), token, address, d.nonce(), edits...)
	}
	d.denies("a stolen token with another key", request("Authorization", "DPoP "+token, "DPoP", proof(other)), access.CodeInvalidToken)
	d.denies("a stolen token, signed by another", request("Authorization", "DPoP "+token, "DPoP", proof(other, header("jwk", d.key.JWK(t)))), access.CodeInvalidProof)
	d.denies("no proof", request("Authorization", "DPoP "+token), access.CodeInvalidProof)
	d.denies("two proofs", request("Authorization", "DPoP "+token, "DPoP", proof(d.key), "DPoP", proof(d.key)), access.CodeInvalidProof)
	d.denies("two proofs in one", request("Authorization", "DPoP "+token, "DPoP", proof(d.key)+", "+proof(d.key)), access.CodeInvalidProof)
	d.denies("a huge proof", request("Authorization", "DPoP "+token, "DPoP", proof(d.key, claim("more", strings.Repeat("x", 5000)))), access.CodeInvalidProof)
	d.denies("not by its scheme", request("Authorization", "Bearer "+token, "DPoP", proof(d.key)), access.CodeInvalidToken)
}

// TestConfusedIssuers: the same client and subject at another server are
// somebody else, whoever's key is called what.
func TestConfusedIssuers(t *testing.T) {
	const evilURL = "https://evil.example"
	evil := accesstest.NewServer(t, evilURL, issuertest.URL)
	d := newDoor(t, strings.Replace(withLogin, "issuers:\n", "issuers:\n    - {url: \""+evilURL+"\", jwks_file: evil.json}\n", 1)+
		"    - {name: clinic, client: {issuer: \""+evilURL+"\", id: clinic-app}"+may,
		func(dir string) { writeFile(t, dir, "evil.json", accesstest.JWKS(t, evil)) })
	now := d.clock.Now()
	d.lets(d.bound(d.token()), "school")
	d.lets(d.bound(evil.Token(t, now, d.key, claim("client_id", "clinic-app"))), "clinic")
	d.denies("the school's client at another server", d.bound(evil.Token(t, now, d.key)), access.CodeInvalidToken)
	d.denies("in the name of the other server", d.bound(evil.Token(t, now, d.key, claim("iss", loginURL))), access.CodeInvalidToken)
	d.denies("the clinic's client at another server", d.bound(d.token(claim("client_id", "clinic-app"))), access.CodeInvalidToken)
}

// TestSubject: a caller can be known by who asks through a client.
func TestSubject(t *testing.T) {
	d := newDoor(t, strings.Replace(withLogin, "id: school-app}", "id: school-app, subject: clerk-7}", 1))
	d.lets(d.bound(d.token()), "school")
	d.denies("another subject", d.bound(d.token(claim("sub", "clerk-8"))), access.CodeInvalidToken)
}

// TestUnbound: a token that is not bound is taken only where that is configured,
// and one that is bound must be shown to be.
func TestUnbound(t *testing.T) {
	d := newDoor(t, strings.Replace(withLogin, "keys.json}", "keys.json, bound: none}", 1))
	unbound := d.token(claim("cnf", nil))
	d.lets(request("Authorization", "Bearer "+unbound), "school")
	d.lets(d.bound(d.token()), "school")
	d.denies("not bound, by DPoP", d.bound(unbound), access.CodeInvalidToken)
	d.denies("bound, by Bearer", request("Authorization", "Bearer "+d.token()), access.CodeInvalidToken)
	strict := newDoor(t, withLogin)
	strict.denies("where it must be", request("Authorization", "Bearer "+strict.token(claim("cnf", nil))), access.CodeInvalidToken)
}

// TestOneWay: who says in two ways who asks, or in the address, is nobody.
func TestOneWay(t *testing.T) {
	d := newDoor(t, withLogin)
	token := d.token()
	r := d.bound(token)
	r.Header.Add("Authorization", "Bearer "+token)
	d.denies("two", r, access.CodeInvalidRequest)
	for _, query := range []string{"access_token=" + token, "access_token", "a=%zz"} {
		r := d.bound(token)
		r.URL.RawQuery = query
		d.denies(query, r, access.CodeInvalidRequest)
	}
	for _, header := range [][]string{nil, {"Authorization", ""}, {"Authorization", "DPoP"}, {"Authorization", "Bearer "}, {"Authorization", "Negotiate abc"}, {"Authorization", token}} {
		d.denies(strings.Join(header, " "), request(header...), access.CodeNone)
	}
}

// TestReasons: what the log gets is no part of what came.
func TestReasons(t *testing.T) {
	d := newDoor(t, withLogin)
	const canary = "c4n4ry"
	for _, name := range []string{"iss", "aud", "sub", "client_id", "jti", "exp", "iat", "cnf"} {
		r := d.bound(d.token(claim(name, canary)))
		if caller, err := d.Caller(r); err == nil {
			if name != "sub" && name != "jti" {
				t.Errorf("%s: %v", name, caller)
			}
		} else if strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", name, err)
		}
	}
	token := d.token()
	for _, name := range []string{"htm", "htu", "jti", "ath", "nonce", "iat"} {
		if _, err := d.Caller(d.bound(token, claim(name, canary))); name != "jti" && (err == nil || strings.Contains(err.Error(), canary)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"kid", "typ", "jku"} {
		if _, err := d.Caller(d.bound(d.token(header(name, canary)))); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
