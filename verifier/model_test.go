package verifier_test

import (
	"crypto/sha256"
	"encoding/base64"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/resource"
	"github.com/chancery-vc/chancery/verifier/schema"
)

// old returns an unsigned credential of the data model 1.1.
func old(issuer *credtest.Issuer) credtest.Object {
	return credtest.Object{
		"@context":          []any{schemas.CredentialsV1, schemas.DataIntegrityV2, schemas.CivilV1},
		"type":              []any{"VerifiableCredential", "BirthRegistration"},
		"issuer":            issuer.ID,
		"issuanceDate":      credential.FormatTime(credtest.Now.Add(-time.Hour)),
		"expirationDate":    credential.FormatTime(credtest.Now.Add(time.Hour)),
		"credentialSubject": credtest.Object{"id": credtest.Holder, "familyName": "O'Brien"},
	}
}

func oldPolicy(t testing.TB, issuer *credtest.Issuer) verifier.Policy {
	policy := policyFor(t, issuer)
	policy.Status = verifier.Ignore[string]()
	return policy
}

func TestVersion11(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	policy := oldPolicy(t, issuer)
	report := judge(t, issuer.Sign(t, old(issuer), issuer.Proof()), policy)
	wantVerdict(t, report, verifier.VerdictAccepted)
	wantCheck(t, report, verifier.CheckModel, verifier.Established, "1.1")
	wantCheck(t, report, verifier.CheckValidity, verifier.Established, "until 2026-07-01T13:00:00Z")
	policy.Now = credtest.Now.Add(2 * time.Hour)
	wantCheck(t, judge(t, issuer.Sign(t, old(issuer), issuer.Proof()), policy), verifier.CheckValidity, verifier.Refused, "expired")
}

// TestAlteredVersion11: no edit of one goes unseen.
func TestAlteredVersion11(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	data := issuer.Sign(t, old(issuer), issuer.Proof())
	for name, edit := range map[string]func(credtest.Object){
		"later":                     credtest.With("expirationDate", "2030-01-01T00:00:00Z"),
		"without an end":            credtest.Without("expirationDate"),
		"with the newer end":        credtest.With("validUntil", "2030-01-01T00:00:00Z"),
		"without an issuance":       credtest.Without("issuanceDate"),
		"undefined term":            credtest.With("comment", "x"),
		"name, which 1.1 lacks":     credtest.With("name", "x"),
		"without Data Integrity":    credtest.With("@context", []any{schemas.CredentialsV1, schemas.CivilV1}),
		"as 2.0":                    credtest.With("@context", []any{schemas.CredentialsV2, schemas.CivilV1}),
		"status without an id":      credtest.With("credentialStatus", credtest.Object{"type": "https://a.example/T"}),
		"refresh without an id":     credtest.With("refreshService", credtest.Object{"type": "ManualRefreshService2018"}),
		"an end that is no time":    credtest.With("expirationDate", "tomorrow"),
		"an issuance without clock": credtest.With("issuanceDate", "2026-07-01"),
	} {
		t.Run(name, func(t *testing.T) {
			document := credtest.Unmarshal(t, data)
			edit(document)
			wantVerdict(t, judge(t, credtest.Marshal(t, document), oldPolicy(t, issuer)), verifier.VerdictRefused)
		})
	}
}

// TestInlineContexts: a signature over RDF does not cover a credential's own
// terms; who wants to take them says so.
func TestInlineContexts(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	inline := *issuer
	inline.Contexts = issuer.Contexts.WithInline()
	data := inline.Signed(t, func(o credtest.Object) {
		o["@context"] = append(o["@context"].([]any), credtest.Object{"shoeSize": "https://a.example/shoeSize"})
		o["credentialSubject"].(credtest.Object)["shoeSize"] = 43
	})
	policy := policyFor(t, issuer)
	report := judge(t, data, policy)
	wantVerdict(t, report, verifier.VerdictNotEstablished)
	wantCheck(t, report, verifier.CheckProof, verifier.NotEstablished, "says itself what its terms mean")
	policy.Contexts = inline.Contexts
	wantVerdict(t, judge(t, data, policy), verifier.VerdictAccepted)
}

func TestSchemas(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	const url = "https://registry.example/schema"
	document := []byte(`{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"credentialSubject":{"required":["familyName"],"properties":{"familyName":{"maxLength":10}}}}}`)
	set, err := schema.New(map[string][]byte{url: document})
	if err != nil {
		t.Fatal(err)
	}
	entry := func(id, kind string) credtest.Object { return credtest.Object{"id": id, "type": kind} }
	name := func(name string) func(credtest.Object) {
		return func(o credtest.Object) { o["credentialSubject"].(credtest.Object)["familyName"] = name }
	}
	for title, c := range map[string]struct {
		entries any
		set     *schema.Set
		name    string
		outcome verifier.Outcome
		detail  string
	}{
		"fits":               {entry(url, "JsonSchema"), set, "O'Brien", verifier.Established, url},
		"does not fit":       {entry(url, "JsonSchema"), set, "Featherstonehaugh", verifier.Refused, "/credentialSubject/familyName"},
		"not given":          {entry(url+"/2", "JsonSchema"), set, "O'Brien", verifier.NotEstablished, "was not given"},
		"none given":         {entry(url, "JsonSchema"), nil, "O'Brien", verifier.NotEstablished, "was not given"},
		"another type":       {entry(url, "https://a.example/Other"), set, "O'Brien", verifier.NotEstablished, "cannot be judged"},
		"one of two":         {[]any{entry(url, "JsonSchema"), entry(url+"/2", "JsonSchema")}, set, "O'Brien", verifier.NotEstablished, "was not given"},
		"misfit beats other": {[]any{entry(url+"/2", "JsonSchema"), entry(url, "JsonSchema")}, set, "Featherstonehaugh", verifier.Refused, "does not conform"},
	} {
		t.Run(title, func(t *testing.T) {
			policy := policyFor(t, issuer)
			policy.Schemas = c.set
			data := issuer.Signed(t, credtest.With("credentialSchema", c.entries), name(c.name))
			report := judge(t, data, policy)
			wantCheck(t, report, verifier.CheckSchema, c.outcome, c.detail)
			if (report.Verdict() == verifier.VerdictAccepted) != (c.outcome != verifier.Refused) {
				t.Errorf("not required: %s", report.Verdict())
			}
			policy.Require = []string{verifier.CheckSchema}
			if report := judge(t, data, policy); (report.Verdict() == verifier.VerdictAccepted) != (c.outcome == verifier.Established) {
				t.Errorf("required: %s", report.Verdict())
			}
		})
	}
}

func sum(data []byte) []byte { digest := sha256.Sum256(data); return digest[:] }

func digestOf(data []byte) string { return base64.StdEncoding.EncodeToString(sum(data)) }

func TestResources(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	const url = "https://registry.example/seal.png"
	first, second := []byte("first"), []byte("second")
	misfit := "sha256-" + digestOf(first)
	related := func(members ...string) credtest.Object {
		o := credtest.Object{"id": url}
		for i := 0; i < len(members); i += 2 {
			o[members[i]] = members[i+1]
		}
		return o
	}
	sri := "sha256-" + digestOf(second)
	for title, c := range map[string]struct {
		related   any
		resources map[string][][]byte
		check     string
		outcome   verifier.Outcome
		detail    string
	}{
		"the one version":    {related("digestSRI", sri), map[string][][]byte{url: {second}}, verifier.CheckResources, verifier.Established, ""},
		"one of two":         {related("digestSRI", sri), map[string][][]byte{url: {first, second}}, verifier.CheckResources, verifier.Established, ""},
		"another":            {related("digestSRI", sri), map[string][][]byte{url: {first}}, verifier.CheckResources, verifier.Refused, resource.ErrDigest.Error()},
		"no digest at all":   {related("digestMultibase", "zz"), map[string][][]byte{url: {first}}, verifier.CheckResources, verifier.Refused, url},
		"not given":          {related("digestSRI", sri), nil, verifier.CheckResources, verifier.NotEstablished, "was not given"},
		"digests of two":     {related("digestSRI", sri, "digestMultibase", "u"+base64.RawURLEncoding.EncodeToString(sum(first))), map[string][][]byte{url: {first, second}}, verifier.CheckResources, verifier.Refused, url},
		"a digest of others": {related("digestSRI", misfit), map[string][][]byte{url: {second}}, verifier.CheckResources, verifier.Refused, url},
		"a context":          {credtest.Object{"id": schemas.CredentialsV2, "digestSRI": "sha256-" + digestOf(issuer.Contexts.JSON(schemas.CredentialsV2))}, nil, verifier.CheckResources, verifier.Established, ""},
		"without a digest":   {related(), nil, verifier.CheckModel, verifier.Refused, "no digest"},
		"without an id":      {credtest.Object{"digestSRI": sri}, nil, verifier.CheckModel, verifier.Refused, "no id"},
		"a string":           {url, nil, verifier.CheckModel, verifier.Refused, "not an object"},
	} {
		t.Run(title, func(t *testing.T) {
			policy := policyFor(t, issuer)
			policy.Resources = c.resources
			wantCheck(t, judge(t, issuer.Signed(t, credtest.With("relatedResource", c.related)), policy), c.check, c.outcome, c.detail)
		})
	}
}

// TestAnyController: a policy may take a credential that another signed for its
// issuer; it is still the issuer's name that is expected.
func TestAnyController(t *testing.T) {
	issuer, agent := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "agent")
	data := agent.Signed(t, credtest.With("issuer", issuer.ID))
	policy := policyFor(t, issuer)
	policy.Status = verifier.Ignore[string]()
	wantCheck(t, judge(t, data, policy), verifier.CheckIssuer, verifier.Refused, "signed for")
	policy.AnyController = true
	report := judge(t, data, policy)
	wantVerdict(t, report, verifier.VerdictAccepted)
	wantCheck(t, report, verifier.CheckIssuer, verifier.Established, "signed by "+agent.ID)
	policy.Issuer = verifier.Expect(agent.ID)
	wantCheck(t, judge(t, data, policy), verifier.CheckIssuer, verifier.Refused, "not an issuer that is expected")
}

// TestRelatedTwice: one resource is named once.
func TestRelatedTwice(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	document := issuer.Credential()
	entry := credtest.Object{"id": "urn:x:y", "digestSRI": "sha256-x"}
	document["relatedResource"] = []any{entry, credtest.Object{"id": "urn:x:y", "digestMultibase": "zz"}}
	wantCheck(t, judge(t, credtest.Marshal(t, document), policyFor(t, issuer)), verifier.CheckModel, verifier.Refused, "twice")
}
