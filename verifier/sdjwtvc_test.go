package verifier_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

const (
	landURL  = "https://registry.example/land"
	landType = "https://registry.example/types/title"
)

// landTitle is an SD-JWT VC of an issuer that is an https URL, with claims
// that are nested, in an array and below each other.
func landTitle(t testing.TB, key ed25519.PrivateKey, header map[string]any, changes ...func(credtest.Object)) *sdjwt.Token {
	t.Helper()
	claims := credtest.Object{
		"iss": landURL, "vct": landType, "exp": credtest.Now.Add(time.Hour).Unix(),
		"parcel": "7/12", "owners": []any{"Ana", "Rui", "Eva"},
		"place": credtest.Object{"parish": "Sé", "street": credtest.Object{"name": "Rua Nova", "number": "3"}},
	}
	for _, change := range changes {
		change(claims)
	}
	token, err := sdjwtvc.Issue(sdjwt.Issuance{
		Claims:    credtest.Marshal(t, claims),
		Selective: []string{"/parcel", "/owners/0", "/owners/1", "/place/parish", "/place/street", "/place/street/name", "/place/street/number"},
		Decoys:    map[string]int{"/place": 2},
		Holder:    credtest.Key("holder").Public(), Header: header,
		Algorithm: "EdDSA", Signer: key, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func show(t testing.TB, token *sdjwt.Token, pointers ...string) []byte {
	t.Helper()
	shown, err := sdjwt.Present(token, pointers)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(shown.String())
}

// landMetadata is what the issuer has at /.well-known/jwt-vc-issuer.
func landMetadata(issuer string, key ed25519.PrivateKey) []byte {
	return fmt.Appendf(nil, `{"issuer":%q,"jwks":{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"1","x":%q}]}}`,
		issuer, base64.RawURLEncoding.EncodeToString(key.Public().(ed25519.PublicKey)))
}

func pinned(t testing.TB, documents ...[]byte) did.Fetch {
	t.Helper()
	fetch, err := sdjwtvc.PinnedMetadata(documents...)
	if err != nil {
		t.Fatal(err)
	}
	return fetch
}

// landPolicy expects the issuer, by its metadata.
func landPolicy(t testing.TB) verifier.Policy {
	t.Helper()
	policy := envelopePolicy(party{id: landURL})
	policy.IssuerMetadata = pinned(t, landMetadata(landURL, credtest.Key("land")))
	return policy
}

func byKid(kid string) map[string]any { return map[string]any{"kid": kid} }

// TestIssuerMetadata: the key comes from the issuer's metadata, if a way to
// them was passed in, and from those of the issuer alone.
func TestIssuerMetadata(t *testing.T) {
	land, thief := credtest.Key("land"), credtest.Key("thief")
	good := show(t, landTitle(t, land, byKid("1")), "/parcel")
	report := judge(t, good, landPolicy(t))
	wantVerdict(t, report, verifier.VerdictAccepted)
	wantCheck(t, report, verifier.CheckIssuer, verifier.Established, landURL+", by its metadata, which are at https://registry.example/.well-known/jwt-vc-issuer/land")

	for name, c := range map[string]struct {
		token   []byte
		change  func(*verifier.Policy)
		verdict verifier.Verdict
		because string
	}{
		"no way to them":      {good, func(p *verifier.Policy) { p.IssuerMetadata = nil }, verifier.VerdictNotEstablished, "no permitted way"},
		"it is down":          {good, func(p *verifier.Policy) { p.IssuerMetadata = down }, verifier.VerdictNotEstablished, "it is down"},
		"those of another":    {good, func(p *verifier.Policy) { p.IssuerMetadata = pinned(t, landMetadata("https://other.example", land)) }, verifier.VerdictNotEstablished, "were not given"},
		"another key there":   {good, func(p *verifier.Policy) { p.IssuerMetadata = pinned(t, landMetadata(landURL, thief)) }, verifier.VerdictRefused, "forged or altered"},
		"another kid":         {show(t, landTitle(t, land, byKid("2"))), nil, verifier.VerdictRefused, "because of issuer: "},
		"a thief's signature": {show(t, landTitle(t, thief, byKid("1"))), nil, verifier.VerdictRefused, "forged or altered"},
		"another issuer":      {good, func(p *verifier.Policy) { p.Issuer = verifier.Expect("https://other.example") }, verifier.VerdictRefused, "because of issuer: "},
	} {
		policy := landPolicy(t)
		if c.change != nil {
			c.change(&policy)
		}
		report := judge(t, c.token, policy)
		if report.Verdict() != c.verdict || !strings.Contains(report.Reason(), c.because) || report.Verified() != nil {
			t.Errorf("%s: %s: %s", name, report.Verdict(), report.Reason())
		}
	}
}

func down(context.Context, string) ([]byte, error) { return nil, errors.New("it is down") }

// TestStrangersAreNotAsked: nobody is sent to an address that only the
// credential knows.
func TestStrangersAreNotAsked(t *testing.T) {
	var asked []string
	policy := landPolicy(t)
	policy.IssuerMetadata = func(_ context.Context, address string) ([]byte, error) {
		asked = append(asked, address)
		return landMetadata(landURL, credtest.Key("land")), nil
	}
	elsewhere := landTitle(t, credtest.Key("land"), byKid("1"), credtest.With("iss", "https://attacker.example"))
	wantVerdict(t, judge(t, show(t, elsewhere), policy), verifier.VerdictRefused)
	if len(asked) != 0 {
		t.Errorf("asked %v", asked)
	}
	policy.Resolver = did.HTTPSResolver{Fetch: policy.IssuerMetadata}
	wantVerdict(t, judge(t, show(t, landTitle(t, credtest.Key("land"), byKid("1"))), policy), verifier.VerdictAccepted)
	if want := []string{"https://registry.example/.well-known/jwt-vc-issuer/land"}; !slices.Equal(asked, want) {
		t.Errorf("asked %v", asked)
	}
}

// certify returns a certificate of key for some names, and what makes it count.
func certify(t testing.TB, key ed25519.PrivateKey, host string, uris ...string) (string, *x509.CertPool) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: credtest.Now.Add(-time.Hour), NotAfter: credtest.Now.Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, DNSNames: []string{host},
	}
	for _, uri := range uris {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		template.URIs = append(template.URIs, u)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	anchors := x509.NewCertPool()
	anchors.AddCert(parsed)
	return base64.StdEncoding.EncodeToString(der), anchors
}

// TestIssuerByCertificate: the whole way to accepted, with and without an iss.
func TestIssuerByCertificate(t *testing.T) {
	land := credtest.Key("land")
	chain, anchors := certify(t, land, "registry.example", "urn:example:registry")
	_, others := certify(t, credtest.Key("other"), "registry.example")
	header := map[string]any{"x5c": []string{chain}}
	named := show(t, landTitle(t, land, header), "/parcel")
	nameless := show(t, landTitle(t, land, header, func(o credtest.Object) { delete(o, "iss") }), "/parcel")
	for name, c := range map[string]struct {
		token   []byte
		anchors *x509.CertPool
		expect  string
		verdict verifier.Verdict
	}{
		"an iss at its host":        {named, anchors, landURL, verifier.VerdictAccepted},
		"by its URI":                {nameless, anchors, "urn:example:registry", verifier.VerdictAccepted},
		"by its host":               {nameless, anchors, "registry.example", verifier.VerdictAccepted},
		"another's URI":             {nameless, anchors, "urn:example:other", verifier.VerdictRefused},
		"another authority":         {named, others, landURL, verifier.VerdictRefused},
		"no authority":              {named, nil, landURL, verifier.VerdictNotEstablished},
		"a host for one with a URL": {named, anchors, "registry.example", verifier.VerdictRefused},
	} {
		policy := envelopePolicy(party{id: c.expect})
		policy.Anchors = c.anchors
		report := judge(t, c.token, policy)
		if report.Verdict() != c.verdict {
			t.Errorf("%s: %s: %s", name, report.Verdict(), report.Reason())
		}
		if c.verdict == verifier.VerdictAccepted {
			wantCheck(t, report, verifier.CheckIssuer, verifier.Established, "by a certificate")
		}
	}
}

func sriOf(document []byte) string {
	sum := sha256.Sum256(document)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// TestTypeMetadata: they are the schema of an SD-JWT VC.
func TestTypeMetadata(t *testing.T) {
	title := func(more string) []byte { return fmt.Appendf(nil, `{"vct":%q,"name":"Land title"%s}`, landType, more) }
	fitting := title(`,"extends":"urn:title","claims":[{"path":["parcel"],"sd":"always","mandatory":true},{"path":["owners",2],"sd":"never"}]`)
	base := []byte(`{"vct":"urn:title","claims":[{"path":["place","street"],"sd":"always"}]}`)
	for name, c := range map[string]struct {
		given     map[string][]byte
		integrity string
		require   bool
		outcome   verifier.Outcome
		detail    string
		verdict   verifier.Verdict
	}{
		"fits":                        {map[string][]byte{landType: fitting, "urn:title": base}, "", true, verifier.Established, landType + ", which extends urn:title", verifier.VerdictAccepted},
		"fits, with its digest":       {map[string][]byte{landType: fitting, "urn:title": base}, sriOf(fitting), true, verifier.Established, "", verifier.VerdictAccepted},
		"another digest":              {map[string][]byte{landType: fitting, "urn:title": base}, sriOf(base), false, verifier.Refused, "digest", verifier.VerdictRefused},
		"none given":                  {nil, "", false, verifier.NotEstablished, "were not given", verifier.VerdictAccepted},
		"none given, and wanted":      {nil, "", true, verifier.NotEstablished, "were not given", verifier.VerdictNotEstablished},
		"none given, with a digest":   {nil, sriOf(fitting), true, verifier.NotEstablished, "were not given", verifier.VerdictNotEstablished},
		"without what it extends":     {map[string][]byte{landType: fitting}, "", true, verifier.NotEstablished, "urn:title", verifier.VerdictNotEstablished},
		"of another type":             {map[string][]byte{"urn:title": base}, "", true, verifier.NotEstablished, landType, verifier.VerdictNotEstablished},
		"what may not be withheld is": {map[string][]byte{landType: title(`,"claims":[{"path":["parcel"],"sd":"never"}]`)}, "", false, verifier.Refused, "/parcel", verifier.VerdictRefused},
		"what may be withheld is not": {map[string][]byte{landType: title(`,"claims":[{"path":["owners",null],"sd":"always"}]`)}, "", false, verifier.Refused, "/owners/2", verifier.VerdictRefused},
		"allowed either way":          {map[string][]byte{landType: title(`,"claims":[{"path":["owners",null],"sd":"allowed"}]`)}, "", true, verifier.Established, "", verifier.VerdictAccepted},
		"broken":                      {map[string][]byte{landType: []byte(`{`)}, "", false, verifier.Refused, "", verifier.VerdictRefused},
	} {
		policy := landPolicy(t)
		policy.TypeMetadata = c.given
		if c.require {
			policy.Require = []string{verifier.CheckSchema}
		}
		var changes []func(credtest.Object)
		if c.integrity != "" {
			changes = append(changes, credtest.With("vct#integrity", c.integrity))
		}
		report := judge(t, show(t, landTitle(t, credtest.Key("land"), byKid("1"), changes...), "/parcel"), policy)
		check := report.Check(verifier.CheckSchema)
		if report.Verdict() != c.verdict || check.Outcome != c.outcome || !strings.Contains(check.Detail, c.detail) {
			t.Errorf("%s: %s, %+v", name, report.Verdict(), check)
		}
		if report.Verdict() == verifier.VerdictAccepted && check.Outcome == verifier.Established {
			wantText(t, report, "ACCEPTED  Land title")
		}
	}
}

func wantText(t testing.TB, report *verifier.Report, want string) {
	t.Helper()
	var b strings.Builder
	if err := report.WriteText(&b); err != nil || !strings.Contains(b.String(), want) {
		t.Errorf("%v: no %q in\n%s", err, want, b.String())
	}
}

// TestTokenStatusList: a status that is wanted and cannot be judged is never
// taken for good.
func TestTokenStatusList(t *testing.T) {
	list := credtest.Object{"status_list": credtest.Object{"idx": 7, "uri": "https://registry.example/statuses/1"}}
	for name, c := range map[string]struct {
		status any
		detail string
	}{
		"a list":            {list, "the Token Status List https://registry.example/statuses/1"},
		"another mechanism": {credtest.Object{"identifier_list": credtest.Object{"id": "x"}}, "identifier_list"},
		"none":              {nil, "it has no status for revocation"},
	} {
		token := show(t, landTitle(t, credtest.Key("land"), byKid("1"), func(o credtest.Object) {
			if c.status != nil {
				o["status"] = c.status
			}
		}))
		policy := landPolicy(t)
		policy.Status = verifier.Expect("revocation")
		report := judge(t, token, policy)
		wantVerdict(t, report, verifier.VerdictNotEstablished)
		wantCheck(t, report, verifier.CheckStatus, verifier.NotEstablished, c.detail)
		if report.Verified() != nil {
			t.Errorf("%s: it was verified", name)
		}
		policy.Status = verifier.Ignore[string]()
		report = judge(t, token, policy)
		wantVerdict(t, report, verifier.VerdictAccepted)
		wantCheck(t, report, verifier.CheckStatus, verifier.NotEstablished, "not asked for")
	}
	broken := landTitleForged(t, credtest.Object{"status_list": credtest.Object{"idx": -1, "uri": "x"}})
	wantVerdict(t, judge(t, broken, landPolicy(t)), verifier.VerdictRefused)
}

// landTitleForged has a status that [sdjwtvc.Issue] would not issue.
func landTitleForged(t testing.TB, status any) []byte {
	t.Helper()
	token, err := sdjwt.Issue(sdjwt.Issuance{
		Claims: credtest.Marshal(t, credtest.Object{"iss": landURL, "vct": landType, "status": status}),
		Type:   sdjwtvc.Type, Header: byKid("1"), Algorithm: "EdDSA", Signer: credtest.Key("land"), Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return []byte(token.String())
}

// TestDisclosureOfNested: the row tells what is shown, and how many digests
// stand for what is not, and where.
func TestDisclosureOfNested(t *testing.T) {
	whole := landTitle(t, credtest.Key("land"), byKid("1"))
	for name, c := range map[string]struct {
		show []string
		want string
	}{
		"nothing":             {nil, "withhold: nothing that could be withheld; withheld, or decoys: 7 (1 in the credential itself, 2 in /owners, 4 in /place)"},
		"one of each":         {[]string{"/parcel", "/owners/1", "/place/parish"}, "withhold: /owners/1, /parcel, /place/parish; withheld, or decoys: 4 (1 in /owners, 3 in /place)"},
		"below a withheld":    {[]string{"/place/street/name"}, "withhold: /place/street, /place/street/name; withheld, or decoys: 7 ("},
		"what is in it stays": {[]string{"/place/street"}, "withhold: /place/street; withheld, or decoys: 8 ("},
		"all":                 {[]string{"/parcel", "/owners/0", "/owners/1", "/place/parish", "/place/street/name", "/place/street/number"}, "withheld, or decoys: 2 (2 in /place)"},
	} {
		t.Run(name, func(t *testing.T) {
			report := judge(t, show(t, whole, c.show...), landPolicy(t))
			wantVerdict(t, report, verifier.VerdictAccepted)
			wantCheck(t, report, verifier.CheckDisclosure, verifier.Established, c.want)
		})
	}
}

// TestKeyBindingNeedsBoth: a domain alone, or a challenge alone, is nothing
// that a holder of an SD-JWT VC can sign for; and a binding answers both.
func TestKeyBindingNeedsBoth(t *testing.T) {
	token, err := sdjwt.Present(landTitle(t, credtest.Key("land"), byKid("1")), []string{"/parcel"})
	if err != nil {
		t.Fatal(err)
	}
	bind := func(by string, b sdjwt.Binding) []byte {
		b.Algorithm, b.Signer, b.Random = "EdDSA", credtest.Key(by), rand.Reader
		bound, err := sdjwt.Bind(token, b)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(bound.String())
	}
	good := bind("holder", sdjwt.Binding{Nonce: nonce, Audience: counter, IssuedAt: credtest.Now})
	both := landPolicy(t)
	both.Domain, both.Challenge = verifier.Expect(counter), verifier.Expect(nonce)
	both.Require = []string{verifier.CheckHolder}
	wantVerdict(t, judge(t, good, both), verifier.VerdictAccepted)
	for _, half := range []verifier.Policy{
		withOccasion(both, verifier.Expect(counter), verifier.Ignore[string]()),
		withOccasion(both, verifier.Ignore[string](), verifier.Expect(nonce)),
	} {
		report := judge(t, good, half)
		wantVerdict(t, report, verifier.VerdictNotEstablished)
		wantCheck(t, report, verifier.CheckProof, verifier.NotEstablished, "expect both, or neither")
	}
	unasked := withOccasion(both, verifier.Ignore[string](), verifier.Ignore[string]())
	wantVerdict(t, judge(t, good, unasked), verifier.VerdictNotEstablished)
	for name, bad := range map[string][]byte{
		"none":             []byte(token.String()),
		"of another time":  bind("holder", sdjwt.Binding{Nonce: nonce, Audience: counter, IssuedAt: credtest.Now.Add(-time.Hour)}),
		"for another":      bind("holder", sdjwt.Binding{Nonce: nonce, Audience: "elsewhere.example", IssuedAt: credtest.Now}),
		"to another nonce": bind("holder", sdjwt.Binding{Nonce: "c-2", Audience: counter, IssuedAt: credtest.Now}),
		"with more shown":  []byte(strings.Replace(string(good), "~ey", "~"+landTitle(t, credtest.Key("land"), byKid("1")).Disclosures[0]+"~ey", 1)),
		"with less shown":  []byte(strings.Replace(string(good), token.Disclosures[0]+"~", "", 1)),
	} {
		report := judge(t, bad, both)
		if report.Verdict() != verifier.VerdictRefused || report.Check(verifier.CheckHolder).Outcome == verifier.Established {
			t.Errorf("%s: %s", name, report.Verdict())
		}
	}
}

func withOccasion(p verifier.Policy, domain, challenge verifier.Rule[string]) verifier.Policy {
	p.Domain, p.Challenge = domain, challenge
	return p
}

// TestAlgorithmsOfOthers: an algorithm that an SD-JWT cannot have does no
// harm where it is allowed for other envelopes.
func TestAlgorithmsOfOthers(t *testing.T) {
	token := show(t, landTitle(t, credtest.Key("land"), byKid("1")))
	policy := landPolicy(t)
	policy.Algorithms = []string{"ML-DSA-44", "EdDSA"}
	wantVerdict(t, judge(t, token, policy), verifier.VerdictAccepted)
	policy.Algorithms = []string{"ML-DSA-44", "ES256"}
	wantVerdict(t, judge(t, token, policy), verifier.VerdictRefused)
}
