package peers

import (
	"errors"
	"testing"
)

// sdExchange is one type of key of a peer. The errors are nil where what was
// issued on one side and shown on the other verified on both.
type sdExchange struct {
	peer                                         string
	with                                         combination
	oursHere, oursThere, theirsHere, theirsThere error
}

// sdToken is what was shown, alone or with a key binding, and who issued it.
type sdToken struct {
	form string
	by   party
	text []byte
}

func (k sdToken) with() combination { return combination{k.form, k.by.Suite, k.by.Key} }

// sdStudy is all that is seen of one peer.
type sdStudy struct {
	exchange                         []sdExchange
	tampering, variants, keyBindings []seen
}

func newSDStudy(t *testing.T, us *ours, p *peer) sdStudy {
	t.Helper()
	var s sdStudy
	var ours, theirs []sdToken
	for _, signer := range p.signers {
		e, here, there := exchangeSD(t, us, p, us.party(t, signer), identify(t, signer))
		s.exchange = append(s.exchange, e)
		if signer.Key == "Ed25519" || signer.Key == "P-256" { // no others: those are slow, and no different
			ours, theirs = append(ours, here...), append(theirs, there...)
		}
	}
	for _, e := range sdTampering {
		s.tampering = append(s.tampering, tamperSD(t, us, p, theirs, e))
	}
	for _, v := range sdVariants {
		s.variants = append(s.variants, tamperSD(t, us, p, us.unusualSD(ours, v), usual))
	}
	for _, b := range bindings {
		s.keyBindings = append(s.keyBindings, bindSD(t, us, p, ours, b))
	}
	return s
}

// exchangeSD has each side issue and show, both for itself and for the other. It
// returns what each of the two issued and showed itself.
func exchangeSD(t *testing.T, us *ours, p *peer, here, there party) (e sdExchange, ours, theirs []sdToken) {
	t.Helper()
	e = sdExchange{peer: p.name, with: combination{suite: here.Suite, key: here.Key}}
	for _, form := range []string{alone, bound} {
		oursHere := us.showSD(t, here, form, us.issueSD(t, here, permit(here, here)))
		oursThere := p.showSD(t, there, form, us.issueSD(t, here, permit(here, there)))
		theirsHere := us.showSD(t, here, form, p.issueSD(t, there, permit(there, here)))
		theirsThere := p.showSD(t, there, form, p.issueSD(t, there, permit(there, there)))
		e.oursHere = errors.Join(e.oursHere, bothRead(t, us, p, form, oursHere, here))
		e.oursThere = errors.Join(e.oursThere, bothRead(t, us, p, form, oursThere, here))
		e.theirsHere = errors.Join(e.theirsHere, bothRead(t, us, p, form, theirsHere, there))
		e.theirsThere = errors.Join(e.theirsThere, bothRead(t, us, p, form, theirsThere, there))
		ours = append(ours, sdToken{form, here, oursHere})
		theirs = append(theirs, sdToken{form, there, theirsThere})
	}
	return e, ours, theirs
}

// tamperSD does an edit to each token, and asks the peer and us.
func tamperSD(t *testing.T, us *ours, p *peer, tokens []sdToken, e edit) seen {
	t.Helper()
	s := seen{peer: p.name}
	for _, k := range tokens {
		altered := e.do(k.text)
		if !e.changesNothing(k.text, altered) {
			s.add(k.with(), us.verifySD(t, k.form, altered, showings[0]), p.verifySD(t, k.form, altered, k.by, showings[0]))
		}
	}
	return s
}
