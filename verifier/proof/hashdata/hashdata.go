// Package hashdata makes what Data Integrity suites sign: the hash of the
// proof options, then the hash of the document, each in canonical form.
//
// Source: Data Integrity EdDSA Cryptosuites 1.0, sections 3.2.4 and 3.3.4;
// Data Integrity ECDSA Cryptosuites 1.0, sections 3.2.4 and 3.3.4.
package hashdata

import (
	"context"
	"crypto"
	"fmt"

	"github.com/gowebpki/jcs"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// RDFC hashes both in RDF, canonicalized by RDFC-1.0 with the same hash. The
// options are read in the document's @context.
func RDFC(ctx context.Context, in proof.Input, hash crypto.Hash) ([]byte, error) {
	options, err := OptionsRDFC(ctx, in, hash)
	if err != nil {
		return nil, err
	}
	document, err := jsonld.Hash(ctx, in.Document, in.Contexts, hash)
	if err != nil {
		return nil, err
	}
	return append(options, document...), nil
}

// OptionsRDFC hashes the options alone, as [RDFC] does.
func OptionsRDFC(ctx context.Context, in proof.Input, hash crypto.Hash) ([]byte, error) {
	hashed, err := optionsRDFC(ctx, in, hash)
	if err != nil {
		return nil, fmt.Errorf("proof options: %w", err)
	}
	return hashed, nil
}

func optionsRDFC(ctx context.Context, in proof.Input, hash crypto.Hash) ([]byte, error) {
	inContext, err := in.OptionsInContext()
	if err != nil {
		return nil, err
	}
	nquads, err := jsonld.Canonicalize(ctx, inContext, in.Contexts, hash)
	if err != nil {
		return nil, err
	}
	if err := checkMeaning(in.Options, nquads); err != nil {
		return nil, err
	}
	return digest(nquads, hash), nil
}

// JCS hashes both as JSON, canonicalized by RFC 8785. The document must still
// be JSON-LD of which no word is without a meaning.
func JCS(in proof.Input, hash crypto.Hash) ([]byte, error) {
	if err := jsonld.Check(in.Document, in.Contexts); err != nil {
		return nil, err
	}
	options, err := canonical(in.Options, hash)
	if err != nil {
		return nil, fmt.Errorf("proof options: %w", err)
	}
	document, err := canonical(in.Document, hash)
	if err != nil {
		return nil, err
	}
	return append(options, document...), nil
}

// canonical parses strictly first: JCS itself rounds numbers and passes over
// doubled members.
func canonical(data []byte, hash crypto.Hash) ([]byte, error) {
	if _, err := strictjson.ParseObject(data, strictjson.Limits{Bytes: credential.MaxBytes}); err != nil {
		return nil, err
	}
	form, err := jcs.Transform(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", proof.ErrMalformed, err)
	}
	return digest(form, hash), nil
}

func digest(data []byte, hash crypto.Hash) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}
