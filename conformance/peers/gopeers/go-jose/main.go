// Command go-jose answers for go-jose/go-jose v4: with the algorithms of the
// keys allowed, and the keys of the issuer in a set, by their kid.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/chancery-vc/chancery/conformance/peers/gopeers/keys"
	"github.com/chancery-vc/chancery/conformance/peers/gopeers/line"
)

func main() {
	all, err := keys.New()
	if err != nil {
		log.Fatal(err)
	}
	if err := line.Serve(os.Stdin, os.Stdout, line.Contexts{}, peer(all)); err != nil {
		log.Fatal(err)
	}
}

type peer []keys.Key

// algorithms are those of all keys.
func (p peer) algorithms() (all []jose.SignatureAlgorithm) {
	for _, k := range p {
		all = append(all, jose.SignatureAlgorithm(k.Algorithm))
	}
	return all
}

func (p peer) Signers() (all []line.Signer) {
	for _, k := range p {
		all = append(all, line.Signer{Suite: k.Algorithm, Key: k.Name, JWK: jose.JSONWebKey{Key: k.Private.Public()}})
	}
	return all
}

func (p peer) Issue(r line.Request) ([]byte, error) {
	for _, k := range p {
		if k.Name == r.Key {
			return issue(k, r)
		}
	}
	return nil, fmt.Errorf("no key of %s", r.Key)
}

func issue(k keys.Key, r line.Request) ([]byte, error) {
	options := &jose.SignerOptions{}
	for name, value := range r.Header {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.Algorithm), Key: k.Private}, options)
	if err != nil {
		return nil, err
	}
	signed, err := signer.Sign([]byte(r.Document))
	if err != nil {
		return nil, err
	}
	token, err := signed.CompactSerialize()
	return []byte(token), err
}

func (p peer) Verify(r line.Request) error {
	var issuers jose.JSONWebKeySet
	if err := json.Unmarshal(r.Keys, &issuers); err != nil {
		return err
	}
	token, err := jwt.ParseSigned(r.Document, p.algorithms())
	if err != nil {
		return err
	}
	var claims jwt.Claims
	if err := token.Claims(issuers, &claims); err != nil {
		return err
	}
	return claims.Validate(jwt.Expected{Time: time.Now()})
}
