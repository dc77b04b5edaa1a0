package logproof_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	tlognote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// seen is when the witnesses of the tests look.
var seen = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// witness returns the witness of a name, and its key.
func witness(t testing.TB, name string) (logproof.Witness, ed25519.PrivateKey) {
	t.Helper()
	private := credtest.Key(name)
	w, err := logproof.NewWitness(name, private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return w, private
}

// cosigned returns a checkpoint with the cosignatures of names.
func cosigned(t testing.TB, checkpoint []byte, names ...string) []byte {
	t.Helper()
	all := bytes.Clone(checkpoint)
	for _, name := range names {
		w, private := witness(t, name)
		line, err := w.Cosign(checkpoint, private, seen)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, line...)
	}
	return all
}

// policy returns the policy that needs so many of names.
func policy(t testing.TB, need int, names ...string) logproof.Witnesses {
	t.Helper()
	var all []logproof.Witness
	for _, name := range names {
		w, _ := witness(t, name)
		all = append(all, w)
	}
	p, err := logproof.NewWitnesses(need, all...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestCosignaturesElsewhere: what we cosign counts for transparency-dev's
// package, and what it cosigns counts for us, with the same verifier keys.
func TestCosignaturesElsewhere(t *testing.T) {
	secret, public, err := note.GenerateKey(rand.Reader, "w.example/theirs")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := tlognote.NewSignerForCosignatureV1(secret)
	if err != nil {
		t.Fatal(err)
	}
	theirKey, err := tlognote.VKeyToCosignatureV1(public)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := logproof.ParseWitness(theirKey)
	if err != nil || theirs.String() != theirKey || theirs.Name != "w.example/theirs" {
		t.Fatalf("%s: %+v, %v", theirKey, theirs, err)
	}
	checkpoint := signed(t, checkpointOf(chain(t, 3), 3))
	logKey, err := note.NewEd25519VerifierKey(origin, key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	logVerifier, err := note.NewVerifier(logKey)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := note.Open(checkpoint, note.VerifierList(logVerifier))
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now().Truncate(time.Second)
	both, err := note.Sign(opened, signer)
	if err != nil {
		t.Fatal(err)
	}
	one, err := logproof.NewWitnesses(1, theirs)
	if err != nil {
		t.Fatal(err)
	}
	found, err := one.Check(both, key.Public())
	if err != nil || len(found) != 1 || found[0].Witness != theirs || found[0].Time.Before(before) || !bytes.HasSuffix(both, found[0].Line) {
		t.Errorf("theirs: %+v, %v", found, err)
	}

	ours, _ := witness(t, "w.example/ours")
	verifier, err := tlognote.NewVerifierForCosignatureV1(ours.String())
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(cosigned(t, checkpoint, "w.example/ours"), note.VerifierList(logVerifier, verifier))
	if err != nil || len(n.Sigs) != 2 {
		t.Fatalf("ours: %+v, %v", n, err)
	}
	if at, err := tlognote.CoSigV1Timestamp(n.Sigs[1]); err != nil || !at.Equal(seen) {
		t.Errorf("ours: %v, %v", at, err)
	}
}

// TestQuorums: so many of those that are named count, and nobody else.
func TestQuorums(t *testing.T) {
	plain := signed(t, checkpointOf(chain(t, 3), 3))
	for name, c := range map[string]struct {
		by    []string
		need  int
		among []string
		ok    bool
	}{
		"one of one":        {[]string{"a"}, 1, []string{"a"}, true},
		"two of three":      {[]string{"c", "a"}, 2, []string{"a", "b", "c"}, true},
		"more than needed":  {[]string{"a", "b", "c"}, 2, []string{"a", "b", "c"}, true},
		"among strangers":   {[]string{"x", "a", "y"}, 1, []string{"a"}, true},
		"none":              {nil, 1, []string{"a"}, false},
		"a stranger":        {[]string{"x"}, 1, []string{"a"}, false},
		"one of two needed": {[]string{"b"}, 2, []string{"a", "b", "c"}, false},
		"one, twice":        {[]string{"a", "a"}, 2, []string{"a", "b"}, false},
	} {
		found, err := policy(t, c.need, c.among...).Check(cosigned(t, plain, c.by...), key.Public())
		if (err == nil) != c.ok || err != nil && !errors.Is(err, logproof.ErrWitness) {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
		for _, one := range found {
			if !one.Time.Equal(seen) {
				t.Errorf("%s: %s at %s", name, one.Witness.Name, one.Time)
			}
		}
	}
	if found, err := (logproof.Witnesses{}).Check(plain, key.Public()); found != nil || err != nil {
		t.Errorf("a policy of no witnesses: %+v, %v", found, err)
	}
	if _, err := policy(t, 1, "a").Check(cosigned(t, plain, "a"), credtest.Key("another").Public()); !errors.Is(err, logproof.ErrCheckpoint) {
		t.Errorf("cosigned, and not signed by the log: %v", err)
	}
}

// TestAlteredCosignatures refuses each flipped bit of a cosigned checkpoint,
// for the text is signed twice and the lines have one form; and each truncation.
func TestAlteredCosignatures(t *testing.T) {
	data, one := cosigned(t, signed(t, checkpointOf(chain(t, 3), 3)), "a"), policy(t, 1, "a")
	if _, err := one.Check(data, key.Public()); err != nil {
		t.Fatal(err)
	}
	for i := range len(data) * 8 {
		flipped := bytes.Clone(data)
		flipped[i/8] ^= 1 << (i % 8)
		if found, err := one.Check(flipped, key.Public()); err == nil {
			t.Errorf("bit %d: %+v: %q", i, found, flipped)
		}
	}
	for n := range data {
		if found, err := one.Check(data[:n], key.Public()); err == nil {
			t.Errorf("cut at %d: %+v", n, found)
		}
	}
}

// TestMovedCosignature: a cosignature is of one checkpoint.
func TestMovedCosignature(t *testing.T) {
	log := chain(t, 4)
	line := bytes.TrimPrefix(cosigned(t, signed(t, checkpointOf(log, 3)), "a"), signed(t, checkpointOf(log, 3)))
	moved := append(signed(t, checkpointOf(log, 4)), line...)
	if found, err := policy(t, 1, "a").Check(moved, key.Public()); !errors.Is(err, logproof.ErrWitness) {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestWitnessesRefused(t *testing.T) {
	a, _ := witness(t, "a")
	sameKey, err := logproof.NewWitness("b", a.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		need int
		all  []logproof.Witness
	}{
		"none needed":        {0, []logproof.Witness{a}},
		"more than there is": {2, []logproof.Witness{a}},
		"nobody":             {1, nil},
		"one key twice":      {2, []logproof.Witness{a, sameKey}},
		"too many":           {1, make([]logproof.Witness, logproof.MaxWitnesses+1)},
	} {
		if p, err := logproof.NewWitnesses(c.need, c.all...); !errors.Is(err, logproof.ErrWitness) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	itself, err := logproof.NewWitness("itself", key.Public())
	if err != nil {
		t.Fatal(err)
	}
	p, err := logproof.NewWitnesses(1, itself)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Check(signed(t, checkpointOf(chain(t, 3), 3)), key.Public()); !errors.Is(err, logproof.ErrWitness) {
		t.Errorf("the log as its own witness: %v", err)
	}
}

func TestWitnessNamesAndKeys(t *testing.T) {
	for _, name := range []string{"", "a b", "a+b", "a\nb", "a\u00a0b", "\xff", "a\x00", strings.Repeat("a", 256)} {
		if w, err := logproof.NewWitness(name, key.Public()); !errors.Is(err, logproof.ErrWitness) {
			t.Errorf("%q: %+v, %v", name, w, err)
		}
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if w, err := logproof.NewWitness("a", private.Public()); !errors.Is(err, logproof.ErrWitness) {
		t.Errorf("P-256: %+v, %v", w, err)
	}
	anybody := make(ed25519.PublicKey, ed25519.PublicKeySize)
	anybody[0] = 1 // the point for which anybody can sign
	if w, err := logproof.NewWitness("a", anybody); !errors.Is(err, logproof.ErrWitness) {
		t.Errorf("a key of small order: %+v, %v", w, err)
	}
	a, key := witness(t, "a")
	ofLog, err := note.NewEd25519VerifierKey("a", a.Public())
	if err != nil {
		t.Fatal(err)
	}
	text := a.String()
	for name, vkey := range map[string]string{
		"nothing": "", "a name": "a", "of a log": ofLog, "another name": "b" + text[1:], "upper case": strings.ToUpper(text),
		"a space after it": text + " ", "cut": text[:len(text)-4], "other base64": text[:len(text)-1] + "\n" + text[len(text)-1:],
	} {
		if w, err := logproof.ParseWitness(vkey); !errors.Is(err, logproof.ErrWitness) {
			t.Errorf("%s: %+v, %v", name, w, err)
		}
	}
	checkpoint := signed(t, checkpointOf(chain(t, 1), 1))
	for name, cosign := range map[string]func() ([]byte, error){
		"another's key":   func() ([]byte, error) { return a.Cosign(checkpoint, credtest.Key("b"), seen) },
		"before 1970":     func() ([]byte, error) { return a.Cosign(checkpoint, key, time.Unix(-1, 0)) },
		"nothing":         func() ([]byte, error) { return a.Cosign(nil, key, seen) },
		"no note":         func() ([]byte, error) { return a.Cosign([]byte("a\n1\n"), key, seen) },
		"two blank lines": func() ([]byte, error) { return a.Cosign([]byte("a\n\nb\n\n— c\n"), key, seen) },
	} {
		if line, err := cosign(); err == nil || line != nil {
			t.Errorf("%s: %q, %v", name, line, err)
		}
	}
}

// TestVerifierKeysRoundTrip: what is written is read, and nothing else is
// accepted in its place.
func TestVerifierKeysRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z0-9./_-]{1,40}`).Draw(t, "name")
		want, err := logproof.NewWitness(name, credtest.Key(name).Public())
		if err != nil {
			t.Fatal(err)
		}
		got, err := logproof.ParseWitness(want.String())
		if err != nil || got != want {
			t.Fatalf("got %+v, %v, want %+v", got, err, want)
		}
	})
}
