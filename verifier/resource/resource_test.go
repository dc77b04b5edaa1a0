package resource_test

import (
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/multiformats/go-multibase"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/verifier/resource"
)

var (
	document = []byte(`{"@context":{}}`)
	other    = []byte(`{"@context":{ }}`)
)

func sri256(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func sri384(data []byte) string {
	sum := sha512.Sum384(data)
	return "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
}

func sri512(data []byte) string {
	sum := sha512.Sum512(data)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

func encode(base multibase.Encoding, parts ...[]byte) string {
	var all []byte
	for _, part := range parts {
		all = append(all, part...)
	}
	text, err := multibase.Encode(base, all)
	if err != nil {
		panic(err)
	}
	return text
}

func multihash256(data []byte) string {
	sum := sha256.Sum256(data)
	return encode(multibase.Base58BTC, []byte{0x12, 32}, sum[:])
}

func TestCheckSRI(t *testing.T) {
	url := strings.NewReplacer("+", "-", "/", "_")
	for name, test := range map[string]struct {
		sri  string
		want error
	}{
		"SHA-256":                         {sri256(document), nil},
		"SHA-384":                         {sri384(document), nil},
		"SHA-512":                         {sri512(document), nil},
		"of another resource":             {sri384(other), resource.ErrDigest},
		"without padding":                 {strings.TrimRight(sri512(document), "="), nil},
		"base64url":                       {url.Replace(sri512(document)[7:]), resource.ErrMalformed},
		"base64url after its name":        {"sha512-" + url.Replace(sri512(document)[7:]), nil},
		"with options":                    {sri256(document) + "?ct=application/ld+json", nil},
		"space around":                    {" \t" + sri256(document) + "\r\n", nil},
		"one of two":                      {sri384(other) + " " + sri384(document), nil},
		"none of two":                     {sri384(other) + " " + sri384([]byte("x")), resource.ErrDigest},
		"only the strongest counts":       {sri512(other) + " " + sri256(document), resource.ErrDigest},
		"a weaker wrong one is no matter": {sri256(other) + " " + sri512(document), nil},
		"no-break space":                  {sri256(document) + "\u00a0" + sri256(document), resource.ErrMalformed},
		"only space":                      {" ", resource.ErrMalformed},
		"no dash":                         {"sha256", resource.ErrMalformed},
		"no digest":                       {"sha256-", resource.ErrMalformed},
		"capitals":                        {"SHA256" + sri256(document)[6:], resource.ErrMalformed},
		"SHA-1":                           {"sha1-qUqP5cyxm6YcTAhz05Hph5gvu9M=", resource.ErrMalformed},
		"MD5":                             {"md5-CY9rzUYh03PK3k6DJie09g==", resource.ErrMalformed},
		"SHA-1 beside a good one":         {sri512(document) + " sha1-qUqP5cyxm6YcTAhz05Hph5gvu9M=", resource.ErrMalformed},
		"not known":                       {"sha3-512-" + sri512(document)[7:], resource.ErrMalformed},
		"digest of another hash":          {"sha256-" + sri384(document)[7:], resource.ErrMalformed},
		"truncated":                       {sri384(document)[:len(sri384(document))-4], resource.ErrMalformed},
		"padding too much":                {sri384(document) + "=", resource.ErrMalformed},
		"left-over bits":                  {sri256(document)[:49] + "//=", resource.ErrMalformed},
		"hexadecimal":                     {"sha256-" + strings.Repeat("ab", 32), resource.ErrMalformed},
		"too many":                        {strings.Repeat(sri256(document)+" ", 17), resource.ErrMalformed},
		"too long":                        {sri256(document) + "?" + strings.Repeat("x", 2<<10), resource.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if err := resource.Check([][]byte{document}, test.sri, nil); !errors.Is(err, test.want) {
				t.Errorf("%q: got %v, want %v", test.sri, err, test.want)
			}
		})
	}
}

func TestCheckMultibase(t *testing.T) {
	sha2, sha3sum, long := sha256.Sum256(document), sha3.Sum384(document), sha512.Sum512(document)
	raw := encode(multibase.Base64url, sha2[:])
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"SHA-256, base58":        {multihash256(document), nil},
		"SHA-256, base64url":     {encode(multibase.Base64url, []byte{0x12, 32}, sha2[:]), nil},
		"SHA-256 without header": {raw, nil},
		"the same in base58":     {encode(multibase.Base58BTC, sha2[:]), nil},
		"SHA3-384":               {encode(multibase.Base64url, []byte{0x15, 48}, sha3sum[:]), nil},
		"SHA-512":                {encode(multibase.Base64url, []byte{0x13, 64}, long[:]), nil},
		"of another resource":    {multihash256(other), resource.ErrDigest},
		"SHA3 named SHA-2":       {encode(multibase.Base64url, []byte{0x20, 48}, sha3sum[:]), resource.ErrDigest},
		"SHA-1":                  {encode(multibase.Base64url, []byte{0x11, 20}, sha2[:20]), resource.ErrMalformed},
		"identity":               {encode(multibase.Base64url, []byte{0, byte(len(document))}, document), resource.ErrMalformed},
		"not known":              {encode(multibase.Base64url, []byte{0x7f, 32}, sha2[:]), resource.ErrMalformed},
		"cut short":              {encode(multibase.Base64url, []byte{0x12, 30}, sha2[:30]), resource.ErrDigest}, // 32 bytes: a SHA-256 without header
		"cut shorter":            {encode(multibase.Base64url, []byte{0x12, 20}, sha2[:20]), resource.ErrMalformed},
		"a wrong length":         {encode(multibase.Base64url, []byte{0x12, 31}, sha2[:]), resource.ErrMalformed},
		"more after it":          {encode(multibase.Base64url, []byte{0x12, 32}, sha2[:], []byte{0}), resource.ErrMalformed},
		"a long varint":          {encode(multibase.Base64url, []byte{0x92, 0x00, 32}, sha2[:]), resource.ErrMalformed},
		"no length":              {encode(multibase.Base64url, []byte{0x12}), resource.ErrMalformed},
		"SHA-512 without header": {encode(multibase.Base64url, long[:]), resource.ErrMalformed},
		"base16":                 {encode(multibase.Base16, []byte{0x12, 32}, sha2[:]), resource.ErrMalformed},
		"base64url with padding": {encode(multibase.Base64urlPad, sha2[:]), resource.ErrMalformed},
		"without prefix":         {raw[1:], resource.ErrMalformed},
		"a line end within":      {raw[:20] + "\n" + raw[20:], resource.ErrMalformed},
		"empty":                  {"", resource.ErrMalformed},
		"prefix only":            {"u", resource.ErrMalformed},
		"not of the alphabet":    {"z0OIl", resource.ErrMalformed},
		"too long":               {"u" + strings.Repeat("A", 2<<10), resource.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if err := resource.Check([][]byte{document}, "", []string{test.text}); !errors.Is(err, test.want) {
				t.Errorf("%q: got %v, want %v", test.text, err, test.want)
			}
		})
	}
}

// TestOneVersionFitsAll: digests of two versions are not true together.
func TestOneVersionFitsAll(t *testing.T) {
	both := [][]byte{other, document}
	for name, test := range map[string]struct {
		versions  [][]byte
		sri       string
		multibase []string
		want      error
	}{
		"second version":          {both, sri384(document), nil, nil},
		"same version":            {both, sri384(document), []string{multihash256(document)}, nil},
		"two versions":            {both, sri384(document), []string{multihash256(other)}, resource.ErrDigest},
		"two in a list":           {both, "", []string{multihash256(document), multihash256(other)}, resource.ErrDigest},
		"one malformed in a list": {both, "", []string{multihash256(document), "x"}, resource.ErrMalformed},
		"too many in a list":      {both, "", make([]string, 17), resource.ErrMalformed},
		"no version":              {nil, sri384(document), nil, resource.ErrDigest},
		"no version, malformed":   {nil, "sha1-", nil, resource.ErrMalformed},
		"no digest":               {both, "", nil, resource.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if err := resource.Check(test.versions, test.sri, test.multibase); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// TestFlips: a digest is of one resource only.
func TestFlips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "data")
		sri, multi := sri384(data), multihash256(data)
		if err := resource.Check([][]byte{data}, sri, []string{multi}); err != nil {
			t.Fatal(err)
		}
		data[rapid.IntRange(0, len(data)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		for _, err := range []error{resource.Check([][]byte{data}, sri, nil), resource.Check([][]byte{data}, "", []string{multi})} {
			if !errors.Is(err, resource.ErrDigest) {
				t.Fatalf("got %v", err)
			}
		}
	})
}
