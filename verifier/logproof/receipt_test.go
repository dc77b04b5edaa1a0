package logproof_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	gocose "github.com/veraison/go-cose"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const method = "did:web:registry.example#key-1"

// released is what record n of a log has answered with.
func released(n int) []byte { return fmt.Appendf(nil, `{"id":"urn:example:%d","a":[1, 2]}`, n) }

// answers returns a log of n answers of one caller about one subject.
func answers(t testing.TB, n int) ([]logproof.Entry, memory) {
	t.Helper()
	return plantedOf(t, chained(t, n))
}

func chained(t testing.TB, n int) []entry {
	t.Helper()
	var log []entry
	previous := ""
	for i := range uint64(n) {
		record := logproof.Record{
			Format: logproof.Format, Sequence: i, Time: "2026-07-01T12:00:00Z", Previous: previous, Kind: logproof.Answered, Caller: "consult:insurer",
			Profile: "birth-certificate", Subject: "qUkfTBv3sM_7rcui248Cjks_KGfLWeHzoLwZaPPFEkI", Purpose: "enrolment", Disclosed: []string{"birthDate"},
			Credential: fmt.Sprint("urn:example:", i), Released: logproof.HashOf(released(int(i))).String(),
		}
		record.Canonical = digestOf(t, released(int(i)))
		data, err := logproof.Encode(record)
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, entry{i, data})
		previous = logproof.HashOf(data).String()
	}
	return log
}

func digestOf(t testing.TB, released []byte) string {
	t.Helper()
	digest, err := logproof.Digest(released)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

// receiptOf returns the receipt for record number of a log, signed by signer
// when the log had size records.
func receiptOf(t testing.TB, entries []logproof.Entry, nodes memory, number, size int, signer crypto.Signer) logproof.Receipt {
	t.Helper()
	root := nodes.state(t, entries, size).Root
	signed, err := logproof.SignRoot(logproof.SignedRoot{Origin: origin, Method: method, Size: uint64(size), Time: time.Unix(1782907200, 0).UTC()}, root, signer)
	if err != nil {
		t.Fatal(err)
	}
	path, err := tlog.ProveRecord(int64(size), int64(number), nodes)
	if err != nil {
		t.Fatal(err)
	}
	record, err := logproof.Decode(entries[number].Record)
	if err != nil {
		t.Fatal(err)
	}
	r := logproof.Receipt{SignedRoot: signed, Index: uint64(number), Parts: record.Parts(logproof.Salt(entries[number].Leaf), entries[number].Record)}
	for _, hash := range path {
		r.Path = append(r.Path, logproof.Hash(hash))
	}
	return r
}

func encoded(t testing.TB, r logproof.Receipt) []byte {
	t.Helper()
	data, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestReceipts: for each record of each size of a log the receipt comes back
// from its bytes, verifies with its own digest, and with no other.
func TestReceipts(t *testing.T) {
	const n = 20
	entries, nodes := answers(t, n)
	for size := 1; size <= n; size++ {
		for number := range size {
			r, err := logproof.ParseReceipt(encoded(t, receiptOf(t, entries, nodes, number, size, key)))
			if err != nil {
				t.Fatal(err)
			}
			for other := range size {
				err := r.Verify(key.Public(), digestOf(t, released(other)))
				if (err == nil) != (other == number) || err != nil && !errors.Is(err, logproof.ErrReceipt) {
					t.Errorf("receipt %d of %d, credential %d: %v", number, size, other, err)
				}
			}
		}
	}
}

// verifies judges a receipt as a relying party does.
func verifies(data []byte, key crypto.PublicKey, digest string) (logproof.Receipt, error) {
	r, err := logproof.ParseReceipt(data)
	if err == nil {
		err = r.Verify(key, digest)
	}
	return r, err
}

// TestEachFlippedBitOfAReceipt also cuts it off at each byte, and adds one.
func TestEachFlippedBitOfAReceipt(t *testing.T) {
	entries, nodes := answers(t, 11)
	for _, number := range []int{0, 5, 10} {
		whole := encoded(t, receiptOf(t, entries, nodes, number, 11, key))
		digest := digestOf(t, released(number))
		if _, err := verifies(whole, key.Public(), digest); err != nil {
			t.Fatal(err)
		}
		for bit := range len(whole) * 8 {
			altered := bytes.Clone(whole)
			altered[bit/8] ^= 1 << (bit % 8)
			r, err := verifies(altered, key.Public(), digest)
			if !errors.Is(err, logproof.ErrReceipt) {
				t.Fatalf("bit %d of byte %d: %+v, %v", bit%8, bit/8, r, err)
			}
		}
		for length := range whole {
			if _, err := logproof.ParseReceipt(whole[:length]); !errors.Is(err, logproof.ErrReceipt) {
				t.Fatalf("cut off after %d bytes: %v", length, err)
			}
		}
		if _, err := logproof.ParseReceipt(append(bytes.Clone(whole), 0)); !errors.Is(err, logproof.ErrReceipt) {
			t.Fatalf("with another byte: %v", err)
		}
	}
}

// TestForgedReceipts has what somebody makes who has the credential, and who
// can write a log but not sign as its issuer.
func TestForgedReceipts(t *testing.T) {
	entries, nodes := answers(t, 11)
	digest := digestOf(t, released(4))
	good := receiptOf(t, entries, nodes, 4, 11, key)
	with := func(change func(*logproof.Receipt)) logproof.Receipt {
		r := good
		r.Path = slices.Clone(good.Path)
		change(&r)
		return r
	}
	log := chained(t, 11)
	fork, forked := plantedOf(t, rechained(t, replaced(log, 3, bytes.Replace(log[3].data, []byte("insurer"), []byte("Insurer"), 1)), 4))
	for name, r := range map[string]logproof.Receipt{
		"signed with another key":        receiptOf(t, entries, nodes, 4, 11, credtest.Key("another")),
		"a root of another size":         with(func(r *logproof.Receipt) { r.SignedRoot = receiptOf(t, entries, nodes, 4, 10, key).SignedRoot }),
		"another size under its root":    with(func(r *logproof.Receipt) { r.Size = 12 }),
		"another place":                  with(func(r *logproof.Receipt) { r.Index = 5 }),
		"a place after the end":          with(func(r *logproof.Receipt) { r.Index = 11 }),
		"a place far after the end":      with(func(r *logproof.Receipt) { r.Index = 1<<63 + 4 }),
		"another log's name":             with(func(r *logproof.Receipt) { r.Origin = "other.example/log" }),
		"another key's name":             with(func(r *logproof.Receipt) { r.Method = "did:web:registry.example#key-2" }),
		"another time":                   with(func(r *logproof.Receipt) { r.Time = r.Time.Add(time.Second) }),
		"a path cut off":                 with(func(r *logproof.Receipt) { r.Path = r.Path[:len(r.Path)-1] }),
		"a longer path":                  with(func(r *logproof.Receipt) { r.Path = append(r.Path, logproof.Hash{}) }),
		"a path in another order":        with(func(r *logproof.Receipt) { slices.Reverse(r.Path) }),
		"no path":                        with(func(r *logproof.Receipt) { r.Path = nil }),
		"another record's parts":         with(func(r *logproof.Receipt) { r.Parts = receiptOf(t, entries, nodes, 5, 11, key).Parts }),
		"another record's release salt":  with(func(r *logproof.Receipt) { r.Parts.Release = receiptOf(t, entries, nodes, 5, 11, key).Parts.Release }),
		"no signature":                   with(func(r *logproof.Receipt) { r.Signature = nil }),
		"of a fork, under the good root": with(func(r *logproof.Receipt) { r.Path = receiptOf(t, fork, forked, 4, 11, key).Path }),
	} {
		t.Run(name, func(t *testing.T) {
			if err := r.Verify(key.Public(), digest); !errors.Is(err, logproof.ErrReceipt) {
				t.Errorf("got %v", err)
			}
			if data, err := r.Encode(); err == nil {
				if _, err := verifies(data, key.Public(), digest); !errors.Is(err, logproof.ErrReceipt) {
					t.Errorf("from its bytes: %v", err)
				}
			}
		})
	}
	if err := good.Verify(key.Public(), ""); !errors.Is(err, logproof.ErrReceipt) {
		t.Errorf("without a digest: %v", err)
	}
	if err := good.Verify("a key", digest); !errors.Is(err, logproof.ErrReceipt) {
		t.Errorf("with what is no key: %v", err)
	}
	if err := good.Verify(key.Public(), digest); err != nil {
		t.Error(err)
	}
}

// TestNothingReleased: the receipt of a record that released nothing, if it
// were made, would be good for no credential.
func TestNothingReleased(t *testing.T) {
	entries, nodes := planted(t, 8)
	r := receiptOf(t, entries, nodes, 3, 8, key)
	for _, digest := range []string{"", logproof.HashOf(nil).String()} {
		if err := r.Verify(key.Public(), digest); !errors.Is(err, logproof.ErrReceipt) {
			t.Errorf("digest %q: %v", digest, err)
		}
	}
}

// TestOthersReadReceipts verifies a receipt with packages of others alone, as
// RFC 9942 says it is done.
func TestOthersReadReceipts(t *testing.T) {
	entries, nodes := answers(t, 13)
	for number := range 13 {
		var m gocose.Sign1Message
		if err := m.UnmarshalCBOR(encoded(t, receiptOf(t, entries, nodes, number, 13, key))); err != nil {
			t.Fatal(err)
		}
		if m.Payload != nil || m.Headers.Protected[int64(395)] != int64(1) {
			t.Fatalf("%+v", m)
		}
		vdp := m.Headers.Unprotected[int64(396)].(map[any]any)[int64(-1)].([]any)
		var inclusion struct {
			_           struct{} `cbor:",toarray"`
			Size, Index uint64
			Path        [][]byte
		}
		if err := cbor.Unmarshal(vdp[0].([]byte), &inclusion); err != nil {
			t.Fatal(err)
		}
		commitment := logproof.Commit(logproof.Salt(entries[number].Leaf), entries[number].Record)
		root, err := proof.RootFromInclusionProof(rfc6962.DefaultHasher, inclusion.Index, inclusion.Size, rfc6962.DefaultHasher.HashLeaf(commitment[:]), inclusion.Path)
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := gocose.NewVerifier(gocose.AlgorithmEdDSA, key.Public().(ed25519.PublicKey))
		if err != nil {
			t.Fatal(err)
		}
		m.Payload = root
		if err := m.Verify(nil, verifier); err != nil {
			t.Errorf("record %d: %v", number, err)
		}
		m.Payload = bytes.Repeat([]byte{1}, 32)
		if err := m.Verify(nil, verifier); err == nil {
			t.Errorf("record %d: any root will do", number)
		}
	}
}

// TestReceiptTellsNothing: no text of the record is in its receipt, nor is its
// salt, nor anything that one receipt has in common with the next one of the
// same caller but hashes of the tree and what is said of the log.
func TestReceiptTellsNothing(t *testing.T) {
	entries, nodes := answers(t, 16)
	for number := 1; number < 15; number++ {
		r := receiptOf(t, entries, nodes, number, 16, key)
		data := encoded(t, r)
		record, err := logproof.Decode(entries[number].Record)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{
			record.Caller, record.Subject, record.Purpose, record.Profile, record.Credential, record.Released, record.Canonical, record.Previous, record.Time,
			record.Disclosed[0], "answered", string(entries[number].Leaf[:32]),
		} {
			if bytes.Contains(data, []byte(text)) {
				t.Errorf("receipt %d has %q", number, text)
			}
		}
		for _, hash := range []logproof.Hash{logproof.HashOf(released(number)), logproof.HashOf(entries[number].Record), logproof.HashOf(entries[number].Leaf[:32])} {
			if bytes.Contains(data, hash[:]) {
				t.Errorf("receipt %d has the hash %s", number, hash)
			}
		}
		next := encoded(t, receiptOf(t, entries, nodes, number+1, 16, key))
		for _, part := range [][]byte{r.Parts.Record[:], r.Parts.Release[:]} {
			if bytes.Contains(next, part) {
				t.Errorf("receipts %d and %d have %x in common", number, number+1, part)
			}
		}
	}
}

// TestPartsDoNotGuess: with the parts of a receipt, who guesses the whole record
// cannot see that the guess is right.
func TestPartsDoNotGuess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		record := drawRecord(t)
		data, err := logproof.Encode(record)
		if err != nil {
			t.Fatal(err)
		}
		salt := logproof.Salt(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "salt"))
		p := record.Parts(salt, data)
		if p.Commitment(record.Digest()) != logproof.Commit(salt, data) {
			t.Fatal("the parts are of another leaf")
		}
		for _, guess := range [][]byte{{2}, p.Release[:], append([]byte{2}, p.Release[:]...), p.Record[:]} {
			if logproof.HashOf(append(guess, data...)) == p.Record {
				t.Fatalf("the record part shows the record by %x", guess)
			}
		}
	})
}

func TestReadReceipts(t *testing.T) {
	entries, nodes := answers(t, 3)
	var file []byte
	for number := range 3 {
		file = append(file, encoded(t, receiptOf(t, entries, nodes, number, 3, key))...)
		all, err := logproof.ReadReceipts(file)
		if err != nil || len(all) != number+1 || all[number].Index != uint64(number) {
			t.Fatalf("%+v, %v", all, err)
		}
	}
	one := encoded(t, receiptOf(t, entries, nodes, 0, 3, key))
	for name, data := range map[string][]byte{
		"nothing":         nil,
		"text":            []byte("receipt"),
		"an array":        {0x83, 0x01, 0x02, 0x03},
		"cut off":         file[:len(file)-1],
		"something after": append(bytes.Clone(file), 0xf6),
		"too many":        bytes.Repeat(one, logproof.MaxReceipts+1),
		"too large":       append([]byte{0x59, 0xff, 0xff}, make([]byte, 0xffff)...),
		"without its tag": one[1:],
	} {
		t.Run(name, func(t *testing.T) {
			if all, err := logproof.ReadReceipts(data); !errors.Is(err, logproof.ErrReceipt) {
				t.Errorf("%d receipts, %v", len(all), err)
			}
		})
	}
}

func TestSignRootRefuses(t *testing.T) {
	good := logproof.SignedRoot{Origin: origin, Method: method, Size: 1, Time: time.Unix(1, 0)}
	for name, change := range map[string]func(*logproof.SignedRoot){
		"no log":      func(s *logproof.SignedRoot) { s.Origin = "" },
		"no key":      func(s *logproof.SignedRoot) { s.Method = "" },
		"no record":   func(s *logproof.SignedRoot) { s.Size = 0 },
		"no time":     func(s *logproof.SignedRoot) { s.Time = time.Time{} },
		"too large":   func(s *logproof.SignedRoot) { s.Size = 1<<53 + 1 },
		"a P-256 key": nil,
	} {
		s := good
		signer := crypto.Signer(key)
		if change == nil {
			other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			signer = other
		} else {
			change(&s)
		}
		if _, err := logproof.SignRoot(s, logproof.Hash{}, signer); !errors.Is(err, logproof.ErrReceipt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDigest: what every copy of a credential has.
func TestDigest(t *testing.T) {
	same := func(texts ...string) (digest string) {
		for i, text := range texts {
			got := digestOf(t, []byte(text))
			if i > 0 && got != digest {
				t.Errorf("%s and %s differ", texts[0], text)
			}
			digest = got
		}
		return digest
	}
	all := []string{
		same(`{"b":1,"a":[1,2.0]}`, ` { "a" : [1, 2], "\u0062": 1.0 }`+"\n"),
		same(`{"b":1,"a":[1,3]}`),
		same("eyJh.eyJi.c", "eyJh.eyJi.c~", "eyJh.eyJi.c~WyJz~", "eyJh.eyJi.c~WyJz~WyJ0~eyJr.eyJi.d"),
		same("eyJh.eyJi.d"), same("\xd2\x84~a"), same("\xd2\x84~b"),
	}
	slices.Sort(all)
	if len(slices.Compact(all)) != 6 {
		t.Errorf("two of %q are one", all)
	}
	for _, text := range []string{`{`, `{"a":1,"a":2}`, `{"a":9007199254740993}`, `{"a":1}{}`, strings.Repeat(`{"a":`, 5000)} {
		if digest, err := logproof.Digest([]byte(text)); err == nil {
			t.Errorf("%.40s has the digest %s", text, digest)
		}
	}
}

// FuzzReceipt wants what is read to be written again as it was.
func FuzzReceipt(f *testing.F) {
	entries, nodes := answers(f, 5)
	for number := range 5 {
		f.Add(encoded(f, receiptOf(f, entries, nodes, number, 5, key)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := logproof.ReadReceipts(data)
		if err != nil {
			if !errors.Is(err, logproof.ErrReceipt) {
				t.Fatal(err)
			}
			return
		}
		var again []byte
		for _, r := range all {
			again = append(again, encoded(t, r)...)
		}
		if !bytes.Equal(again, data) {
			t.Fatalf("%x is written as %x", data, again)
		}
	})
}
