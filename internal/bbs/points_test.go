package bbs

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fp"

	"github.com/cloudflare/circl/ecc/bls12381/ff"
)

// badPoints are 48 octets that are no canonical point of G1 beside its
// identity.
func badPoints(t *testing.T) map[string][]byte {
	t.Helper()
	outside := bls.GeneratePointNotInG1(fp.NewElement(7))
	var affine bls.G1Affine
	small := affine.FromJacobian(&outside).Bytes()
	identity := append([]byte{0xc0}, make([]byte, pointLength-1)...)
	_, _, generator, _ := bls.Generators()
	good := generator.Bytes()
	uncompressed := generator.RawBytes()
	return map[string][]byte{
		"outside of the subgroup":    small[:],
		"identity":                   identity,
		"identity, signed":           with(identity, 0, 0xe0),
		"identity with coordinates":  with(identity, 40, 1),
		"x is the field's order":     with(ff.FpOrder(), 0, ff.FpOrder()[0]|0x80),
		"x above the order":          append([]byte{0x9f}, bytes.Repeat([]byte{0xff}, pointLength-1)...),
		"not compressed":             with(good[:], 0, good[0]&0x1f),
		"x of an uncompressed point": uncompressed[:pointLength],
		"x of no point":              noPoint(t),
		"all zero":                   make([]byte, pointLength),
	}
}

// noPoint looks for an x that no point of the curve has.
func noPoint(t *testing.T) []byte {
	t.Helper()
	for x := range byte(100) {
		octets := append([]byte{0x80}, make([]byte, pointLength-1)...)
		octets[pointLength-1] = x
		var p bls.G1Affine
		if _, err := p.SetBytes(octets); err != nil && !onCurve(uint64(x)) {
			return octets
		}
	}
	t.Fatal("every x is of a point")
	return nil
}

func onCurve(x uint64) bool {
	var y2, four fp.Element
	y2.SetUint64(x)
	y2.Cube(&y2)
	four.SetUint64(4)
	y2.Add(&y2, &four)
	return y2.Legendre() != -1
}

// badScalars are 32 octets that are zero or not below the order.
func badScalars() map[string][]byte {
	order := ff.ScalarOrder()
	return map[string][]byte{
		"zero":            make([]byte, scalarLength),
		"the order":       order,
		"above the order": with(order, scalarLength-1, order[scalarLength-1]+1),
		"all ones":        bytes.Repeat([]byte{0xff}, scalarLength),
	}
}

// each puts bad octets into a copy of good ones, at each place of size.
func each(good []byte, from, to, size int, bad map[string][]byte, f func(name string, octets []byte)) {
	for name, value := range bad {
		for at := from; at < to; at += size {
			octets := bytes.Clone(good)
			copy(octets[at:], value)
			f(name, octets)
		}
	}
}

func TestBadElements(t *testing.T) {
	s, b := newSample(t, SHA256), newBlindSample(t)
	points, scalars := badPoints(t), badScalars()
	signature := func(name string, octets []byte) {
		if err := s.Verify(s.key.PublicKey(), octets, s.header, s.messages); !errors.Is(err, ErrMalformed) {
			t.Errorf("signature, %s: %v", name, err)
		}
		_, err := s.ProofGen(nil, s.key.PublicKey(), octets, s.header, s.ph, s.messages, nil)
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("proving, %s: %v", name, err)
		}
	}
	each(s.signature, 0, pointLength, pointLength, points, signature)
	each(s.signature, pointLength, SignatureLength, scalarLength, scalars, signature)
	proof := func(name string, octets []byte) {
		err := s.ProofVerify(s.key.PublicKey(), octets, s.header, s.ph, s.shown(), s.disclosed)
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("proof, %s: %v", name, err)
		}
	}
	each(s.proof, 0, 3*pointLength, pointLength, points, proof)
	each(s.proof, 3*pointLength, len(s.proof), scalarLength, scalars, proof)
	commitment := func(name string, octets []byte) {
		if _, err := b.BlindSign(b.key, octets, nil, nil); !errors.Is(err, ErrMalformed) {
			t.Errorf("commitment, %s: %v", name, err)
		}
	}
	each(b.commitment, 0, pointLength, pointLength, points, commitment)
	each(b.commitment, pointLength, len(b.commitment), scalarLength, scalars, commitment)
}

func TestBadKeys(t *testing.T) {
	for name, octets := range badScalars() {
		if _, err := ParseSecretKey(octets); !errors.Is(err, ErrKey) {
			t.Errorf("secret key, %s: %v", name, err)
		}
		if _, err := ParseSecret(octets); !errors.Is(err, ErrMalformed) {
			t.Errorf("secret, %s: %v", name, err)
		}
	}
	outside := bls.GeneratePointNotInG2(bls.E2{A0: fp.NewElement(3), A1: fp.NewElement(5)})
	var affine bls.G2Affine
	small := affine.FromJacobian(&outside).Bytes()
	identity := append([]byte{0xc0}, make([]byte, 95)...)
	order := with(append(ff.FpOrder(), make([]byte, 48)...), 0, ff.FpOrder()[0]|0x80)
	_, _, _, generator := bls.Generators()
	raw := generator.RawBytes()
	for name, octets := range map[string][]byte{
		"outside of the subgroup": small[:], "identity": identity, "zero": make([]byte, 96),
		"x is the field's order": order, "x of an uncompressed point": raw[:96], "uncompressed": raw[:],
	} {
		if _, err := ParsePublicKey(octets); !errors.Is(err, ErrKey) {
			t.Errorf("public key, %s: %v", name, err)
		}
	}
}

// TestPointsOfTheDraft: octets_to_point refuses nothing that it should take.
func TestPointsOfTheDraft(t *testing.T) {
	generator, _ := hex.DecodeString("97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb")
	p, err := toPoint(generator)
	if err != nil {
		t.Fatal(err)
	}
	_, _, want, _ := bls.Generators()
	if !p.Equal(&want) {
		t.Error("BP1 is another point")
	}
}
