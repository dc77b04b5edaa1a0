package logproof_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"slices"
	"testing"

	"github.com/go-json-experiment/json"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/gowebpki/jcs"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// logVectors are those of docs/log-format.md; bytes are in base64.
type logVectors struct {
	Key     string `json:"key"`
	Origin  string `json:"origin"`
	Records []struct {
		Record string   `json:"record"`
		Hash   string   `json:"hash"`
		Salt   []byte   `json:"salt"`
		Digest string   `json:"digest"`
		Parts  [][]byte `json:"parts"`
		Leaf   []byte   `json:"leaf"`
		Nodes  [][]byte `json:"nodes"`
		Root   []byte   `json:"root"`
	} `json:"records"`
	EmptyRoot   []byte `json:"emptyRoot"`
	Checkpoint  string `json:"checkpoint"`
	Earlier     string `json:"earlier"`
	WithoutTree string `json:"withoutTree"`
	Proof       string `json:"proof"`
	ProofOfOld  string `json:"proofOfOld"`
	Consistency string `json:"consistency"`
	Receipt     []byte `json:"receipt"`
	Credential  string `json:"credential"`
}

func readVectors(t *testing.T) (v logVectors, entries []logproof.Entry) {
	t.Helper()
	data, err := os.ReadFile("../../schemas/log-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &v, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
	for i, r := range v.Records {
		entries = append(entries, logproof.Entry{Number: uint64(i), Record: []byte(r.Record), Leaf: slices.Concat(append([][]byte{r.Salt}, r.Nodes...)...)})
	}
	return v, entries
}

// TestFormatVectors: the published vectors are what this package reads and
// writes, and what packages of others make of the same bytes.
func TestFormatVectors(t *testing.T) {
	v, entries := readVectors(t)
	tree := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
	if !bytes.Equal(v.EmptyRoot, rfc6962.DefaultHasher.EmptyRoot()) {
		t.Errorf("root of nothing: %x", v.EmptyRoot)
	}
	for i, r := range v.Records {
		canonical, err := jcs.Transform([]byte(r.Record))
		if diff := gocmp.Diff(r.Record, string(canonical)); err != nil || diff != "" {
			t.Errorf("record %d is not canonical: %v %s", i, err, diff)
		}
		record, err := logproof.Decode([]byte(r.Record))
		if err != nil || record.Sequence != uint64(i) {
			t.Fatalf("record %d: %+v, %v", i, record, err)
		}
		if got := logproof.HashOf([]byte(r.Record)).String(); got != r.Hash {
			t.Errorf("record %d has the hash %s, not %s", i, got, r.Hash)
		}
		if leaf := logproof.Commit(logproof.Salt(r.Salt), []byte(r.Record)); !bytes.Equal(leaf[:], r.Leaf) {
			t.Errorf("record %d has the leaf %x, not %x", i, leaf, r.Leaf)
		}
		if record.Format >= 3 {
			checkParts(t, record, r.Salt, r.Record, r.Digest, r.Parts, r.Leaf)
		}
		if err := tree.Append(rfc6962.DefaultHasher.HashLeaf(r.Leaf), nil); err != nil {
			t.Fatal(err)
		}
		if root, err := tree.GetRootHash(nil); err != nil || !bytes.Equal(root, r.Root) {
			t.Errorf("the root of %d records is %x, not %x: %v", i+1, root, r.Root, err)
		}
	}
	public, err := did.KeyFrom(v.Key)
	if err != nil {
		t.Fatal(err)
	}
	var checkpoints []logproof.Checkpoint
	for _, text := range []string{v.WithoutTree, v.Earlier, v.Checkpoint} {
		c, err := logproof.OpenCheckpoint([]byte(text), public)
		if err != nil || c.Origin != v.Origin || c.HasRoot() != (text != v.WithoutTree) {
			t.Fatalf("%+v, %v: %s", c, err, text)
		}
		checkpoints = append(checkpoints, c)
	}
	if r := logproof.WalkTree(slices.Values(entries), checkpoints, nil); len(r.Findings) > 0 || r.Size != 8 || r.Leaves != 8 {
		t.Errorf("%+v", r)
	}
	for number, text := range map[uint64]string{2: v.ProofOfOld, 7: v.Proof} {
		proof, err := logproof.ParseProof([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if record, _, err := proof.VerifyOpened(public); err != nil || record.Sequence != number {
			t.Errorf("%+v, %v", record, err)
		}
	}
	receipt, err := logproof.ParseReceipt(v.Receipt)
	if err != nil {
		t.Fatal(err)
	}
	if err := receipt.Verify(public, digestOf(t, []byte(v.Credential))); err != nil || receipt.Index != 7 || receipt.Origin != v.Origin {
		t.Errorf("%+v, %v", receipt, err)
	}
	continued, err := logproof.ParseConsistency([]byte(v.Consistency))
	if err != nil || string(continued.Checkpoint) != v.Checkpoint {
		t.Fatalf("%+v, %v", continued, err)
	}
	if err := logproof.VerifyConsistency(checkpoints[1], checkpoints[2], continued.Path); err != nil {
		t.Error(err)
	}
}

// checkParts computes a leaf as docs/log-format.md says.
func checkParts(t *testing.T, record logproof.Record, salt []byte, encoded, digest string, parts [][]byte, leaf []byte) {
	t.Helper()
	hash := func(of ...[]byte) []byte {
		sum := sha256.Sum256(slices.Concat(of...))
		return sum[:]
	}
	released := hash([]byte{3}, parts[1], []byte(digest))
	switch {
	case digest != cmp.Or(record.Canonical, record.Released):
		t.Errorf("record %d has the digest %q", record.Sequence, digest)
	case !bytes.Equal(parts[0], hash([]byte{2}, salt, []byte(encoded))), !bytes.Equal(parts[1], hash([]byte{5}, salt)):
		t.Errorf("record %d has the parts %x", record.Sequence, parts)
	case !bytes.Equal(leaf, hash([]byte{4}, parts[0], released)):
		t.Errorf("record %d has the leaf %x", record.Sequence, leaf)
	}
}

// TestCanonical: whatever a record holds, its bytes are what RFC 8785 says, by
// another's reading of it.
func TestCanonical(t *testing.T) {
	for _, text := range []string{"", "\x00\x01\b\t\n\f\r\x1f\x7f\"\\/", "é€\u2028\u2029😀\ufeff\uffff", "<&>'"} {
		data, err := logproof.Encode(logproof.Record{Format: logproof.Format, Caller: text, Reason: text, Columns: []string{text, "b", "a"}})
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := jcs.Transform(data)
		if diff := gocmp.Diff(string(canonical), string(data)); err != nil || diff != "" {
			t.Errorf("%q: %v %s", base64.StdEncoding.EncodeToString(data), err, diff)
		}
	}
}
