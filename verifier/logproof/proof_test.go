package logproof_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tlogformat "github.com/transparency-dev/formats/log"
	tlogproof "github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// proven returns the proof that record index is in the log of n entries.
func proven(t testing.TB, entries []logproof.Entry, nodes memory, index, n int) logproof.Proof {
	t.Helper()
	path, err := tlog.ProveRecord(int64(n), int64(index), nodes)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := logproof.DecodeLeaf(uint64(index), entries[index].Leaf)
	if err != nil {
		t.Fatal(err)
	}
	p := logproof.Proof{
		Index: uint64(index), Checkpoint: signed(t, nodes.state(t, entries, n)),
		Opening: &logproof.Opening{Salt: leaf.Salt, Record: entries[index].Record},
	}
	for _, hash := range path {
		p.Path = append(p.Path, logproof.Hash(hash))
	}
	return p
}

// others returns the checkpoint of a note, as the packages of others read it.
func others(t *testing.T, data []byte) *tlogformat.Checkpoint {
	t.Helper()
	text, err := note.NewEd25519VerifierKey(origin, key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(text)
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, _, _, err := tlogformat.ParseCheckpoint(data, origin, verifier)
	if err != nil {
		t.Fatal(err)
	}
	return checkpoint
}

func bytesOf(path []logproof.Hash) (out [][]byte) {
	for _, hash := range path {
		out = append(out, hash[:])
	}
	return out
}

// TestProofs: each record of logs of each size, by our reader and by those of
// others.
func TestProofs(t *testing.T) {
	entries, nodes := planted(t, 40)
	for n := 1; n <= 40; n++ {
		for index := range n {
			p := proven(t, entries, nodes, index, n)
			read, err := logproof.ParseProof(p.Encode())
			if diff := cmp.Diff(p, read); err != nil || diff != "" {
				t.Fatal(err, diff)
			}
			record, c, err := read.VerifyOpened(key.Public())
			if err != nil || record.Sequence != uint64(index) || c.Size != uint64(n) {
				t.Fatalf("%+v, %+v, %v", record, c, err)
			}
			var foreign tlogproof.TLogProof
			if err := foreign.Unmarshal(p.Encode()); err != nil {
				t.Fatal(err)
			}
			checkpoint := others(t, foreign.Checkpoint)
			commitment := p.Opening.Commitment()
			leaf := rfc6962.DefaultHasher.HashLeaf(commitment[:])
			if err := proof.VerifyInclusion(rfc6962.DefaultHasher, foreign.Index, checkpoint.Size, leaf, bytesOf(p.Path), checkpoint.Hash); err != nil {
				t.Errorf("record %d of %d: %v", index, n, err)
			}
			if !bytes.Equal(foreign.Marshal(), p.Encode()) {
				t.Errorf("another writes it as %s", foreign.Marshal())
			}
		}
	}
}

// TestAlteredProofs refuses each flipped bit and each truncation.
func TestAlteredProofs(t *testing.T) {
	entries, nodes := planted(t, 11)
	data := proven(t, entries, nodes, 4, 11).Encode()
	refuse := func(what string, at int, altered []byte) {
		p, err := logproof.ParseProof(altered)
		if err == nil {
			_, _, err = p.VerifyOpened(key.Public())
		}
		if !errors.Is(err, logproof.ErrProof) {
			t.Errorf("%s %d: %v: %q", what, at, err, altered)
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

func TestForgedProofs(t *testing.T) {
	entries, nodes := planted(t, 11)
	good := func() logproof.Proof { return proven(t, entries, nodes, 4, 11) }
	if _, _, err := good().VerifyOpened(key.Public()); err != nil {
		t.Fatal(err)
	}
	for name, forge := range map[string]func(p *logproof.Proof){
		"of another record":       func(p *logproof.Proof) { p.Opening.Record = entries[5].Record },
		"of another salt":         func(p *logproof.Proof) { p.Opening.Salt[0] ^= 1 },
		"of another place":        func(p *logproof.Proof) { p.Index = 5 },
		"beyond the log":          func(p *logproof.Proof) { p.Index = 11 },
		"far beyond the log":      func(p *logproof.Proof) { p.Index = 1 << 62 },
		"of another log":          func(p *logproof.Proof) { p.Checkpoint = signed(t, nodes.state(t, entries, 10)) },
		"without a path":          func(p *logproof.Proof) { p.Path = nil },
		"with a longer path":      func(p *logproof.Proof) { p.Path = append(p.Path, p.Path[0]) },
		"with a path turned":      func(p *logproof.Proof) { slices.Reverse(p.Path) },
		"without a record":        func(p *logproof.Proof) { p.Opening = nil },
		"without a checkpoint":    func(p *logproof.Proof) { p.Checkpoint = nil },
		"of a log without a tree": func(p *logproof.Proof) { p.Checkpoint = byHand(t, origin+"\n11\n"+strings.Repeat("A", 43)+"=\n") },
		"of an endless log": func(p *logproof.Proof) {
			p.Checkpoint = signed(t, logproof.Checkpoint{Origin: origin, Size: 1<<63 - 1, Root: logproof.HashOf(nil)})
		},
		"of another issuer": func(p *logproof.Proof) {
			byEvil, err := nodes.state(t, entries, 11).Sign(credtest.Key("evil"))
			if err != nil {
				t.Fatal(err)
			}
			p.Checkpoint = byEvil
		},
	} {
		p := good()
		forge(&p)
		if record, _, err := p.VerifyOpened(key.Public()); !errors.Is(err, logproof.ErrProof) {
			t.Errorf("%s: %+v, %v", name, record, err)
		}
	}
}

// byHand signs any text in the name of the log.
func byHand(t *testing.T, text string) []byte {
	t.Helper()
	verifierKey, err := note.NewEd25519VerifierKey(origin, key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(verifierKey)
	if err != nil {
		t.Fatal(err)
	}
	data, err := note.Sign(&note.Note{Text: text}, noteSigner{verifier})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestProofText(t *testing.T) {
	entries, nodes := planted(t, 3)
	good := string(proven(t, entries, nodes, 1, 3).Encode())
	for name, text := range map[string]string{
		"nothing":              "",
		"another version":      strings.Replace(good, "@v1", "@v2", 1),
		"no index":             strings.Replace(good, "index 1\n", "", 1),
		"a leading zero":       strings.Replace(good, "index 1\n", "index 01\n", 1),
		"a negative index":     strings.Replace(good, "index 1\n", "index -1\n", 1),
		"an index above 2^63":  strings.Replace(good, "index 1\n", "index 9223372036854775808\n", 1),
		"a short hash":         strings.Replace(good, "index 1\n", "index 1\nAAAA\n", 1),
		"64 hashes":            strings.Replace(good, "index 1\n", "index 1\n"+strings.Repeat(strings.Repeat("A", 43)+"=\n", 64), 1),
		"extra that is none":   strings.Replace(good, "extra ", "extra !", 1),
		"extra without a salt": strings.Replace(good, "index 1\n", "extra AAAA\nindex 1\n", 1),
		"a carriage return":    strings.Replace(good, "index 1\n", "index 1\r\n", 1),
		"too large":            good + strings.Repeat("\n", logproof.MaxProofBytes),
	} {
		if p, err := logproof.ParseProof([]byte(text)); !errors.Is(err, logproof.ErrProof) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

// TestConsistency: each log continues each earlier one, by our reader and by
// another's, and no other log does.
func TestConsistency(t *testing.T) {
	const size = 20
	entries, nodes := planted(t, size)
	for n := range size + 1 {
		for m := range n + 1 {
			c := continued(t, entries, nodes, m, n)
			read, err := logproof.ParseConsistency(c.Encode())
			if diff := cmp.Diff(c, read); err != nil || diff != "" {
				t.Fatal(err, diff)
			}
			older, newer := nodes.state(t, entries, m), nodes.state(t, entries, n)
			if err := logproof.VerifyConsistency(older, newer, read.Path); err != nil {
				t.Errorf("%d to %d: %v", m, n, err)
			}
			checkpoint := others(t, read.Checkpoint)
			if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(m), checkpoint.Size, bytesOf(read.Path), older.Root[:], checkpoint.Hash); err != nil {
				t.Errorf("%d to %d, by another: %v", m, n, err)
			}
			for i := range read.Path {
				path := slices.Clone(read.Path)
				path[i][0] ^= 1
				if err := logproof.VerifyConsistency(older, newer, path); !errors.Is(err, logproof.ErrProof) {
					t.Errorf("%d to %d with hash %d altered: %v", m, n, i, err)
				}
			}
		}
	}
}

func continued(t *testing.T, entries []logproof.Entry, nodes memory, m, n int) logproof.Consistency {
	t.Helper()
	c := logproof.Consistency{Old: uint64(m), Checkpoint: signed(t, nodes.state(t, entries, n))}
	if m == 0 {
		return c
	}
	path, err := tlog.ProveTree(int64(n), int64(m), nodes)
	if err != nil {
		t.Fatal(err)
	}
	for _, hash := range path {
		c.Path = append(c.Path, logproof.Hash(hash))
	}
	return c
}

// TestForks: a log that was rewritten, shortened or exchanged does not continue
// what it was.
func TestForks(t *testing.T) {
	entries, nodes := planted(t, 20)
	older, newer := nodes.state(t, entries, 8), nodes.state(t, entries, 20)
	path := continued(t, entries, nodes, 8, 20).Path
	with := func(c logproof.Checkpoint, change func(*logproof.Checkpoint)) logproof.Checkpoint {
		change(&c)
		return c
	}
	for name, c := range map[string]struct{ older, newer logproof.Checkpoint }{
		"another older root":       {with(older, func(c *logproof.Checkpoint) { c.Root[0] ^= 1 }), newer},
		"another newer root":       {older, with(newer, func(c *logproof.Checkpoint) { c.Root[0] ^= 1 })},
		"another size":             {with(older, func(c *logproof.Checkpoint) { c.Size++ }), newer},
		"another origin":           {older, with(newer, func(c *logproof.Checkpoint) { c.Origin = "evil.example/log" })},
		"shortened":                {newer, older},
		"no tree":                  {with(older, func(c *logproof.Checkpoint) { c.Root = logproof.Hash{} }), newer},
		"an empty log with a root": {logproof.Checkpoint{Origin: origin, Root: newer.Root}, newer},
		"endless":                  {older, with(newer, func(c *logproof.Checkpoint) { c.Size = 1 << 62 })},
	} {
		if err := logproof.VerifyConsistency(c.older, c.newer, path); !errors.Is(err, logproof.ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
	fork := with(newer, func(c *logproof.Checkpoint) { c.Head[0] ^= 1 })
	if err := logproof.VerifyConsistency(newer, fork, nil); err == nil || !strings.Contains(err.Error(), "two logs") {
		t.Errorf("two chains under one root: %v", err)
	}
}

// FuzzParseProof wants what is read to have been written in its one form.
func FuzzParseProof(f *testing.F) {
	entries, nodes := planted(f, 3)
	f.Add(proven(f, entries, nodes, 1, 3).Encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := logproof.ParseProof(data)
		if err != nil {
			return
		}
		if !bytes.Equal(p.Encode(), data) {
			t.Fatalf("%q is written as %q", data, p.Encode())
		}
	})
}
