package proof_test

import (
	stdcmp "cmp"
	"context"
	"crypto"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/proof"
)

const good = `{"type":"DataIntegrityProof","cryptosuite":"s","verificationMethod":"did:a:b#c","proofPurpose":"p","proofValue":"z1"}`

func secured(proofs string) []byte {
	return fmt.Appendf(nil, `{"@context":["u"],"a": [1, {"b" :2}],"proof":%s,"c":"\u00e9"}`, proofs)
}

func TestSplit(t *testing.T) {
	document, proofs, err := proof.Split(secured(`{"type":"DataIntegrityProof","cryptosuite":"s","verificationMethod":"did:a:b#c","proofPurpose":"p","proofValue":"z1",` +
		`"created":"2026-07-01T12:00:00Z","expires":"2026-07-02T12:00:00Z","domain":["a","b"],"challenge":"x","nonce":"n"}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"@context":["u"],"a":[1, {"b" :2}],"c":"\u00e9"}`; string(document) != want {
		t.Errorf("document %s, want %s", document, want)
	}
	p := proofs[0]
	got := []string{p.Type, p.Cryptosuite, p.VerificationMethod, p.Purpose, p.Value, p.Challenge, strings.Join(p.Domains, ","), p.Created.String(), p.Expires.String()}
	want := []string{"DataIntegrityProof", "s", "did:a:b#c", "p", "z1", "x", "a,b", "2026-07-01 12:00:00 +0000 UTC", "2026-07-02 12:00:00 +0000 UTC"}
	if diff := cmp.Diff(want, got); diff != "" || len(proofs) != 1 {
		t.Error(diff)
	}
}

func TestSplitRefuses(t *testing.T) {
	without := func(name string) string { return strings.Replace(good, `"`+name+`"`, `"x"`, 1) }
	with := func(member string) string { return strings.Replace(good, `{`, `{`+member+`,`, 1) }
	for name, c := range map[string]struct {
		proofs string
		want   error
	}{
		"null":                             {`null`, proof.ErrMissing},
		"text":                             {`"x"`, proof.ErrMissing},
		"number":                           {`1`, proof.ErrMissing},
		"empty array":                      {`[]`, proof.ErrMissing},
		"empty object":                     {`{}`, proof.ErrMalformed},
		"array of null":                    {`[null]`, proof.ErrMalformed},
		"array of text":                    {`["x"]`, proof.ErrMalformed},
		"array in an array":                {`[[` + good + `]]`, proof.ErrMalformed},
		"too many":                         {`[` + strings.Repeat(good+`,`, proof.MaxProofs) + good + `]`, proof.ErrMalformed},
		"no type":                          {without("type"), proof.ErrMalformed},
		"no method":                        {without("verificationMethod"), proof.ErrMalformed},
		"no purpose":                       {without("proofPurpose"), proof.ErrMalformed},
		"no value":                         {without("proofValue"), proof.ErrMalformed},
		"names in other letters":           {strings.Replace(good, `"proofValue"`, `"ProofValue"`, 1), proof.ErrMalformed},
		"two types":                        {strings.Replace(good, `"DataIntegrityProof"`, `["DataIntegrityProof"]`, 1), proof.ErrMalformed},
		"a value that is none":             {strings.Replace(good, `"z1"`, `null`, 1), proof.ErrMalformed},
		"a previous proof that is missing": {with(`"previousProof":"urn:x:y"`), proof.ErrMalformed},
		"itself as the previous proof":     {with(`"id":"urn:x:y","previousProof":"urn:x:y"`), proof.ErrMalformed},
		"previous proofs that are none":    {with(`"previousProof":[]`), proof.ErrMalformed},
		"no previous proof":                {with(`"previousProof":null`), proof.ErrMalformed},
		"a context":                        {with(`"@context":["v"]`), proof.ErrMalformed},
		"a context in it":                  {with(`"@context":["u",{"a":"b"}]`), proof.ErrMalformed},
		"a null context":                   {with(`"@context":null`), proof.ErrMalformed},
		"a time that is none":              {with(`"created":"now"`), proof.ErrMalformed},
		"an end that is none":              {with(`"expires":"never"`), proof.ErrMalformed},
		"a domain that is none":            {with(`"domain":1`), proof.ErrMalformed},
		"domains that are none":            {with(`"domain":["a",1]`), proof.ErrMalformed},
		"a duplicate":                      {with(`"type":"DataIntegrityProof"`), proof.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			document, proofs, err := proof.Split(secured(c.proofs))
			if !errors.Is(err, c.want) || document != nil || proofs != nil {
				t.Errorf("got %s, %v, %v, want %v", document, proofs, err, c.want)
			}
		})
	}
	for _, text := range []string{``, `[]`, `null`, `{`, `{"a"`, `{"a":`, `{"proof":` + good, `{"proof":` + good + `}x`, `{"proof":{},"proof":` + good + `}`} {
		if document, proofs, err := proof.Split([]byte(text)); !errors.Is(err, proof.ErrMalformed) {
			t.Errorf("%s: got %s, %v, %v", text, document, proofs, err)
		}
	}
	if _, _, err := proof.Split([]byte(`{"a":1}`)); !errors.Is(err, proof.ErrMissing) {
		t.Errorf("got %v", err)
	}
}

// TestCopiesAreOneProof: a copy of a proof says nothing more.
func TestCopiesAreOneProof(t *testing.T) {
	_, proofs, err := proof.Split(secured(`[` + good + `,` + good + `]`))
	if err != nil || len(proofs) != 1 {
		t.Errorf("got %d proofs, %v", len(proofs), err)
	}
}

// recorder is a suite that keeps what it is given.
type recorder struct{ in *proof.Input }

func (recorder) Type() string { return proof.TypeDataIntegrity }

func (recorder) Cryptosuite() string { return "s" }

func (recorder) ContextInProof() bool { return false }

func (r recorder) Sign(_ context.Context, in proof.Input, _ crypto.Signer) (string, error) {
	*r.in = in
	return "z1", nil
}

func (r recorder) Verify(_ context.Context, in proof.Input, _ crypto.PublicKey, _ string) error {
	*r.in = in
	return nil
}

// TestOptionsHaveEveryMember: what a suite verifies is the whole proof but its
// value, with members that this package does not know.
func TestOptionsHaveEveryMember(t *testing.T) {
	for name, c := range map[string]struct{ proof, want string }{
		"unknown members": {strings.Replace(good, `{`, `{"unknown":[1,{"x":null}],`, 1), `"unknown":[1,{"x":null}],`},
		"its own context": {strings.Replace(good, `{`, `{"@context": [ "u" ],`, 1), `"@context":[ "u" ],`},
		"none":            {good, ``},
	} {
		t.Run(name, func(t *testing.T) {
			document, proofs, err := proof.Split(secured(c.proof))
			if err != nil {
				t.Fatal(err)
			}
			var in proof.Input
			table, err := proof.NewTable(recorder{&in})
			if err != nil {
				t.Fatal(err)
			}
			if err := proofs[0].Verify(t.Context(), document, nil, table, nil); err != nil {
				t.Fatal(err)
			}
			const known = `"type":"DataIntegrityProof","cryptosuite":"s","verificationMethod":"did:a:b#c","proofPurpose":"p"}`
			if diff := cmp.Diff(`{`+c.want+known, string(in.Options)); diff != "" {
				t.Error(diff)
			}
			inContext, err := in.OptionsInContext()
			if err != nil {
				t.Fatal(err)
			}
			want := `{"@context":["u"],` + strings.TrimPrefix(c.want, `"@context":[ "u" ],`) + known
			if diff := cmp.Diff(want, string(inContext)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSign(t *testing.T) {
	var in proof.Input
	template := proof.Template{VerificationMethod: "did:a:b#\"c", Purpose: "p", Created: credtest.Now}
	signed, err := proof.Sign(t.Context(), []byte(`{"@context":["u"],"a":1}`), template, recorder{&in}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	const members = `"type":"DataIntegrityProof","cryptosuite":"s","created":"2026-07-01T12:00:00Z","verificationMethod":"did:a:b#\"c","proofPurpose":"p"`
	if diff := cmp.Diff(`{"@context":["u"],"a":1,"proof":{`+members+`,"proofValue":"z1"}}`, string(signed)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(`{`+members+`}`, string(in.Options)); diff != "" {
		t.Error(diff)
	}
	template.Created = time.Time{} // which is left out
	if _, err := proof.Sign(t.Context(), []byte(`{"@context":["u"],"a":1}`), template, recorder{&in}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{`+strings.Replace(members, `"created":"2026-07-01T12:00:00Z",`, "", 1)+`}`, string(in.Options)); diff != "" {
		t.Error(diff)
	}
	for _, document := range []string{`{"@context":["u"],"proof":{}}`, `{"@context":["u"],"proof":null}`, `{"a":1}`, `[]`, ``} {
		if signed, err := proof.Sign(t.Context(), []byte(document), template, recorder{&in}, nil, nil); !errors.Is(err, proof.ErrMalformed) {
			t.Errorf("%s: got %s, %v", document, signed, err)
		}
	}
}

// TestAdd: what is added is over the document alone, and the proofs that are
// there stay as they are.
func TestAdd(t *testing.T) {
	template := proof.Template{VerificationMethod: "did:a:b#c", Purpose: "p", Created: credtest.Now}
	const added = `{"type":"DataIntegrityProof","cryptosuite":"s","created":"2026-07-01T12:00:00Z","verificationMethod":"did:a:b#c","proofPurpose":"p","proofValue":"z1"}`
	other := strings.Replace(good, `{`, `{ "unknown": [1.0],`, 1)
	for name, c := range map[string]struct{ proofs, want string }{
		"one":      {good, `[` + good + `,` + added + `]`},
		"a set":    {`[` + good + `, ` + other + `]`, `[` + good + `,` + other + `,` + added + `]`},
		"a set, 1": {`[` + other + `]`, `[` + other + `,` + added + `]`},
	} {
		t.Run(name, func(t *testing.T) {
			var in proof.Input
			set, err := proof.Add(t.Context(), secured(c.proofs), template, recorder{&in}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			document, proofs, err := proof.Split(set)
			if err != nil || proofs[len(proofs)-1].VerificationMethod != "did:a:b#c" {
				t.Fatalf("%d proofs, %v", len(proofs), err)
			}
			if !strings.HasSuffix(string(set), `"proof":`+c.want+`}`) {
				t.Errorf("got %s, want %s", set, c.want)
			}
			if diff := cmp.Diff(string(document), string(in.Document)); diff != "" {
				t.Errorf("signed: %s", diff)
			}
		})
	}
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"no proof":   {`{"@context":["u"]}`, proof.ErrMissing},
		"none in it": {`{"@context":["u"],"proof":[]}`, proof.ErrMissing},
		"null":       {`{"@context":["u"],"proof":null}`, proof.ErrMissing},
		"a bad one":  {`{"@context":["u"],"proof":{}}`, proof.ErrMalformed},
		"too many":   {string(secured(`[` + manyProofs(proof.MaxProofs) + `]`)), proof.ErrMalformed},
		"no context": {`{"proof":` + good + `}`, proof.ErrMalformed},
		"nothing":    {``, proof.ErrMalformed},
	} {
		if set, err := proof.Add(t.Context(), []byte(c.data), template, recorder{new(proof.Input)}, nil, nil); !errors.Is(err, c.want) || set != nil {
			t.Errorf("%s: got %s, %v", name, set, err)
		}
	}
}

// manyProofs returns n different proofs, as an array has them.
func manyProofs(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = strings.Replace(good, `{`, fmt.Sprintf(`{"unknown":%d,`, i), 1)
	}
	return strings.Join(all, ",")
}

// named is a suite of which only the names matter.
type named struct {
	proof.Suite
	proofType, cryptosuite string
}

func (n named) Type() string { return n.proofType }

func (n named) Cryptosuite() string { return n.cryptosuite }

func (named) Verify(context.Context, proof.Input, crypto.PublicKey, string) error { return nil }

// TestTable: a proof is read by the suite that its type and its cryptosuite
// name together, and by no other.
func TestTable(t *testing.T) {
	older := named{proofType: "OlderSignature"}
	table, err := proof.NewTable(recorder{new(proof.Input)}, older)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"OlderSignature", "s"}, namesOf(table)); diff != "" {
		t.Error(diff)
	}
	without := strings.Replace(good, `"cryptosuite":"s",`, ``, 1)
	for name, c := range map[string]struct {
		proof string
		want  error
	}{
		"by its cryptosuite":                 {good, nil},
		"by its type":                        {strings.Replace(without, "DataIntegrityProof", "OlderSignature", 1), nil},
		"no cryptosuite":                     {without, proof.ErrSuite},
		"another cryptosuite":                {strings.Replace(good, `"s"`, `"S"`, 1), proof.ErrSuite},
		"an empty cryptosuite":               {strings.Replace(good, `"s"`, `""`, 1), proof.ErrSuite},
		"an own type and a cryptosuite":      {strings.Replace(good, "DataIntegrityProof", "OlderSignature", 1), proof.ErrSuite},
		"an own type as cryptosuite":         {strings.Replace(good, `"s"`, `"OlderSignature"`, 1), proof.ErrSuite},
		"a cryptosuite as its type":          {strings.Replace(without, "DataIntegrityProof", "s", 1), proof.ErrSuite},
		"another type":                       {strings.Replace(without, "DataIntegrityProof", "Ed25519Signature2018", 1), proof.ErrSuite},
		"another type with the cryptosuite":  {strings.Replace(good, "DataIntegrityProof", "Ed25519Signature2018", 1), proof.ErrSuite},
		"the type by its IRI":                {strings.Replace(good, "DataIntegrityProof", "https://w3id.org/security#DataIntegrityProof", 1), proof.ErrSuite},
		"the name of nothing, which is none": {strings.Replace(without, "DataIntegrityProof", "none", 1), proof.ErrSuite},
	} {
		t.Run(name, func(t *testing.T) {
			document, proofs, err := proof.Split(secured(c.proof))
			if err != nil {
				t.Fatal(err)
			}
			if err := proofs[0].Verify(t.Context(), document, nil, table, nil); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	if _, err := table.Lookup("DataIntegrityProof", "t"); err == nil || !strings.Contains(err.Error(), "allowed: OlderSignature, s") {
		t.Errorf("got %v, which does not say what is allowed", err)
	}
}

func namesOf(table *proof.Table) []string {
	var names []string
	for _, suite := range table.Suites() {
		names = append(names, stdcmp.Or(suite.Cryptosuite(), suite.Type()))
	}
	return names
}

func TestNewTableRefuses(t *testing.T) {
	older := named{proofType: "OlderSignature"}
	for name, suites := range map[string][]proof.Suite{
		"a cryptosuite twice":           {recorder{}, recorder{}},
		"a type twice":                  {older, recorder{}, older},
		"no cryptosuite":                {named{proofType: proof.TypeDataIntegrity}},
		"an own type and a cryptosuite": {named{proofType: "OlderSignature", cryptosuite: "s"}},
		"no name":                       {named{cryptosuite: "s"}},
	} {
		if table, err := proof.NewTable(suites...); err == nil {
			t.Errorf("%s: got %v", name, namesOf(table))
		}
	}
}

// FuzzSplit wants what it splits to hold the same members as before.
func FuzzSplit(f *testing.F) {
	f.Add(secured(good))
	f.Add(secured(`[` + good + `]`))
	f.Add(credtest.NewIssuer(f, "registry").Signed(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		document, proofs, err := proof.Split(data)
		if err != nil {
			if document != nil || proofs != nil || !(errors.Is(err, proof.ErrMalformed) || errors.Is(err, proof.ErrMissing)) {
				t.Fatalf("got %s, %v, %v", document, proofs, err)
			}
			return
		}
		if len(proofs) == 0 || len(proofs) > proof.MaxProofs {
			t.Fatalf("%d proofs", len(proofs))
		}
		object := credtest.Unmarshal(t, data)
		delete(object, "proof")
		if diff := cmp.Diff(object, credtest.Unmarshal(t, document)); diff != "" {
			t.Fatal(diff)
		}
	})
}
