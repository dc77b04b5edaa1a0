package verifier_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof/cose"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// presentationBy is an unsigned presentation of p that holds an envelope.
func presentationBy(t testing.TB, p party, mediaType string, held []byte) []byte {
	t.Helper()
	object, err := credential.Envelope(credential.TypeEnvelopedCredential, "application/"+mediaType, held)
	if err != nil {
		t.Fatal(err)
	}
	return credtest.Marshal(t, credtest.Object{
		"@context": []any{schemas.CredentialsV2}, "type": []any{credential.TypePresentation},
		"holder": p.id, "verifiableCredential": []any{credtest.Unmarshal(t, object)},
	})
}

// everyEnvelope returns what p signs of each kind, by its media type.
func everyEnvelope(t *testing.T, p party) map[string][]byte {
	t.Helper()
	all := secure(t, p, credentialBy(t, p, p.id))
	document, signing := presentationBy(t, p, "vc+jwt", all["vc+jwt"]), p.signing(jose.Presentation, nil)
	var err error
	if all["vp+jwt"], err = jose.Sign(document, signing); err != nil {
		t.Fatal(err)
	}
	if all["vp+cose"], err = cose.Sign(document, signing); err != nil {
		t.Fatal(err)
	}
	token, err := jose.SignDisclosable(document, []string{"/holder"}, signing)
	if err != nil {
		t.Fatal(err)
	}
	all["vp+sd-jwt"] = []byte(token.String())
	shown, err := sdjwt.Present(claimsOf(t, p, p.key.Public()), []string{"/given_name"})
	if err != nil {
		t.Fatal(err)
	}
	bound, err := sdjwt.Bind(shown, sdjwt.Binding{
		Nonce: nonce, Audience: counter, IssuedAt: credtest.Now, Algorithm: "EdDSA", Signer: p.key, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	all["dc+sd-jwt"] = []byte(bound.String())
	all["jwt"] = versionOne(t, p)
	all["chancery-fact+jwt"] = stated(t, p, p.method)
	return all
}

// versionOne is a credential of the data model 1.1 in a JWT.
func versionOne(t testing.TB, p party) []byte {
	t.Helper()
	claims := credtest.Object{
		"iss": p.id, "nbf": credtest.Now.Unix() - 60, "exp": credtest.Now.Unix() + 60, "sub": p.id,
		"vc": credtest.Object{"@context": []any{schemas.CredentialsV1}, "type": []any{"VerifiableCredential"}, "credentialSubject": credtest.Object{"id": p.id}},
	}
	return p.jws(t, credtest.Object{"alg": "EdDSA", "typ": "JWT", "kid": p.method}, claims)
}

// jws signs whatever header and payload say.
func (p party) jws(t testing.TB, header, payload credtest.Object) []byte {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	input := encode(credtest.Marshal(t, header)) + "." + encode(credtest.Marshal(t, payload))
	return []byte(input + "." + encode(ed25519.Sign(p.key.(ed25519.PrivateKey), []byte(input))))
}

// everyPolicy takes each of them, as it was sent.
func everyPolicy(p party, mediaType string) verifier.Policy {
	policy := envelopePolicy(p)
	policy.Envelopes = append(verifier.Envelopes(), verifier.EnvelopeV1)
	switch mediaType {
	case "dc+sd-jwt":
		policy.Domain, policy.Challenge, policy.Require = verifier.Expect(counter), verifier.Expect(nonce), []string{verifier.CheckHolder}
	case "chancery-fact+jwt":
		policy.Domain, policy.Challenge = verifier.Expect("benefits-office"), verifier.Expect("n-1")
	}
	return policy
}

// TestOneKindForAnother: what was signed to be of one kind is of no other,
// whatever is put around or after it: RFC 8725, sections 2.8 and 3.12; RFC 9901,
// section 9.11.
func TestOneKindForAnother(t *testing.T) {
	p := newParty(t, credtest.Key("registry"))
	all := everyEnvelope(t, p)
	for mediaType, data := range all {
		policy := everyPolicy(p, mediaType)
		wantAccepted(t, data, policy)
		for other := range all {
			for _, kind := range []string{credential.TypeEnvelopedCredential, credential.TypeEnvelopedPresentation} {
				object, err := credential.Envelope(kind, "application/"+other, data)
				if err != nil {
					t.Fatal(err)
				}
				fits := other == mediaType && (kind == credential.TypeEnvelopedPresentation) == strings.HasPrefix(mediaType, "vp")
				if accepted := judge(t, object, policy).Verdict() == verifier.VerdictAccepted; accepted != fits {
					t.Errorf("%s as %s in an %s: accepted is %v", mediaType, other, kind, accepted)
				}
			}
		}
		text := string(data)
		forms := map[string]string{"with a disclosure to come": text + "~", "with a key binding": text + text, "of five parts": text + ".AA.AA"}
		if issued, _, ok := strings.Cut(text, "~"); ok {
			forms["the issuer's JWT alone"] = issued
			forms["the key binding alone"] = text[strings.LastIndex(text, "~")+1:]
			forms["the key binding as the issuer's"] = text[strings.LastIndex(text, "~")+1:] + "~"
		}
		for name, form := range forms {
			if verdict := judge(t, []byte(form), policy).Verdict(); verdict == verifier.VerdictAccepted {
				t.Errorf("%s, %s: accepted", mediaType, name)
			}
		}
	}
}

// TestTokensOfOtherUses: what the same key signs for something else, with all
// that a credential says in it: RFC 8725, section 3.11.
func TestTokensOfOtherUses(t *testing.T) {
	p := newParty(t, credtest.Key("registry"))
	payload := credtest.Unmarshal(t, credentialBy(t, p, p.id))
	payload["iss"], payload["vct"], payload["exp"] = p.id, "https://registry.example/birth", credtest.Now.Unix()+60
	for typ, want := range map[string]verifier.Verdict{
		"vc+jwt": verifier.VerdictAccepted, "at+jwt": verifier.VerdictRefused, "JWT": verifier.VerdictRefused, "kb+jwt": verifier.VerdictRefused,
		"openid4vci-proof+jwt": verifier.VerdictRefused, "dpop+jwt": verifier.VerdictRefused, "oauth-authz-req+jwt": verifier.VerdictRefused,
		"statuslist+jwt": verifier.VerdictRefused, "secevent+jwt": verifier.VerdictRefused, "vc+ld+jwt": verifier.VerdictRefused, "jwt": verifier.VerdictRefused,
		"logout+jwt": verifier.VerdictRefused, "entity-statement+jwt": verifier.VerdictRefused, "vc+jwt;x=1": verifier.VerdictRefused, "": verifier.VerdictRefused,
	} {
		token := p.jws(t, credtest.Object{"alg": "EdDSA", "typ": typ, "kid": p.method}, payload)
		wantVerdict(t, judge(t, token, envelopePolicy(p)), want)
		if typ != "vc+jwt" {
			wantVerdict(t, judge(t, slices.Concat(token, []byte("~")), envelopePolicy(p)), verifier.VerdictRefused)
		}
	}
}

// TestWhatAnEnvelopeHolds: a presentation that is good is not accepted for what
// is in it: RFC 8725, section 3.3.
func TestWhatAnEnvelopeHolds(t *testing.T) {
	issuer, holder, thief := newParty(t, credtest.Key("registry")), newParty(t, credtest.Key("holder")), newParty(t, credtest.Key("thief"))
	good := secure(t, issuer, credentialBy(t, issuer, holder.id))
	stolen := secure(t, issuer, credentialBy(t, issuer, thief.id))
	asIssuer := issuer
	asIssuer.key = thief.key
	forged := secure(t, asIssuer, credentialBy(t, issuer, holder.id))
	for mediaType, data := range good {
		altered := bytes.Clone(data)
		altered[len(altered)/3] ^= 1
		for name, c := range map[string]struct {
			held []byte
			want verifier.Verdict
		}{
			"good":    {data, verifier.VerdictAccepted},
			"forged":  {forged[mediaType], verifier.VerdictRefused},
			"cut off": {data[:len(data)-3], verifier.VerdictRefused},
			"altered": {altered, verifier.VerdictRefused},
			"twice":   {slices.Concat(data, data), verifier.VerdictRefused},
		} {
			token, err := jose.Sign(presentationBy(t, holder, mediaType, c.held), holder.signing(jose.Presentation, nil))
			if err != nil {
				t.Fatal(err)
			}
			if report := judge(t, token, envelopePolicy(issuer)); report.Verdict() != c.want {
				t.Errorf("%s, %s: %s %s", mediaType, name, report.Verdict(), report.Reason())
			}
		}
		token, err := jose.Sign(presentationBy(t, holder, mediaType, stolen[mediaType]), holder.signing(jose.Presentation, nil))
		if err != nil {
			t.Fatal(err)
		}
		report := judge(t, token, envelopePolicy(issuer))
		if report.Credentials[0].Check(verifier.CheckHolder).Outcome == verifier.Established {
			t.Errorf("%s of another: %s", mediaType, report.Reason())
		}
	}
}
