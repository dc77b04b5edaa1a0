package rdfc

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ground(object Term) Quad {
	return Quad{Subject: named("urn:s"), Predicate: named("urn:p"), Object: object}
}

func canonical(t testing.TB, quads []Quad, opt Options) []byte {
	t.Helper()
	document, err := Canonicalize(context.Background(), quads, opt)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func TestEscaping(t *testing.T) {
	for in, want := range map[string]string{
		"":               "",
		"\b\t\n\f\r\"\\": `\b\t\n\f\r\"\\`,
		"\x00\x01\x07":   `\u0000\u0001\u0007`,
		"\x0b\x0e\x1f":   `\u000B\u000E\u001F`,
		"a\x7fb":         `a\u007Fb`,
		"\ufffe\uffff":   `\uFFFE\uFFFF`,
		"\u0080\u0085\u2028\ufffd\U0001fffe\U0010ffff": "\u0080\u0085\u2028\ufffd\U0001fffe\U0010ffff",
		" '/é∞😀": " '/é∞😀",
		`\u0041`: `\\u0041`,
	} {
		got := string(canonical(t, []Quad{ground(plain(in))}, Options{}))
		if diff := cmp.Diff("<urn:s> <urn:p> \""+want+"\" .\n", got); diff != "" {
			t.Errorf("%+q (-want +got):\n%s", in, diff)
		}
	}
}

// TestEscapingKeepsEveryCharacter is over all of Unicode: what is written reads
// back as the same, and of each character one spelling is used.
func TestEscapingKeepsEveryCharacter(t *testing.T) {
	for r := rune(0); r <= 0x10ffff; r++ {
		if 0xd800 <= r && r <= 0xdfff {
			continue
		}
		written := string(appendEscaped(nil, string(r)))
		if unescape(written) != string(r) || len(written) > 1 && written[0] == '\\' != needsEscape(r) {
			t.Fatalf("%U is written %q", r, written)
		}
	}
}

func TestTerms(t *testing.T) {
	quads := []Quad{
		ground(plain("plain")),
		ground(Term{Kind: Literal, Value: "wort", Datatype: langString, Language: "de-AT"}),
		ground(Term{Kind: Literal, Value: "1", Datatype: "http://www.w3.org/2001/XMLSchema#integer"}),
		ground(named("http://example.com/é?q=~#f")),
		{Subject: blank(0), Predicate: named("urn:p"), Object: blank(1), Graph: blank(0)},
		{Subject: named("urn:s"), Predicate: named("urn:p"), Object: blank(1), Graph: named("urn:g")},
	}
	const want = `<urn:s> <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:s> <urn:p> "plain" .
<urn:s> <urn:p> "wort"@de-AT .
<urn:s> <urn:p> <http://example.com/é?q=~#f> .
<urn:s> <urn:p> _:c14n0 <urn:g> .
_:c14n1 <urn:p> _:c14n0 _:c14n1 .
`
	if diff := cmp.Diff(want, string(canonical(t, quads, Options{}))); diff != "" {
		t.Errorf("document differs (-want +got):\n%s", diff)
	}
}

func TestEmptyDataset(t *testing.T) {
	document, labels, err := CanonicalizeWithLabels(context.Background(), nil, Options{})
	if len(document) != 0 || len(labels) != 0 || err != nil {
		t.Errorf("got %q, %v, %v", document, labels, err)
	}
}

func TestInvalidQuads(t *testing.T) {
	const secret = "SECRET"
	literal := func(value, datatype, language string) Quad {
		return ground(Term{Kind: Literal, Value: value, Datatype: datatype, Language: language})
	}
	with := func(change func(*Quad)) Quad {
		q := ground(plain(secret))
		change(&q)
		return q
	}
	tests := map[string]Quad{
		"no subject":            with(func(q *Quad) { q.Subject = Term{} }),
		"literal subject":       with(func(q *Quad) { q.Subject = plain(secret) }),
		"no predicate":          with(func(q *Quad) { q.Predicate = Term{} }),
		"blank predicate":       with(func(q *Quad) { q.Predicate = blank(0) }),
		"no object":             ground(Term{}),
		"unknown kind":          ground(Term{Kind: 9, Value: secret}),
		"literal graph":         with(func(q *Quad) { q.Graph = plain(secret) }),
		"graph of no kind":      with(func(q *Quad) { q.Graph = Term{Value: secret} }),
		"IRI with datatype":     ground(Term{Kind: IRI, Value: "urn:" + secret, Datatype: xsdString}),
		"blank with language":   ground(Term{Kind: Blank, Value: secret, Language: "en"}),
		"blank without label":   ground(Term{Kind: Blank}),
		"text not UTF-8":        literal(secret+"\xff", xsdString, ""),
		"surrogate":             literal(secret+"\xed\xa0\x80", xsdString, ""),
		"no datatype":           literal(secret, "", ""),
		"relative datatype":     literal(secret, "string", ""),
		"language, no language": literal(secret, langString, ""),
		"language of string":    literal(secret, xsdString, "en"),
		"language with space":   literal(secret, langString, "en us"),
		"language of digits":    literal(secret, langString, "1"),
		"language ends in -":    literal(secret, langString, "en-"),
		"empty IRI":             ground(named("")),
		"relative IRI":          ground(named(secret + "/path")),
		"path with colon":       ground(named("./" + secret + ":x")),
		"no scheme":             ground(named(":" + secret)),
		"scheme with digit":     ground(named("1a:" + secret)),
		"IRI not UTF-8":         ground(named("urn:" + secret + "\xff")),
		"IRI that spells quads": ground(named("urn:a> .\n<urn:s> <urn:p> <urn:" + secret)),
	}
	for r := rune(0); r < 0x80; r++ {
		if r <= ' ' || strings.ContainsRune("<>\"{}|^`\\", r) {
			tests[fmt.Sprintf("IRI with %U", r)] = ground(named("urn:" + secret + string(r)))
		}
	}
	for name, quad := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Canonicalize(context.Background(), []Quad{ground(blank(0)), quad}, Options{})
			if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "quad 1: ") {
				t.Fatalf("got %v, want ErrInvalid about quad 1", err)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%q tells the value", err)
			}
		})
	}
}

// TestIRICharacters: what is not refused is written as it is.
func TestIRICharacters(t *testing.T) {
	for r := '!'; r < 0x300; r++ {
		if strings.ContainsRune("<>\"{}|^`\\", r) {
			continue
		}
		got := string(canonical(t, []Quad{ground(named("a+1.-:" + string(r)))}, Options{}))
		if want := "<urn:s> <urn:p> <a+1.-:" + string(r) + "> .\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestFirstDegreeOrder: blank nodes with different first degree hashes are
// labelled in the order of those, and a quad that mentions one twice is hashed
// once.
func TestFirstDegreeOrder(t *testing.T) {
	for i := range 10 {
		self := fmt.Sprintf("_:a <urn:p%d> _:a .\n", i)
		other := fmt.Sprintf("_:a <urn:p%d> \"x\" .\n", i)
		want := map[string]string{"a": "c14n0", "b": "c14n1"}
		if hash, than := sha256.Sum256([]byte(self)), sha256.Sum256([]byte(other)); bytes.Compare(hash[:], than[:]) > 0 {
			want = map[string]string{"a": "c14n1", "b": "c14n0"}
		}
		quads := mustParse(t, self+strings.Replace(other, "_:a", "_:b", 1))
		_, labels, err := CanonicalizeWithLabels(context.Background(), quads, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, labels); diff != "" {
			t.Errorf("%s labels differ (-want +got):\n%s", self, diff)
		}
	}
}

func TestHashes(t *testing.T) {
	quads := mustParse(t, "_:x <urn:p> \"1\" .\n_:y <urn:p> \"2\" .\n_:z <urn:p> \"4\" .\n")
	byDefault := canonical(t, quads, Options{})
	if got := canonical(t, quads, Options{Hash: crypto.SHA256}); string(got) != string(byDefault) {
		t.Errorf("the default is not SHA-256:\n%s", got)
	}
	if got := canonical(t, quads, Options{Hash: crypto.SHA384}); string(got) == string(byDefault) {
		t.Errorf("SHA-384 labels as SHA-256 does:\n%s", got)
	}
	for _, hash := range []crypto.Hash{crypto.MD5, crypto.SHA1, crypto.SHA512, 99} {
		if _, err := Canonicalize(context.Background(), quads, Options{Hash: hash}); !errors.Is(err, ErrHash) {
			t.Errorf("hash %d: got %v, want ErrHash", hash, err)
		}
	}
}

func TestLimits(t *testing.T) {
	quads := mustParse(t, credential)
	size := len(canonical(t, quads[:4], Options{}))
	labelled := Quad{Subject: Term{Kind: Blank, Value: strings.Repeat("b", 100)}, Predicate: named("urn:p"), Object: named("urn:o")}
	labelledSize := len("_: <urn:p> <urn:o> .\n") + 100
	shared := make([]Quad, 1000)
	for i := range shared {
		shared[i] = Quad{Subject: named("urn:" + strings.Repeat("s", 100_000)), Predicate: named("urn:p"), Object: blank(i)}
	}
	for name, test := range map[string]struct {
		quads []Quad
		opt   Options
		want  error
	}{
		"as many quads as allowed":   {quads[:4], Options{MaxQuads: 4}, nil},
		"one quad more":              {quads[:5], Options{MaxQuads: 4}, ErrTooLarge},
		"default quads":              {make([]Quad, DefaultMaxQuads+1), Options{}, ErrTooLarge},
		"as many bytes as allowed":   {quads[:4], Options{MaxBytes: size}, nil},
		"one byte more":              {quads[:4], Options{MaxBytes: size - 1}, ErrTooLarge},
		"as long a label as allowed": {[]Quad{labelled}, Options{MaxBytes: labelledSize}, nil},
		"a label one byte longer":    {[]Quad{labelled}, Options{MaxBytes: labelledSize - 1}, ErrTooLarge},
		"default bytes":              {shared, Options{}, ErrTooLarge},
		"negative bytes":             {quads[:4], Options{MaxBytes: -1}, ErrTooLarge},
		"no work needed":             {quads, Options{Work: -1}, nil},
		"work needed, none allowed":  {edges("urn:p", ring(2)...), Options{Work: -1}, ErrTooComplex},
		"too little work":            {edges("urn:p", ring(5)...), Options{Work: 20}, ErrTooComplex},
		"enough work":                {edges("urn:p", ring(5)...), Options{Work: 200}, nil},
		"as much with much to hash":  {edges("urn:"+strings.Repeat("p", 10_000), ring(5)...), Options{Work: 200}, ErrTooComplex},
	} {
		t.Run(name, func(t *testing.T) {
			document, err := Canonicalize(context.Background(), test.quads, test.opt)
			if !errors.Is(err, test.want) || (err == nil) != (document != nil) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestPoisons(t *testing.T) {
	for name, quads := range poisons() {
		t.Run(name, func(t *testing.T) {
			if _, err := Canonicalize(context.Background(), quads, Options{}); !errors.Is(err, ErrTooComplex) {
				t.Errorf("got %v, want ErrTooComplex", err)
			}
		})
	}
}

// countdown is a context that is cancelled once it was asked so many times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestCancellation cancels at each stage; without a limit on work the poisons
// would not end in a lifetime.
func TestCancellation(t *testing.T) {
	for name, quads := range poisons() {
		for _, after := range []int{0, len(quads) - 1, len(quads) + 1, 2*len(quads) + 1000} {
			t.Run(fmt.Sprint(name, " after ", after), func(t *testing.T) {
				ctx := &countdown{context.Background(), after}
				_, err := Canonicalize(ctx, quads, Options{Work: math.MaxInt})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want context.Canceled", err)
				}
				if ctx.left != -1 {
					t.Errorf("went on for %d steps after it was cancelled", -1-ctx.left)
				}
			})
		}
	}
}

// TestInputIsLeftAlone: the quads belong to the caller.
func TestInputIsLeftAlone(t *testing.T) {
	quads, same := mustParse(t, credential), mustParse(t, credential)
	canonical(t, quads, Options{})
	if diff := cmp.Diff(same, quads); diff != "" {
		t.Errorf("quads changed (-before +after):\n%s", diff)
	}
}

// FuzzCanonicalize: a document that is canonical is its own canonical form.
func FuzzCanonicalize(f *testing.F) {
	f.Add(credential)
	f.Add("_:a <urn:p> _:b _:a .\n_:b <urn:p> _:a .\n_:b <urn:p> \"\\u0000\\uFFFF\\\"\"@en .")
	f.Add("_:a <urn:p> _:b .\n_:b <urn:p> _:c .\n_:c <urn:p> _:a .\n_:a <urn:p> _:b _:b .")
	f.Fuzz(func(t *testing.T, document string) {
		quads, err := parseNQuads(document)
		if err != nil {
			return
		}
		opt := Options{Work: 1 << 12}
		once, err := Canonicalize(context.Background(), quads, opt)
		if errors.Is(err, ErrInvalid) || errors.Is(err, ErrTooComplex) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if twice := canonical(t, mustParse(t, string(once)), opt); string(once) != string(twice) {
			t.Errorf("canonical form of\n%sis\n%s", once, twice)
		}
	})
}
