package peers

import (
	"crypto/rand"
	"testing"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

// kind is a media type of VC-JOSE-COSE, with what it secures.
type kind struct {
	typ, cty string
	secures  jose.Kind
	document func(t *testing.T, p party, credential []byte) object
}

var kinds = []kind{
	{"vc+jwt", "vc", jose.Credential, func(_ *testing.T, p party, _ []byte) object { return credentialV2(p.signer) }},
	{"vp+jwt", "vp", jose.Presentation, envelopedIn},
}

// envelopedIn returns a presentation of a vc+jwt for the challenge and the
// domain.
func envelopedIn(t *testing.T, p party, token []byte) object {
	t.Helper()
	held, err := credential.Envelope(credential.TypeEnvelopedCredential, "application/vc+jwt", token)
	must(t, err)
	return object{
		"@context": []any{schemas.CredentialsV2}, "type": []any{"VerifiablePresentation"},
		"holder": p.ID, "verifiableCredential": []any{parse(held)}, "nonce": challenge, "aud": domain,
	}
}

func (k kind) with(p party) combination { return combination{k.typ, p.Suite, p.Key} }

func (k kind) header(p party) object {
	return object{"typ": k.typ, "cty": k.cty, "kid": p.method}
}

// judge wants a presentation to be for the challenge and the domain.
func (k kind) judge(t *testing.T, us *ours, token []byte) error {
	t.Helper()
	if k.secures == jose.Presentation {
		return us.verifyPresentation(t, token, showings[0])
	}
	return us.verify(t, token)
}

func (p *peer) verifyToken(t testing.TB, token []byte, by party) error {
	t.Helper()
	return p.verdict(t, request{Op: "verify", Document: string(token), Keys: by.keySet()})
}

// token is a vc+jwt or a vp+jwt, and who signed it.
type token struct {
	kind
	by   party
	text []byte
}

// tokensOf has each kind of token signed with each type of key that a peer has.
func tokensOf(t *testing.T, p *peer, sign func(k kind, by party, document []byte) []byte, whose func(signer) party) (all []token) {
	t.Helper()
	for _, s := range p.signers {
		by := whose(s)
		var held []byte
		for _, k := range kinds {
			held = sign(k, by, format(k.document(t, by, held)))
			all = append(all, token{k, by, held})
		}
	}
	return all
}

func (p *peer) tokens(t *testing.T) []token {
	t.Helper()
	return tokensOf(t, p, func(k kind, by party, document []byte) []byte {
		return []byte(p.ask(t, request{Op: "issue", Key: by.Key, Header: k.header(by), Document: string(document)}).Document)
	}, func(s signer) party { return identify(t, s) })
}

func (o *ours) tokens(t *testing.T, p *peer) []token {
	t.Helper()
	return tokensOf(t, p, func(k kind, by party, document []byte) []byte {
		signed, err := jose.Sign(document, jose.Signing{Kind: k.secures, Signer: o.keys[by.Key], KeyID: by.method, Random: rand.Reader})
		must(t, err)
		return signed
	}, func(s signer) party { return o.party(t, s) })
}

// tokenExchange is one combination of a peer. The errors are nil where the
// token verified.
type tokenExchange struct {
	peer                 string
	with                 combination
	theirs, ours, others error // theirs by us, ours by them, theirs by the other peer
}

// tokenStudy is all that is seen of one peer.
type tokenStudy struct {
	exchange            []tokenExchange
	tampering, variants []seen
}

func newTokenStudy(t *testing.T, us *ours, p, other *peer) tokenStudy {
	t.Helper()
	theirs, ours := p.tokens(t), us.tokens(t, p)
	var s tokenStudy
	for i, k := range theirs {
		must(t, p.verifyToken(t, k.text, k.by))
		must(t, k.judge(t, us, ours[i].text))
		s.exchange = append(s.exchange, tokenExchange{
			p.name, k.with(k.by), k.judge(t, us, k.text),
			p.verifyToken(t, ours[i].text, ours[i].by), other.verifyToken(t, k.text, k.by),
		})
	}
	for _, e := range tokenTampering {
		s.tampering = append(s.tampering, tamper(t, us, p, theirs, e))
	}
	for _, v := range tokenVariants {
		s.variants = append(s.variants, tamper(t, us, p, us.unusual(ours, v), usual))
	}
	return s
}

// usual leaves everything as it is.
var usual = edit{"nothing unusual", func(signed []byte) []byte { return signed }, ""}

// unusual returns tokens with what is made of them before they are signed.
func (o *ours) unusual(tokens []token, v edit) (all []token) {
	for _, k := range tokens {
		h := k.header(k.by)
		h["alg"] = k.by.Suite
		unsigned := unsignedToken(h, parse(unbase64url(split(k.text)[1])))
		unusual := v.do(unsigned)
		if v.changesNothing(unsigned, unusual) {
			continue
		}
		k.text = signUnsigned(o.keys[k.by.Key], parse(unusual))
		all = append(all, k)
	}
	return all
}

// tamper does an edit to each token, and asks the peer and us.
func tamper(t *testing.T, us *ours, p *peer, tokens []token, e edit) seen {
	t.Helper()
	s := seen{peer: p.name}
	for _, k := range tokens {
		altered := e.do(k.text)
		if e.changesNothing(k.text, altered) {
			continue
		}
		s.add(k.with(k.by), k.judge(t, us, altered), p.verifyToken(t, altered, k.by))
	}
	return s
}
