package bbs

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"testing"
)

// octetsHex is octets that a vector has in hexadecimal.
type octetsHex []byte

func (o *octetsHex) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	b, err := hex.DecodeString(text)
	*o = b
	return err
}

func (o octetsHex) String() string { return hex.EncodeToString(o) }

func plain(all []octetsHex) [][]byte {
	messages := make([][]byte, len(all))
	for i, m := range all {
		messages[i] = m
	}
	return messages
}

func newScheme(t testing.TB, suite Ciphersuite) *Scheme {
	t.Helper()
	s, err := New(suite)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// seedOfDraft is what the drafts' mocked random scalars come from.
const seedOfDraft = "3.141592653589793238462643383279"

// mocked is mocked_calculate_random_scalars of the draft (section 8.1), which
// has to know how many scalars will be asked for. What is left over fails the
// test.
func mocked(t testing.TB, s *Scheme, seed []byte, dst string, count int) io.Reader {
	t.Helper()
	r := bytes.NewReader(s.expandMessage(seed, dst, uint(count*expandLength)))
	t.Cleanup(func() {
		if r.Len() != 0 && !t.Failed() {
			t.Errorf("%d octets of the mocked randomness were not read", r.Len())
		}
	})
	return r
}

func mustKey(t testing.TB, octets []byte) *SecretKey {
	t.Helper()
	k, err := ParseSecretKey(octets)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mustPublic(t testing.TB, octets []byte) *PublicKey {
	t.Helper()
	k, err := ParsePublicKey(octets)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mustSecret(t testing.TB, octets []byte) *Secret {
	t.Helper()
	s, err := ParseSecret(octets)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
