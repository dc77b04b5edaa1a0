// Package bbs has BBS signatures over BLS12-381: one signature over many
// messages, of which its holder later shows some, with a proof that a signature
// over all of them is known. Proofs of one signature cannot be linked.
//
// It reads like the draft: [Scheme] has the operations of the Interface, each
// built on the core operation of the same name, with the draft's letters for
// points and scalars. Two extensions have files of their own: blind signatures,
// with which messages of the holder are signed unseen, and pseudonyms, by which
// one verifier, and no two together, knows a holder again.
//
// Messages, headers and presentation headers are octets of any length. Secret
// keys are 32 bytes, public keys 96, a signature 80, a proof 272 and 32 for
// each message withheld, all big-endian, points compressed. Indexes count from
// zero and ascend. A point that is not canonical, not in its subgroup or the
// identity, and a scalar that is zero or not below the order, is refused.
// Errors are those declared here; none depends on which of a holder's or a
// signer's values did not fit.
//
// # Time
//
// Sums of points with scalars that are secret (the signer's key, messages at
// signing and proving, blinding, nonces) run on the prime field of
// cloudflare/circl, whose code fiat-crypto generated without branches, with
// complete addition formulas, and with tables that are read in full: neither
// branch nor address depends on a secret. Scalars are circl's everywhere,
// inverted with a fixed exponent, and wide values are reduced without big.Int.
// The public key is made with circl's multiplication in G2, which is built
// alike. circl promises none of this for BLS12-381; it is what its code does in
// the version that go.mod names, and BenchmarkSecretScalar looks.
//
// What a verifier does, decoding, sums over what a proof shows, hashing to the
// curve and pairings, runs on consensys/gnark-crypto, which is faster and
// promises nothing about time: its multiplication by 2 takes a twentieth of
// that by another scalar. That is all of [Scheme.ProofVerify]. One thing of a
// holder goes there too: whether a signature holds, looked at by Verify and
// before each proof, is two pairings with points that depend on the signature
// and the messages. How many messages there are, how long they are and which
// are disclosed shows in the time of every operation. Go leaves copies of
// secrets in memory; they are not erased.
//
// # Source
//
// draft-irtf-cfrg-bbs-signatures-09, sections 3, 4 and 7, by its fixtures.
// Data Integrity BBS Cryptosuites 1.0 refers to -05, but its test vectors are
// made as revisions from -06 on have it, which changed what e and the challenge
// are hashed from. Blind signatures are draft-irtf-cfrg-bbs-blind-signatures
// and pseudonyms draft-irtf-cfrg-bbs-per-verifier-linkability, both as of March
// 2025: one secret for pseudonyms, not yet a vector of them. Those test vectors
// are made so. Committed messages stay undisclosed: the cryptosuite has no use
// for more.
package bbs

import "errors"

// MaxMessages caps the messages of a signature, the holder's and the blinding
// included. It bounds what a proof from a stranger can make us compute: about a
// second where the generators are not yet there, a tenth of one afterwards.
const MaxMessages = 4096

// Errors that callers can tell apart with [errors.Is].
var (
	ErrCiphersuite = errors.New("no BBS ciphersuite has this name")
	ErrKey         = errors.New("not a BBS key")
	ErrMalformed   = errors.New("not the encoding of a BBS value: its length, a point or a scalar is wrong")
	ErrTooMany     = errors.New("more messages than a BBS signature may have here")
	ErrIndexes     = errors.New("the indexes of disclosed messages must ascend, be within the messages, and be as many as the messages shown")
	ErrSignature   = errors.New("the BBS signature does not hold for this key, header and messages")
	ErrProof       = errors.New("the BBS proof does not hold for this key, headers and disclosed messages")
	ErrCommitment  = errors.New("the proof of what is committed to does not hold")
	ErrRandom      = errors.New("the source of randomness gave values that repeat or are zero")
)
