package hashdata

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier/proof"
)

const (
	rdfNS      = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	securityNS = "https://w3id.org/security#"
)

// purposes are the proof purposes in RDF (Data Integrity 1.0, section 2.3, by
// the contexts of that text).
var purposes = map[string]string{
	proof.AssertionMethod: securityNS + "assertionMethod",
	proof.Authentication:  securityNS + "authenticationMethod",
}

// checkMeaning wants the proof options to say in RDF, which is what is signed,
// what a verifier reads of them in JSON. A context can give other meanings to
// the same words, and contexts can be exchanged under a signature over RDF: a
// proof made to authenticate would then be read as one made to assert.
func checkMeaning(options, nquads []byte) error {
	var o struct {
		Type        string `json:"type"`
		Cryptosuite string `json:"cryptosuite"`
		Purpose     string `json:"proofPurpose"`
		Method      string `json:"verificationMethod"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		return fmt.Errorf("%w: %w", proof.ErrMalformed, err)
	}
	for _, member := range []struct{ name, value, predicate, object string }{
		{"type", o.Type, rdfNS + "type", "<" + securityNS + o.Type + ">"},
		{"cryptosuite", o.Cryptosuite, securityNS + "cryptosuite", `"` + o.Cryptosuite + `"`},
		{"proofPurpose", o.Purpose, securityNS + "proofPurpose", "<" + purposes[o.Purpose] + ">"},
		{"verificationMethod", o.Method, securityNS + "verificationMethod", "<" + o.Method + ">"},
	} {
		said := objects(string(nquads), "<"+member.predicate+">")
		if read := member.value != ""; !read && len(said) == 0 || read && len(said) == 1 && said[0] == member.object {
			continue
		}
		return fmt.Errorf("%w: what it signs about its %s is not what it says there (%.80q); a context gives the words another meaning",
			proof.ErrMalformed, member.name, member.value)
	}
	return nil
}

// objects returns the objects of the statements with predicate, those that are
// literals without their datatype.
func objects(nquads, predicate string) []string {
	var found []string
	for line := range strings.Lines(nquads) {
		_, rest, _ := strings.Cut(line, " ")
		if object, ok := strings.CutPrefix(rest, predicate+" "); ok {
			object = strings.TrimSuffix(object, " .\n")
			object, _, _ = strings.Cut(object, "^^")
			found = append(found, object)
		}
	}
	return found
}
