package verifier_test

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
)

// What is signed is all there is: the tests here alter a signed credential
// without signing it again.

// richContextURL names a context with all that can make one statement look
// like another.
const richContextURL = "https://registry.example/contexts/rich"

const richContext = `{"@context":{
	"ns": "https://registry.example/ns#",
	"cred": {"@id": "https://www.w3.org/2018/credentials#", "@prefix": true},
	"licence": "https://registry.example/ns#licence",
	"permit": "https://registry.example/ns#licence",
	"count": "https://registry.example/ns#count",
	"about": {"@id": "https://registry.example/ns#about", "@type": "@id"},
	"steps": {"@id": "https://registry.example/ns#steps", "@container": "@list"},
	"data": {"@id": "https://registry.example/ns#data", "@type": "@json"},
	"label": {"@id": "https://registry.example/ns#label", "@container": "@language"},
	"notes": {"@id": "https://registry.example/ns#notes", "@container": "@index"},
	"until": {"@id": "https://www.w3.org/2018/credentials#validUntil", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
	"holds": {"@reverse": "https://registry.example/ns#about"},
	"more": "@nest",
	"items": "@graph",
	"also": "@included"
}}`

// rich returns an issuer, its credential with values of many kinds as an
// object, and a policy that accepts it.
func rich(t testing.TB) (*credtest.Issuer, credtest.Object, verifier.Policy) {
	t.Helper()
	issuer := credtest.NewIssuer(t, "registry")
	policy := policyFor(t, issuer)
	var err error
	if issuer.Contexts, err = issuer.Contexts.With(richContextURL, []byte(richContext), schemas.Digest([]byte(richContext))); err != nil {
		t.Fatal(err)
	}
	policy.Contexts = issuer.Contexts
	document := issuer.Credential()
	document["@context"] = []any{schemas.CredentialsV2, schemas.CivilV1, richContextURL}
	document["description"] = credtest.Object{"@value": "Geburt", "@language": "de-ch"}
	document["evidence"] = credtest.Object{"id": "https://registry.example/evidence/1", "type": "ns:Paper", "count": 2}
	subject := document["credentialSubject"].(credtest.Object)
	subject["licence"] = []any{"A", "B"}
	subject["count"] = 12.5
	subject["about"] = document["id"]
	subject["steps"] = []any{"asked", "answered"}
	subject["data"] = credtest.Object{"a": nil, "b": []any{}}
	subject["label"] = credtest.Object{"de": "Geburt", "en": "birth"}
	return issuer, document, policy
}

func richSigned(t testing.TB) ([]byte, verifier.Policy) {
	t.Helper()
	issuer, document, policy := rich(t)
	data := issuer.Sign(t, document, issuer.Proof())
	wantAccepted(t, data, policy)
	return data, policy
}

func wantAccepted(t testing.TB, data []byte, policy verifier.Policy) {
	t.Helper()
	if report := judge(t, data, policy); report.Verdict() != verifier.VerdictAccepted {
		t.Fatalf("%s: %s", report.Verdict(), report.Reason())
	}
}

// TestAlteredText replaces parts of the text of a signed credential.
func TestAlteredText(t *testing.T) {
	data, policy := richSigned(t)
	const until = `"validUntil":"2026-07-02T12:00:00Z"`
	const dateTime = `{"@type":"http://www.w3.org/2001/XMLSchema#dateTime","@value":"2026-07-02T12:00:00Z"}`
	for name, c := range map[string]struct{ old, new string }{
		"duplicate member":                {`"count":12.5`, `"count":12.5,"count":12.5`},
		"duplicate with an escaped name":  {`"count":12.5`, `"count":12.5,"c\u006funt":13`},
		"duplicate proof":                 {`"proof":{`, `"proof":null,"proof":{`},
		"duplicate in the proof":          {`"proofPurpose":`, `"proofPurpose":"authentication","proofPurpose":`},
		"duplicate in JSON data":          {`"a":null`, `"a":null,"a":1`},
		"another number":                  {`12.5`, `12.6`},
		"a little more":                   {`12.5`, `12.5000000000000001`},
		"a number that overflows":         {`12.5`, `1e400`},
		"a number that underflows":        {`12.5`, `1e-400`},
		"2^53+1":                          {`12.5`, `9007199254740993`},
		"too many digits":                 {`12.5`, `0.1000000000000000055`},
		"minus zero":                      {`12.5`, `-0`},
		"number as text":                  {`12.5`, `"12.5"`},
		"number as the literal of RDF":    {`12.5`, `"1.25E1"`},
		"number as a value object":        {`12.5`, `{"@value":12.5}`},
		"text as a value object":          {`"O'Brien"`, `{"@value":"O'Brien"}`},
		"text as a typed one":             {`"O'Brien"`, `{"@value":"O'Brien","@type":"http://www.w3.org/2001/XMLSchema#string"}`},
		"text in a set":                   {`"O'Brien"`, `{"@set":["O'Brien"]}`},
		"text in a list":                  {`"O'Brien"`, `{"@list":["O'Brien"]}`},
		"text with a language":            {`"O'Brien"`, `{"@value":"O'Brien","@language":"en"}`},
		"list spelled out":                {`"steps":["asked","answered"]`, `"steps":{"@list":["asked","answered"]}`},
		"list in another order":           {`["asked","answered"]`, `["answered","asked"]`},
		"list with an addition":           {`["asked","answered"]`, `["asked","answered","answered"]`},
		"list with a null":                {`["asked","answered"]`, `["asked",null,"answered"]`},
		"another language":                {`de-ch`, `de-at`},
		"language left out":               {`,"@value":"Geburt"`, `,"@value":"Geburt","@type":"urn:x:y"`},
		"a direction":                     {`,"@value":"Geburt"`, `,"@value":"Geburt","@direction":"ltr"`},
		"an index":                        {`,"@value":"Geburt"`, `,"@value":"Geburt","@index":"x"`},
		"a text in another language":      {`"en":"birth"`, `"en":"birth","fr":"naissance"`},
		"a null in another language":      {`"en":"birth"`, `"en":"birth","fr":null`},
		"no text in another language":     {`"en":"birth"`, `"en":"birth","fr":[]`},
		"data with an addition":           {`"a":null`, `"a":null,"c":null`},
		"data with a member left out":     {`"a":null,`, ``},
		"data as a value object":          {`"data":{"a":null,"b":[]}`, `"data":{"@type":"@json","@value":{"a":null,"b":[]}}`},
		"IRI that is another":             {`https://registry.example/evidence/1`, `http://-evil-`},
		"IRI with a space":                {`https://registry.example/evidence/1`, `https://registry.example/evidence/ 1`},
		"IRI of spaces":                   {`https://registry.example/evidence/1`, ` `},
		"IRI that is empty":               {`https://registry.example/evidence/1`, ``},
		"IRI that is relative":            {`https://registry.example/evidence/1`, `evidence/1`},
		"IRI that is a keyword":           {`https://registry.example/evidence/1`, `@type`},
		"IRI like a keyword":              {`https://registry.example/evidence/1`, `@foo`},
		"IRI with dot segments":           {`https://registry.example/evidence/1`, `https://registry.example/evidence/2/../1`},
		"type that is relative":           {`"ns:Paper"`, `["ns:Paper","Paper"]`},
		"type like a keyword":             {`"ns:Paper"`, `["ns:Paper","@foo"]`},
		"type twice":                      {`"ns:Paper"`, `["ns:Paper","https://registry.example/ns#Paper"]`},
		"id as the keyword":               {`"id":"did:example:holder"`, `"@id":"did:example:holder"`},
		"type as the keyword":             {`"type":"ns:Paper"`, `"@type":"ns:Paper"`},
		"id of a blank node":              {`"proof":{`, `"proof":{"id":"_:b",`},
		"end by its IRI":                  {until, `"https://www.w3.org/2018/credentials#validUntil":` + dateTime},
		"end by its compact IRI":          {until, `"cred:validUntil":` + dateTime},
		"end by an alias":                 {until, `"until":"2026-07-02T12:00:00Z"`},
		"end in a nest":                   {until, `"more":{` + until + `}`},
		"end in a keyword's nest":         {until, `"@nest":{` + until + `}`},
		"claim by an alias of its IRI":    {`"licence":["A","B"]`, `"licence":["A"],"https://registry.example/ns#licence":"B"`},
		"proof by another name":           {`"proof":{`, `"https://w3id.org/security#proof":{`},
		"proof's purpose as IRI":          {`"assertionMethod"`, `"https://w3id.org/security#assertionMethod"`},
		"proof's end":                     {`"proof":{`, `"proof":{"expires":"2027-01-01T00:00:00Z",`},
		"proof's domain":                  {`"proof":{`, `"proof":{"domain":"counter.example",`},
		"proof's undefined member":        {`"proof":{`, `"proof":{"comment":"x",`},
		"proof's null":                    {`"proof":{`, `"proof":{"nonce":null,`},
		"proof's empty array":             {`"proof":{`, `"proof":{"nonce":[],`},
		"proof's other context":           {`"proof":{`, `"proof":{"@context":"` + schemas.CredentialsV2 + `",`},
		"proof's inline context":          {`"proof":{`, `"proof":{"@context":{"a":"https://a.example/"},`},
		"proof's null context":            {`"proof":{`, `"proof":{"@context":null,`},
		"context in the subject":          {`"credentialSubject":{`, `"credentialSubject":{"@context":"` + schemas.CivilV1 + `",`},
		"inline context in the subject":   {`"credentialSubject":{`, `"credentialSubject":{"@context":{"x":"https://a.example/"},`},
		"context in JSON data":            {`"a":null`, `"a":null,"@context":{}`},
		"context twice":                   {`"` + schemas.CivilV1 + `",`, `"` + schemas.CivilV1 + `","` + schemas.CivilV1 + `",`},
		"context left out":                {`,"` + richContextURL + `"`, ``},
		"status for less":                 {`"statusListIndex":"7"`, `"statusListIndex":"8"`},
		"status of another list":          {`/status/1"`, `/status/2"`},
		"status with an undefined member": {`"statusListIndex":`, `"ttl":1,"statusListIndex":`},
	} {
		t.Run(name, func(t *testing.T) {
			text := string(data)
			if !strings.Contains(text, c.old) {
				t.Fatalf("%s is not in %s", c.old, text)
			}
			report := judge(t, []byte(strings.Replace(text, c.old, c.new, 1)), policy)
			wantVerdict(t, report, verifier.VerdictRefused)
		})
	}
}
