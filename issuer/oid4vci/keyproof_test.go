package oid4vci_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

type object = map[string]any

// parts are a key proof before it is signed.
type parts struct {
	header, claims object
	sign           func(input []byte) []byte
}

// parts returns what a good key proof is made of.
func (w *world) parts() parts {
	w.Helper()
	return parts{
		header: object{"typ": issuertest.ProofType, "alg": "EdDSA", "kid": w.holder.KeyID},
		claims: object{"aud": issuertest.URL, "iat": w.clock.Now().Unix(), "nonce": w.nonce()},
		sign:   func(input []byte) []byte { return ed25519.Sign(w.holder.Key, input) },
	}
}

func (p parts) jwt(t *testing.T) string {
	t.Helper()
	encode := func(v any) string {
		data, err := json.Marshal(v, json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	input := encode(p.header) + "." + encode(p.claims)
	return input + "." + base64.RawURLEncoding.EncodeToString(p.sign([]byte(input)))
}

// header and claim return edits of a key proof; a nil value removes a member.
func header(name string, value any) func(*parts) {
	return func(p *parts) { set(p.header, name, value) }
}

func claim(name string, value any) func(*parts) {
	return func(p *parts) { set(p.claims, name, value) }
}

func set(o object, name string, value any) {
	o[name] = value
	maps.DeleteFunc(o, func(_ string, v any) bool { return v == nil })
}

// proofEdits are ways to spoil a key proof, by the error that they get
// (appendices F.1 and F.4).
func proofEdits(t *testing.T, w *world) map[string]map[string]func(*parts) {
	other, now := issuertest.NewHolder(t, "somebody else"), w.clock.Now().Unix()
	jwk := jose.JSONWebKey{Key: w.holder.Key.Public()}
	private := jose.JSONWebKey{Key: w.holder.Key}
	certificate, _, err := web.SelfSigned("wallet.example", time.Now(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(certificate)
	chain := []string{base64.StdEncoding.EncodeToString(block.Bytes)}
	return map[string]map[string]func(*parts){
		oid4vci.InvalidProof: {
			"alg none":                  func(p *parts) { p.header["alg"] = "none"; p.sign = func([]byte) []byte { return nil } },
			"alg None":                  func(p *parts) { p.header["alg"] = "None"; p.sign = func([]byte) []byte { return nil } },
			"alg HS256 of the key":      func(p *parts) { p.header["alg"] = "HS256" },
			"alg ES256":                 header("alg", "ES256"),
			"alg RS256":                 header("alg", "RS256"),
			"alg of another case":       header("alg", "eddsa"),
			"no alg":                    header("alg", nil),
			"no typ":                    header("typ", nil),
			"typ of any JWT":            header("typ", "JWT"),
			"typ of another case":       header("typ", "OpenID4VCI-Proof+JWT"),
			"typ with its tree":         header("typ", "application/openid4vci-proof+jwt"),
			"typ of a list":             header("typ", []string{issuertest.ProofType}),
			"no kid":                    header("kid", nil),
			"kid of another":            header("kid", other.KeyID),
			"kid without a fragment":    header("kid", w.holder.DID),
			"kid of another fragment":   header("kid", w.holder.DID+"#"+strings.TrimPrefix(other.DID, "did:key:")),
			"kid of two fragments":      header("kid", w.holder.KeyID+"#"),
			"kid of another method":     header("kid", "did:web:registry.example#key"),
			"kid that is no key":        header("kid", "did:key:z6MkInvalid#z6MkInvalid"),
			"kid of another case":       header("kid", strings.Replace(w.holder.KeyID, "did:key:", "DID:KEY:", 1)),
			"kid that is a number":      header("kid", 7),
			"jwk beside kid":            header("jwk", jwk),
			"jwk alone":                 func(p *parts) { p.header["jwk"] = jwk; delete(p.header, "kid") },
			"a private jwk":             header("jwk", private),
			"x5c beside kid":            header("x5c", chain),
			"x5c alone":                 func(p *parts) { p.header["x5c"] = chain; delete(p.header, "kid") },
			"x5c that is none":          header("x5c", []string{"AAAA"}),
			"crit of nothing known":     func(p *parts) { p.header["crit"] = []string{"exp"}; p.header["exp"] = now + 60 },
			"crit of nothing there":     header("crit", []string{"unknown"}),
			"an unencoded payload":      func(p *parts) { p.header["crit"] = []string{"b64"}; p.header["b64"] = false },
			"signed by another":         func(p *parts) { p.sign = func(input []byte) []byte { return ed25519.Sign(other.Key, input) } },
			"no signature":              func(p *parts) { p.sign = func([]byte) []byte { return nil } },
			"a signature of zeros":      func(p *parts) { p.sign = func([]byte) []byte { return make([]byte, 64) } },
			"a signature that is short": func(p *parts) { s := p.sign; p.sign = func(input []byte) []byte { return s(input)[:63] } },
			"no aud":                    claim("aud", nil),
			"aud of another":            claim("aud", "https://another.example"),
			"aud with a slash":          claim("aud", issuertest.URL+"/"),
			"aud of a list":             claim("aud", []string{issuertest.URL}),
			"iss":                       claim("iss", "a wallet"),
			"iss of nothing":            func(p *parts) { p.claims["iss"] = (*string)(nil) },
			"no iat":                    claim("iat", nil),
			"iat of text":               claim("iat", "1782907200"),
			"iat long ago":              claim("iat", now-600),
			"iat far ahead":             claim("iat", now+600),
			"iat beyond all time":       claim("iat", 1e300),
			"no nonce":                  claim("nonce", nil),
			"an empty nonce":            claim("nonce", ""),
			"a nonce that is a number":  claim("nonce", 7),
		},
		oid4vci.InvalidNonce: {
			"a nonce of the wallet's own": claim("nonce", "AAAAAAAAAAAAAAAAAAAAAA"),
			"a nonce with an end":         func(p *parts) { p.claims["nonce"] = p.claims["nonce"].(string) + "A" },
		},
	}
}

func TestKeyProofsThatAreNone(t *testing.T) {
	w := newWorld(t)
	token := w.token()
	for code, edits := range proofEdits(t, w) {
		for name, edit := range edits {
			p := w.parts()
			edit(&p)
			before := len(w.log(0))
			response, err := w.service.Credential(t.Context(), token, body(t, p.jwt(t)))
			refused(t, name, err, code)
			if response != nil {
				t.Errorf("%s: got %s", name, response)
			}
			records := w.log(before)
			if len(records) != 1 || records[0].Kind != logproof.Refused || !strings.HasPrefix(records[0].Reason, code+": ") {
				t.Errorf("%s: the log says %+v", name, records)
			}
		}
	}
	if _, err := w.service.Credential(t.Context(), token, body(t, w.parts().jwt(t))); err != nil {
		t.Errorf("none of these may use the token up: %v", err)
	}
}

// TestKeyProofsThatAreGood: what is allowed, or not known, does no harm.
func TestKeyProofsThatAreGood(t *testing.T) {
	w := newWorld(t)
	now := w.clock.Now().Unix()
	for name, edit := range map[string]func(*parts){
		"as it is":          func(*parts) {},
		"iat some time ago": claim("iat", now-599),
		"iat a bit ahead":   claim("iat", now+599),
		"iat of a fraction": claim("iat", float64(now)+0.5),
		"another claim":     claim("jti", "7"),
		"another header":    header("cty", "x"),
	} {
		p := w.parts()
		edit(&p)
		if _, err := w.service.Credential(t.Context(), w.token(), body(t, p.jwt(t))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAlteredKeyProofs: each character of a key proof counts.
func TestAlteredKeyProofs(t *testing.T) {
	w := newWorld(t)
	token, good := w.token(), w.proof()
	for n := range len(good) {
		altered := []byte(good)
		altered[n] = 'A'
		if good[n] == 'A' {
			altered[n] = 'B'
		}
		if n%7 != 0 && good[n] != '.' && n < len(good)-3 {
			continue // a sample is enough, with each dot and the end
		}
		response, err := w.service.Credential(t.Context(), token, body(t, string(altered)))
		if response != nil {
			t.Errorf("with character %d altered it is good", n)
		}
		refused(t, "altered", err, oid4vci.InvalidProof)
	}
	for _, form := range []string{good + "=", good + ".", "." + good, good + "\n", good[:len(good)-1], strings.ReplaceAll(good, ".", "..")} {
		_, err := w.service.Credential(t.Context(), token, body(t, form))
		refused(t, form, err, oid4vci.InvalidProof)
	}
	if _, err := w.service.Credential(t.Context(), token, body(t, good)); err != nil {
		t.Errorf("none of these may use it up: %v", err)
	}
}

func TestNonceIsUsedUp(t *testing.T) {
	w := newWorld(t)
	first, second, proof := w.token(), w.token(), w.proof()
	if _, err := w.service.Credential(t.Context(), first, body(t, proof)); err != nil {
		t.Fatal(err)
	}
	_, err := w.service.Credential(t.Context(), second, body(t, proof))
	refused(t, "a proof that was used", err, oid4vci.InvalidNonce)
	old := w.proof()
	w.clock.Advance(299 * time.Second)
	if _, err := w.service.Credential(t.Context(), second, body(t, old)); err != nil {
		t.Errorf("a proof of some minutes ago: %v", err)
	}
}

// TestNonceOfBeforeARestart: it is good if it was not used.
func TestNonceOfBeforeARestart(t *testing.T) {
	w := newWorld(t)
	first, second, third := w.token(), w.token(), w.token()
	used, fresh := w.proof(), w.proof()
	if _, err := w.service.Credential(t.Context(), first, body(t, used)); err != nil {
		t.Fatal(err)
	}
	restarted, err := oid4vci.New(w.issuer)
	if err != nil {
		t.Fatal(err)
	}
	_, err = restarted.Credential(t.Context(), second, body(t, used))
	refused(t, "a used nonce of before", err, oid4vci.InvalidNonce)
	if _, err := restarted.Credential(t.Context(), third, body(t, fresh)); err != nil {
		t.Errorf("a nonce of before: %v", err)
	}
}
