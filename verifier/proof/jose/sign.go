package jose

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"net/url"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// Signing is how to secure a document.
type Signing struct {
	Kind      Kind
	Signer    crypto.Signer
	Algorithm string // empty for the one that the key is for
	// KeyID is the URL of the verification method. It may be left out, or be
	// something else, if iss is among Claims.
	KeyID string
	// ContentType is a media type that says more than vc or vp; empty for those.
	ContentType string
	// Claims are claims of a JWT to add to the document, such as aud and nonce,
	// which it must not have yet. May be left out.
	Claims map[string]any
	Random io.Reader
}

// Sign secures a credential or presentation of the data model 2.0 as vc+jwt or
// vp+jwt. A document whose token [Verify] would refuse by the text alone is
// refused here.
func Sign(document []byte, s Signing) ([]byte, error) {
	payload, err := s.payload(document)
	if err != nil {
		return nil, err
	}
	a, err := s.algorithm()
	if err != nil {
		return nil, err
	}
	options := (&gojose.SignerOptions{}).
		WithType(gojose.ContentType(string(s.Kind) + "+jwt")).
		WithContentType(gojose.ContentType(s.contentType()))
	if s.KeyID != "" {
		options.WithHeader("kid", s.KeyID)
	}
	name := gojose.SignatureAlgorithm(a.name)
	signer, err := gojose.NewSigner(gojose.SigningKey{Algorithm: name, Key: opaque{a, s}}, options)
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", a.name, err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", a.name, err)
	}
	token, err := signed.CompactSerialize()
	return []byte(token), err
}

// Check wants document to be what s can secure: of the data model 2.0, and in
// agreement with the claims. It is for other envelopes, such as those of
// package cose, in which claims stand apart.
func (s *Signing) Check(document []byte) error { return s.check(document, s.Claims) }

func (s *Signing) check(document []byte, claims map[string]any) error {
	if s.Kind != Credential && s.Kind != Presentation {
		return fmt.Errorf("%w: Kind is neither Credential nor Presentation", ErrExpectation)
	}
	d, err := readDocument(s.Kind, document, credential.V2)
	if err != nil {
		return err
	}
	if err := d.agree(claims); err != nil {
		return err
	}
	// Sections 4.1.1 and 4.2: without iss, kid is how the key is found.
	if _, ok := claims[claimIssuer]; ok || d.signer == "" {
		return nil
	}
	if u, err := url.Parse(s.KeyID); err != nil || !u.IsAbs() {
		return fmt.Errorf("%w: without iss, kid must be the URL of a verification method, not %.80q", ErrKeyID, s.KeyID)
	}
	return nil
}

// payload checks document and returns it with the claims added at its end, so
// that the rest of it stays as it was written.
func (s *Signing) payload(document []byte) ([]byte, error) {
	members, err := strictjson.ParseObject(document, strictjson.Limits{Bytes: MaxClaims})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	for name, value := range s.Claims {
		if _, ok := members[name]; ok {
			return nil, fmt.Errorf("%w: the document has %.40q already", ErrClaim, name)
		}
		members[name] = value
	}
	if err := refuseV1(members); err != nil {
		return nil, err
	}
	if err := s.check(document, members); err != nil {
		return nil, err
	}
	document = bytes.TrimSpace(document)
	if len(s.Claims) == 0 {
		return document, nil
	}
	claims, err := json.Marshal(s.Claims, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write the claims: %w", err)
	}
	head := bytes.TrimRight(bytes.TrimSuffix(document, []byte("}")), " \t\r\n")
	return bytes.Join([][]byte{head, claims[1:]}, []byte(",")), nil
}

func (s *Signing) contentType() string {
	if s.ContentType != "" {
		return s.ContentType
	}
	return string(s.Kind)
}

// Choose returns the algorithm that was asked for, or the first that fits, and
// what signs with it, as JOSE and COSE write signatures.
func (s *Signing) Choose() (name string, sign func(message []byte) ([]byte, error), err error) {
	a, err := s.algorithm()
	return a.name, func(message []byte) ([]byte, error) { return a.sign(message, s.Signer, s.Random) }, err
}

func (s *Signing) algorithm() (algorithm, error) {
	if s.Signer == nil || s.Random == nil {
		return algorithm{}, fmt.Errorf("%w: Signer or Random is not set", ErrExpectation)
	}
	if s.Algorithm != "" {
		return choose(s.Algorithm, []string{s.Algorithm}, s.Signer.Public())
	}
	fitting := Fitting(s.Signer.Public(), Recommended())
	if len(fitting) == 0 {
		return algorithm{}, fmt.Errorf("%w: there is no recommended algorithm for a %T", ErrKey, s.Signer.Public())
	}
	return algorithmOf(fitting[0])
}

// opaque lets go-jose sign with a [crypto.Signer].
type opaque struct {
	algorithm algorithm
	signing   Signing
}

var _ gojose.OpaqueSigner = opaque{}

// Public returns nil, so that go-jose writes no kid but the caller's.
func (opaque) Public() *gojose.JSONWebKey { return nil }

// Algs returns the one algorithm of this signer.
func (o opaque) Algs() []gojose.SignatureAlgorithm {
	return []gojose.SignatureAlgorithm{gojose.SignatureAlgorithm(o.algorithm.name)}
}

// SignPayload signs with the one algorithm of this signer.
func (o opaque) SignPayload(payload []byte, _ gojose.SignatureAlgorithm) ([]byte, error) {
	return o.algorithm.sign(payload, o.signing.Signer, o.signing.Random)
}

// sign: RFC 7518, section 3.4; RFC 8037, section 3.1; RFC 9964, section 4.
func (a algorithm) sign(message []byte, signer crypto.Signer, random io.Reader) ([]byte, error) {
	if a.hash == 0 {
		return signer.Sign(random, message, crypto.Hash(0))
	}
	state := a.hash.New()
	state.Write(message)
	der, err := signer.Sign(random, state.Sum(nil), a.hash)
	if err != nil {
		return nil, err
	}
	var pair struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &pair); err != nil || len(rest) > 0 || !a.holds(pair.R) || !a.holds(pair.S) {
		return nil, fmt.Errorf("%w: the signer's answer is not an ECDSA signature", ErrKey)
	}
	signature := make([]byte, 2*a.size)
	pair.R.FillBytes(signature[:a.size])
	pair.S.FillBytes(signature[a.size:])
	return signature, nil
}

// holds tells whether n can be r or s of a signature.
func (a algorithm) holds(n *big.Int) bool {
	return n != nil && n.Sign() > 0 && n.BitLen() <= 8*a.size
}
