package verifier_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// TestPurposeOfEnvelopes: who signs a credential needs a key for assertions, who
// signs a presentation one for authentication: VC-JOSE-COSE, section 4.3. A key
// that is listed for something else is refused, whatever it signed well.
func TestPurposeOfEnvelopes(t *testing.T) {
	p := party{"did:web:registry.example", "did:web:registry.example#k", credtest.Key("registry")}
	value, _, err := did.FromKey(p.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for mediaType, data := range everyEnvelope(t, p) {
		for _, purposes := range [][]string{
			{"assertionMethod", "authentication"}, {"assertionMethod"}, {"authentication"}, {"keyAgreement"}, {"capabilityInvocation", "capabilityDelegation"}, nil,
		} {
			document := credtest.Object{"id": p.id, "verificationMethod": []any{credtest.Object{
				"id": p.method, "type": "Multikey", "controller": p.id, "publicKeyMultibase": strings.TrimPrefix(value, "did:key:"),
			}}}
			for _, purpose := range purposes {
				document[purpose] = []any{p.method}
			}
			parsed, err := did.Parse(credtest.Marshal(t, document))
			if err != nil {
				t.Fatal(err)
			}
			policy := everyPolicy(p, mediaType)
			policy.Resolver = did.NewPinned(parsed)
			want := slices.Contains(purposes, "assertionMethod")
			if strings.HasPrefix(mediaType, "vp") { // with a credential by the same key in it
				want = want && slices.Contains(purposes, "authentication")
			}
			if accepted := judge(t, data, policy).Verdict() == verifier.VerdictAccepted; accepted != want {
				t.Errorf("%s with a key for %q: accepted is %v", mediaType, purposes, accepted)
			}
		}
	}
}

// TestStrangersKeyBinding: a key binding by another than the holder says nothing
// of who shows a credential, and is refused where one is expected: RFC 9901,
// section 9.5.
func TestStrangersKeyBinding(t *testing.T) {
	issuer, holder, thief := newParty(t, credtest.Key("registry")), newParty(t, credtest.Key("holder")), newParty(t, credtest.Key("thief"))
	shown, err := sdjwt.Present(claimsOf(t, issuer, holder.key.Public()), []string{"/given_name"})
	if err != nil {
		t.Fatal(err)
	}
	disclosed, err := sdjwt.Parse(string(secure(t, issuer, credentialBy(t, issuer, holder.id))["vc+sd-jwt"]))
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]*sdjwt.Token{"dc+sd-jwt": shown, "vc+sd-jwt": disclosed} {
		hash := sha256.Sum256([]byte(token.String()))
		token.KeyBinding = string(thief.jws(t, credtest.Object{"alg": "EdDSA", "typ": "kb+jwt"}, credtest.Object{
			"nonce": nonce, "aud": counter, "iat": credtest.Now.Unix(), "sd_hash": base64.RawURLEncoding.EncodeToString(hash[:]),
		}))
		policy := envelopePolicy(issuer)
		if report := judge(t, []byte(token.String()), policy); report.Check(verifier.CheckHolder).Outcome == verifier.Established {
			t.Errorf("%s: the holder is established", name)
		}
		policy.Domain, policy.Challenge = verifier.Expect(counter), verifier.Expect(nonce)
		wantVerdict(t, judge(t, []byte(token.String()), policy), verifier.VerdictRefused)
	}
}

// TestKeyOfSmallOrder: for the neutral point of the curve of Ed25519, the
// neutral point and zero are a signature of everything. No identifier with such
// a key speaks for anybody.
func TestKeyOfSmallOrder(t *testing.T) {
	neutral := append([]byte{1}, make([]byte, 31)...)
	anything := slices.Concat(neutral, make([]byte, 32))
	if !ed25519.Verify(neutral, []byte("anything"), anything) {
		t.Fatal("it is no signature")
	}
	value, err := multikey.Encode(ed25519.PublicKey(neutral))
	if err != nil {
		t.Fatal(err)
	}
	p := party{"did:key:" + value, "did:key:" + value + "#" + value, credtest.Key("nobody")}
	token := p.jws(t, credtest.Object{"alg": "EdDSA", "typ": "vc+jwt", "kid": p.method}, credtest.Unmarshal(t, credentialBy(t, p, credtest.Holder)))
	forged := string(token[:bytes.LastIndexByte(token, '.')+1]) + base64.RawURLEncoding.EncodeToString(anything)
	wantCheck(t, judge(t, []byte(forged), envelopePolicy(p)), verifier.CheckProof, verifier.Refused, multikey.ErrPoint.Error())
}
