package wallet_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
	"github.com/chancery-vc/chancery/wallet"
	"github.com/chancery-vc/chancery/wallet/oid4vci/issuertest"
)

// claimsIssuer issues in SD-JWTs, by a did:key.
type claimsIssuer struct {
	id, method string
	key        crypto.Signer
}

func newClaimsIssuer(t *testing.T) claimsIssuer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	id, method, err := did.FromKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return claimsIssuer{id, method, key}
}

// title is an SD-JWT VC bound to holder, with claims that can be withheld.
func (c claimsIssuer) title(t *testing.T, holder crypto.PublicKey, selective ...string) *sdjwt.Token {
	t.Helper()
	claims, err := json.Marshal(map[string]any{
		"iss": c.id, "vct": "https://registry.example/types/title", "exp": time.Now().Add(time.Hour).Unix(), "jti": "urn:example:title",
		"parcel": "7/12", "owners": []string{"Ana", "Rui"}, "place": map[string]string{"parish": "Sé", "street": "Rua Nova"},
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := sdjwtvc.Issue(sdjwt.Issuance{
		Claims: claims, Selective: selective, Holder: holder, Header: map[string]any{"kid": c.method},
		Algorithm: sdjwt.EdDSA, Signer: c.key, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func titleParts() []string {
	return []string{"/owners/0", "/owners/1", "/parcel", "/place", "/place/parish", "/place/street"}
}

// birth is a credential of the data model in an SD-JWT, about holder.
func (c claimsIssuer) birth(t *testing.T, holder string, claims map[string]any) *sdjwt.Token {
	t.Helper()
	document, err := json.Marshal(map[string]any{
		"@context": []string{schemas.CredentialsV2, schemas.CivilV1}, "id": "urn:example:birth", "type": []string{"VerifiableCredential", "BirthRegistration"},
		"issuer": c.id, "credentialSubject": map[string]any{"id": holder, "givenNames": "María", "birthDate": "2019-02-28"},
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := jose.SignDisclosable(document, []string{"/credentialSubject/givenNames", "/credentialSubject/birthDate"}, jose.Signing{
		Kind: jose.Credential, Signer: c.key, KeyID: c.method, Claims: claims, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// policy expects the issuer, and occasion.
func (c claimsIssuer) policy() verifier.Policy {
	return verifier.Policy{
		Now: time.Now(), Issuer: verifier.Expect(c.id), Domain: verifier.Expect("bank.example"), Challenge: verifier.Expect("8d1f6a90"),
		Status: verifier.Ignore[string](), Freshness: verifier.Ignore[time.Duration](), LogReceipt: verifier.Ignore[string](),
		Require: []string{verifier.CheckHolder},
	}
}

// receiving is the policy of a holder.
func (c claimsIssuer) receiving() verifier.Policy {
	p := c.policy()
	p.Domain, p.Challenge, p.Require = verifier.Ignore[string](), verifier.Ignore[string](), nil
	return p
}

func keep(t *testing.T, w *wallet.Wallet, c claimsIssuer, token *sdjwt.Token) wallet.Entry {
	t.Helper()
	received, err := wallet.Check(t.Context(), []byte(token.String()), c.receiving())
	if err != nil {
		t.Fatal(err)
	}
	entry, err := w.Add(received)
	if err != nil {
		t.Fatalf("%v: %s", err, received.Report().Reason())
	}
	return entry
}

// TestKeepSDJWT: the very bytes are kept, beside credentials of other forms.
func TestKeepSDJWT(t *testing.T) {
	issuer := newClaimsIssuer(t)
	w, dir := newWallet(t)
	token := issuer.title(t, w.Signer().Public(), titleParts()...)
	kept := keep(t, w, issuer, token)
	add(t, issuertest.New(t), w)
	if w, err := wallet.Open(dir); err != nil {
		t.Fatal(err)
	} else if entries, err := w.List(); err != nil || len(entries) != 2 {
		t.Fatalf("%d entries, %v", len(entries), err)
	} else if kept, err = w.Get("urn:example:title"); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(kept.Path)
	if err != nil || string(data) != token.String() || string(kept.Bytes()) != token.String() || !strings.HasSuffix(kept.Path, kept.ID+".sd-jwt") {
		t.Errorf("%s: %v, %s", kept.Path, err, data)
	}
	if kept.Credential.Issuer != issuer.id || kept.Credential.Types[0] != "https://registry.example/types/title" {
		t.Errorf("it reads as %+v", kept.Credential)
	}
	if diff := cmp.Diff(titleParts(), kept.Pointers()); diff != "" || !kept.Selective() {
		t.Error(diff)
	}
	if err := os.WriteFile(kept.Path, append(data, '~'), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Get("urn:example:title"); !errors.Is(err, wallet.ErrDamaged) {
		t.Errorf("altered: %v", err)
	}
}

// TestSDJWTIsTheHolders: what is not bound to the holder, or does not verify,
// is not kept.
func TestSDJWTIsTheHolders(t *testing.T) {
	issuer, stranger := newClaimsIssuer(t), newClaimsIssuer(t)
	w, _ := newWallet(t)
	mine := issuer.title(t, w.Signer().Public(), titleParts()...)
	bound, err := sdjwt.Bind(mine, sdjwt.Binding{Nonce: "1", Audience: "a", IssuedAt: time.Now(), Algorithm: sdjwt.EdDSA, Signer: w.Signer()})
	if err != nil {
		t.Fatal(err)
	}
	swapped := *mine
	swapped.Disclosures = slices.Concat(mine.Disclosures[1:], issuer.title(t, w.Signer().Public(), titleParts()...).Disclosures[:1])
	for name, c := range map[string]struct {
		token *sdjwt.Token
		kind  error
	}{
		"another's key":                  {issuer.title(t, stranger.key.Public(), titleParts()...), wallet.ErrHolder},
		"no key":                         {issuer.title(t, nil, titleParts()...), wallet.ErrHolder},
		"another's signature":            {stranger.title(t, w.Signer().Public(), titleParts()...), wallet.ErrNotAccepted},
		"presented by somebody":          {bound, wallet.ErrNotAccepted},
		"a disclosure of another":        {&swapped, wallet.ErrNotAccepted},
		"about another":                  {issuer.birth(t, stranger.id, nil), wallet.ErrHolder},
		"about the holder, not bound so": {issuer.birth(t, w.DID(), map[string]any{"cnf": map[string]any{"kid": stranger.method}}), wallet.ErrHolder},
	} {
		received, err := wallet.Check(t.Context(), []byte(c.token.String()), issuer.receiving())
		if err == nil {
			_, err = w.Add(received)
		}
		if !errors.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"ey", mine.JWT, "ey.e.~", mine.String() + "\n"} {
		if _, err := wallet.Check(t.Context(), []byte(text), issuer.receiving()); !errors.Is(err, wallet.ErrNotAccepted) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if entries, err := w.List(); err != nil || len(entries) != 0 {
		t.Errorf("kept %v, %v", entries, err)
	}
}

// TestDeriveSDJWT: a pointer shows what it leads to, and all below and above
// it that is needed for that; what is seen is told.
func TestDeriveSDJWT(t *testing.T) {
	issuer := newClaimsIssuer(t)
	w, _ := newWallet(t)
	entry := keep(t, w, issuer, issuer.title(t, w.Signer().Public(), titleParts()...))
	always := []string{"cnf", "exp", "iss", "jti", "owners", "vct"}
	for pointer, c := range map[string]struct {
		more  []string
		place map[string]any
		owner []any
	}{
		"/parcel":       {[]string{"parcel"}, nil, []any{}},
		"/owners/1":     {nil, nil, []any{"Rui"}},
		"/owners":       {nil, nil, []any{"Ana", "Rui"}},
		"/place/street": {[]string{"place"}, map[string]any{"street": "Rua Nova"}, []any{}},
		"/place":        {[]string{"place"}, map[string]any{"street": "Rua Nova", "parish": "Sé"}, []any{}},
		"/vct":          {nil, nil, []any{}},
		"":              {[]string{"parcel", "place"}, map[string]any{"street": "Rua Nova", "parish": "Sé"}, []any{"Ana", "Rui"}},
	} {
		shown := derived(t, entry, pointer)
		seen := shown.Seen()
		var names []string
		for name := range seen {
			names = append(names, name)
		}
		slices.Sort(names)
		if diff := cmp.Diff(slices.Sorted(slices.Values(slices.Concat(always, c.more))), names); diff != "" {
			t.Errorf("%q: %s", pointer, diff)
		}
		place, _ := seen["place"].(map[string]any)
		if diff := cmp.Diff(c.place, place) + cmp.Diff(any(c.owner), seen["owners"]); diff != "" {
			t.Errorf("%q: %s", pointer, diff)
		}
		report := verify(t, shown.Bytes(), issuer.receiving())
		if report.Verdict() != verifier.VerdictAccepted {
			t.Errorf("%q: %s", pointer, report.Reason())
		}
	}
	for _, pointer := range []string{"/nothing", "parcel", "/owners/2", "/place/~2", "/parcel/x", "/_sd"} {
		if _, err := entry.Derive(t.Context(), []string{pointer}); !errors.Is(err, wallet.ErrPointer) || !strings.Contains(err.Error(), "what can be shown: /owners/0, ") {
			t.Errorf("%q: %v", pointer, err)
		}
	}
	if _, err := entry.Whole(); !errors.Is(err, wallet.ErrBase) {
		t.Errorf("all of it is shown unasked: %v", err)
	}
	plain := keep(t, w, issuer, issuer.title(t, w.Signer().Public()))
	if _, err := plain.Derive(t.Context(), []string{"/parcel"}); !errors.Is(err, wallet.ErrWhole) {
		t.Errorf("of one without disclosures: %v", err)
	}
	if shown, err := plain.Whole(); err != nil || shown.Seen()["parcel"] != "7/12" {
		t.Errorf("%v, %v", shown.Seen(), err)
	}
}

// TestPresentSDJWT: with a key binding for the occasion, and for no other; by
// nobody else.
func TestPresentSDJWT(t *testing.T) {
	issuer := newClaimsIssuer(t)
	w, _ := newWallet(t)
	entry := keep(t, w, issuer, issuer.title(t, w.Signer().Public(), titleParts()...))
	shown := derived(t, entry, "/place/parish")
	now := wallet.Occasion{Domain: "bank.example", Challenge: "8d1f6a90", Now: time.Now()}
	presentation, err := w.Present(t.Context(), now, []wallet.Shown{shown})
	if err != nil {
		t.Fatal(err)
	}
	report := verify(t, presentation, issuer.policy())
	if report.Verdict() != verifier.VerdictAccepted || report.Check(verifier.CheckHolder).Outcome != verifier.Established {
		t.Fatalf("%s: %s", report.Reason(), presentation)
	}
	if subject := report.Verified().Subjects()[0]; subject["parcel"] != nil || !cmp.Equal(subject["place"], map[string]any{"parish": "Sé"}) {
		t.Errorf("shown are %v", subject)
	}
	for name, change := range map[string]func(*verifier.Policy){
		"domain":    func(p *verifier.Policy) { p.Domain = verifier.Expect("evil.example") },
		"challenge": func(p *verifier.Policy) { p.Challenge = verifier.Expect("8d1f6a91") },
		"time":      func(p *verifier.Policy) { p.Now = p.Now.Add(30 * time.Minute) },
	} {
		other := issuer.policy()
		change(&other)
		if report := verify(t, presentation, other); report.Verdict() != verifier.VerdictRefused {
			t.Errorf("for another %s: %s", name, report.Verdict())
		}
	}
	thief, _ := newWallet(t)
	if stolen, err := thief.Present(t.Context(), now, []wallet.Shown{shown}); !errors.Is(err, sdjwt.ErrKeyBinding) || stolen != nil {
		t.Errorf("another presents it: %v", err)
	}
	if _, err := w.Present(t.Context(), now, []wallet.Shown{shown, shown}); !errors.Is(err, wallet.ErrAlone) {
		t.Errorf("with another: %v", err)
	}
	if _, err := w.Present(t.Context(), wallet.Occasion{Domain: "bank.example", Now: now.Now}, []wallet.Shown{shown}); !errors.Is(err, wallet.ErrOccasion) {
		t.Errorf("without a challenge: %v", err)
	}
}

// TestPresentModelInSDJWT: a credential of the data model in an SD-JWT is
// presented in a presentation of the data model, together with others.
func TestPresentModelInSDJWT(t *testing.T) {
	issuer, embedded := newClaimsIssuer(t), selective(t)
	w, _ := newWallet(t)
	entry := keep(t, w, issuer, issuer.birth(t, w.DID(), nil))
	if diff := cmp.Diff([]string{"/credentialSubject/birthDate", "/credentialSubject/givenNames"}, entry.Pointers()); diff != "" {
		t.Error(diff)
	}
	other := add(t, embedded, w)
	now := wallet.Occasion{Domain: "bank.example", Challenge: "8d1f6a90", Now: time.Now()}
	presentation, err := w.Present(t.Context(), now, []wallet.Shown{derived(t, entry, "/credentialSubject/birthDate"), derived(t, other, "/credentialSubject/office")})
	if err != nil {
		t.Fatal(err)
	}
	policy := relyingParty(t, embedded)
	policy.Issuer = verifier.Expect(issuer.id, embedded.DID)
	report := verify(t, presentation, policy)
	if report.Verdict() != verifier.VerdictAccepted {
		t.Fatalf("%s: %s", report.Reason(), presentation)
	}
	if subject := report.Presented()[0].Subjects()[0]; subject["birthDate"] != "2019-02-28" || subject["givenNames"] != nil {
		t.Errorf("shown are %v", subject)
	}
	if strings.Contains(string(presentation), "María") || !credential.IsPresentation(presentation) {
		t.Errorf("got %s", presentation)
	}
	policy.Challenge = verifier.Expect("8d1f6a91")
	if report := verify(t, presentation, policy); report.Verdict() != verifier.VerdictRefused {
		t.Errorf("for another challenge: %s", report.Verdict())
	}
}
