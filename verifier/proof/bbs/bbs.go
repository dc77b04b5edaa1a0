// Package bbs has the cryptosuite bbs-2023: one signature over the statements
// of a document, of which the holder shows some, with a proof that the others
// and the signature are known. Proofs of one signature cannot be linked.
//
// The issuer makes a base proof, which says by JSON pointers what is always
// disclosed. It is for the holder alone, who derives as many proofs from it as
// there are verifiers. BBS signs the statements that are not mandatory, lines
// of canonical N-Quads whose blank nodes are labelled in an order that an HMAC
// shuffles; its header is the hashes of the proof options and of the mandatory
// statements. Keys are points of G2 of BLS12-381, the ciphersuite and all hashes
// are of SHA-256. [PrivateKey] is a [crypto.Signer] that takes [Options].
//
// A base proof can be bound to secrets of a holder ([Binding], [Holder]), and
// its derived proofs can carry a pseudonym, by which one domain knows a holder
// again and no two domains together do. What such a proof shows beside the
// document, [BBS2023.Accept] sees.
//
// # What links
//
// Two derived proofs have in common what is disclosed, the proof options, how
// many statements there are, and, where they disclose the same, the indexes of
// these and the labels of their blank nodes. Each of these that is rare tells
// who it is. So the time of a base proof is better a coarse one, mandatory is
// better little, and nothing that is shown should have an identifier.
//
// # Source
//
// Data Integrity BBS Cryptosuites 1.0, editor's draft of April 2025, sections
// 3.2 to 3.4 and 4, whose features are named so: no longer pseudonym_issuer_pid and
// pseudonym_hidden_pid, of the Candidate Recommendation of 2024, whose base
// proofs were of another form. The text gives no type for nym_domain: it is a
// CBOR text here, and pseudonyms are made of its UTF-8. For BBS itself see
// internal/bbs.
package bbs

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/chancery-vc/chancery/internal/bbs"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/hashdata"
)

// Errors that callers can tell apart with [errors.Is], beside those of package
// proof.
var (
	ErrTooLarge = errors.New("the document is too large for bbs-2023")
	ErrBinding  = errors.New("the proof cannot be bound to the holder")
	ErrHolder   = errors.New("the holder's secrets are missing or do not fit the base proof, which is bound to them")
	ErrRefused  = errors.New("the proof holds, but what it shows was not accepted")
)

// BBS2023 is bbs-2023. The zero value makes base proofs that are bound to no
// holder and have no mandatory statements, derives from base proofs without a
// binding, and verifies whatever the issuer signed.
type BBS2023 struct {
	// Mandatory are JSON pointers to what each derived proof is to disclose.
	Mandatory []string
	// Binding is the holder to whom base proofs are bound; nil is nobody.
	Binding *Binding

	// Holder has the secrets to which base proofs are bound.
	Holder *Holder
	// NymDomain is for whom pseudonyms are made, such as a verifier's name.
	NymDomain string
	// PresentationHeader is put into derived proofs, which hold with no other:
	// something fresh from the verifier tells a proof from a copy of it.
	PresentationHeader []byte

	// Accept refuses a derived proof, which holds, by what it shows beside the
	// document. Nil accepts all.
	Accept func(Shown) error

	// Random is what secrets are made of: 32 bytes for the key of a base proof's
	// HMAC, and what BBS draws. Nil is crypto/rand.
	Random io.Reader
}

var _ proof.SelectiveSuite = BBS2023{}

// Type returns "DataIntegrityProof".
func (BBS2023) Type() string { return proof.TypeDataIntegrity }

// Cryptosuite returns "bbs-2023".
func (BBS2023) Cryptosuite() string { return "bbs-2023" }

// ContextInProof tells that proofs carry no @context.
func (BBS2023) ContextInProof() bool { return false }

// WithMandatory returns the suite with other mandatory pointers.
func (s BBS2023) WithMandatory(pointers []string) proof.SelectiveSuite {
	s.Mandatory = pointers
	return s
}

func (s BBS2023) random() io.Reader {
	if s.Random == nil {
		return rand.Reader
	}
	return s.Random
}

// scheme is one for all, as it remembers its generators: to make them again
// takes longer than to verify.
var scheme = sync.OnceValue(func() *bbs.Scheme {
	s, err := bbs.New(bbs.SHA256)
	if err != nil {
		panic(err) // the name is fixed here
	}
	return s
})

// bbsHeader is the header of BBS: the hash of the proof options and that of the
// mandatory statements (sections 3.4.3 and 3.4.5).
func bbsHeader(ctx context.Context, in proof.Input, mandatory []string) ([]byte, error) {
	options, err := hashdata.OptionsRDFC(ctx, in, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256([]byte(strings.Join(mandatory, "")))
	return slices.Concat(options, hash[:]), nil
}

// messages of BBS are the statements that are not mandatory.
func messages(statements []string) [][]byte {
	var all [][]byte
	for _, statement := range statements {
		all = append(all, []byte(statement))
	}
	return all
}

// faults are what errors of BBS mean for a proof.
var faults = []struct{ of, is error }{
	{bbs.ErrSignature, proof.ErrSignature},
	{bbs.ErrProof, proof.ErrSignature},
	{bbs.ErrIndexes, proof.ErrSignature},
	{bbs.ErrMalformed, proof.ErrMalformed},
	{bbs.ErrKey, proof.ErrKey},
	{bbs.ErrTooMany, ErrTooLarge},
	{bbs.ErrCommitment, ErrBinding},
}

func fault(err error) error {
	for _, f := range faults {
		if errors.Is(err, f.of) {
			return fmt.Errorf("%w: %w", f.is, err)
		}
	}
	return err
}
