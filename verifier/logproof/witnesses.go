package logproof

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// MaxWitnesses caps how many witnesses a policy names.
const MaxWitnesses = 32

// Cosignature is what a witness states of a checkpoint.
type Cosignature struct {
	Witness Witness
	Time    time.Time // when it was the longest that the witness had seen
	Line    []byte    // of the signed note
}

// Witnesses is a policy: how many of which witnesses must have cosigned. The
// zero value is one of no witnesses, which nothing needs to be cosigned for.
type Witnesses struct {
	all  []Witness
	need int
}

// NewWitnesses returns the policy by which need of all must have cosigned.
// Each has a key of its own: the name of a witness is not in what it signs.
func NewWitnesses(need int, all ...Witness) (Witnesses, error) {
	if len(all) > MaxWitnesses {
		return Witnesses{}, fmt.Errorf("%w: more than %d are named", ErrWitness, MaxWitnesses)
	}
	if need < 1 || need > len(all) {
		return Witnesses{}, fmt.Errorf("%w: %d of %d cannot be needed", ErrWitness, need, len(all))
	}
	seen := map[[ed25519.PublicKeySize]byte]string{}
	for _, w := range all {
		if other, twice := seen[w.key]; twice {
			return Witnesses{}, fmt.Errorf("%w: %s and %s have the same key, and count as one", ErrWitness, other, w.Name)
		}
		seen[w.key] = w.Name
	}
	return Witnesses{all, need}, nil
}

// Check returns the cosignatures that count on a checkpoint, which key, that
// of the log, must have signed. It returns an error if there are too few, or
// if one that says to be of a named witness is not. Whether their times are
// recent enough is the caller's to say.
func (w Witnesses) Check(checkpoint []byte, key crypto.PublicKey) ([]Cosignature, error) {
	if _, err := OpenCheckpoint(checkpoint, key); err != nil {
		return nil, err
	}
	if w.need == 0 {
		return nil, nil
	}
	var verifiers []note.Verifier
	for _, one := range w.all {
		if public, ok := key.(ed25519.PublicKey); ok && public.Equal(one.Public()) {
			return nil, fmt.Errorf("%w: %s has the key of the log itself", ErrWitness, one.Name)
		}
		verifiers = append(verifiers, verifier{one})
	}
	found, err := w.cosignatures(checkpoint, verifiers)
	if err == nil && len(found) < w.need {
		err = fmt.Errorf("%w: the checkpoint has cosignatures of %d, and %d of %d are needed", ErrWitness, len(found), w.need, len(w.all))
	}
	return found, err
}

func (w Witnesses) cosignatures(checkpoint []byte, verifiers []note.Verifier) (found []Cosignature, err error) {
	n, err := note.Open(checkpoint, note.VerifierList(verifiers...))
	var none *note.UnverifiedNoteError
	if errors.As(err, &none) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWitness, err)
	}
	for _, signature := range n.Sigs {
		data, err := base64.StdEncoding.Strict().DecodeString(signature.Base64)
		if err != nil { // which package note reads leniently
			return nil, fmt.Errorf("%w: the cosignature of %s: %w", ErrWitness, signature.Name, err)
		}
		for _, one := range w.all {
			if one.Name == signature.Name && one.id() == signature.Hash {
				at := int64(binary.BigEndian.Uint64(data[4:]))
				found = append(found, Cosignature{one, time.Unix(at, 0).UTC(), []byte(signaturePrefix + signature.Name + " " + signature.Base64 + "\n")})
			}
		}
	}
	return found, nil
}
