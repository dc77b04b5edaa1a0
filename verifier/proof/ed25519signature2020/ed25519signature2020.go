// Package ed25519signature2020 reads proofs of the type Ed25519Signature2020,
// which came before cryptosuites had names of their own. None are made here.
//
// Such a proof differs from one of eddsa-rdfc-2022 in what it says of itself
// alone: its type, and that it has no cryptosuite. What is signed is the same
// 64 bytes: SHA-256 of the canonical proof options, in the document's
// @context, then SHA-256 of the canonical document. The proof value is the
// 64-byte signature in multibase base58-btc. The document's contexts must
// define the type, as https://w3id.org/security/suites/ed25519-2020/v1 does; the
// key can be in a verification method of any type (section 3.1).
//
// It is for reading only: the report calls itself experimental and not fit for
// production, and eddsa-rdfc-2022 took its place.
//
// Source: EdDSA Cryptosuite v2020 (Final Community Group Report, 24 July
// 2022), section 3; Data Integrity EdDSA Cryptosuites 1.0, section 3.2,
// for RDFC-1.0, the later name of the report's URDNA2015.
package ed25519signature2020
