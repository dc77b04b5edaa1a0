// Command jwx answers for lestrrat-go/jwx v3: with the keys of the issuer in a
// set, by their kid, each with its algorithm; -strict also has it look at crit,
// and takes no null for a text.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/chancery-vc/chancery/conformance/peers/gopeers/keys"
	"github.com/chancery-vc/chancery/conformance/peers/gopeers/line"
)

func main() {
	strict := flag.Bool("strict", false, "switch strict validation on")
	flag.Parse()
	p, err := newPeer(*strict)
	if err != nil {
		log.Fatal(err)
	}
	if err := line.Serve(os.Stdin, os.Stdout, line.Contexts{}, p); err != nil {
		log.Fatal(err)
	}
}

type peer struct {
	strict  bool
	keys    []keys.Key
	signers []line.Signer
}

func newPeer(strict bool) (*peer, error) {
	all, err := keys.New()
	if err != nil {
		return nil, err
	}
	p := &peer{strict: strict, keys: all}
	for _, k := range all {
		public, err := jwk.Import(k.Private.Public())
		if err != nil {
			return nil, err
		}
		p.signers = append(p.signers, line.Signer{Suite: k.Algorithm, Key: k.Name, JWK: public})
	}
	return p, nil
}

func (p *peer) Signers() []line.Signer { return p.signers }

func (p *peer) Issue(r line.Request) ([]byte, error) {
	for _, k := range p.keys {
		if k.Name == r.Key {
			return issue(k, r)
		}
	}
	return nil, fmt.Errorf("no key of %s", r.Key)
}

func issue(k keys.Key, r line.Request) ([]byte, error) {
	algorithm, err := jwa.KeyAlgorithmFrom(k.Algorithm)
	if err != nil {
		return nil, err
	}
	header := jws.NewHeaders()
	for name, value := range r.Header {
		if err := header.Set(name, value); err != nil {
			return nil, err
		}
	}
	return jws.Sign([]byte(r.Document), jws.WithKey(algorithm, k.Private, jws.WithProtectedHeaders(header)))
}

func (p *peer) Verify(r line.Request) error {
	issuers, err := jwk.Parse(r.Keys)
	if err != nil {
		return err
	}
	token := []byte(r.Document)
	if p.strict {
		if _, err := jws.Verify(token, jws.WithKeySet(issuers), jws.WithCompact(), jws.WithCritValidation(true)); err != nil {
			return err
		}
	}
	_, err = jwt.Parse(token, jwt.WithKeySet(issuers), jwt.WithStrictStringClaims(p.strict))
	return err
}
