package multikey

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"filippo.io/mldsa"
	"github.com/google/go-cmp/cmp"
)

// known are the multicodecs that the table is meant to have.
var known = []struct {
	Code uint64
	Name string
	Size int
	Base rune
}{
	{0xe7, "secp256k1-pub", 33, 'z'},
	{0xeb, "bls12_381-g2-pub", 96, 'z'},
	{0xec, "x25519-pub", 32, 'z'},
	{0xed, "ed25519-pub", 32, 'z'},
	{0x1200, "p256-pub", 33, 'z'},
	{0x1201, "p384-pub", 49, 'z'},
	{0x1202, "p521-pub", 67, 'z'},
	{0x1210, "mldsa-44-pub", 1312, 'u'},
}

func TestTable(t *testing.T) {
	got := known[:0:0]
	for _, c := range table {
		got = append(got, struct {
			Code uint64
			Name string
			Size int
			Base rune
		}{c.code, c.name, c.size, rune(c.base)})
	}
	if diff := cmp.Diff(known, got); diff != "" {
		t.Error(diff)
	}
}

// TestLengths gives each type of key a byte too few and one too many.
func TestLengths(t *testing.T) {
	for _, c := range known {
		for _, size := range []int{0, c.Size - 1, c.Size + 1, 2 * c.Size} {
			if key, err := FromRaw(c.Code, make([]byte, size)); !errors.Is(err, ErrLength) || key != nil {
				t.Errorf("%s, %d bytes: got %v, %v", c.Name, size, key, err)
			}
		}
	}
}

func generated(t *testing.T) []crypto.PublicKey {
	t.Helper()
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	montgomery, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	lattice, err := mldsa.GenerateKey(mldsa.MLDSA44())
	if err != nil {
		t.Fatal(err)
	}
	keys := []crypto.PublicKey{edwards, montgomery.PublicKey(), lattice.Public()}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.Public())
	}
	return keys
}

func TestGeneratedKeysComeBack(t *testing.T) {
	for range 20 {
		for _, key := range generated(t) {
			value, err := Encode(key)
			if err != nil {
				t.Fatalf("%T: %v", key, err)
			}
			got, err := Decode(value)
			if err != nil || !key.(interface{ Equal(crypto.PublicKey) bool }).Equal(got) {
				t.Errorf("%T %s: got %v, %v", key, value, got, err)
			}
		}
	}
}

// The generators of the two curves that the standard library does not know:
// SEC 2, section 2.4.1; draft-irtf-cfrg-pairing-friendly-curves, section 4.2.1.
const (
	secp256k1GX = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
	secp256k1GY = "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
	bls12381G2  = "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e" +
		"024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSecp256k1Point(t *testing.T) {
	x, y := unhex(t, secp256k1GX), unhex(t, secp256k1GY)
	for _, sign := range []byte{2, 3} {
		key, err := FromRaw(CodeSecp256k1, append([]byte{sign}, x...))
		if err != nil {
			t.Fatal(err)
		}
		gotX, gotY, err := Secp256k1Point(key.(Other))
		if err != nil || !bytes.Equal(gotX, x) {
			t.Fatalf("got %x, %v", gotX, err)
		}
		if gotY[31]&1 != sign&1 || bytes.Equal(gotY, y) != (sign == 2) {
			t.Errorf("sign %d: got %x", sign, gotY)
		}
	}
	for name, key := range map[string]Other{
		"another curve": {Code: CodeBLS12381G2, Bytes: make([]byte, 33)},
		"cut off":       {Code: CodeSecp256k1, Bytes: make([]byte, 32)},
		"no point":      {Code: CodeSecp256k1, Bytes: make([]byte, 33)},
	} {
		if _, _, err := Secp256k1Point(key); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestPoints: each of these has the right length for its type, and is or is
// not a point of the curve.
func TestPoints(t *testing.T) {
	ff := strings.Repeat("ff", 32)
	edwardsP := "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" // p, but for its last byte
	zeros := strings.Repeat("00", 31)
	for name, c := range map[string]struct {
		code uint64
		raw  string
		want error
	}{
		"ed25519 base point":      {CodeEd25519, "58" + strings.Repeat("66", 31), nil},
		"ed25519 neutral":         {CodeEd25519, "01" + zeros, ErrPoint},
		"ed25519 neutral, signed": {CodeEd25519, "01" + zeros[:60] + "80", ErrPoint},
		"ed25519 not on it":       {CodeEd25519, "02" + zeros, ErrPoint},
		"ed25519 of order 2":      {CodeEd25519, "ec" + edwardsP[2:] + "7f", ErrPoint},
		"ed25519 of order 4":      {CodeEd25519, "00" + zeros, ErrPoint},
		"ed25519 of order 4, odd": {CodeEd25519, "00" + zeros[:60] + "80", ErrPoint},
		"ed25519 of order 8":      {CodeEd25519, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", ErrPoint},
		"ed25519 of order 8, neg": {CodeEd25519, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", ErrPoint},
		"ed25519 y is p":          {CodeEd25519, edwardsP + "7f", ErrPoint},
		"ed25519 y is p+1":        {CodeEd25519, "ee" + edwardsP[2:] + "7f", ErrPoint},
		"x25519 all ones":         {CodeX25519, ff, nil},
		"p256 not on it":          {CodeP256, "02" + strings.Repeat("00", 31) + "01", ErrPoint},
		"p256 x above the field":  {CodeP256, "02" + ff, ErrPoint},
		"p256 other first byte":   {CodeP256, "04" + strings.Repeat("00", 32), ErrPoint},
		"p384 x above the field":  {CodeP384, "03" + strings.Repeat("ff", 48), ErrPoint},
		"p521 x above the field":  {CodeP521, "02" + strings.Repeat("ff", 66), ErrPoint},
		"secp256k1 base point":    {CodeSecp256k1, "02" + secp256k1GX, nil},
		"secp256k1 not on it":     {CodeSecp256k1, "02" + strings.Repeat("00", 31) + "05", ErrPoint},
		"secp256k1 x above":       {CodeSecp256k1, "02" + ff, ErrPoint},
		"secp256k1 first byte":    {CodeSecp256k1, "04" + secp256k1GX, ErrPoint},
		"bls generator":           {CodeBLS12381G2, bls12381G2, nil},
		"bls generator, negated":  {CodeBLS12381G2, "b" + bls12381G2[1:], nil},
		"bls not compressed":      {CodeBLS12381G2, "1" + bls12381G2[1:], ErrPoint},
		"bls infinity":            {CodeBLS12381G2, "c0" + strings.Repeat("00", 95), ErrPoint},
		"bls not on it":           {CodeBLS12381G2, bls12381G2[:190] + "bb", ErrPoint},
		"bls x above the field":   {CodeBLS12381G2, "9f" + strings.Repeat("ff", 47) + bls12381G2[96:], ErrPoint},
		"bls second half above":   {CodeBLS12381G2, bls12381G2[:96] + "1f" + strings.Repeat("ff", 47), ErrPoint},
		"another type of key":     {0x1206, "02" + secp256k1GX, ErrUnsupported},
		"a private key":           {0x1300, zeros + "00", ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			key, err := FromRaw(c.code, unhex(t, c.raw))
			if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || (key == nil) != (err != nil) {
				t.Errorf("got %v, %v, want %v", key, err, c.want)
			}
			if err != nil && !errors.Is(err, ErrInvalid) {
				t.Errorf("%v is not an ErrInvalid", err)
			}
		})
	}
}

// TestBLS12381G2: a key of BBS is what is read from its Multikey value.
func TestBLS12381G2(t *testing.T) {
	key := BLS12381G2(unhex(t, bls12381G2))
	value, err := Encode(key)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Decode(value); err != nil || !cmp.Equal(key, got.(Other)) || !strings.HasPrefix(value, "zUC7") {
		t.Errorf("%s: got %v, %v", value, got, err)
	}
}

// TestRandomPointsOfOtherCurves holds half of all x to be on a curve, as it
// is: a check that lets everything or nothing through fails.
func TestRandomPointsOfOtherCurves(t *testing.T) {
	for _, code := range []uint64{CodeSecp256k1, CodeBLS12381G2, CodeEd25519} {
		on := 0
		for range 200 {
			raw := unhex(t, map[uint64]string{
				CodeSecp256k1: "02" + secp256k1GX, CodeBLS12381G2: bls12381G2, CodeEd25519: strings.Repeat("00", 32),
			}[code])
			if _, err := rand.Read(raw[len(raw)-31:]); err != nil {
				t.Fatal(err)
			}
			raw[len(raw)-1] &= 0x7f
			if _, err := FromRaw(code, raw); err == nil {
				on++
			}
		}
		if on < 50 || on > 150 {
			t.Errorf("%#x: %d of 200 random x are on the curve", code, on)
		}
	}
}

func TestRawRefuses(t *testing.T) {
	p256, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stronger, err := mldsa.GenerateKey(mldsa.MLDSA65())
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.PublicKey{
		"nothing":               nil,
		"a text":                "z6Mk",
		"a short key":           make(ed25519.PublicKey, 31),
		"an empty key":          ed25519.PublicKey{},
		"no key":                ed25519.PublicKey(nil),
		"no point":              (*ecdsa.PublicKey)(nil),
		"a point of no curve":   &ecdsa.PublicKey{},
		"another curve":         &ecdsa.PublicKey{Curve: elliptic.P224()},
		"P-256 for agreement":   p256.PublicKey(),
		"other, unknown":        Other{Code: 0x1206, Bytes: make([]byte, 33)},
		"other, one known here": Other{Code: CodeEd25519, Bytes: make([]byte, 32)},
		"other, too short":      Other{Code: CodeSecp256k1, Bytes: make([]byte, 32)},
		"a private key":         ed25519.NewKeyFromSeed(make([]byte, 32)),
		"ML-DSA-65":             stronger.Public(),
		"no ML-DSA key":         (*mldsa.PublicKey)(nil),
		"an empty ML-DSA key":   &mldsa.PublicKey{},
	} {
		t.Run(name, func(t *testing.T) {
			if _, raw, err := Raw(key); !errors.Is(err, ErrInvalid) || raw != nil {
				t.Errorf("got %x, %v", raw, err)
			}
			if value, err := Encode(key); !errors.Is(err, ErrInvalid) || value != "" {
				t.Errorf("got %s, %v", value, err)
			}
		})
	}
}

func TestOtherEqual(t *testing.T) {
	key := Other{Code: CodeSecp256k1, Bytes: []byte{1}}
	for name, c := range map[string]struct {
		x    crypto.PublicKey
		want bool
	}{
		"same":          {Other{Code: CodeSecp256k1, Bytes: []byte{1}}, true},
		"another code":  {Other{Code: CodeBLS12381G2, Bytes: []byte{1}}, false},
		"another point": {Other{Code: CodeSecp256k1, Bytes: []byte{2}}, false},
		"another type":  {ed25519.PublicKey{1}, false},
	} {
		if key.Equal(c.x) != c.want {
			t.Errorf("%s: got %v", name, !c.want)
		}
	}
}

func TestX25519Refuses(t *testing.T) {
	for name, key := range map[string]ed25519.PublicKey{
		"short":   make(ed25519.PublicKey, 31),
		"neutral": append(ed25519.PublicKey{1}, make([]byte, 31)...), // u has no value there
	} {
		if got, err := X25519(key); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, value := range []string{
		"z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
		"zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
		"zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
	} {
		b.Run(value[:4], func(b *testing.B) {
			for b.Loop() {
				if _, err := Decode(value); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
