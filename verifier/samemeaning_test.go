package verifier_test

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
)

// TestEndMovedBelow tells the end of validity where the credential is named
// again, which are the same statements.
func TestEndMovedBelow(t *testing.T) {
	data, policy := richSigned(t)
	for name, moved := range map[string][]string{
		"all": {"type", "validUntil"}, "the status": {"type", "credentialStatus"}, "a repetition": {"type"}, "an identity": {},
	} {
		t.Run(name, func(t *testing.T) {
			document := credtest.Unmarshal(t, data)
			again := credtest.Object{"id": document["id"]}
			for _, member := range moved {
				again[member] = document[member]
				if member != "type" {
					delete(document, member)
				}
			}
			document["credentialSubject"].(credtest.Object)["about"] = again
			want := verifier.VerdictAccepted
			if len(moved) > 1 {
				want = verifier.VerdictRefused
			}
			wantVerdict(t, judge(t, credtest.Marshal(t, document), policy), want)
		})
	}
}

// TestSameMeaning has what may change under a signature over RDF: spelling,
// never a statement, and nothing that a check reads.
func TestSameMeaning(t *testing.T) {
	data, policy := richSigned(t)
	for name, c := range map[string]struct{ old, new string }{
		"white space":                  {`"count":12.5,`, ` "count" : 12.5 ,` + "\r\n\t"},
		"escapes":                      {`"O'Brien"`, `"O\u0027Brien"`},
		"escapes in a name":            {`"count":12.5`, `"c\u006funt":12.5`},
		"order of members":             {`"count":12.5,"data":{"a":null,"b":[]}`, `"data":{"b":[],"a":null},"count":12.5`},
		"order of a set":               {`["A","B"]`, `["B","A"]`},
		"array of one":                 {`"O'Brien"`, `["O'Brien"]`},
		"arrays in a set":              {`["A","B"]`, `[["A"],["B"]]`},
		"a number's spelling":          {`12.5`, `1.250E1`},
		"a language's case":            {`de-ch`, `de-CH`},
		"reference as an object":       {`"about":"urn:uuid:6d1b9c3e-0f0c-4e0e-9d5b-3b0f4b8c1a77"`, `"about":{"id":"urn:uuid:6d1b9c3e-0f0c-4e0e-9d5b-3b0f4b8c1a77"}`},
		"type by its whole IRI":        {`"ns:Paper"`, `"https://registry.example/ns#Paper"`},
		"the document's context again": {`"proof":{`, `"proof":{"@context":["` + schemas.CredentialsV2 + `","` + schemas.CivilV1 + `","` + richContextURL + `"],`},
		"an alias that a context has":  {`"licence":["A","B"]`, `"licence":"A","permit":"B"`},
		"a nest that a context has":    {`"licence":["A","B"]`, `"more":{"licence":["A","B"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			altered := strings.Replace(string(data), c.old, c.new, 1)
			if altered == string(data) {
				t.Fatalf("%s is not in %s", c.old, data)
			}
			wantAccepted(t, []byte(altered), policy)
		})
	}
}

// TestContextsChanged adds and moves contexts of a credential that needs
// little of them.
func TestContextsChanged(t *testing.T) {
	const civil, base = `"` + schemas.CivilV1 + `"`, `"` + schemas.CredentialsV2 + `"`
	issuer, _, policy := rich(t)
	signed := string(issuer.Signed(t))
	for name, c := range map[string]struct {
		contexts string
		want     verifier.Verdict
	}{
		"one more, known, that changes nothing": {base + "," + civil + `,"` + richContextURL + `"`, verifier.VerdictAccepted},
		"in between":                            {base + `,"` + richContextURL + `",` + civil, verifier.VerdictAccepted},
		"at the front":                          {`"` + richContextURL + `",` + base + "," + civil, verifier.VerdictRefused},
		"in another order":                      {civil + "," + base, verifier.VerdictRefused},
		"one less":                              {base, verifier.VerdictRefused},
		"one more, unknown":                     {base + "," + civil + `,"https://evil.example/v1"`, verifier.VerdictRefused},
		"one twice":                             {base + "," + civil + "," + civil, verifier.VerdictRefused},
	} {
		t.Run(name, func(t *testing.T) {
			altered := strings.Replace(signed, base+","+civil, c.contexts, 1)
			if altered == signed {
				t.Fatal("nothing was changed")
			}
			wantVerdict(t, judge(t, []byte(altered), policy), c.want)
		})
	}
}
