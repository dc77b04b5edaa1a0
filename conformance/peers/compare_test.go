package peers

import (
	"bytes"
	"testing"
)

// combination is a way to sign.
type combination struct{ version, suite, key string }

func (s signer) in(m model) combination { return combination{m.version, s.Suite, s.Key} }

// seen is what a peer and we made of one thing: with which combinations it was
// tried, and with which each of us accepted it.
type seen struct {
	peer                string
	tried, ours, theirs []combination
}

func (s *seen) add(c combination, ours, theirs error) {
	s.tried = append(s.tried, c)
	if ours == nil {
		s.ours = append(s.ours, c)
	}
	if theirs == nil {
		s.theirs = append(s.theirs, c)
	}
}

// exchanged is one combination of a peer, unaltered. The errors are nil where
// a credential verified.
type exchanged struct {
	peer   string
	with   combination
	signed []byte // by the peer; nil if it does not verify on both sides
	theirs error  // their credential, verified by us
	ours   error  // our credential, verified by them
	shown  error  // their credential, presented by us, verified by them
}

// study is all that is seen of one peer; each list is in the order of the
// table that it is about.
type study struct {
	exchange                                []exchanged
	disclosed                               []disclosed
	tampering, sameMeaning, variants, shown []seen
}

func newStudy(t *testing.T, us *ours, p *peer) study {
	t.Helper()
	s := study{exchange: exchange(t, us, p), disclosed: discloseEach(t, us, p)}
	for _, e := range tampering {
		s.tampering = append(s.tampering, alter(t, us, p, s.exchange, e))
	}
	for _, e := range sameMeaning {
		s.sameMeaning = append(s.sameMeaning, alter(t, us, p, s.exchange, e))
	}
	for _, v := range variants {
		s.variants = append(s.variants, vary(t, us, p, s.exchange, v))
	}
	for _, c := range showings {
		s.shown = append(s.shown, show(t, us, p, s.exchange, c))
	}
	return s
}

// exchange has each side issue for the other.
func exchange(t *testing.T, us *ours, p *peer) []exchanged {
	t.Helper()
	var all []exchanged
	for _, m := range models {
		for _, s := range p.signers {
			e := exchanged{peer: p.name, with: s.in(m)}
			e.signed, e.theirs = theirs(t, us, p, m, s)
			e.ours = oursFor(t, us, p, m, s)
			e.shown = showOurs(t, us, p, s, e.signed)
			all = append(all, e)
		}
	}
	return all
}

// theirs returns a credential of the peer if it and we verify it.
func theirs(t *testing.T, us *ours, p *peer, m model, s signer) ([]byte, error) {
	t.Helper()
	signed, err := p.issue(t, s, format(m.credential(s)))
	if err != nil {
		return nil, err
	}
	if err := p.verify(t, signed); err != nil {
		return nil, err
	}
	if err := us.verify(t, signed); err != nil {
		return nil, err
	}
	return signed, nil
}

// oursFor returns nil if the peer verifies what we issue.
func oursFor(t *testing.T, us *ours, p *peer, m model, s signer) error {
	t.Helper()
	s.ID = us.id(t, s.Key)
	signed, err := us.issue(t, s, format(m.credential(s)))
	if err != nil {
		return err
	}
	must(t, us.verify(t, signed))
	return p.verify(t, signed)
}

// alter does an edit to each credential that the peer issued, and asks it and
// us.
func alter(t *testing.T, us *ours, p *peer, issued []exchanged, e edit) seen {
	t.Helper()
	s := seen{peer: p.name}
	for _, i := range issued {
		if i.signed == nil {
			continue
		}
		altered := e.do(i.signed)
		if bytes.Equal(altered, format(parse(i.signed))) {
			continue // nothing was there to be edited
		}
		s.add(i.with, us.verify(t, altered), p.verify(t, altered))
	}
	return s
}

// vary has a variant signed, by the peer if it will, else by us, and verified
// by both. What neither signs both refuse.
func vary(t *testing.T, us *ours, p *peer, issued []exchanged, v edit) seen {
	t.Helper()
	result := seen{peer: p.name}
	for i, e := range issued {
		if e.signed == nil {
			continue
		}
		m, s := models[i/len(p.signers)], p.signers[i%len(p.signers)]
		signed, err := p.issue(t, s, v.do(format(m.credential(s))))
		if err != nil {
			s.ID = us.id(t, s.Key)
			signed, err = us.issue(t, s, v.do(format(m.credential(s))))
		}
		if err != nil {
			result.add(e.with, err, err)
			continue
		}
		result.add(e.with, us.verify(t, signed), p.verify(t, signed))
	}
	return result
}
