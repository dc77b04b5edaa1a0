package logproof_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"math"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

func signed(t testing.TB, c logproof.Checkpoint) []byte {
	t.Helper()
	data, err := c.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestCheckpointRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := logproof.Checkpoint{
			Origin: rapid.StringMatching(`[a-z0-9./-]{1,40}`).Draw(t, "origin"),
			Size:   rapid.Uint64Range(0, math.MaxInt64).Draw(t, "size"),
			Root:   logproof.Hash(rapid.SliceOfN(rapid.ByteMin(1), 32, 32).Draw(t, "root")),
			Head:   logproof.Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "head")),
		}
		data, err := want.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := logproof.OpenCheckpoint(data, key.Public())
		if err != nil || got != want {
			t.Fatalf("got %+v, %v, want %+v", got, err, want)
		}
	})
}

// TestAlteredCheckpoints refuses each flipped bit and each truncation.
func TestAlteredCheckpoints(t *testing.T) {
	data := signed(t, checkpointOf(chain(t, 3), 3))
	refuse := func(what string, at int, altered []byte) {
		if c, err := logproof.OpenCheckpoint(altered, key.Public()); !errors.Is(err, logproof.ErrCheckpoint) || c != (logproof.Checkpoint{}) {
			t.Errorf("%s %d: got %+v, %v: %q", what, at, c, err, altered)
		}
	}
	for i := range len(data) * 8 {
		flipped := bytes.Clone(data)
		flipped[i/8] ^= 1 << (i % 8)
		refuse("bit", i, flipped)
	}
	for i := range data {
		refuse("cut at", i, data[:i])
	}
}

func TestForgedCheckpoints(t *testing.T) {
	evil := credtest.Key("evil")
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := checkpointOf(chain(t, 3), 3)
	byEvil, err := c.Sign(evil)
	if err != nil {
		t.Fatal(err)
	}
	good := string(signed(t, c))
	larger := c
	larger.Size++
	_, signature, _ := strings.Cut(good, "\n\n")
	text, _, _ := strings.Cut(string(signed(t, larger)), "\n\n")
	for name, f := range map[string]struct {
		data []byte
		key  crypto.PublicKey
	}{
		"of another key":           {byEvil, key.Public()},
		"read by another key":      {[]byte(good), evil.Public()},
		"read by no key":           {[]byte(good), nil},
		"read by a P-256 key":      {[]byte(good), curve.Public()},
		"with another's signature": {[]byte(text + "\n\n" + signature), key.Public()},
		"unsigned":                 {[]byte(text + "\n"), key.Public()},
		"with the signature twice": {[]byte(good + signature[:len(signature)/2]), key.Public()},
		"of another origin":        {[]byte(strings.Replace(good, origin, "evil.example/log", 1)), key.Public()},
		"nothing":                  {nil, key.Public()},
		"too large":                {[]byte(good + strings.Repeat(signature, 100)), key.Public()},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := logproof.OpenCheckpoint(f.data, f.key); !errors.Is(err, logproof.ErrCheckpoint) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	if data, err := c.Sign(curve); !errors.Is(err, logproof.ErrCheckpoint) {
		t.Errorf("got %s, %v", data, err)
	}
	for _, name := range []string{"", "a b", "a+b", "a\nb"} {
		if data, err := (logproof.Checkpoint{Origin: name, Root: logproof.HashOf(nil)}).Sign(key); err == nil {
			t.Errorf("origin %q: got %q", name, data)
		}
	}
}

// noteSigner signs any text in the name of the log.
type noteSigner struct{ note.Verifier }

func (noteSigner) Sign(message []byte) ([]byte, error) {
	return key.Sign(nil, message, crypto.Hash(0))
}

// TestSignedNonsense signs notes that are no checkpoints.
func TestSignedNonsense(t *testing.T) {
	const (
		head = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
		root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	)
	for name, c := range map[string]struct {
		text string
		good bool
	}{
		"as it should be":       {origin + "\n3\n" + head + "\n", true},
		"two lines":             {origin + "\n3\n", false},
		"with a root":           {origin + "\n3\n" + root + "\nchain " + head + "\n", true},
		"a root of zeros":       {origin + "\n3\n" + head + "\nchain " + head + "\n", false},
		"another extension":     {origin + "\n3\n" + root + "\nhead " + head + "\n", false},
		"no name of it":         {origin + "\n3\n" + root + "\n" + head + "\n", false},
		"a short root":          {origin + "\n3\nAAAA\nchain " + head + "\n", false},
		"a short chain":         {origin + "\n3\n" + root + "\nchain AAAA\n", false},
		"five lines":            {origin + "\n3\n" + root + "\nchain " + head + "\nmore\n", false},
		"a sign":                {origin + "\n+3\n" + head + "\n", false},
		"a leading zero":        {origin + "\n03\n" + head + "\n", false},
		"a negative number":     {origin + "\n-3\n" + head + "\n", false},
		"a number above 2^63":   {origin + "\n9223372036854775808\n" + head + "\n", false},
		"no number":             {origin + "\n\n" + head + "\n", false},
		"a short hash":          {origin + "\n3\nAAAA\n", false},
		"a hash without pads":   {origin + "\n3\n" + strings.TrimSuffix(head, "=") + "\n", false},
		"a hash with odd bits":  {origin + "\n3\n" + strings.Replace(head, "A=", "B=", 1) + "\n", false},
		"a hash in base64url":   {origin + "\n3\n_" + head[1:] + "\n", false},
		"a carriage return":     {origin + "\n3\r\n" + head + "\n", false},
		"a space":               {origin + "\n3 \n" + head + "\n", false},
		"another origin inside": {"evil.example/log\n3\n" + head + "\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			verifierKey, err := note.NewEd25519VerifierKey(origin, key.Public().(ed25519.PublicKey))
			if err != nil {
				t.Fatal(err)
			}
			verifier, err := note.NewVerifier(verifierKey)
			if err != nil {
				t.Fatal(err)
			}
			data, err := note.Sign(&note.Note{Text: c.text}, noteSigner{verifier})
			if err != nil {
				t.Fatal(err)
			}
			got, err := logproof.OpenCheckpoint(data, key.Public())
			if (err == nil) != c.good || (err != nil && !errors.Is(err, logproof.ErrCheckpoint)) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// FuzzOpenCheckpoint opens nothing but what was signed.
func FuzzOpenCheckpoint(f *testing.F) {
	want := checkpointOf(chain(f, 3), 3)
	f.Add(signed(f, want))
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := logproof.OpenCheckpoint(data, key.Public()); err == nil && got != want {
			t.Fatalf("got %+v from %q", got, data)
		}
	})
}
