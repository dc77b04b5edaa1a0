package resource

import (
	"crypto"
	_ "crypto/sha256" // the hashes of the table
	_ "crypto/sha3"
	_ "crypto/sha512"
	"fmt"
)

// hash is an algorithm under its names.
type hash struct {
	name string // in the table of multicodecs
	code uint64 // of the multihash
	sri  string // "" where Subresource Integrity does not have it
	is   crypto.Hash
}

func (h hash) sum(data []byte) []byte {
	state := h.is.New()
	state.Write(data)
	return state.Sum(nil)
}

var sha2256 = hash{"sha2-256", 0x12, "sha256", crypto.SHA256}

// allowed are the hashes of Controlled Identifiers 1.0, section 2.5, and of
// Subresource Integrity, and SHA3-512, which is as good; always in full length.
var allowed = []hash{
	sha2256,
	{"sha2-384", 0x20, "sha384", crypto.SHA384},
	{"sha2-512", 0x13, "sha512", crypto.SHA512},
	{"sha3-256", 0x16, "", crypto.SHA3_256},
	{"sha3-384", 0x15, "", crypto.SHA3_384},
	{"sha3-512", 0x14, "", crypto.SHA3_512},
}

// refused are hashes that documents have been seen with, and why they do not
// count. What is in neither table is not known.
var refused = []struct {
	name   string
	code   uint64
	sri    string
	reason string
}{
	{"identity", 0x00, "", "it is the bytes themselves, not a hash"},
	{"sha1", 0x11, "sha1", "two resources with the same SHA-1 can be made"},
	{"md4", 0xd4, "md4", "two resources with the same MD4 can be made"},
	{"md5", 0xd5, "md5", "two resources with the same MD5 can be made"},
	{"sha3-224", 0x17, "", "it is shorter than 256 bits"},
	{"sha2-224", 0x1013, "sha224", "it is shorter than 256 bits"},
}

// byCode returns the hash of a multihash.
func byCode(code uint64) (hash, error) {
	for _, h := range allowed {
		if h.code == code {
			return h, nil
		}
	}
	for _, r := range refused {
		if r.code == code {
			return hash{}, fmt.Errorf("%w: %s is refused: %s", ErrMalformed, r.name, r.reason)
		}
	}
	return hash{}, fmt.Errorf("%w: a multihash of kind 0x%x is not known here", ErrMalformed, code)
}

// bySRI returns the hash of a hash expression.
func bySRI(name string) (hash, error) {
	for _, h := range allowed {
		if h.sri != "" && h.sri == name {
			return h, nil
		}
	}
	for _, r := range refused {
		if r.sri != "" && r.sri == name {
			return hash{}, fmt.Errorf("%w: %s is refused: %s", ErrMalformed, r.name, r.reason)
		}
	}
	return hash{}, fmt.Errorf("%w: %.20q is not a hash of Subresource Integrity: sha256, sha384 or sha512", ErrMalformed, name)
}
