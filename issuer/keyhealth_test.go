package issuer_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/key"
)

// TestSpareKeyAway: a key that is to sign one day is tested with the others. If it
// does not sign, somebody is to look, and answers are signed all the same.
func TestSpareKeyAway(t *testing.T) {
	clock := issuertest.NewClock()
	vault, signsThere := inVault(t, clock)
	i := issuertest.Open(t, issuertest.Folder(t, 1, signsThere, issuertest.Replace("signing_key: vault:transit/transit/issuer", "signing_key: signing.key\nkeys: [{key: 'vault:transit/transit/issuer'}]")), clock)
	keys := func() issuer.Condition {
		all := i.Ready(t.Context())
		if !all.Ready {
			t.Errorf("it is not ready: %+v", all)
		}
		return all.Conditions[slices.IndexFunc(all.Conditions, func(c issuer.Condition) bool { return c.Name == "keys" })]
	}
	for _, c := range []struct {
		away  bool
		state issuer.State
	}{{false, issuer.StateGood}, {true, issuer.StateDoubt}, {false, issuer.StateGood}} {
		vault.Seal(c.away)
		if err := i.SelfTest(t.Context()); err != nil {
			t.Errorf("away %v: %v", c.away, err)
		}
		if health := i.KeyHealth(); health.Err != nil || errors.Is(health.Spare, key.ErrUnavailable) != c.away {
			t.Errorf("away %v: %+v", c.away, health)
		}
		if state := keys().State; state != c.state {
			t.Errorf("away %v: %s", c.away, state)
		}
		answer(t, i, known())
	}
}
