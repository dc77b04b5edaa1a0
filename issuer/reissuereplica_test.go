package issuer_test

import (
	"testing"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/issuer"
)

// TestReplacesElsewhere: an offer that one replica made can be taken at another
// one, which has the first revoke what it issued.
func TestReplacesElsewhere(t *testing.T) {
	w := newTwins(t, "replaced", withRelyingParties)
	byA, byB := issued(t, w.a, civil.KnownNumber), issued(t, w.b, civil.KnownNumber)
	for _, former := range []string{byA, byB} {
		q := issuer.Question{Caller: issuer.Operator, Profile: birth, Key: civil.KnownNumber, Replaces: former}
		a := answer(t, w.b, q)
		if e, err := w.b.Entry(a.Credential); err != nil || e.Revoked {
			t.Errorf("%+v, %v", e, err)
		}
	}
	must(t, w.a.FollowOrders(t.Context()))
	if e, err := w.a.Entry(byA); err != nil || !e.Revoked {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err := w.b.Entry(byB); err != nil || !e.Revoked {
		t.Errorf("%+v, %v", e, err)
	}
}
