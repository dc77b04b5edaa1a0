package suites_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"testing"

	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/suites"
)

// experimentalAlone returns the suites that only the experimental table has.
func experimentalAlone(t *testing.T) (alone []proof.Suite, table *proof.Table) {
	t.Helper()
	table, err := suites.Experimental()
	if err != nil {
		t.Fatal(err)
	}
	for _, suite := range table.Suites() {
		if _, err := everySuite(t).Lookup(suite.Type(), suite.Cryptosuite()); err != nil {
			alone = append(alone, suite)
		}
	}
	return alone, table
}

// TestExperimental: it has the recommended suites, and besides them those that
// no other table has.
func TestExperimental(t *testing.T) {
	alone, table := experimentalAlone(t)
	recommended, err := suites.Recommended()
	if err != nil {
		t.Fatal(err)
	}
	for _, suite := range recommended.Suites() {
		if _, err := table.Lookup(suite.Type(), suite.Cryptosuite()); err != nil {
			t.Error(err)
		}
	}
	if len(alone) != 2 || len(table.Suites()) != len(recommended.Suites())+len(alone) {
		t.Errorf("%d of %d suites are experimental", len(alone), len(table.Suites()))
	}
}

// draftProofs returns the proofs of the quantum-resistant draft's appendix, by
// cryptosuite. They are over the employment authorization of the older texts.
func draftProofs(t *testing.T) map[string]map[string]string {
	t.Helper()
	data, err := os.ReadFile("../proof/mldsa/testdata/draft.json")
	if err != nil {
		t.Fatal(err)
	}
	var draft struct {
		Key     string              `json:"publicKeyMultibase"`
		Created string              `json:"created"`
		Proofs  []map[string]string `json:"proofs"`
	}
	if err := json.Unmarshal(data, &draft); err != nil {
		t.Fatal(err)
	}
	proofs := map[string]map[string]string{}
	for _, p := range draft.Proofs {
		proofs[p["cryptosuite"]] = map[string]string{
			"type": proof.TypeDataIntegrity, "cryptosuite": p["cryptosuite"], "created": draft.Created,
			"verificationMethod": multikey.DIDPrefix + draft.Key, "proofPurpose": proof.AssertionMethod, "proofValue": p["proofValue"],
		}
	}
	return proofs
}

// TestDraftDocuments verifies the secured documents of the draft, and refuses
// them altered. Each experimental suite has one.
func TestDraftDocuments(t *testing.T) {
	alone, table := experimentalAlone(t)
	proofs := draftProofs(t)
	for _, suite := range alone {
		t.Run(suite.Cryptosuite(), func(t *testing.T) {
			var object map[string]any
			if err := json.Unmarshal(testdata.Read(t, eddsaVectors+"employmentAuth.json"), &object); err != nil {
				t.Fatal(err)
			}
			if object["proof"] = proofs[suite.Cryptosuite()]; proofs[suite.Cryptosuite()] == nil {
				t.Fatal("the draft has none")
			}
			secured, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			document, p := split(t, secured)
			if err := p.Verify(t.Context(), document, keyOf(t, p), table, vectorContexts(t)); err != nil {
				t.Error(err)
			}
			if err := p.Verify(t.Context(), document, keyOf(t, p), everySuite(t), vectorContexts(t)); !errors.Is(err, proof.ErrSuite) {
				t.Errorf("with the legacy suites: got %v", err)
			}
			altered := bytes.Replace(document, []byte("SMITH"), []byte("SMYTH"), 1)
			if err := p.Verify(t.Context(), altered, keyOf(t, p), table, vectorContexts(t)); !errors.Is(err, proof.ErrSignature) {
				t.Errorf("with another name: got %v", err)
			}
			refuseOtherOptions(t, object, proofs[suite.Cryptosuite()], table)
		})
	}
}

// refuseOtherOptions changes each member of a proof in turn.
func refuseOtherOptions(t *testing.T, object map[string]any, good map[string]string, table *proof.Table) {
	t.Helper()
	for name, value := range map[string]string{
		"created": "2023-02-24T23:36:39Z", "verificationMethod": good["verificationMethod"] + "#x",
		"proofPurpose": proof.Authentication, "domain": "counter.example", "nonce": "n",
	} {
		altered := maps.Clone(good)
		altered[name] = value
		object["proof"] = altered
		secured, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		document, p := split(t, secured)
		if err := p.Verify(t.Context(), document, keyOf(t, p), table, vectorContexts(t)); !errors.Is(err, proof.ErrSignature) {
			t.Errorf("with another %s: got %v", name, err)
		}
	}
}
