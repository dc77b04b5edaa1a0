package peers

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"

	"github.com/chancery-vc/chancery/verifier/did"
)

// jwsTampering are edits of a JWS by somebody who does not have the key.
var jwsTampering = append([]edit{
	{"the signature is removed", onSignature(func([]byte) []byte { return nil }), ""},
	{"the algorithm is none", unsignedAs("none"), ""},
	{"the algorithm is None", unsignedAs("None"), ""},
	{"the algorithm is none, the signature stays", onHeader(func(h object) { h["alg"] = "none" }), ""},
	{"the algorithm is that of another curve", onHeader(otherCurve), ""},
	{"the algorithm is removed", onHeader(func(h object) { delete(h, "alg") }), ""},
	{"the type is another one", onHeader(func(h object) { h["typ"] = "JWT" }), ""},
	{"a critical parameter is added", onHeader(func(h object) { h["crit"], h["exp"] = []any{"exp"}, 1 }), ""},
	{"somebody else signed, with their key in the header", bySomebody(func(h object, _ party) {}), ""},
	{"somebody else signed, under their own kid", bySomebody(func(h object, eve party) {
		delete(h, "jwk")
		h["kid"] = eve.method
	}), ""},
	{"somebody else signed, under no kid", bySomebody(func(h object, eve party) { delete(h, "kid") }), ""},
	{"the signature is all zeros", onSignature(func(s []byte) []byte { return make([]byte, len(s)) }), ""},
	{"the signature is in DER", onSignature(inASN1), ""},
	{"the signature has leading zeros", onSignature(wider), ""},
	{"the signature is followed by a byte", onSignature(func(s []byte) []byte { return append(s, 0) }), ""},
	{"the signature is padded", onPart(2, func(s string) string { return s + "=" }), ""},
	{"the signature ends in bits that mean nothing", onPart(2, spareBits), ""},
	{"the signature is in the other alphabet of base64", onPart(2, strings.NewReplacer("-", "+", "_", "/").Replace), ""},
	{"a line break is in the signature", onPart(2, func(s string) string { return s[:8] + "\n" + s[8:] }), ""},
	{"a line break is in the payload", onPart(1, func(s string) string { return s[:8] + "\n" + s[8:] }), ""},
	{"a line break is in the header", onPart(0, func(s string) string { return s[:8] + "\n" + s[8:] }), ""},
	{"the payload is removed", onPart(1, func(string) string { return "" }), ""},
	{"a fourth part follows", func(jws []byte) []byte { return append(jws[:len(jws):len(jws)], ".e30"...) }, ""},
	{"a part is missing", func(jws []byte) []byte { return []byte(strings.Join(strings.Split(string(jws), ".")[:2], ".")) }, ""},
}, alterations()...)

// keyConfusion are edits of a JWS with a kid.
var keyConfusion = []edit{
	{"the algorithm is HS256, the secret the public key in PEM", asSecret(inPEM), ""},
	{"the algorithm is HS256, the secret the public key in DER", asSecret(inDER), ""},
	{"the algorithm is HS256, the secret the public key as a JWK", asSecret(inJWK), ""},
	{"the kid is that of somebody else", onHeader(func(h object) { h["kid"] = otherMethod }), ""},
}

// serializations are other forms of the same JWS.
var serializations = []edit{
	{"the header is padded", onPart(0, padded), ""},
	{"the payload is padded", onPart(1, padded), ""},
	{"it is in the flattened JSON serialization", func(jws []byte) []byte {
		p := split(jws)
		return format(object{"protected": p[0], "payload": p[1], "signature": p[2]})
	}, ""},
	{"it is in the general JSON serialization", func(jws []byte) []byte {
		p := split(jws)
		return format(object{"payload": p[1], "signatures": []any{object{"protected": p[0], "signature": p[2]}}})
	}, ""},
	{"it is in the general JSON serialization, beside a signature that does not fit", func(jws []byte) []byte {
		p := split(jws)
		good, bad := object{"protected": p[0], "signature": p[2]}, object{"protected": p[0], "signature": base64url(make([]byte, 64))}
		return format(object{"payload": p[1], "signatures": []any{bad, good}})
	}, ""},
}

func onPart(i int, change func(string) string) func([]byte) []byte {
	return func(jws []byte) []byte {
		p := split(jws)
		p[i] = change(p[i])
		return p.join()
	}
}

func onHeader(change func(h object)) func([]byte) []byte {
	return onPart(0, func(text string) string {
		h := parse(unbase64url(text))
		change(h)
		return base64url(format(h))
	})
}

func onBytes(i int, change func([]byte) []byte) func([]byte) []byte {
	return onPart(i, func(text string) string { return base64url(change(unbase64url(text))) })
}

func onSignature(change func([]byte) []byte) func([]byte) []byte { return onBytes(2, change) }

func unsignedAs(algorithm string) func([]byte) []byte {
	return func(jws []byte) []byte {
		return onPart(2, func(string) string { return "" })(onHeader(func(h object) { h["alg"] = algorithm })(jws))
	}
}

func otherCurve(h object) {
	h["alg"] = map[any]string{"EdDSA": "ES256", "ES256": "ES384", "ES384": "ES512", "ES512": "ES256"}[h["alg"]]
}

// asSecret is the classical confusion: the public key is known to all.
func asSecret(secret func(public any) []byte) func([]byte) []byte {
	return func(jws []byte) []byte {
		public, err := did.KeyFrom(did.Controller(split(jws).header()["kid"].(string)))
		if err != nil {
			panic(err)
		}
		p := split(onHeader(func(h object) { h["alg"] = "HS256" })(jws))
		mac := hmac.New(sha256.New, secret(public))
		fmt.Fprintf(mac, "%s.%s", p[0], p[1])
		p[2] = base64url(mac.Sum(nil))
		return p.join()
	}
}

func inDER(public any) []byte {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		panic(err)
	}
	return der
}

func inPEM(public any) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: inDER(public)})
}

func inJWK(public any) []byte { return format(publicJWK(public)) }

// bySomebody has the token signed with another key, which the header has too
// unless change takes it out.
func bySomebody(change func(h object, eve party)) func([]byte) []byte {
	return func(jws []byte) []byte {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		eve := party{public: public}
		if eve.ID, eve.method, err = did.FromKey(public); err != nil {
			panic(err)
		}
		h := split(jws).header()
		h["alg"], h["jwk"] = "EdDSA", publicJWK(public)
		change(h, eve)
		return sign(private, format(h), unbase64url(split(jws)[1]))
	}
}

// inASN1 is how X.509 writes what JOSE writes as two numbers of fixed length.
// EdDSA has no such form.
func inASN1(signature []byte) []byte {
	r, s := halves(signature)
	der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
	if err != nil {
		panic(err)
	}
	return der
}

func wider(signature []byte) []byte {
	r, s := halves(signature)
	size := len(signature)/2 + 1
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
}

// padded is what other forms of base64 have.
func padded(text string) string {
	return text + strings.Repeat("=", (4-len(text)%4)%4)
}

// spareBits sets a bit of the last character that is not of the last byte.
func spareBits(text string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if len(text)%4 == 0 {
		return text
	}
	return cut(text) + string(alphabet[strings.IndexByte(alphabet, text[len(text)-1])^1])
}

// alterations flip a bit at the start, in the middle and at the end of each
// part, and cut each off.
func alterations() (all []edit) {
	for part, name := range []string{"header", "payload", "signature"} {
		for where, index := range []func(length int) int{
			func(int) int { return 0 },
			func(length int) int { return length / 2 },
			func(length int) int { return length - 1 },
		} {
			place := []string{"at its start", "in its middle", "at its end"}[where]
			all = append(all, edit{fmt.Sprintf("a bit of the %s is flipped %s", name, place), onBytes(part, func(data []byte) []byte {
				data[index(len(data))] ^= 1
				return data
			}), ""})
		}
		all = append(all, edit{fmt.Sprintf("the %s is cut off", name), onBytes(part, func(data []byte) []byte { return data[:len(data)/2] }), ""})
	}
	return all
}
