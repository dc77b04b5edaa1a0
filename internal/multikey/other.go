package multikey

import (
	"bytes"
	"crypto"
)

// Other is a public key for which the standard library has no type.
type Other struct {
	Code  uint64 // of the multicodec table
	Name  string // in the multicodec table
	Bytes []byte // as multicodec has it: a compressed point
}

// Equal tells whether x is the same key.
func (o Other) Equal(x crypto.PublicKey) bool {
	y, ok := x.(Other)
	return ok && o.Code == y.Code && bytes.Equal(o.Bytes, y.Bytes)
}

// other returns the codec of keys that stay bytes, which check looks at.
func other(code uint64, name string, size int, check func(raw []byte) error) codec {
	return codec{
		code: code, name: name, base: base58, size: size,
		decode: func(raw []byte) (crypto.PublicKey, error) {
			if err := check(raw); err != nil {
				return nil, err
			}
			return Other{Code: code, Name: name, Bytes: raw}, nil
		},
		encode: func(key crypto.PublicKey) ([]byte, error) {
			if o, ok := key.(Other); ok && o.Code == code {
				return o.Bytes, nil
			}
			return nil, nil
		},
	}
}
