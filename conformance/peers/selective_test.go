package peers

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// mandatory are pointers to what is always disclosed of a credential; none if s
// does not disclose selectively.
func (s signer) mandatory(credential []byte) []string {
	switch {
	case !s.Selective:
		return nil
	case isV1(parse(credential)):
		return []string{"/issuer", "/issuanceDate"}
	default:
		return []string{"/issuer", "/validFrom"}
	}
}

// some are pointers to parts of a credential of each kind.
var some = []string{
	"/type/1", "/credentialSubject/givenName", "/credentialSubject/languages/1",
	"/credentialSubject/guardian/givenName", "/credentialSubject/form", "/credentialSubject/motto",
}

var escape = strings.NewReplacer("~", "~0", "/", "~1")

// everything returns pointers to all members of a credential: the peer does not
// take the one for the whole.
func everything(credential []byte) (pointers []string) {
	for _, name := range slices.Sorted(maps.Keys(parse(credential))) {
		if name != "@context" {
			pointers = append(pointers, "/"+escape.Replace(name))
		}
	}
	return pointers
}

// disclosed is what came of deriving on one side what the other signed, and
// verifying on both. The errors are nil where that went well.
type disclosed struct {
	peer         string
	with         combination
	here, there  error // derived
	baseVerifies error // with the peer: nil only if it takes a base proof for one to verify
}

// discloseEach has each side derive from base proofs of the other.
func discloseEach(t *testing.T, us *ours, p *peer) (all []disclosed) {
	t.Helper()
	for _, m := range models {
		for _, s := range p.signers {
			if !s.Selective {
				continue
			}
			d := disclosed{peer: p.name, with: s.in(m)}
			theirs, err := p.sign(t, s, format(m.credential(s)))
			must(t, err)
			d.here = bothVerify(t, us, p)(us.derive(t, theirs, some))
			if us.verify(t, theirs) == nil {
				t.Errorf("a base proof of %s is accepted here", s)
			}
			d.baseVerifies = p.verify(t, theirs)

			s.ID = us.id(t, s.Key)
			ours, err := us.sign(t, s, format(m.credential(s)))
			must(t, err)
			d.there = bothVerify(t, us, p)(p.derive(t, s, ours, some))
			all = append(all, d)
		}
	}
	return all
}

// bothVerify returns nil if something was derived, and we and the peer verify
// it.
func bothVerify(t *testing.T, us *ours, p *peer) func(derived []byte, err error) error {
	return func(derived []byte, err error) error {
		t.Helper()
		if err != nil {
			return err
		}
		return errors.Join(us.verify(t, derived), p.verify(t, derived))
	}
}

func renderDisclosed(t *testing.T, b *strings.Builder, studies []study) {
	t.Helper()
	b.WriteString("## Issued by one, disclosed by the other\n\nParts of a credential are derived from a base proof of the other side, and verified on both.\n\n| peer | data model | suite | theirs, derived here | ours, derived there | its base proof, verified there |\n|---|---|---|---|---|---|\n")
	for _, s := range studies {
		for _, d := range s.disclosed {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", d.peer, d.with.version, d.with.suite,
				outcome(t, d.here, ""), outcome(t, d.there, ""), outcome(t, d.baseVerifies, "no: it is for the holder alone"))
		}
	}
	b.WriteString("\n")
}
