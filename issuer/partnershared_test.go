package issuer_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/partner"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/source"
)

// TestReplicasSharePartners: a grant is one at all replicas: of many questions to
// two at once as many records are counted as it is for, what one revokes no
// other takes, and one that is cut off takes none.
func TestReplicasSharePartners(t *testing.T) {
	w := newTwins(t, "granted", func(text string) string { return text + withPartners })
	births := issuertest.Births(t, 5)
	terms := partnerTerms(t)
	terms.From = w.a.Now()
	terms.Until = terms.From.Add(time.Hour)
	minted, err := w.a.MintGrant(t.Context(), terms)
	must(t, err)
	ask := func(i *issuer.Issuer, n int) error {
		grant, err := i.OpenGrant(t.Context(), string(minted.Bytes))
		if err != nil {
			return err
		}
		_, err = i.Consult(t.Context(), issuer.Query{
			Caller: grant.Subject, Grant: grant, Kind: issuer.Status, Name: "sex", Key: births[n].RegistrationNumber, Purpose: "enrolment", Nonce: "n",
		})
		return err
	}
	var group sync.WaitGroup
	var asked, over atomic.Int32
	for n := range 20 {
		group.Go(func() {
			switch err := ask([]*issuer.Issuer{w.a, w.b}[n/5%2], n%5); {
			case err == nil, errors.Is(err, source.ErrNone): // the registers are of different sizes
				asked.Add(1)
			case errors.Is(err, partner.ErrUsedUp):
				over.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if asked.Load() != 8 || over.Load() != 12 { // 2 of 5 records, each asked about 4 times
		t.Errorf("%d were asked, %d told that it is used up", asked.Load(), over.Load())
	}
	w.proxy.Cut()
	if err := ask(w.b, 0); !errors.Is(err, singleuse.ErrUnavailable) {
		t.Errorf("cut off: %v", err)
	}
	w.proxy.Pass()
	must(t, w.a.RevokeGrant(t.Context(), minted.Credential))
	w.restart(t)
	for _, i := range []*issuer.Issuer{w.a, w.b} {
		if err := ask(i, 0); !errors.Is(err, partner.ErrRevoked) {
			t.Errorf("revoked: %v", err)
		}
	}
	if err := w.b.RevokeGrant(t.Context(), minted.Credential); !errors.Is(err, partner.ErrRevoked) {
		t.Errorf("revoked by the other: %v", err)
	}
}
