package logproof

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/mod/sumdb/note"

	"github.com/chancery-vc/chancery/internal/multikey"
)

// ErrWitness is the kind of every error about a witness and its cosignatures.
var ErrWitness = errors.New("witness")

const (
	// algorithmCosignature is the signature type of an Ed25519 cosignature.
	algorithmCosignature = 0x04
	cosignatureHeader    = "cosignature/v1\n"
	cosignatureTime      = "time "
	timestampBytes       = 8
	// multikeyEd25519 is the multicodec of Ed25519 keys, by which those are
	// refused for which anybody can sign.
	multikeyEd25519 = 0xed
	// maxWitnessName caps the name of a witness.
	maxWitnessName  = 255
	signaturePrefix = "— "
)

// Witness is somebody who cosigns the checkpoints that it saw go on from one
// another (C2SP tlog-cosignature): a name and an Ed25519 key.
type Witness struct {
	Name string
	key  [ed25519.PublicKeySize]byte
}

// NewWitness returns the witness of a name and an Ed25519 key.
func NewWitness(name string, key crypto.PublicKey) (Witness, error) {
	public, ok := key.(ed25519.PublicKey)
	if !ok || len(public) != ed25519.PublicKeySize {
		return Witness{}, fmt.Errorf("%w: its key is not one of Ed25519", ErrWitness)
	}
	if _, err := multikey.FromRaw(multikeyEd25519, public); err != nil {
		return Witness{}, fmt.Errorf("%w: the key of %.100q is no key of Ed25519: %w", ErrWitness, name, err)
	}
	if name == "" || len(name) > maxWitnessName || strings.ContainsFunc(name, notInName) || !isUTF8(name) {
		return Witness{}, fmt.Errorf("%w: its name %.100q is not 1 to %d characters without spaces and +, such as witness.example/w1", ErrWitness, name, maxWitnessName)
	}
	return Witness{name, [ed25519.PublicKeySize]byte(public)}, nil
}

// notInName tells what a note's signer may not have in its name.
func notInName(r rune) bool { return r == '+' || unicode.IsSpace(r) || unicode.IsControl(r) }

func isUTF8(text string) bool { return strings.ToValidUTF8(text, "") == text }

// ParseWitness reads the verifier key of a witness, as String writes it (C2SP
// signed-note).
func ParseWitness(vkey string) (Witness, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, encoded, _ := strings.Cut(rest, "+")
	data, err := base64.StdEncoding.Strict().DecodeString(encoded)
	switch {
	case err != nil || len(data) != 1+ed25519.PublicKeySize:
		return Witness{}, fmt.Errorf("%w: %.100q is not a verifier key of the form name+id+key", ErrWitness, vkey)
	case data[0] != algorithmCosignature:
		return Witness{}, fmt.Errorf("%w: the verifier key of %.100q is of type %d, and that of a witness is of type %d", ErrWitness, name, data[0], algorithmCosignature)
	}
	w, err := NewWitness(name, ed25519.PublicKey(data[1:]))
	if err != nil {
		return Witness{}, err
	}
	if w.String() != vkey {
		return Witness{}, fmt.Errorf("%w: in the verifier key of %s the id %.20q is not that of name and key", ErrWitness, name, id)
	}
	return w, nil
}

// String returns the verifier key.
func (w Witness) String() string {
	var id [4]byte
	binary.BigEndian.PutUint32(id[:], w.id())
	return w.Name + "+" + hex.EncodeToString(id[:]) + "+" + base64.StdEncoding.EncodeToString(w.typed())
}

// Public returns the key.
func (w Witness) Public() ed25519.PublicKey { return bytes.Clone(w.key[:]) }

func (w Witness) typed() []byte { return append([]byte{algorithmCosignature}, w.key[:]...) }

// id is the number by which a signature line names its key.
func (w Witness) id() uint32 {
	sum := sha256.Sum256(append([]byte(w.Name+"\n"), w.typed()...))
	return binary.BigEndian.Uint32(sum[:])
}

// cosigned returns what a cosignature signs.
func cosigned(text []byte, seconds uint64) []byte {
	return append([]byte(cosignatureHeader+cosignatureTime+strconv.FormatUint(seconds, 10)+"\n"), text...)
}

// Cosign returns the signature line by which w, whose key signer holds, states
// that at a time checkpoint was the longest it saw of its log. Whether that is
// so is the caller's to know.
func (w Witness) Cosign(checkpoint []byte, signer crypto.Signer, at time.Time) ([]byte, error) {
	text, _, err := split(checkpoint)
	if err != nil {
		return nil, err
	}
	if public, ok := signer.Public().(ed25519.PublicKey); !ok || !public.Equal(w.Public()) {
		return nil, fmt.Errorf("%w: the key is not that of %s", ErrWitness, w.Name)
	}
	if at.Unix() < 0 {
		return nil, fmt.Errorf("%w: its clock stands before 1970", ErrWitness)
	}
	signature, err := signer.Sign(nil, cosigned(text, uint64(at.Unix())), crypto.Hash(0))
	if err != nil {
		return nil, fmt.Errorf("cosign: %w", err)
	}
	data := binary.BigEndian.AppendUint32(nil, w.id())
	data = binary.BigEndian.AppendUint64(data, uint64(at.Unix()))
	return []byte(signaturePrefix + w.Name + " " + base64.StdEncoding.EncodeToString(append(data, signature...)) + "\n"), nil
}

// split returns the text of a signed note, and its signature lines.
func split(checkpoint []byte) (text, lines []byte, err error) {
	if len(checkpoint) > MaxCheckpointBytes {
		return nil, nil, fmt.Errorf("%w: larger than %d bytes", ErrCheckpoint, MaxCheckpointBytes)
	}
	text, lines, found := bytes.Cut(checkpoint, []byte("\n\n"))
	if !found || !bytes.HasSuffix(lines, []byte("\n")) || bytes.Contains(lines, []byte("\n\n")) {
		return nil, nil, fmt.Errorf("%w: it is not a signed note", ErrCheckpoint)
	}
	return checkpoint[:len(text)+1], lines, nil
}

// verifier is a witness as package note sees it.
type verifier struct{ Witness }

var _ note.Verifier = verifier{}

func (v verifier) Name() string    { return v.Witness.Name }
func (v verifier) KeyHash() uint32 { return v.id() }

func (v verifier) Verify(text, signature []byte) bool {
	if len(signature) != timestampBytes+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(signature)
	return seconds <= math.MaxInt64 && ed25519.Verify(v.key[:], cosigned(text, seconds), signature[timestampBytes:])
}
