package logproof

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrProof is the kind of every error about a proof.
var ErrProof = errors.New("not a proof")

const (
	// MaxProofBytes caps one proof: a record with its salt in base64, a
	// checkpoint and maxPath hashes fit.
	MaxProofBytes = 128 << 10
	// maxPath is the depth of the largest tree.
	maxPath = 63
)

const (
	proofHeader = "c2sp.org/tlog-proof@v1"
	proofExtra  = "extra "
	proofIndex  = "index "
)

// Proof shows that a leaf is in the tree of a checkpoint (C2SP tlog-proof).
type Proof struct {
	Index      uint64
	Path       []Hash // from the leaf's sibling to the root's child (RFC 6962, section 2.1.1)
	Checkpoint []byte // the signed note
	// Opening, which is the proof's extra data, shows which record the leaf is
	// of. Without it the proof tells nothing of the record.
	Opening *Opening
}

// Opening is what a leaf is a commitment to.
type Opening struct {
	Salt   Salt
	Record []byte
}

// Commitment returns the leaf that o opens.
func (o Opening) Commitment() Hash { return Commit(o.Salt, o.Record) }

// Encode returns the text of p.
func (p Proof) Encode() []byte {
	var b bytes.Buffer
	b.WriteString(proofHeader + "\n")
	if o := p.Opening; o != nil {
		b.WriteString(proofExtra + base64.StdEncoding.EncodeToString(append(o.Salt[:len(o.Salt):len(o.Salt)], o.Record...)) + "\n")
	}
	fmt.Fprintf(&b, "%s%d\n", proofIndex, p.Index)
	writePath(&b, p.Path)
	b.Write(p.Checkpoint)
	return b.Bytes()
}

// writePath writes hashes, one a line, and the empty line after them.
func writePath(b *bytes.Buffer, path []Hash) {
	for _, hash := range path {
		b.WriteString(hash.base64() + "\n")
	}
	b.WriteByte('\n')
}

// ParseProof reads a proof, which must be in its one form. It checks nothing
// else.
func ParseProof(data []byte) (Proof, error) {
	if len(data) > MaxProofBytes {
		return Proof{}, fmt.Errorf("%w: larger than %d bytes", ErrProof, MaxProofBytes)
	}
	head, checkpoint, _ := bytes.Cut(data, []byte("\n\n"))
	p := Proof{Checkpoint: checkpoint}
	text, ok := strings.CutPrefix(string(head), proofHeader+"\n")
	if !ok {
		return Proof{}, fmt.Errorf("%w: it does not begin with the line %s", ErrProof, proofHeader)
	}
	lines := strings.Split(text, "\n")
	var err error
	if extra, ok := strings.CutPrefix(lines[0], proofExtra); ok {
		if p.Opening, err = parseOpening(extra); err != nil {
			return Proof{}, err
		}
		lines = lines[1:]
	}
	if p.Index, p.Path, err = parseNumbered(proofIndex, lines); err != nil {
		return Proof{}, err
	}
	if !bytes.Equal(p.Encode(), data) {
		return Proof{}, fmt.Errorf("%w: not in its one form", ErrProof)
	}
	return p, nil
}

func parseOpening(text string) (*Opening, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(data) < len(Salt{}) {
		return nil, fmt.Errorf("%w: the extra data are not a salt and a record in base64", ErrProof)
	}
	return &Opening{Salt(data), data[len(Salt{}):]}, nil
}

// parseNumbered reads a line that has a number after its name, and lines of
// hashes.
func parseNumbered(name string, lines []string) (number uint64, path []Hash, err error) {
	if len(lines) == 0 || !strings.HasPrefix(lines[0], name) {
		return 0, nil, fmt.Errorf("%w: it has no line %q", ErrProof, strings.TrimSpace(name))
	}
	if number, err = strconv.ParseUint(lines[0][len(name):], 10, 63); err != nil {
		return 0, nil, fmt.Errorf("%w: after %q stands no number", ErrProof, strings.TrimSpace(name))
	}
	if len(lines)-1 > maxPath {
		return 0, nil, fmt.Errorf("%w: more than %d hashes", ErrProof, maxPath)
	}
	for _, line := range lines[1:] {
		hash, err := parseHash(line)
		if err != nil {
			return 0, nil, fmt.Errorf("%w: a hash: %w", ErrProof, err)
		}
		path = append(path, hash)
	}
	return number, path, nil
}

// Verify checks that the leaf with the data commitment is in the tree of the
// checkpoint, which key must have signed, and returns the checkpoint.
func (p Proof) Verify(key crypto.PublicKey, commitment Hash) (Checkpoint, error) {
	c, err := OpenCheckpoint(p.Checkpoint, key)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrProof, err)
	}
	if !c.HasRoot() {
		return Checkpoint{}, fmt.Errorf("%w: its checkpoint is of a log without a tree", ErrProof)
	}
	if p.Index >= c.Size || c.Size > maxNumber {
		return Checkpoint{}, fmt.Errorf("%w: the checkpoint of %d records has no record %d", ErrProof, c.Size, p.Index)
	}
	err = tlog.CheckRecord(foreign(p.Path), int64(c.Size), tlog.Hash(c.Root), int64(p.Index), tlog.Hash(LeafHash(commitment)))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: the record is not in place %d of the tree of %d", ErrProof, p.Index, c.Size)
	}
	return c, nil
}

// VerifyOpened does what [Proof.Verify] does, with the record that the proof
// itself opens, and returns the record, too.
func (p Proof) VerifyOpened(key crypto.PublicKey) (Record, Checkpoint, error) {
	if p.Opening == nil {
		return Record{}, Checkpoint{}, fmt.Errorf("%w: it does not say of which record", ErrProof)
	}
	c, err := p.Verify(key, p.Opening.Commitment())
	if err != nil {
		return Record{}, Checkpoint{}, err
	}
	record, err := Decode(p.Opening.Record)
	if err == nil && record.Sequence != p.Index {
		err = fmt.Errorf("%w: the record in place %d says that it is %d", ErrProof, p.Index, record.Sequence)
	}
	if err != nil {
		return Record{}, Checkpoint{}, fmt.Errorf("%w: %w", ErrProof, err)
	}
	return record, c, nil
}

func foreign(path []Hash) []tlog.Hash {
	hashes := make([]tlog.Hash, len(path))
	for i, hash := range path {
		hashes[i] = tlog.Hash(hash)
	}
	return hashes
}
