package peers

import (
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

// permit has something of each kind to say, by an issuer for a holder.
func permit(issuer, holder party) object {
	return object{
		"iss": issuer.ID, "vct": "https://example.org/peers/permit", "iat": 1577836800, "exp": 4070908800,
		"cnf":        object{"jwk": publicJWK(holder.public)},
		"given_name": "Þórdís \"Ánh\"\n", "family_name": "O'Brien", "birthdate": "1990-02-28",
		"permit": 9007199254740992, "fee": 12.5, "may_work": true, "middle_name": nil,
		"address":       object{"street": "Laugavegur 1", "locality": "Reykjavík", "country": "IS"},
		"nationalities": []any{"IS", "VN", "IS"},
		"guardian":      object{"name": "Jón", "phones": []any{"1", "2"}, "form": object{"a": []any{nil, object{}}}},
	}
}

// What of a permit can be withheld: members, elements, and what is within what
// can be withheld itself; and what is shown.
var (
	hidden = []string{
		"/given_name", "/birthdate", "/fee", "/middle_name", "/nationalities/0", "/nationalities/2", "/guardian/name", // nested
		"/address", "/address/street", "/address/country", "/guardian/phones", "/guardian/phones/1", // recursive
	}
	showed = []string{"/given_name", "/middle_name", "/address/street", "/nationalities/2", "/guardian/name", "/guardian/phones/1"}
	decoys = map[string]int{"": 2, "/address": 1, "/nationalities": 1, "/guardian/phones": 1}
)

// Forms of a credential.
const (
	alone = "alone"
	bound = "with key binding"
)

func (o *ours) issueSD(t *testing.T, by party, claims object) []byte {
	t.Helper()
	token, err := sdjwtvc.Issue(sdjwt.Issuance{
		Claims: format(claims), Selective: hidden, Decoys: decoys, Header: object{"kid": by.method},
		Algorithm: by.Suite, Signer: o.keys[by.Key], Random: rand.Reader,
	})
	must(t, err)
	return []byte(token.String())
}

func (p *peer) issueSD(t *testing.T, by party, claims object) []byte {
	t.Helper()
	return []byte(p.ask(t, request{Op: "issue", Key: by.Key, Selective: hidden, Header: object{"kid": by.method}, Document: string(format(claims))}).Document)
}

func (o *ours) showSD(t *testing.T, by party, form string, text []byte) []byte {
	t.Helper()
	token, err := sdjwt.Parse(string(text))
	must(t, err)
	token, err = sdjwt.Present(token, showed)
	must(t, err)
	if form == bound {
		token, err = sdjwt.Bind(token, sdjwt.Binding{
			Nonce: challenge, Audience: domain, IssuedAt: time.Now(), Algorithm: by.Suite, Signer: o.keys[by.Key], Random: rand.Reader,
		})
		must(t, err)
	}
	return []byte(token.String())
}

func (p *peer) showSD(t *testing.T, by party, form string, token []byte) []byte {
	t.Helper()
	r := request{Op: "derive", Key: by.Key, Selective: showed, Document: string(token)}
	if form == bound {
		r.Challenge, r.Domain = challenge, domain
	}
	return []byte(p.ask(t, r).Document)
}

// verifySD wants a key binding as it is expected if form is bound.
func (o *ours) verifySD(t *testing.T, form string, token []byte, expected showing) error {
	t.Helper()
	if form == bound {
		return o.verifyPresentation(t, token, expected)
	}
	return o.verify(t, token)
}

func (p *peer) verifySD(t *testing.T, form string, token []byte, by party, expected showing) error {
	t.Helper()
	_, err := p.readSD(t, form, token, by, expected)
	return err
}

// readSD returns what the peer reads if it verifies.
func (p *peer) readSD(t *testing.T, form string, token []byte, by party, expected showing) (object, error) {
	t.Helper()
	r := request{Op: "verify", Document: string(token), Keys: by.keySet()}
	if form == bound {
		r.Challenge = expected.challenge
	}
	a, err := p.try(t, r)
	if err != nil {
		return nil, err
	}
	return parse([]byte(a.Document)), nil
}

// bothRead returns nil if both sides verify a token, and read the same in it.
func bothRead(t *testing.T, us *ours, p *peer, form string, text []byte, by party) error {
	t.Helper()
	theirs, err := p.readSD(t, form, text, by, showings[0])
	if err := errors.Join(err, us.verifySD(t, form, text, showings[0])); err != nil {
		return err
	}
	token, err := sdjwt.Parse(string(text))
	must(t, err)
	read, err := sdjwt.Inspect(token)
	must(t, err)
	if len(read.Disclosed()) <= len(showed) {
		t.Errorf("only %v is disclosed", read.Disclosed())
	}
	if diff := cmp.Diff(read.Claims(), theirs); diff != "" {
		return fmt.Errorf("they read something else:\n%s", diff)
	}
	return nil
}
