package verifier_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
)

// TestNoProofIsNeverSuccess: each way to have none.
func TestNoProofIsNeverSuccess(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	policy := policyFor(t, issuer)
	for name, value := range map[string]any{
		"null": nil, "empty array": []any{}, "empty object": credtest.Object{}, "string": "proof", "empty string": "",
		"number": 1, "true": true, "array of null": []any{nil}, "array of arrays": []any{[]any{}}, "array of an empty object": []any{credtest.Object{}},
	} {
		t.Run(name, func(t *testing.T) {
			document := issuer.Credential()
			document["proof"] = value
			report := judge(t, credtest.Marshal(t, document), policy)
			wantCheck(t, report, verifier.CheckProof, verifier.Refused, "proof")
		})
	}
	t.Run("absent", func(t *testing.T) {
		report := judge(t, credtest.Marshal(t, issuer.Credential()), policy)
		wantCheck(t, report, verifier.CheckProof, verifier.Refused, "it has no proof")
		wantCheck(t, report, verifier.CheckIssuer, verifier.NotEstablished, "without a good proof")
	})
}

// TestProofTerms signs proofs that say something else than they should.
func TestProofTerms(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	policy := policyFor(t, issuer)
	at := func(d time.Duration) string { return credential.FormatTime(credtest.Now.Add(d)) }
	for name, c := range map[string]struct {
		member string
		value  any
		want   string // part of the reason, or empty for accepted
	}{
		"purpose":                      {"proofPurpose", "authentication", `its purpose is "authentication"`},
		"created within the skew":      {"created", at(4 * time.Minute), ""},
		"created in the future":        {"created", at(6 * time.Minute), "created in the future"},
		"created is no time":           {"created", "today", "is not a time"},
		"created without a zone":       {"created", "2026-06-30T12:00:00", "is not a time"},
		"expires later":                {"expires", at(time.Second), ""},
		"expires now":                  {"expires", at(0), "the proof expired"},
		"expired":                      {"expires", at(-time.Hour), "the proof expired"},
		"previous proof":               {"previousProof", "urn:uuid:6d1b9c3e-0f0c-4e0e-9d5b-3b0f4b8c1a78", "is not there"},
		"unknown cryptosuite":          {"cryptosuite", "eddsa-2099", "cryptosuite is not one that is allowed"},
		"no cryptosuite":               {"cryptosuite", "", "cryptosuite is not one that is allowed"},
		"other type":                   {"type", "Ed25519Signature2020", "cryptosuite is not one that is allowed"},
		"no method":                    {"verificationMethod", "", "it has no verificationMethod"},
		"method that is a list":        {"verificationMethod", []any{issuer.Method}, "not of the right type"},
		"method without a fragment":    {"verificationMethod", issuer.ID, "not listed by its controller"},
		"method with another fragment": {"verificationMethod", issuer.ID + "#key-1", "not listed by its controller"},
		"method of a made-up key":      {"verificationMethod", "did:key:zzzz#zzzz", "not a usable"},
		"domain of the wrong type":     {"domain", credtest.Object{}, "domain is neither"},
		"a domain nobody asked for":    {"domain", "counter.example", ""},
		"member that no term defines":  {"comment", "hello", "Dropping property"},
	} {
		t.Run(name, func(t *testing.T) {
			unsigned := issuer.Proof()
			unsigned[c.member] = c.value
			report := judge(t, trySign(t, issuer, unsigned), policy)
			if c.want == "" {
				wantVerdict(t, report, verifier.VerdictAccepted)
				return
			}
			wantCheck(t, report, verifier.CheckProof, verifier.Refused, c.want)
		})
	}
}

// trySign signs with unsigned as the proof, or gives it a value that fits
// nothing where no signer could be made to do it.
func trySign(t *testing.T, issuer *credtest.Issuer, unsigned credtest.Object) []byte {
	t.Helper()
	document := issuer.Credential()
	if signed, err := issuer.TrySign(t, document, unsigned); err == nil {
		return signed
	}
	secured := maps.Clone(document)
	unsigned["proofValue"] = issuer.SignedProof(t, document, issuer.Proof())["proofValue"]
	secured["proof"] = unsigned
	return credtest.Marshal(t, secured)
}

func TestDomainAndChallenge(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	with := func(members credtest.Object) []byte {
		unsigned := issuer.Proof()
		maps.Copy(unsigned, members)
		return issuer.Sign(t, issuer.Credential(), unsigned)
	}
	policy := policyFor(t, issuer)
	policy.Domain, policy.Challenge = verifier.Expect("counter.example"), verifier.Expect("c-1")
	for name, c := range map[string]struct {
		proof credtest.Object
		want  string
	}{
		"both":              {credtest.Object{"domain": "counter.example", "challenge": "c-1"}, ""},
		"among others":      {credtest.Object{"domain": []any{"a.example", "counter.example"}, "challenge": "c-1"}, ""},
		"other domain":      {credtest.Object{"domain": "counter.example.evil", "challenge": "c-1"}, "its domain is another"},
		"no domain":         {credtest.Object{"challenge": "c-1"}, "its domain is another"},
		"other challenge":   {credtest.Object{"domain": "counter.example", "challenge": "c-2"}, "its challenge is another"},
		"without challenge": {credtest.Object{"domain": "counter.example"}, "its challenge is another"},
	} {
		t.Run(name, func(t *testing.T) {
			report := judge(t, with(c.proof), policy)
			if c.want == "" {
				// The status list was made for everybody: neither is asked of it.
				wantVerdict(t, report, verifier.VerdictAccepted)
				return
			}
			wantCheck(t, report, verifier.CheckProof, verifier.Refused, c.want)
		})
	}
}

// TestProofSets wants every proof of a set to be good.
func TestProofSets(t *testing.T) {
	issuer, other := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "other")
	document := issuer.Credential()
	first := issuer.SignedProof(t, document, issuer.Proof())
	later := issuer.Proof()
	later["created"] = "2026-07-01T11:00:00Z"
	second := issuer.SignedProof(t, document, later)
	forged := maps.Clone(second)
	forged["proofValue"] = first["proofValue"]
	unknown := maps.Clone(first)
	unknown["cryptosuite"] = "ecdsa-xi-2023"
	foreign := other.SignedProof(t, document, other.Proof())

	var many []any
	for i := range 9 {
		unsigned := issuer.Proof()
		unsigned["created"] = fmt.Sprintf("2026-07-01T11:00:%02dZ", i)
		many = append(many, issuer.SignedProof(t, document, unsigned))
	}
	for name, c := range map[string]struct {
		proofs any
		check  string
		want   verifier.Outcome
	}{
		"one in an array":           {[]any{first}, verifier.CheckProof, verifier.Established},
		"two good ones":             {[]any{first, second}, verifier.CheckProof, verifier.Established},
		"eight":                     {many[:8], verifier.CheckProof, verifier.Established},
		"nine":                      {many, verifier.CheckProof, verifier.Refused},
		"the first is bad":          {[]any{forged, first}, verifier.CheckProof, verifier.Refused},
		"the last is bad":           {[]any{first, forged}, verifier.CheckProof, verifier.Refused},
		"one of an unknown suite":   {[]any{first, unknown}, verifier.CheckProof, verifier.Refused},
		"null among them":           {[]any{first, nil}, verifier.CheckProof, verifier.Refused},
		"an array among them":       {[]any{first, []any{second}}, verifier.CheckProof, verifier.Refused},
		"a copy of the same":        {[]any{first, first}, verifier.CheckProof, verifier.Established},
		"another signed it as well": {[]any{first, foreign}, verifier.CheckIssuer, verifier.Refused},
		"only another signed it":    {foreign, verifier.CheckIssuer, verifier.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			secured := maps.Clone(document)
			secured["proof"] = c.proofs
			wantCheck(t, judge(t, credtest.Marshal(t, secured), policyFor(t, issuer)), c.check, c.want, "")
		})
	}
}

// TestIssuer: who signed is who issued, and is expected.
func TestIssuer(t *testing.T) {
	issuer, other := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "other")
	for name, c := range map[string]struct {
		data    []byte
		outcome verifier.Outcome
		want    string
	}{
		"as it should be":      {issuer.Signed(t), verifier.Established, issuer.ID},
		"named in an object":   {issuer.Signed(t, credtest.With("issuer", credtest.Object{"id": issuer.ID, "name": "Registry"})), verifier.Established, issuer.ID},
		"unexpected issuer":    {other.Signed(t), verifier.Refused, "is not an issuer that is expected"},
		"signed by another":    {other.Signed(t, credtest.With("issuer", issuer.ID)), verifier.Refused, other.ID + " signed for " + issuer.ID},
		"signed for another":   {issuer.Signed(t, credtest.With("issuer", other.ID)), verifier.Refused, "signed for"},
		"with a fragment":      {issuer.Signed(t, credtest.With("issuer", issuer.ID+"#")), verifier.Refused, "signed for"},
		"its method as issuer": {issuer.Signed(t, credtest.With("issuer", issuer.Method)), verifier.Refused, "signed for"},
	} {
		t.Run(name, func(t *testing.T) {
			wantCheck(t, judge(t, c.data, policyFor(t, issuer)), verifier.CheckIssuer, c.outcome, c.want)
		})
	}
}

// TestKeyOfAnotherPurposeOrController resolves documents that list the key
// wrongly.
func TestKeyOfAnotherPurposeOrController(t *testing.T) {
	issuer := credtest.NewWebIssuer(t, "did:web:registry.example", "web")
	value := issuer.Method[len(issuer.ID)+1:]
	document := func(controller, assertion, id string) *did.Document {
		d, err := did.Parse(fmt.Appendf(nil, `{"id":"did:web:registry.example","assertionMethod":[%q],"authentication":[%q],`+
			`"verificationMethod":[{"id":%q,"type":"Multikey","controller":%q,"publicKeyMultibase":%q}]}`,
			assertion, issuer.Method, id, controller, value))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, c := range map[string]struct {
		document *did.Document
		want     verifier.Outcome
	}{
		"listed":                 {document(issuer.ID, issuer.Method, issuer.Method), verifier.Established},
		"for another purpose":    {document(issuer.ID, issuer.ID+"#other", issuer.Method), verifier.Refused},
		"of another controller":  {document("did:web:evil.example", issuer.Method, issuer.Method), verifier.Refused},
		"without a controller":   {document("", issuer.Method, issuer.Method), verifier.Refused},
		"under another name":     {document(issuer.ID, issuer.Method, issuer.ID+"#other"), verifier.Refused},
		"in another's document":  {credtest.NewWebIssuer(t, "did:web:evil.example", "web").Document(t), verifier.NotEstablished},
		"with another key":       {credtest.NewWebIssuer(t, issuer.ID, "stolen").Document(t), verifier.Refused},
		"in the issuer's own":    {issuer.Document(t), verifier.Established},
		"in an empty document":   {&did.Document{ID: issuer.ID}, verifier.Refused},
		"in nobody's document":   {&did.Document{}, verifier.NotEstablished},
		"of a longer identifier": {credtest.NewWebIssuer(t, issuer.ID+":dept", "web").Document(t), verifier.NotEstablished},
	} {
		t.Run(name, func(t *testing.T) {
			policy := policyFor(t, issuer)
			policy.Bundles, policy.Status = nil, verifier.Ignore[string]()
			policy.Resolver = did.NewPinned(c.document)
			wantCheck(t, judge(t, issuer.Signed(t), policy), verifier.CheckProof, c.want, "")
		})
	}
}
