package bbs

import (
	"fmt"
	"io"
	"slices"

	"github.com/chancery-vc/chancery/internal/bbs"
)

// Feature is the featureOption of a proof (section 3.4.1).
type Feature string

// The features (section 4). All but the baseline are at risk, says the text, until the
// drafts that they stand on are RFCs.
const (
	Baseline               Feature = "baseline"
	HolderBinding          Feature = "anonymous_holder_binding"
	Pseudonym              Feature = "pseudonym"
	HolderBindingPseudonym Feature = "holder_binding_pseudonym"
)

// features are in the order of their headers.
var features = []Feature{Baseline, HolderBinding, Pseudonym, HolderBindingPseudonym}

func (f Feature) known() bool { return slices.Contains(features, f) }

// bindsHolder tells whether a holder's secret is signed, hasNym whether the
// secret of its pseudonyms is.
func (f Feature) bindsHolder() bool { return f == HolderBinding || f == HolderBindingPseudonym }

func (f Feature) hasNym() bool { return f == Pseudonym || f == HolderBindingPseudonym }

// committed is how many secrets a holder commits to.
func (f Feature) committed() (n int) {
	for _, has := range []bool{f.bindsHolder(), f.hasNym()} {
		if has {
			n++
		}
	}
	return n
}

// Shown is what a derived proof shows beside the document.
type Shown struct {
	Feature            Feature
	PresentationHeader []byte
	// NymDomain is for whom the pseudonym was made, by the holder's word: who
	// wants one for itself compares. Pseudonym is 48 bytes; nil without one.
	NymDomain string
	Pseudonym []byte
}

// Binding says how a base proof is bound to a holder.
type Binding struct {
	Feature    Feature // none but the baseline
	Commitment []byte  // the holder's, of [Holder.Commit]
	// NymEntropy is the issuer's part of the secret of pseudonyms, 32 bytes: for
	// a holder who is to keep its pseudonyms, that of before; nil is a fresh one.
	NymEntropy []byte
}

// commitmentFloor is the length of a commitment to nothing, and secretLength
// that of each secret that it has more.
const (
	commitmentFloor = 112
	secretLength    = 32
)

// check wants the commitment to be to as many secrets as the feature has. That
// the holder knows them, BBS checks.
func (b *Binding) check() error {
	if b.Feature == Baseline || !b.Feature.known() {
		return fmt.Errorf("%w: %.40q is no feature that binds", ErrBinding, b.Feature)
	}
	if len(b.Commitment) != commitmentFloor+secretLength*b.Feature.committed() {
		return fmt.Errorf("%w: its commitment is not to what %s takes; ask it for another", ErrBinding, b.Feature)
	}
	if b.NymEntropy == nil {
		return nil
	}
	if _, err := bbs.ParseSecret(b.NymEntropy); err != nil || !b.Feature.hasNym() {
		return fmt.Errorf("%w: the issuer's part of the secret of pseudonyms does not fit %s", ErrBinding, b.Feature)
	}
	return nil
}

// entropy returns the issuer's part of the secret of pseudonyms, nil if there
// are none.
func (b *Binding) entropy(random io.Reader) ([]byte, error) {
	if !b.Feature.hasNym() || b.NymEntropy != nil {
		return b.NymEntropy, nil
	}
	fresh, err := bbs.NewSecret(random)
	if err != nil {
		return nil, err
	}
	return fresh.Bytes(), nil
}

// Holder has the secrets of a holder, which nobody else ever learns. It does
// not print itself.
type Holder struct {
	Secret    []byte // to which base proofs are bound; 32 bytes or more
	ProverNym []byte // its part of the secret of pseudonyms, 32 bytes
	Blinding  []byte // of one commitment, 32 bytes: one base proof has one
}

// Format keeps the secrets out of every text, logs included.
func (Holder) Format(f fmt.State, _ rune) { fmt.Fprint(f, "a holder's secrets, not shown") }

// Commit returns a commitment to the secrets that a feature takes, for an
// issuer, and the holder with all that it has to keep: its blinding, and what
// it had not yet, drawn from random.
func (h Holder) Commit(random io.Reader, feature Feature) (commitment []byte, holder Holder, err error) {
	if feature == Baseline || !feature.known() {
		return nil, Holder{}, fmt.Errorf("%w: %.40q is no feature that binds", ErrHolder, feature)
	}
	if feature.bindsHolder() && h.Secret == nil {
		h.Secret = make([]byte, secretLength)
		if _, err := io.ReadFull(random, h.Secret); err != nil {
			return nil, Holder{}, err
		}
	}
	if feature.hasNym() && h.ProverNym == nil {
		nym, err := bbs.NewSecret(random)
		if err != nil {
			return nil, Holder{}, err
		}
		h.ProverNym = nym.Bytes()
	}
	commitment, blinding, err := h.commit(random, feature)
	if err != nil {
		return nil, Holder{}, err
	}
	h.Blinding = blinding.Bytes()
	return commitment, h, nil
}

func (h Holder) commit(random io.Reader, feature Feature) ([]byte, *bbs.Secret, error) {
	messages, err := h.messages(feature)
	if err != nil {
		return nil, nil, err
	}
	if !feature.hasNym() {
		return scheme().Commit(random, messages)
	}
	nym, err := secret("its part of the secret of pseudonyms", h.ProverNym)
	if err != nil {
		return nil, nil, err
	}
	return scheme().CommitWithNym(random, messages, nym)
}

// messages returns what is committed to as a message, not as a scalar.
func (h Holder) messages(feature Feature) ([][]byte, error) {
	if !feature.bindsHolder() {
		return nil, nil
	}
	if len(h.Secret) < secretLength {
		return nil, fmt.Errorf("%w: its secret has %d bytes, at least %d", ErrHolder, len(h.Secret), secretLength)
	}
	return [][]byte{h.Secret}, nil
}

// secret reads a scalar of the holder's.
func secret(name string, octets []byte) (*bbs.Secret, error) {
	s, err := bbs.ParseSecret(octets)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrHolder, name, err)
	}
	return s, nil
}
