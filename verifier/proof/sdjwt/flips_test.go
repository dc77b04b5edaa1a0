package sdjwt_test

import (
	"testing"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// small is a token with a disclosure and a key binding, and its policy.
func small(t testing.TB) (*sdjwt.Token, sdjwt.Policy) {
	t.Helper()
	in, holder := example(t), newKey(t)
	in.Claims, in.Selective, in.Decoys, in.Holder = []byte(`{"a":1,"b":[2,3]}`), []string{"/a", "/b/0"}, nil, holder.Public()
	p := policy(in)
	p.KeyBinding = sdjwt.ExpectKeyBinding(wantBinding())
	return bind(t, present(t, issue(t, in), "/a", "/b/0"), binding(holder)), p
}

func verifyText(text string, p sdjwt.Policy) error {
	token, err := sdjwt.Parse(text)
	if err != nil {
		return err
	}
	_, err = sdjwt.Verify(token, p)
	return err
}

// TestEachTruncation: no beginning and no end of a token verifies.
func TestEachTruncation(t *testing.T) {
	token, p := small(t)
	text := token.String()
	if err := verifyText(text, p); err != nil {
		t.Fatal(err)
	}
	for i := range len(text) {
		if verifyText(text[:i], p) == nil {
			t.Errorf("the first %d bytes verify", i)
		}
		if i > 0 && verifyText(text[i:], p) == nil {
			t.Errorf("what follows the first %d bytes verifies", i)
		}
	}
}

// TestEachFlippedBit: no token that differs in a bit verifies.
func TestEachFlippedBit(t *testing.T) {
	token, p := small(t)
	text := []byte(token.String())
	for i := range text {
		for bit := range 8 {
			text[i] ^= 1 << bit
			if verifyText(string(text), p) == nil {
				t.Errorf("bit %d of byte %d flipped: it verifies", bit, i)
			}
			text[i] ^= 1 << bit
		}
	}
	if err := verifyText(string(text), p); err != nil {
		t.Error(err)
	}
}

// TestEachPartLeftOut: no part can be left out, doubled, or changed for
// another.
func TestEachPartLeftOut(t *testing.T) {
	token, p := small(t)
	for i := range token.Disclosures {
		left := with(token, token.Disclosures...)
		left.Disclosures = append(left.Disclosures[:i], left.Disclosures[i+1:]...)
		doubled := with(token, append(token.Disclosures, token.Disclosures[i])...)
		for name, forged := range map[string]*sdjwt.Token{"left out": left, "doubled": doubled} {
			if v, err := sdjwt.Verify(forged, p); err == nil || v != nil {
				t.Errorf("disclosure %d %s: it verifies", i, name)
			}
		}
	}
	if v, err := sdjwt.Verify(&sdjwt.Token{JWT: token.KeyBinding, Disclosures: token.Disclosures, KeyBinding: token.JWT}, p); err == nil || v != nil {
		t.Error("the two JWTs changed places: it verifies")
	}
}

// TestEachFlippedBitOfJSON: nor in the JSON serialization.
func TestEachFlippedBitOfJSON(t *testing.T) {
	token, p := small(t)
	text, err := token.FlattenedJSON()
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		for bit := range 8 {
			text[i] ^= 1 << bit
			if forged, err := sdjwt.ParseJSON(text); err == nil {
				if v, err := sdjwt.Verify(forged, p); err == nil || v != nil {
					t.Errorf("bit %d of byte %d flipped: it verifies", bit, i)
				}
			}
			text[i] ^= 1 << bit
		}
	}
	read, err := sdjwt.ParseJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sdjwt.Verify(read, p); err != nil {
		t.Error(err)
	}
}
