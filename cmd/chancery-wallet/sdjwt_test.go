package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

// pathMetadata is where the issuer has its keys for SD-JWT VC.
const pathMetadata = "/.well-known/jwt-vc-issuer/registry"

// claimsOf KIND HOLDER FILE has the issuer write a land title for the holder
// whose did:key is in the file HOLDER: "metadata" with a key in its metadata,
// "certified" with one in authority.pem, "forged" with another than in its
// metadata; "model" one of the data model, by a did:key.
func claimsOf(ts *testscript.TestScript, _ bool, args []string) {
	id := strings.TrimSpace(ts.ReadFile(args[1]))
	holder, err := did.KeyFrom(id)
	ts.Check(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	var token *sdjwt.Token
	switch issuer := issuerOf(ts); args[0] {
	case "metadata", "forged":
		published := key
		if args[0] == "forged" {
			published, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			ts.Check(err)
		}
		issuer.Change(func() { issuer.Replace[pathMetadata] = metadata(ts, issuer.URL, published.Public()) })
		token = landTitle(ts, issuer.URL, holder, key, map[string]any{"kid": "1"})
	case "certified":
		token = landTitle(ts, issuer.URL, holder, key, map[string]any{"x5c": []string{certify(ts, issuer.URL, key)}})
	case "model":
		token = birth(ts, id, key)
	default:
		ts.Fatalf("claims: unknown %q", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(token.String()+"\n"), 0o600))
}

func landTitle(ts *testscript.TestScript, issuer string, holder crypto.PublicKey, key crypto.Signer, header map[string]any) *sdjwt.Token {
	claims, err := json.Marshal(map[string]any{
		"iss": issuer, "vct": "https://registry.example/types/title", "exp": time.Now().Add(time.Hour).Unix(), "jti": "urn:example:title",
		"parcel": "7/12", "owners": []string{"Ana", "Rui"}, "place": map[string]string{"parish": "Sé", "street": "Rua Nova"},
	})
	ts.Check(err)
	token, err := sdjwtvc.Issue(sdjwt.Issuance{
		Claims: claims, Selective: []string{"/parcel", "/owners/0", "/owners/1", "/place", "/place/street"}, Holder: holder,
		Header: header, Algorithm: sdjwt.ES256, Signer: key, Random: rand.Reader,
	})
	ts.Check(err)
	return token
}

func birth(ts *testscript.TestScript, holder string, key crypto.Signer) *sdjwt.Token {
	issuer, method, err := did.FromKey(key.Public())
	ts.Check(err)
	document, err := json.Marshal(map[string]any{
		"@context": []string{schemas.CredentialsV2, schemas.CivilV1}, "id": "urn:example:birth", "type": []string{"VerifiableCredential", "BirthRegistration"},
		"issuer": issuer, "credentialSubject": map[string]any{"id": holder, "givenNames": "María", "birthDate": "2019-02-28"},
	})
	ts.Check(err)
	token, err := jose.SignDisclosable(document, []string{"/credentialSubject/givenNames", "/credentialSubject/birthDate"}, jose.Signing{
		Kind: jose.Credential, Signer: key, KeyID: method, Random: rand.Reader,
	})
	ts.Check(err)
	ts.Setenv("BIRTH_ISSUER", issuer)
	return token
}

func metadata(ts *testscript.TestScript, issuer string, key crypto.PublicKey) http.HandlerFunc {
	point, err := key.(*ecdsa.PublicKey).Bytes()
	ts.Check(err)
	encode := base64.RawURLEncoding.EncodeToString
	document := fmt.Appendf(nil, `{"issuer":%q,"jwks":{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":%q,"y":%q}]}}`,
		issuer, encode(point[1:33]), encode(point[33:]))
	ts.Check(os.WriteFile(ts.MkAbs("metadata.json"), document, 0o600))
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(document)
	}
}

// certify writes authority.pem, and returns the certificate for a header.
func certify(ts *testscript.TestScript, issuer string, key crypto.Signer) string {
	u, err := url.Parse(issuer)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, URIs: []*url.URL{u},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("authority.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return base64.StdEncoding.EncodeToString(der)
}

// judged FILE ISSUER DOMAIN CHALLENGE prints what a verifier says
// who knows metadata.json, and wants the holder to have presented FILE to it.
func judged(ts *testscript.TestScript, _ bool, args []string) {
	policy := verifier.Policy{
		Now: time.Now(), Issuer: verifier.Expect(args[1]), Domain: verifier.Expect(args[2]), Challenge: verifier.Expect(args[3]),
		Status: verifier.Ignore[string](), Freshness: verifier.Ignore[time.Duration](), LogReceipt: verifier.Ignore[string](),
		Require: []string{verifier.CheckHolder},
	}
	var err error
	policy.IssuerMetadata, err = sdjwtvc.PinnedMetadata([]byte(ts.ReadFile("metadata.json")))
	ts.Check(err)
	report, err := verifier.Verify(context.Background(), []byte(ts.ReadFile(args[0])), policy)
	ts.Check(err)
	ts.Check(report.WriteText(ts.Stdout()))
}
