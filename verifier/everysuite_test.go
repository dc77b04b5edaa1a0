package verifier_test

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/mldsa"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/bbs"
	"github.com/chancery-vc/chancery/verifier/suites"
)

// everySuite returns a table of what any table of package suites has.
func everySuite(t *testing.T) *proof.Table {
	t.Helper()
	wide, err := suites.Legacy()
	if err != nil {
		t.Fatal(err)
	}
	experimental, err := suites.Experimental()
	if err != nil {
		t.Fatal(err)
	}
	all := wide.Suites()
	for _, suite := range experimental.Suites() {
		if _, err := wide.Lookup(suite.Type(), suite.Cryptosuite()); err != nil {
			all = append(all, suite)
		}
	}
	table, err := proof.NewTable(all...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// onEverySuite runs test with document, signed with each suite of every table
// and each kind of key that the suite takes, and a policy that accepts
// it. A suite that nothing here signs with fails: its place is in signWith.
func onEverySuite(t *testing.T, contexts *schemas.Contexts, document credtest.Object, test func(t *testing.T, data []byte, policy verifier.Policy)) {
	t.Helper()
	table := everySuite(t)
	for _, suite := range table.Suites() {
		signed := 0
		for name, key := range keysOfEachKind(t) {
			id, method, resolver := identify(t, key.Public())
			document["issuer"] = id
			issuer := &credtest.Issuer{ID: id, Method: method, Contexts: contexts}
			data := signWith(t, suite, issuer, key, document)
			if data == nil {
				continue
			}
			signed++
			t.Run(cmp.Or(suite.Cryptosuite(), suite.Type())+" "+name, func(t *testing.T) {
				policy := lenientPolicy(id, contexts, table)
				policy.Resolver = resolver
				wantAccepted(t, data, policy)
				test(t, data, policy)
			})
		}
		if signed == 0 {
			t.Errorf("nothing was signed with %T", suite)
		}
	}
}

func keysOfEachKind(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	keys := map[string]crypto.Signer{"Ed25519": credtest.Key("registry")}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys[curve.Params().Name] = key
	}
	lattice, err := mldsa.GenerateKey(mldsa.MLDSA44())
	if err != nil {
		t.Fatal(err)
	}
	keys["ML-DSA-44"] = lattice
	if keys["BLS12-381"], err = bbs.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	return keys
}

// identify returns an identifier with key, its method, and what resolves it: a
// did:key, or where that would be longer than the document, one that is known.
func identify(t *testing.T, key crypto.PublicKey) (id, method string, resolver did.Resolver) {
	t.Helper()
	id, method, err := did.FromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	if len(id) < 200 {
		return id, method, nil
	}
	document := knownAs(t, "did:web:registry.example", key)
	return document.ID, document.ID + "#0", did.NewPinned(document)
}

// knownAs returns the controller document of id that lists keys as #0, #1 and
// so on, for assertion and authentication.
func knownAs(t *testing.T, id string, keys ...crypto.PublicKey) *did.Document {
	t.Helper()
	var methods, urls []any
	for i, key := range keys {
		url := fmt.Sprintf("%s#%d", id, i)
		did, _, err := did.FromKey(key)
		if err != nil {
			t.Fatal(err)
		}
		urls = append(urls, url)
		methods = append(methods, credtest.Object{
			"id": url, "type": "Multikey", "controller": id, "publicKeyMultibase": strings.TrimPrefix(did, "did:key:"),
		})
	}
	document, err := did.Parse(credtest.Marshal(t, credtest.Object{
		"id": id, "verificationMethod": methods, "assertionMethod": urls, "authentication": urls,
	}))
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// signWith returns document signed, or nil if the suite takes no such key.
// What is for reading only is signed by what signs whatever a proof says. Of
// what discloses selectively, all is disclosed, some of it as mandatory.
func signWith(t *testing.T, suite proof.Suite, issuer *credtest.Issuer, key crypto.Signer, document credtest.Object) []byte {
	t.Helper()
	discloses, ok := suite.(proof.SelectiveSuite)
	if ok {
		suite = discloses.WithMandatory([]string{"/issuer", "/validFrom"})
	}
	if suite, ok := suite.(proof.SigningSuite); ok {
		template := proof.Template{VerificationMethod: issuer.Method, Purpose: proof.AssertionMethod, Created: credtest.Now.Add(-time.Hour)}
		data, err := proof.Sign(t.Context(), credtest.Marshal(t, document), template, suite, key, issuer.Contexts)
		if err != nil && !errors.Is(err, proof.ErrKey) {
			t.Fatal(err)
		}
		if discloses != nil && err == nil {
			return discloseAll(t, discloses, data, issuer.Contexts)
		}
		return data
	}
	if issuer.Key, ok = key.(ed25519.PrivateKey); !ok {
		return nil
	}
	unsigned := issuer.Proof()
	unsigned["type"] = suite.Type()
	delete(unsigned, "cryptosuite")
	older := credtest.Object{}
	for name, value := range document {
		older[name] = value
	}
	older["@context"] = append(slices.Clone(document["@context"].([]any)), schemas.Ed25519Signature2020V1)
	return issuer.Sign(t, older, unsigned)
}

func discloseAll(t *testing.T, suite proof.SelectiveSuite, data []byte, contexts *schemas.Contexts) []byte {
	t.Helper()
	table, err := proof.NewTable(suite)
	if err != nil {
		t.Fatal(err)
	}
	if data, err = proof.Derive(t.Context(), data, []string{""}, table, contexts); err != nil {
		t.Fatal(err)
	}
	return data
}

func lenientPolicy(issuer string, contexts *schemas.Contexts, table *proof.Table) verifier.Policy {
	return verifier.Policy{
		Now:        credtest.Now,
		Issuer:     verifier.Expect(issuer),
		Domain:     verifier.Ignore[string](),
		Challenge:  verifier.Ignore[string](),
		Status:     verifier.Ignore[string](),
		Freshness:  verifier.Ignore[time.Duration](),
		LogReceipt: verifier.Ignore[string](),
		Contexts:   contexts,
		Suites:     table,
	}
}

// TestEditsOnEverySuite has the edits that other verifiers were seen to accept:
// what a signature does not cover because something drops it.
func TestEditsOnEverySuite(t *testing.T) {
	issuer, document, _ := rich(t)
	onEverySuite(t, issuer.Contexts, document, func(t *testing.T, data []byte, policy verifier.Policy) {
		for name, c := range map[string]struct{ old, new string }{
			"undefined claim":                {`"credentialSubject":{`, `"credentialSubject":{"licenceOfAll":"A",`},
			"undefined claim at the top":     {`{"@context":`, `{"licenceOfAll":"A","@context":`},
			"undefined claim in a status":    {`"credentialStatus":{`, `"credentialStatus":{"licenceOfAll":"A",`},
			"second subject, relative id":    {`"credentialSubject":{`, `"credentialSubject":[{"id":"second","familyName":"Smith"},{`},
			"second subject, no id":          {`"credentialSubject":{`, `"credentialSubject":[{"familyName":"Smith"},{`},
			"empty second subject":           {`"credentialSubject":{`, `"credentialSubject":[{},{`},
			"IRI that a pattern fails, id":   {`"id":"did:example:holder"`, `"id":"http://-evil-"`},
			"IRI that a pattern fails, type": {`"type":"ns:Paper"`, `"type":["ns:Paper","http://-evil-"]`},
			"IRI that a pattern fails":       {`"about":`, `"about":["http://-evil-"],"permit":"C","x":`},
			"one more IRI":                   {`"about":"urn:uuid:6d1b9c3e-0f0c-4e0e-9d5b-3b0f4b8c1a77"`, `"about":["urn:uuid:6d1b9c3e-0f0c-4e0e-9d5b-3b0f4b8c1a77","http://-evil-"]`},
			"one more IRI, relative":         {`"about":"urn:uuid:6d1b9c3e-0f0c-4e0e-9d5b-3b0f4b8c1a77"`, `"about":["urn:uuid:6d1b9c3e-0f0c-4e0e-9d5b-3b0f4b8c1a77","evil"]`},
			"relative type":                  {`"type":"ns:Paper"`, `"type":["ns:Paper","Evil"]`},
			"duplicate member":               {`"familyName":"O'Brien"`, `"familyName":"Smith","familyName":"O'Brien"`},
			"duplicate member after":         {`"familyName":"O'Brien"`, `"familyName":"O'Brien","familyName":"Smith"`},
			"duplicate in other letters":     {`"familyName":"O'Brien"`, `"familyName":"O'Brien","FamilyName":"Smith"`},
			"number that does not survive":   {`"count":12.5`, `"count":9007199254740993`},
			"number past its end":            {`"count":12.5`, `"count":12.50000000000000000001`},
			"null":                           {`"familyName":"O'Brien"`, `"familyName":"O'Brien","givenName":null`},
			"empty array":                    {`"familyName":"O'Brien"`, `"familyName":"O'Brien","permit":[]`},
			"extra proof member":             {`"proof":{`, `"proof":{"comment":"trust me",`},
			"extra proof member, null":       {`"proof":{`, `"proof":{"nonce":null,`},
			"extra proof member, an object":  {`"proof":{`, `"proof":{"licence":{"id":"x"},`},
			"proof that expires":             {`"proof":{`, `"proof":{"expires":"2099-01-01T00:00:00Z",`},
			"proof for a domain":             {`"proof":{`, `"proof":{"domain":"counter.example",`},
			"proof for a challenge":          {`"proof":{`, `"proof":{"challenge":"c",`},
			"proof with an id":               {`"proof":{`, `"proof":{"id":"urn:x:y",`},
			"another purpose":                {`"assertionMethod"`, `"authentication"`},
			"another time":                   {`"created":"2026-`, `"created":"2025-`},
			"second proof, of nothing":       {`"proof":{`, `"proof":[{},{`},
			"end of validity":                {`"validUntil":"2026-07-02`, `"validUntil":"2036-07-02`},
		} {
			altered := strings.Replace(string(data), c.old, c.new, 1)
			if altered == string(data) {
				t.Fatalf("%s: %s is not in %s", name, c.old, data)
			}
			if strings.Contains(c.new, `":[{`) {
				altered = closeArray(t, altered, strings.Index(altered, c.new)+len(c.new)-1)
			}
			if verdict := judge(t, []byte(altered), policy).Verdict(); verdict != verifier.VerdictRefused {
				t.Errorf("%s is %s", name, verdict)
			}
		}
	})
}

// closeArray puts the end of an array after the object that starts at start.
func closeArray(t *testing.T, text string, start int) string {
	t.Helper()
	depth := 0
	for i := start; i < len(text); i++ {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return text[:i+1] + "]" + text[i+1:]
			}
		}
	}
	t.Fatalf("no object at %d of %s", start, text)
	return ""
}

// TestExchangedNames: a proof of one suite is not one of another, though they
// sign the same way.
func TestExchangedNames(t *testing.T) {
	issuer, document, _ := rich(t)
	table := everySuite(t)
	onEverySuite(t, issuer.Contexts, document, func(t *testing.T, data []byte, policy verifier.Policy) {
		object := credtest.Unmarshal(t, data)
		own := object["proof"].(credtest.Object)
		was := [2]any{own["type"], own["cryptosuite"]}
		for _, suite := range table.Suites() {
			own["type"] = suite.Type()
			if own["cryptosuite"] = suite.Cryptosuite(); suite.Cryptosuite() == "" {
				delete(own, "cryptosuite")
			}
			want := verifier.VerdictRefused
			if was == [2]any{own["type"], own["cryptosuite"]} {
				want = verifier.VerdictAccepted
			}
			if verdict := judge(t, credtest.Marshal(t, object), policy).Verdict(); verdict != want {
				t.Errorf("as %T it is %s, want %s", suite, verdict, want)
			}
		}
	})
}
