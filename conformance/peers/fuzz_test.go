package peers

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// recorder is a signer that keeps what it was to sign.
type recorder struct{ message []byte }

func (*recorder) Public() crypto.PublicKey { return make(ed25519.PublicKey, ed25519.PublicKeySize) }

func (r *recorder) Sign(_ io.Reader, message []byte, _ crypto.SignerOpts) ([]byte, error) {
	r.message = message
	return make([]byte, ed25519.SignatureSize), nil
}

// canonicalHash returns the SHA-256 of the canonical form of document, as it
// is signed. It comes by way of a signer, which is the public one: what is
// compared is what every caller gets, however it is made inside.
func canonicalHash(t testing.TB, document []byte, contexts *schemas.Contexts) ([]byte, error) {
	t.Helper()
	var r recorder
	in := proof.Input{Document: document, Options: []byte(`{"type":"DataIntegrityProof"}`), Contexts: contexts}
	if _, err := (eddsa.RDFC2022{}).Sign(t.Context(), in, &r); err != nil {
		return nil, err
	}
	return r.message[sha256.Size:], nil
}

// FuzzCanonicalDifferential mutates credentials. Whenever we give a canonical
// form, the peer's safe mode gives the same; what it refuses we refuse.
func FuzzCanonicalDifferential(f *testing.F) {
	contexts := given(f).WithInline()
	p := startDigitalbazaar(f, contexts)
	seeds(f, func(document []byte) {
		f.Add(document, []byte{})
		f.Add(document, []byte{3, 0, 10, 20})
		f.Add(document, []byte{0, 10, 8, 1, 0, 26, 4})
	})
	f.Fuzz(func(t *testing.T, document, choices []byte) {
		document = mutate(t, document, choices)
		ours, err := canonicalHash(t, document, contexts)
		if err != nil {
			return
		}
		a, err := p.try(t, request{Op: "canonize", Document: string(document)})
		if explained(t, document, err) {
			return
		}
		if err != nil {
			t.Fatalf("the peer refuses what we sign: %v\n%s", err, document)
		}
		if doubled(a.NQuads) {
			return // a dataset has no statement twice; see docs/divergences.md
		}
		if theirs := sha256.Sum256([]byte(a.NQuads)); string(theirs[:]) != string(ours) {
			t.Fatalf("the peer signs something else for\n%s\n%s", document, a.NQuads)
		}
	})
}

// doubled tells whether a line is there twice.
func doubled(nquads string) bool {
	lines := strings.Split(nquads, "\n")
	slices.Sort(lines)
	return len(slices.Compact(lines)) < strings.Count(nquads, "\n")+1
}

// FuzzVerifyDifferential mutates credentials, signs them, and mutates what was
// signed. Whenever we accept, the peer accepts.
func FuzzVerifyDifferential(f *testing.F) {
	us := newOurs(f)
	us.contexts = us.contexts.WithInline()
	p := startDigitalbazaar(f, us.contexts)
	seeds(f, func(document []byte) {
		f.Add(document, []byte{}, []byte{}, uint8(0))
		f.Add(document, []byte{3, 0, 10, 20}, []byte{1, 7, 3}, uint8(1))
	})
	signers := []signer{{Suite: "eddsa-rdfc-2022", Key: "Ed25519"}, {Suite: "ecdsa-rdfc-2019", Key: "P-256"}, {Suite: "ecdsa-rdfc-2019", Key: "P-384"}}
	f.Fuzz(func(t *testing.T, document, before, after []byte, by uint8) {
		s := signers[int(by)%len(signers)]
		document = mutate(t, []byte(strings.ReplaceAll(string(document), "did:example:issuer", us.id(t, s.Key))), before)
		signed, err := us.issue(t, s, document)
		if err != nil {
			return
		}
		signed = mutate(t, signed, after)
		if us.verify(t, signed) != nil {
			return
		}
		if err := p.verify(t, signed); err != nil && !explained(t, signed, err) {
			t.Fatalf("the peer refuses what we accept: %v\n%s", err, signed)
		}
	})
}

// seeds calls add with credentials of both data models, and with the
// documents of the corpus: each was of interest once.
func seeds(f *testing.F, add func([]byte)) {
	f.Helper()
	for _, m := range models {
		add(format(m.credential(signer{ID: "did:example:issuer"})))
	}
	files, err := filepath.Glob("testdata/documents/*.json")
	must(f, err)
	if len(files) == 0 {
		f.Fatal("the corpus is gone")
	}
	for _, file := range files {
		document, err := os.ReadFile(file)
		must(f, err)
		add(document)
	}
}

// explained tells whether a difference is one that docs/divergences.md
// explains.
func explained(t testing.TB, document []byte, err error) bool {
	t.Helper()
	for _, limit := range []string{
		"Maximum deep iterations exceeded",     // its limit of work is lower
		"invalid scoped context", "@context @", // it refuses definitions that nothing uses
	} {
		if err != nil && strings.Contains(err.Error(), limit) {
			return true
		}
	}
	var value any
	must(t, json.Unmarshal(document, &value))
	return has(value, func(scalar any) bool {
		switch scalar := scalar.(type) {
		case float64:
			text, err := json.Marshal(scalar)
			return err == nil && pointless.Match(text)
		case string:
			return strings.ContainsAny(scalar, "\ufffe\uffff")
		default:
			return false
		}
	})
}

// pointless is how JavaScript writes a fraction that jsonld takes for an
// integer.
var pointless = regexp.MustCompile(`^-?[0-9]e-[0-9]+$`)

// has tells whether value is or has a scalar of which is says so.
func has(value any, is func(any) bool) bool {
	switch value := value.(type) {
	case object:
		for _, member := range value {
			if has(member, is) {
				return true
			}
		}
		return false
	case []any:
		return slices.ContainsFunc(value, func(item any) bool { return has(item, is) })
	default:
		return is(value)
	}
}
