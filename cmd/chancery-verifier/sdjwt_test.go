package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

const (
	landURL  = "https://registry.example/land"
	landHost = "registry.example"
	landType = "https://registry.example/types/title"
)

// claims writes SD-JWT VC of an issuer that is an https URL, and what its key
// can be found in.
func (f fixtures) claims() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	base := []byte(`{"vct":"urn:title","claims":[{"path":["owners",null],"sd":"always"}]}`)
	title := fmt.Appendf(nil, `{"vct":%q,"name":"Land title","extends":"urn:title","extends#integrity":%q,"claims":[{"path":["place","parish"],"sd":"never"}]}`, landType, digest(base))
	f.write("types/base.json", base)
	f.write("types/title.json", title)
	f.write("strict-type.json", fmt.Appendf(nil, `{"vct":%q,"claims":[{"path":["owners",null],"sd":"never"}]}`, landType))

	f.write("land.json", f.metadata(landURL, key.Public()))
	f.write("elsewhere.json", fmt.Appendf(nil, `{"issuer":%q,"jwks_uri":"https://registry.example/keys"}`, landURL))
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.write("other-land.json", f.metadata(landURL, stranger.Public()))
	chain := f.certificate("authority.pem", key)
	f.certificate("other-authority.pem", stranger)

	f.write("title.sd-jwt", f.title(key, credtest.Object{"vct#integrity": digest(title)}, map[string]any{"kid": "1"}))
	f.write("certified.sd-jwt", f.title(key, credtest.Object{"iss": nil}, map[string]any{"x5c": []string{chain}}))
	f.write("listed.sd-jwt", f.title(key, credtest.Object{
		"status": credtest.Object{"status_list": credtest.Object{"idx": 3, "uri": "https://registry.example/statuses/1"}},
	}, map[string]any{"kid": "1"}))
	f.write("birth.jwt", f.jwt())
}

func digest(document []byte) string {
	sum := sha256.Sum256(document)
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func (f fixtures) metadata(issuer string, key crypto.PublicKey) []byte {
	point, err := key.(*ecdsa.PublicKey).Bytes()
	if err != nil {
		f.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return fmt.Appendf(nil, `{"issuer":%q,"jwks":{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":%q,"y":%q}]}}`,
		issuer, encode(point[1:33]), encode(point[33:]))
}

// title is what a holder shows of a title for the domain counter.example.
func (f fixtures) title(key crypto.Signer, more credtest.Object, header map[string]any) []byte {
	claims := withMembers(credtest.Object{
		"iss": landURL, "vct": landType, "exp": credtest.Now.Add(time.Hour).Unix(),
		"parcel": "7/12", "owners": []any{"Ana", "Rui"}, "place": credtest.Object{"parish": "Sé", "street": "Rua Nova"},
	}, more)
	if claims["iss"] == nil {
		delete(claims, "iss")
	}
	token, err := sdjwtvc.Issue(sdjwt.Issuance{
		Claims:    credtest.Marshal(f, claims),
		Selective: []string{"/parcel", "/owners/0", "/owners/1", "/place", "/place/street"},
		Holder:    credtest.Key("holder").Public(), Header: header, Algorithm: sdjwt.ES256, Signer: key, Random: rand.Reader,
	})
	if err != nil {
		f.Fatal(err)
	}
	if token, err = sdjwt.Present(token, []string{"/owners/1", "/place"}); err != nil {
		f.Fatal(err)
	}
	token, err = sdjwt.Bind(token, sdjwt.Binding{
		Nonce: "c-1", Audience: "counter.example", IssuedAt: credtest.Now.Add(-time.Minute),
		Algorithm: sdjwt.EdDSA, Signer: credtest.Key("holder"), Random: rand.Reader,
	})
	if err != nil {
		f.Fatal(err)
	}
	return []byte(token.String() + "\n") // as editors leave it
}

// certificate writes one that signs itself, and returns it for a header.
func (f fixtures) certificate(name string, key crypto.Signer) string {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: credtest.Now.Add(-time.Hour), NotAfter: credtest.Now.Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, DNSNames: []string{landHost},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		f.Fatal(err)
	}
	f.write(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return base64.StdEncoding.EncodeToString(der)
}

// jwt is a credential in another envelope.
func (f fixtures) jwt() []byte {
	registry := credtest.NewIssuer(f, "registry")
	token, err := jose.Sign(credtest.Marshal(f, registry.Credential()), jose.Signing{
		Kind: jose.Credential, Signer: registry.Key, KeyID: registry.Method, Random: rand.Reader,
	})
	if err != nil {
		f.Fatal(err)
	}
	return token
}
