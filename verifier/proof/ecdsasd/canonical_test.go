package ecdsasd_test

import (
	"bytes"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/chancery-vc/chancery/verifier/proof"
)

// components of a derived proof value.
const (
	ofIssuer = iota
	ofKey
	ofStatements
)

const headerSize = 3

// parts returns the components of the derived proof value.
func (f fixed) parts(t *testing.T) (parts []any) {
	t.Helper()
	if err := cbor.Unmarshal(bytesOf(t, f.value)[headerSize:], &parts); err != nil {
		t.Fatal(err)
	}
	return parts
}

// with is the derived proof value with other components.
func (f fixed) with(t *testing.T, parts []any) string {
	t.Helper()
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	data, err := mode.Marshal(parts)
	if err != nil {
		t.Fatal(err)
	}
	return valueOf(slices.Concat(bytesOf(t, f.value)[:headerSize], data))
}

// TestSignaturesThatAreNone: in the place of the issuer's signature and of each
// statement's, numbers that no signature has, and those of a good one that are
// written otherwise.
func TestSignaturesThatAreNone(t *testing.T) {
	f := newFixed(t)
	if err := f.verify(t, f.with(t, f.parts(t))); err != nil {
		t.Fatal(err)
	}
	const size = 32
	order := elliptic.P256().Params().N.FillBytes(make([]byte, size))
	zero, ones := make([]byte, size), bytes.Repeat([]byte{0xff}, size)
	for name, c := range map[string]struct {
		of   func(r, s []byte) []byte
		kind error
	}{
		"r is zero":         {func(_, s []byte) []byte { return slices.Concat(zero, s) }, proof.ErrSignature},
		"s is zero":         {func(r, _ []byte) []byte { return slices.Concat(r, zero) }, proof.ErrSignature},
		"zeros":             {func(_, _ []byte) []byte { return slices.Concat(zero, zero) }, proof.ErrSignature},
		"r is the order":    {func(_, s []byte) []byte { return slices.Concat(order, s) }, proof.ErrSignature},
		"s is the order":    {func(r, _ []byte) []byte { return slices.Concat(r, order) }, proof.ErrSignature},
		"r above the order": {func(_, s []byte) []byte { return slices.Concat(ones, s) }, proof.ErrSignature},
		"s above the order": {func(r, _ []byte) []byte { return slices.Concat(r, ones) }, proof.ErrSignature},
		"r and s exchanged": {func(r, s []byte) []byte { return slices.Concat(s, r) }, proof.ErrSignature},
		"in DER":            {der, proof.ErrMalformed},
		"a zero before":     {func(r, s []byte) []byte { return slices.Concat([]byte{0}, r, []byte{0}, s) }, proof.ErrMalformed},
		"nothing":           {func(_, _ []byte) []byte { return []byte{} }, proof.ErrMalformed},
	} {
		otherwise := func(part any) any {
			signature := part.([]byte)
			return c.of(signature[:size], signature[size:])
		}
		parts := f.parts(t)
		parts[ofIssuer] = otherwise(parts[ofIssuer])
		if err := f.verify(t, f.with(t, parts)); !errors.Is(err, c.kind) {
			t.Errorf("the issuer's, %s: got %v", name, err)
		}
		for i := range f.parts(t)[ofStatements].([]any) {
			parts := f.parts(t)
			statements := parts[ofStatements].([]any)
			statements[i] = otherwise(statements[i])
			if err := f.verify(t, f.with(t, parts)); !errors.Is(err, c.kind) {
				t.Errorf("that of statement %d, %s: got %v", i, name, err)
			}
		}
	}
}

func der(r, s []byte) []byte {
	data, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(r), new(big.Int).SetBytes(s)})
	if err != nil {
		panic(err) // no number is refused
	}
	return data
}

// TestKeysThatAreNone: in the place of the key of the statements, what is no
// point of P-256, or one that is written otherwise.
func TestKeysThatAreNone(t *testing.T) {
	f := newFixed(t)
	field := elliptic.P256().Params().P
	above := func(n int64) []byte { return new(big.Int).Add(field, big.NewInt(n)).FillBytes(make([]byte, 32)) }
	for name, c := range map[string]struct {
		of   func(point []byte) []byte
		kind error
	}{
		"the other y":          {func(p []byte) []byte { return append([]byte{p[0] ^ 1}, p[1:]...) }, proof.ErrSignature},
		"x is the field":       {func(p []byte) []byte { return append(p[:1:1], above(0)...) }, proof.ErrMalformed},
		"x of another, above":  {func(p []byte) []byte { return append(p[:1:1], above(5)...) }, proof.ErrMalformed}, // 5 is the x of a point
		"x of no point":        {func(p []byte) []byte { return append(p[:1:1], append(make([]byte, 31), 1)...) }, proof.ErrMalformed},
		"infinity":             {func([]byte) []byte { return make([]byte, 33) }, proof.ErrMalformed},
		"infinity, in a byte":  {func([]byte) []byte { return []byte{0} }, proof.ErrMalformed},
		"as if not compressed": {func(p []byte) []byte { return append([]byte{4}, p[1:]...) }, proof.ErrMalformed},
		"hybrid":               {func(p []byte) []byte { return append([]byte{6}, p[1:]...) }, proof.ErrMalformed},
		"not compressed": {func(p []byte) []byte {
			x, y := elliptic.UnmarshalCompressed(elliptic.P256(), p)
			return slices.Concat([]byte{4}, x.FillBytes(make([]byte, 32)), y.FillBytes(make([]byte, 32)))
		}, proof.ErrMalformed},
	} {
		parts := f.parts(t)
		key := parts[ofKey].([]byte)
		parts[ofKey] = slices.Concat(key[:2], c.of(key[2:]))
		if err := f.verify(t, f.with(t, parts)); !errors.Is(err, c.kind) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
