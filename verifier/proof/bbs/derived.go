package bbs

import (
	"bytes"
	"context"
	"crypto"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/bbs"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
)

// derivedValue is a derived proof value, decoded.
type derivedValue struct {
	Shown
	proof     []byte
	labels    map[uint64]uint64 // numbers of the labels signed, by those of the canonical ones
	mandatory []int             // indexes among the disclosed statements, ascending
	selective []int             // indexes of the others among all that are not mandatory, ascending
	count     int               // of all that are not mandatory; zero for the baseline
}

// Derive returns the part of the document that the mandatory pointers and
// others select, and its proof value (section 3.4.6). Unlike the text it looks
// whether the base proof holds.
func (s BBS2023) Derive(ctx context.Context, in proof.Input, value string, pointers []string) ([]byte, string, error) {
	base, err := decodeBase(value)
	if err != nil {
		return nil, "", err
	}
	document, err := selective.Canonicalize(ctx, in.Document, in.Contexts, selective.Shuffled(base.hmacKey))
	if err != nil {
		return nil, "", err
	}
	mandatory, err := document.Select(base.mandatory)
	if err != nil {
		return nil, "", fmt.Errorf("mandatory pointers: %w", err)
	}
	disclosed, err := document.Select(slices.Concat(base.mandatory, pointers))
	if err != nil {
		return nil, "", err
	}
	always, rest := mandatory.Split()
	if err := base.checkHeader(ctx, in, always); err != nil {
		return nil, "", err
	}
	derived := base.derive(mandatory.Matching, disclosed.Matching)
	part, labels, err := disclosed.Reveal(ctx)
	if err != nil {
		return nil, "", err
	}
	if derived.labels, err = compress(labels); err != nil {
		return nil, "", err
	}
	if err := s.prove(base, messages(rest), &derived); err != nil {
		return nil, "", err
	}
	value, err = derived.encode()
	return part, value, err
}

// checkHeader wants the header that was signed to be of the document and the
// proof options.
func (v baseValue) checkHeader(ctx context.Context, in proof.Input, mandatory []string) error {
	header, err := bbsHeader(ctx, in, mandatory)
	if err != nil {
		return err
	}
	if !bytes.Equal(header, v.header) {
		return fmt.Errorf("%w (the header of its base proof is of another)", proof.ErrSignature)
	}
	return nil
}

// derive counts the disclosed statements (section 3.3.3). Indexes are of all
// statements, in ascending order.
func (v baseValue) derive(mandatory, disclosed []int) derivedValue {
	derived := derivedValue{Shown: Shown{Feature: v.feature}}
	for relative, index := range disclosed {
		before, isMandatory := slices.BinarySearch(mandatory, index)
		if isMandatory {
			derived.mandatory = append(derived.mandatory, relative)
		} else {
			derived.selective = append(derived.selective, index-before)
		}
	}
	return derived
}

// prove makes the proof of v, which discloses some of messages.
func (s BBS2023) prove(base baseValue, messages [][]byte, v *derivedValue) error {
	public, err := bbs.ParsePublicKey(base.publicKey)
	if err != nil {
		return fault(err)
	}
	v.PresentationHeader = s.PresentationHeader
	if v.Feature == Baseline {
		v.proof, err = scheme().ProofGen(s.random(), public, base.signature, base.header, v.PresentationHeader, messages, v.selective)
		return fault(err)
	}
	v.count = len(messages)
	held, err := s.held(base, messages)
	if err != nil {
		return err
	}
	if v.Feature.hasNym() {
		return s.proveWithNym(public, held, base, v)
	}
	v.proof, err = scheme().BlindProofGen(s.random(), public, held, v.PresentationHeader, v.selective)
	return fault(err)
}

func (s BBS2023) proveWithNym(public *bbs.PublicKey, held *bbs.BlindSigned, base baseValue, v *derivedValue) error {
	if s.NymDomain == "" {
		return fmt.Errorf("%w: the base proof is for pseudonyms: say for which domain", ErrHolder)
	}
	prover, err := secret("its part of the secret of pseudonyms", s.Holder.ProverNym)
	if err != nil {
		return err
	}
	signer, err := bbs.ParseSecret(base.nymEntropy)
	if err != nil {
		return fault(err)
	}
	nym, err := scheme().VerifyFinalizeWithNym(public, held, prover, signer)
	if err != nil {
		return fault(err)
	}
	v.NymDomain = s.NymDomain
	v.proof, v.Pseudonym, err = scheme().ProofGenWithNym(s.random(), public, held, nym, []byte(v.NymDomain), v.PresentationHeader, v.selective)
	return fault(err)
}

// held is the base proof as its holder has it, with the secrets.
func (s BBS2023) held(base baseValue, messages [][]byte) (*bbs.BlindSigned, error) {
	if s.Holder == nil {
		return nil, fmt.Errorf("%w (%s)", ErrHolder, base.feature)
	}
	committed, err := s.Holder.messages(base.feature)
	if err != nil {
		return nil, err
	}
	blinding, err := secret("the blinding of its commitment", s.Holder.Blinding)
	if err != nil {
		return nil, err
	}
	return &bbs.BlindSigned{Signature: base.signature, Header: base.header, Messages: messages, Committed: committed, Blinding: blinding}, nil
}

// Verify checks a derived proof value against key, which must be of BLS12-381
// G2 (section 3.4.7). A base proof is refused with [proof.ErrBase].
func (s BBS2023) Verify(ctx context.Context, in proof.Input, key crypto.PublicKey, value string) error {
	public, err := publicKey(key)
	if err != nil {
		return err
	}
	v, err := decodeDerived(value)
	if err != nil {
		return err
	}
	statements, err := selective.Relabel(ctx, in.Document, in.Contexts, decompress(v.labels))
	if err != nil {
		return err
	}
	mandatory, rest, err := selective.Split(statements, v.mandatory)
	if err != nil {
		return err
	}
	header, err := bbsHeader(ctx, in, mandatory)
	if err != nil {
		return err
	}
	if err := v.verify(public, header, messages(rest)); err != nil {
		return fault(err)
	}
	if s.Accept == nil {
		return nil
	}
	if err := s.Accept(v.Shown); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return nil
}

func (v derivedValue) verify(public *bbs.PublicKey, header []byte, messages [][]byte) error {
	if v.Feature == Baseline {
		return scheme().ProofVerify(public, v.proof, header, v.PresentationHeader, messages, v.selective)
	}
	if !v.withholdsSecrets() {
		return bbs.ErrProof
	}
	if v.Feature.hasNym() {
		return scheme().ProofVerifyWithNym(public, v.proof, v.Pseudonym, []byte(v.NymDomain), header, v.PresentationHeader, v.count, messages, v.selective)
	}
	return scheme().BlindProofVerify(public, v.proof, header, v.PresentationHeader, v.count, messages, v.selective)
}

// withholdsSecrets tells whether the proof withholds as many secrets as the
// feature has, and their blinding. The text does not look, so that a pseudonym
// could be passed off as one with a holder's secret beside it.
func (v derivedValue) withholdsSecrets() bool {
	withheld := v.count - len(v.selective) + 1 + v.Feature.committed()
	return len(v.proof) == proofFloor+secretLength*withheld
}

const labelPrefix = "b"

// compress is section 3.3.4.
func compress(labels map[string]string) (map[uint64]uint64, error) {
	return selective.Compress(labels, func(label string) (uint64, error) {
		return strconv.ParseUint(strings.TrimPrefix(label, labelPrefix), 10, 64)
	})
}

// decompress is section 3.3.5.
func decompress(compressed map[uint64]uint64) map[string]string {
	return selective.Decompress(compressed, func(label uint64) string {
		return labelPrefix + strconv.FormatUint(label, 10)
	})
}
