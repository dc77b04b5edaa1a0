package logproof

import "crypto/sha256"

// Salt blinds a record, so that its leaf tells nothing of it.
type Salt [32]byte

// Tags keep apart what is hashed for a leaf. RFC 6962 has 0 and 1.
const (
	tagRecord  = 2
	tagRelease = 3
	tagBoth    = 4
	tagSalt    = 5
)

// Commit returns what the tree has of a record. Up to format 2, and of bytes
// that are no record, that is SHA-256(salt || record), which opens whole or not
// at all. From format 3 on it opens in parts, see [Parts].
func Commit(salt Salt, record []byte) Hash {
	r, err := Decode(record)
	if err != nil {
		r.Format = oldestFormat
	}
	return r.Commitment(salt, record)
}

// Commitment does what [Commit] does for a record whose bytes are known.
func (r *Record) Commitment(salt Salt, encoded []byte) Hash {
	if !r.OpensInParts() {
		return tagged(salt[:], encoded)
	}
	return r.Parts(salt, encoded).Commitment(r.Digest())
}

// Digest returns the hash, in base64url, by which a receipt knows what was
// released; it is empty of a record of nothing released.
func (r *Record) Digest() string {
	if r.Canonical != "" {
		return r.Canonical
	}
	return r.Released
}

// Parts open the leaf of a record as far as the digest of what was released.
// They tell nothing of the rest, not even to who guesses it: the first is
// blinded with the record's salt, and the second does not lead back to that.
type Parts struct {
	Record  Hash // SHA-256(2 || salt || record)
	Release Salt // SHA-256(5 || salt)
}

// OpensInParts tells whether the leaf of a record does.
func (r *Record) OpensInParts() bool { return r.Format >= formatParts }

// Parts returns those of a record that opens in parts.
func (r *Record) Parts(salt Salt, encoded []byte) Parts {
	return Parts{tagged([]byte{tagRecord}, salt[:], encoded), Salt(tagged([]byte{tagSalt}, salt[:]))}
}

// Commitment returns the leaf that p opens, if digest is that of its record:
// SHA-256(4 || p.Record || SHA-256(3 || p.Release || digest)). A record of
// nothing released has an empty digest and a leaf of the same form.
func (p Parts) Commitment(digest string) Hash {
	released := tagged([]byte{tagRelease}, p.Release[:], []byte(digest))
	return tagged([]byte{tagBoth}, p.Record[:], released[:])
}

// tagged hashes what stands one after another.
func tagged(parts ...[]byte) Hash {
	var room [2 * usualBytes]byte // so that most records need none of the heap
	data := room[:0]
	for _, part := range parts {
		data = append(data, part...)
	}
	return sha256.Sum256(data)
}
