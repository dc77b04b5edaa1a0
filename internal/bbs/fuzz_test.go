package bbs

import (
	"bytes"
	"testing"
)

// Fuzzing for a property: what a decoder takes encodes to the same octets, and
// no proof or commitment holds but the one that was made.

func FuzzSignature(f *testing.F) {
	s := newSample(f, SHA256)
	f.Add(s.signature)
	f.Add(s.signature[:79])
	f.Fuzz(func(t *testing.T, octets []byte) {
		v, err := toSignature(octets)
		if err != nil {
			return
		}
		if !bytes.Equal(v.octets(), octets) {
			t.Errorf("%x encodes to %x", octets, v.octets())
		}
		err = s.Verify(s.key.PublicKey(), octets, s.header, s.messages)
		if (err == nil) != bytes.Equal(octets, s.signature) {
			t.Errorf("signature %x: %v", octets, err)
		}
	})
}

func FuzzProof(f *testing.F) {
	s := newSample(f, SHA256)
	f.Add(s.proof)
	f.Add(s.proof[:proofFloor])
	f.Fuzz(func(t *testing.T, octets []byte) {
		p, err := toProof(octets)
		if err != nil {
			return
		}
		if !bytes.Equal(p.octets(), octets) {
			t.Errorf("%x encodes to %x", octets, p.octets())
		}
		err = s.ProofVerify(s.key.PublicKey(), octets, s.header, s.ph, s.shown(), s.disclosed)
		if err == nil && !bytes.Equal(octets, s.proof) {
			t.Errorf("a proof was found: %x", octets)
		}
	})
}

func FuzzCommitment(f *testing.F) {
	b, n := newBlindSample(f), newNymSample(f)
	f.Add(b.commitment)
	f.Add(n.commitment)
	f.Fuzz(func(t *testing.T, octets []byte) {
		c, err := toCommitment(octets)
		if err != nil {
			return
		}
		if !bytes.Equal(c.octets(), octets) {
			t.Errorf("%x encodes to %x", octets, c.octets())
		}
		_, err = b.BlindSign(b.key, octets, nil, nil)
		if err == nil && !bytes.Equal(octets, b.commitment) {
			t.Errorf("a commitment was proven without what is in it: %x", octets)
		}
	})
}

func FuzzPublicKey(f *testing.F) {
	f.Add(newSample(f, SHA256).key.PublicKey().Bytes())
	f.Fuzz(func(t *testing.T, octets []byte) {
		k, err := ParsePublicKey(octets)
		if err != nil {
			return
		}
		if again := k.w.Bytes(); !bytes.Equal(again[:], octets) || !k.w.IsInSubGroup() || k.w.IsInfinity() {
			t.Errorf("%x was taken as %x", octets, again)
		}
	})
}

func FuzzSecretKey(f *testing.F) {
	f.Add(newSample(f, SHA256).key.Bytes())
	f.Fuzz(func(t *testing.T, octets []byte) {
		k, err := ParseSecretKey(octets)
		if err == nil && !bytes.Equal(k.Bytes(), octets) {
			t.Errorf("%x was taken as %x", octets, k.Bytes())
		}
	})
}

func FuzzIndexes(f *testing.F) {
	f.Add([]byte{0, 2}, 3)
	f.Add([]byte{2, 2}, 3)
	f.Fuzz(func(t *testing.T, raw []byte, total int) {
		if total < 0 || total > MaxMessages {
			return
		}
		disclosed := make([]int, len(raw))
		for i, b := range raw {
			disclosed[i] = int(int8(b))
		}
		others, err := undisclosed(disclosed, total)
		if err != nil {
			return
		}
		seen := make([]int, total)
		for _, i := range append(others, disclosed...) {
			seen[i]++
		}
		for i, n := range seen {
			if n != 1 {
				t.Errorf("index %d occurs %d times", i, n)
			}
		}
	})
}
