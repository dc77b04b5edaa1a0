package issuerhttp_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
)

const otherURL = "https://other.example"

// doors are the endpoints that ask who asks by tokens that are bound to a key.
var doors = map[string]string{
	"/v1/facts": http.MethodPost, "/v1/statuses": http.MethodPost, "/v1/credentials": http.MethodPost, "/v1/grant": http.MethodGet,
}

// bearer is somebody whose token is bound to a key.
type bearer struct {
	token string
	key   accesstest.Key
}

// bound is a besieged issuer with a client of an authorization server, and a
// partner, both of whom may ask for a status. There is another authorization
// server, whose clients nobody has named.
type bound struct {
	*besieged
	server, other   accesstest.Server
	client, partner bearer
	turnedAway      int
}

func newBound(t *testing.T) *bound {
	t.Helper()
	s := &bound{server: accesstest.NewServer(t, loginURL, issuertest.URL), other: accesstest.NewServer(t, otherURL, issuertest.URL)}
	jwks := func(server accesstest.Server) string { return writeTemp(t, "keys.json", accesstest.JWKS(t, server)) }
	s.besieged = besiege(t, func(text string) string {
		return text + fmt.Sprintf(`    - name: clinic
      client: {issuer: %q, id: school-app}
      purposes: [enrolment]
      statuses: [sex]
access:
  issuers: [{url: %q, jwks_file: %q}, {url: %q, jwks_file: %q}]
partners: {purposes: [enrolment], statuses: [sex], max_records: 10, max_lifetime: 4h}
`, loginURL, loginURL, jwks(s.server), otherURL, jwks(s.other))
	})
	s.client.key, s.partner.key = accesstest.NewKey(t), accesstest.NewKey(t)
	s.client.token = s.server.Token(t, s.clock.Now(), s.client.key)
	answer, err := s.issuer.MintGrant(t.Context(), issuer.PartnerTerms{
		Partner: "clinic", Thumbprint: s.partner.key.Thumbprint(t), Purposes: []string{"enrolment"}, Statuses: []string{"sex"},
		Count: 5, From: s.clock.Now(), Until: s.clock.Now().Add(2 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.partner.token = string(answer.Bytes)
	s.secrets = append(s.secrets, s.client.token, s.partner.token)
	return s
}

// knocks asks at a door with these values of the headers.
func (s *bound) knocks(path string, authorization, proofs []string) *httptest.ResponseRecorder {
	s.Helper()
	r := httptest.NewRequest(doors[path], path, strings.NewReader(question(civil.KnownNumber)))
	r.Header["Content-Type"], r.Header["Authorization"] = []string{jsonType}, authorization
	r.Header["Dpop"] = proofs
	w := httptest.NewRecorder()
	s.public.ServeHTTP(w, r)
	return w
}

// nonce returns that of now.
func (s *bound) nonce() string {
	s.Helper()
	return s.nobody("nothing", "/v1/statuses", nil, nil).Header().Get("DPoP-Nonce")
}

// nobody wants who knocks to be told nothing but that it is nobody.
func (s *bound) nobody(what, path string, authorization, proofs []string) *httptest.ResponseRecorder {
	s.Helper()
	r := s.knocks(path, authorization, proofs)
	if p := s.closed(r, http.StatusUnauthorized, "unauthorized"); p.Detail == "" {
		s.Errorf("%s at %s: nothing is said", what, path)
	}
	s.turnedAway++
	s.said.WriteString(r.Body.String())
	return r
}

// proof is one of key for a door and a token.
func (s *bound) proof(key accesstest.Key, path, token string, edits ...accesstest.Edit) string {
	s.Helper()
	edits = append([]accesstest.Edit{accesstest.Claim("htm", doors[path])}, edits...)
	return key.Proof(s.T, s.clock.Now(), token, issuertest.URL+path, s.nonce(), edits...)
}

// settled: both are still answered, nobody else was asked for, and the log says of
// each why it was turned away.
func (s *bound) settled(before int) {
	s.Helper()
	if n := s.records(); n != before {
		s.Errorf("%d records were written", n-before)
	}
	if n := strings.Count(s.log.String(), `"msg":"unauthorized"`); n != s.turnedAway {
		s.Errorf("%d were turned away, and the log tells of %d", s.turnedAway, n)
	}
	for _, who := range []bearer{s.client, s.partner} {
		if r := s.knocks(statuses, []string{"DPoP " + who.token}, []string{s.proof(who.key, statuses, who.token)}); r.Code != http.StatusOK {
			s.Errorf("the good question after it: %d %s", r.Code, r.Body)
		}
	}
}

// TestProofsAtEachDoor: a stolen token, and a stolen, old or forged proof, are of
// no use at any of them.
func TestProofsAtEachDoor(t *testing.T) {
	s := newBound(t)
	before := s.records()
	thief := accesstest.NewKey(t)
	claim, header := accesstest.Claim, accesstest.Header
	now := s.clock.Now()
	for path, method := range doors {
		for _, who := range []bearer{s.client, s.partner} {
			dpop := []string{"DPoP " + who.token}
			good := func(edits ...accesstest.Edit) string { return s.proof(who.key, path, who.token, edits...) }
			for name, edit := range map[string]accesstest.Edit{
				"another path": claim("htu", issuertest.URL+"/v1/x"), "another host": claim("htu", "https://c4nary.example"+path), "another method": claim("htm", method+"S"),
				"the other method": claim("htm", map[string]string{http.MethodGet: http.MethodPost, http.MethodPost: http.MethodGet}[method]),
				"no nonce":         claim("nonce", nil), "a nonce of nobody's": claim("nonce", canary), "expired": claim("iat", now.Add(-time.Hour).Unix()),
				"from the future": claim("iat", now.Add(time.Hour).Unix()), "no time": claim("iat", nil), "no name": claim("jti", nil), "no token": claim("ath", nil),
				"another token": claim("ath", base64.RawURLEncoding.EncodeToString(make([]byte, 32))), "another type": header("typ", "at+jwt"), "no key": header("jwk", nil),
				"the thief's key": header("jwk", thief.JWK(t)), "a private key": header("jwk", who.key.PrivateJWK(t)), "where a key is": header("jku", otherURL),
				"where a chain is": header("x5u", otherURL), "a chain": header("x5c", []string{"MIIB"}), "something critical": header("crit", []string{"exp"}),
				"a payload as it is": header("b64", false),
			} {
				s.nobody(name, path, dpop, []string{good(edit)})
			}
			s.nobody("a token without a proof", path, dpop, nil)
			s.nobody("a token as a bearer's", path, []string{"Bearer " + who.token}, []string{good()})
			s.nobody("a token with the thief's proof", path, dpop, []string{s.proof(thief, path, who.token)})
			s.nobody("a token with a proof in the thief's hand", path, dpop, []string{s.proof(thief, path, who.token, header("jwk", who.key.JWK(t)))})
			s.nobody("two proofs", path, dpop, []string{good(), good()})
			s.nobody("two proofs in one", path, dpop, []string{good() + "," + good()})
			s.nobody("a huge proof", path, dpop, []string{good(claim("more", strings.Repeat(canary, 2000)))})
			s.nobody("a proof for the token", path, []string{"DPoP " + good()}, []string{who.token})
			for name, proof := range swappedAlgorithms(good(), who.key) {
				s.nobody(name, path, dpop, []string{proof})
			}
			s.replayed(path, who)
		}
	}
	s.settled(before)
}

// replayed uses a proof twice: no question is in it, so that the first time is
// malformed, and the second nobody's.
func (s *bound) replayed(path string, who bearer) {
	s.Helper()
	proof, old := s.proof(who.key, path, who.token), s.proof(who.key, path, who.token)
	ask := func(proof string) *httptest.ResponseRecorder {
		return s.do(doors[path], path, "text/plain", "", "Authorization", "DPoP "+who.token, "DPoP", proof)
	}
	if r := ask(proof); r.Code == http.StatusUnauthorized {
		s.Errorf("%s: a good proof: %d %s", path, r.Code, r.Body)
	}
	s.closed(ask(proof), http.StatusUnauthorized, "unauthorized")
	s.turnedAway++
	s.clock.Advance(4 * time.Minute) // the token is good for five
	r := ask(old)
	s.closed(r, http.StatusUnauthorized, "unauthorized")
	if !strings.Contains(strings.Join(r.Header().Values("WWW-Authenticate"), " "), "DPoP error=") {
		s.Errorf("%s: of an old nonce it is told %q", path, r.Header())
	}
	s.turnedAway++
	s.clock.Advance(-4 * time.Minute)
}

// swappedAlgorithms returns a token as if it were signed by others than its own.
func swappedAlgorithms(token string, key accesstest.Key) map[string]string {
	parts := strings.Split(token, ".")
	head, _ := base64.RawURLEncoding.DecodeString(parts[0])
	all := map[string]string{}
	for _, alg := range []string{"none", "None", "", "ES384", "RS256", "EdDSA", "HS256"} {
		other := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(head), `"ES256"`, `"`+alg+`"`, 1)))
		all[alg+" in the place of ES256"] = other + "." + parts[1] + "." + parts[2]
	}
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(head), `"ES256"`, `"none"`, 1)))
	all["nothing signed"] = unsigned + "." + parts[1] + "."
	secret, _ := key.PublicKey.Bytes()
	as := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(head), `"ES256"`, `"HS256"`, 1)))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(as + "." + parts[1]))
	all["the public key as a secret"] = as + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	return all
}

// TestTokensAtEachDoor: a token that is not for this issuer, now, from who may
// give it out, is of no use at any of them, whoever's proof comes with it.
func TestTokensAtEachDoor(t *testing.T) {
	s := newBound(t)
	before := s.records()
	claim, header := accesstest.Claim, accesstest.Header
	now := s.clock.Now()
	key := s.client.key
	token := func(edits ...accesstest.Edit) string { return s.server.Token(t, now, key, edits...) }
	tokens := map[string]string{
		"another audience": token(claim("aud", otherURL)), "no audience": token(claim("aud", nil)), "expired": token(claim("exp", now.Add(-time.Minute).Unix())),
		"not yet": token(claim("nbf", now.Add(time.Minute).Unix())), "from the future": token(claim("iat", now.Add(time.Minute).Unix())), "without an end": token(claim("exp", nil)),
		"another client": token(claim("client_id", "other-app")), "not bound": token(claim("cnf", nil)), "bound to another": s.server.Token(t, now, accesstest.NewKey(t)),
		"of an issuer that is not known": token(claim("iss", "https://c4nary.example")), "of the other issuer, by its name": token(claim("iss", otherURL)),
		"of the other issuer": s.other.Token(t, now, key), "of the other issuer, in the name of ours": s.other.Token(t, now, key, claim("iss", loginURL)),
		"an ID token": token(header("typ", "JWT")), "a proof's type": token(header("typ", "dpop+jwt")), "a grant's type": token(header("typ", "chancery-grant+jwt")),
		"a key in it": token(header("jwk", key.JWK(t))), "where a key is": token(header("jku", otherURL)), "where a chain is": token(header("x5u", otherURL)),
		"something critical": token(header("crit", []string{"exp"})), "a payload as it is": token(header("b64", false)), "another key by name": token(header("kid", "key-2")),
		"a huge one": token(claim("more", strings.Repeat(canary, 3000))), "two in one": token() + "," + token(), "the partner's, with our key": s.partner.token, "none": "",
	}
	for name, swapped := range swappedAlgorithms(token(), s.server.Key) {
		tokens[name] = swapped
	}
	for path := range doors {
		for name, token := range tokens {
			s.nobody(name, path, []string{"DPoP " + token}, []string{s.proof(key, path, token)})
		}
	}
	s.settled(before)
}
