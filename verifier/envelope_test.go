package verifier_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof/cose"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

// party is somebody with a key of some kind, by its did:key.
type party struct {
	id, method string
	key        crypto.Signer
}

func newParty(t testing.TB, key crypto.Signer) party {
	t.Helper()
	id, method, err := did.FromKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return party{id, method, key}
}

func parties(t testing.TB) map[string]party {
	t.Helper()
	all := map[string]party{"Ed25519": newParty(t, credtest.Key("registry"))}
	for name, curve := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = newParty(t, key)
	}
	return all
}

// credentialBy returns an unsigned credential of p about subject.
func credentialBy(t testing.TB, p party, subject string) []byte {
	t.Helper()
	document := credtest.NewIssuer(t, "registry").Credential()
	document["issuer"] = p.id
	document["credentialSubject"].(credtest.Object)["id"] = subject
	delete(document, "credentialStatus")
	return credtest.Marshal(t, document)
}

func (p party) signing(kind jose.Kind, claims map[string]any) jose.Signing {
	return jose.Signing{Kind: kind, Signer: p.key, KeyID: p.method, Claims: claims, Random: rand.Reader}
}

func envelopePolicy(issuer party) verifier.Policy {
	return verifier.Policy{
		Now:        credtest.Now,
		Issuer:     verifier.Expect(issuer.id),
		Domain:     verifier.Ignore[string](),
		Challenge:  verifier.Ignore[string](),
		Status:     verifier.Ignore[string](),
		Freshness:  verifier.Ignore[time.Duration](),
		LogReceipt: verifier.Ignore[string](),
	}
}

// secure returns document in each envelope for credentials.
func secure(t testing.TB, p party, document []byte) map[string][]byte {
	t.Helper()
	s := p.signing(jose.Credential, nil)
	jwt, err := jose.Sign(document, s)
	if err != nil {
		t.Fatal(err)
	}
	message, err := cose.Sign(document, s)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jose.SignDisclosable(document, []string{"/credentialSubject/givenNames", "/credentialSubject/birthDate"}, s)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := sdjwt.Present(token, []string{"/credentialSubject/givenNames"})
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{"vc+jwt": jwt, "vc+cose": message, "vc+sd-jwt": []byte(shown.String())}
}

// TestEnvelopes: each envelope, alone and in its object, gives the report that
// an embedded proof would.
func TestEnvelopes(t *testing.T) {
	for kind, p := range parties(t) {
		for mediaType, data := range secure(t, p, credentialBy(t, p, credtest.Holder)) {
			t.Run(mediaType+" "+kind, func(t *testing.T) {
				object, err := credential.Envelope(credential.TypeEnvelopedCredential, "application/"+mediaType, data)
				if err != nil {
					t.Fatal(err)
				}
				for _, form := range [][]byte{data, object} {
					report := judge(t, form, envelopePolicy(p))
					wantVerdict(t, report, verifier.VerdictAccepted)
					wantCheck(t, report, verifier.CheckProof, verifier.Established, mediaType)
					wantCheck(t, report, verifier.CheckIssuer, verifier.Established, p.id)
					wantCheck(t, report, verifier.CheckValidity, verifier.Established, "until")
				}
			})
		}
	}
}

// TestWhatWasDisclosed: the report says what a holder chose to show.
func TestWhatWasDisclosed(t *testing.T) {
	p := newParty(t, credtest.Key("registry"))
	report := judge(t, secure(t, p, credentialBy(t, p, credtest.Holder))["vc+sd-jwt"], envelopePolicy(p))
	wantCheck(t, report, verifier.CheckDisclosure, verifier.Established, "/credentialSubject/givenNames; withheld, or decoys: 1")
	subject := report.Verified().Subjects()[0]
	if subject["givenNames"] == nil || subject["birthDate"] != nil {
		t.Errorf("got %v", subject)
	}
}

// TestEnvelopesRefused has what no envelope may be accepted for.
func TestEnvelopesRefused(t *testing.T) {
	p, thief := newParty(t, credtest.Key("registry")), newParty(t, credtest.Key("thief"))
	document := credentialBy(t, p, credtest.Holder)
	good := secure(t, p, document)
	byThief := thief.signing(jose.Credential, nil)
	stolen, err := jose.Sign(document, byThief)
	if err != nil {
		t.Fatal(err)
	}
	enveloped := func(kind, mediaType string, data []byte) []byte {
		object, err := credential.Envelope(kind, mediaType, data)
		if err != nil {
			t.Fatal(err)
		}
		return object
	}
	expect := func(edit func(*verifier.Policy)) verifier.Policy {
		policy := envelopePolicy(p)
		edit(&policy)
		return policy
	}
	plain := envelopePolicy(p)
	for name, c := range map[string]struct {
		data   []byte
		policy verifier.Policy
	}{
		"signed by another":           {stolen, plain},
		"a form that is not accepted": {good["vc+jwt"], expect(func(q *verifier.Policy) { q.Envelopes = []string{"vc+cose"} })},
		"an algorithm that is not":    {good["vc+jwt"], expect(func(q *verifier.Policy) { q.Algorithms = []string{"ES256"} })},
		"another issuer expected":     {good["vc+jwt"], expect(func(q *verifier.Policy) { q.Issuer = verifier.Expect(thief.id) })},
		"for no occasion":             {good["vc+jwt"], expect(func(q *verifier.Policy) { q.Challenge = verifier.Expect("n") })},
		"for nobody":                  {good["vc+cose"], expect(func(q *verifier.Policy) { q.Domain = verifier.Expect("d") })},
		"a year later":                {good["vc+jwt"], expect(func(q *verifier.Policy) { q.Now = credtest.Now.AddDate(1, 0, 0) })},
		"as a presentation":           {enveloped(credential.TypeEnvelopedPresentation, "application/vc+jwt", good["vc+jwt"]), plain},
		"as another type":             {enveloped(credential.TypeEnvelopedCredential, "application/vc+cose", good["vc+jwt"]), plain},
		"as an unknown type":          {enveloped(credential.TypeEnvelopedCredential, "application/jwt+vc", good["vc+jwt"]), plain},
		"as the older one":            {enveloped(credential.TypeEnvelopedCredential, "application/jwt", good["vc+jwt"]), expect(func(q *verifier.Policy) { q.Envelopes = []string{verifier.EnvelopeV1} })},
		"without its disclosure":      {[]byte(strings.Split(string(good["vc+sd-jwt"]), "~")[0]), plain},
		"with a member more":          {[]byte(strings.Replace(string(enveloped(credential.TypeEnvelopedCredential, "application/vc+jwt", good["vc+jwt"])), `{`, `{"name":"x",`, 1)), plain},
		"cut off":                     {good["vc+jwt"][:len(good["vc+jwt"])-2], plain},
		"cut off, in CBOR":            {good["vc+cose"][:len(good["vc+cose"])-2], plain},
		"without a signature":         {[]byte(strings.Join(strings.Split(string(good["vc+jwt"]), ".")[:2], ".") + "."), plain},
		"with more after it":          {append(append([]byte{}, good["vc+cose"]...), 0), plain},
	} {
		t.Run(name, func(t *testing.T) {
			wantVerdict(t, judge(t, c.data, c.policy), verifier.VerdictRefused)
		})
	}
}

// TestUnknownSigner: a key that nobody gave is no reason to call it forged.
func TestUnknownSigner(t *testing.T) {
	p := newParty(t, credtest.Key("registry"))
	p.id, p.method = "did:web:registry.example", "did:web:registry.example#k"
	for mediaType, data := range secure(t, p, credentialBy(t, p, credtest.Holder)) {
		report := judge(t, data, envelopePolicy(p))
		wantVerdict(t, report, verifier.VerdictNotEstablished)
		if !strings.Contains(report.Reason(), "no bundle has the keys of did:web:registry.example") {
			t.Errorf("%s: %s", mediaType, report.Reason())
		}
	}
}

// TestEnvelopedPresentation: signed by its holder for the occasion, with
// credentials in envelopes.
func TestEnvelopedPresentation(t *testing.T) {
	issuer, holder := newParty(t, credtest.Key("registry")), newParty(t, credtest.Key("holder"))
	held := func(object []byte) credtest.Object { return credtest.Unmarshal(t, object) }
	jwt := secure(t, issuer, credentialBy(t, issuer, holder.id))["vc+jwt"]
	inside, err := credential.Envelope(credential.TypeEnvelopedCredential, "application/vc+jwt", jwt)
	if err != nil {
		t.Fatal(err)
	}
	present := func(holds ...credtest.Object) []byte {
		document := credtest.Object{
			"@context": []any{schemas.CredentialsV2}, "type": []any{credential.TypePresentation},
			"holder": holder.id, "verifiableCredential": holds,
		}
		token, err := jose.Sign(credtest.Marshal(t, document), holder.signing(jose.Presentation, map[string]any{"aud": counter, "nonce": nonce}))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	policy := envelopePolicy(issuer)
	policy.Domain, policy.Challenge = verifier.Expect(counter), verifier.Expect(nonce)
	report := judge(t, present(held(inside)), policy)
	if report.Verdict() != verifier.VerdictAccepted || len(report.Presented()) != 1 {
		t.Fatalf("%s: %s", report.Verdict(), report.Reason())
	}
	wantCheck(t, report.Credentials[0], verifier.CheckHolder, verifier.Established, holder.id)

	policy.Challenge = verifier.Expect("another")
	if report := judge(t, present(held(inside)), policy); report.Verdict() != verifier.VerdictRefused || report.Presented() != nil {
		t.Errorf("another challenge: %s", report.Verdict())
	}

	policy.Challenge = verifier.Expect(nonce)
	nested, err := credential.Envelope(credential.TypeEnvelopedPresentation, "application/vp+jwt", present(held(inside)))
	if err != nil {
		t.Fatal(err)
	}
	embedded := credtest.NewIssuer(t, "holder")
	outer := presentation(t, embedded)
	outer["verifiableCredential"] = []any{held(nested)}
	if report := judge(t, presented(t, embedded, outer), policy); report.Verdict() != verifier.VerdictRefused || !strings.Contains(report.Reason(), "cannot hold another") {
		t.Errorf("nested: %s %s", report.Verdict(), report.Reason())
	}
}

// claimsOf is an SD-JWT VC with a claim to withhold.
func claimsOf(t testing.TB, issuer party, holder crypto.PublicKey) *sdjwt.Token {
	t.Helper()
	token, err := sdjwtvc.Issue(sdjwt.Issuance{
		Claims: credtest.Marshal(t, credtest.Object{
			"iss": issuer.id, "vct": "https://registry.example/birth", "exp": credtest.Now.Add(time.Hour).Unix(),
			"given_name": "Þórdís", "birthdate": "2019-03-07",
		}),
		Selective: []string{"/given_name", "/birthdate"}, Holder: holder, Header: map[string]any{"kid": issuer.method},
		Algorithm: "EdDSA", Signer: issuer.key, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestSDJWTVC(t *testing.T) {
	issuer, holder := newParty(t, credtest.Key("registry")), newParty(t, credtest.Key("holder"))
	shown, err := sdjwt.Present(claimsOf(t, issuer, holder.key.Public()), []string{"/given_name"})
	if err != nil {
		t.Fatal(err)
	}
	policy := envelopePolicy(issuer)
	report := judge(t, []byte(shown.String()), policy)
	wantVerdict(t, report, verifier.VerdictAccepted)
	wantCheck(t, report, verifier.CheckDisclosure, verifier.Established, "/given_name; withheld, or decoys: 1")
	wantCheck(t, report, verifier.CheckHolder, verifier.NotEstablished, "")
	if v := report.Verified(); v.Types()[0] != "https://registry.example/birth" || v.Subjects()[0]["given_name"] != "Þórdís" || v.Subjects()[0]["birthdate"] != nil {
		t.Errorf("got %v %v", v.Types(), v.Subjects())
	}

	bound, err := sdjwt.Bind(shown, sdjwt.Binding{
		Nonce: nonce, Audience: counter, IssuedAt: credtest.Now, Algorithm: "EdDSA", Signer: holder.key, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	policy.Domain, policy.Challenge, policy.Require = verifier.Expect(counter), verifier.Expect(nonce), []string{verifier.CheckHolder}
	report = judge(t, []byte(bound.String()), policy)
	wantVerdict(t, report, verifier.VerdictAccepted)
	wantCheck(t, report, verifier.CheckHolder, verifier.Established, "the key that it was issued to")
	wantVerdict(t, judge(t, []byte(shown.String()), policy), verifier.VerdictRefused)
	policy.Challenge = verifier.Expect("another")
	wantVerdict(t, judge(t, []byte(bound.String()), policy), verifier.VerdictRefused)
}

// TestSDJWTVCIsJudged: time, issuer and key count as for any credential.
func TestSDJWTVCIsJudged(t *testing.T) {
	issuer, thief := newParty(t, credtest.Key("registry")), newParty(t, credtest.Key("thief"))
	token := []byte(claimsOf(t, issuer, nil).String())
	late := envelopePolicy(issuer)
	late.Now = credtest.Now.Add(2 * time.Hour)
	wantVerdict(t, judge(t, token, late), verifier.VerdictRefused)
	wantVerdict(t, judge(t, token, envelopePolicy(thief)), verifier.VerdictRefused)
	asAnother := issuer
	asAnother.key = thief.key
	wantVerdict(t, judge(t, []byte(claimsOf(t, asAnother, nil).String()), envelopePolicy(issuer)), verifier.VerdictRefused)
	web := issuer
	web.id, web.method = "did:web:registry.example", "did:web:registry.example#k"
	wantVerdict(t, judge(t, []byte(claimsOf(t, web, nil).String()), envelopePolicy(web)), verifier.VerdictNotEstablished)
	https := issuer
	https.id = "https://registry.example"
	wantVerdict(t, judge(t, []byte(claimsOf(t, https, nil).String()), envelopePolicy(https)), verifier.VerdictNotEstablished)
}
