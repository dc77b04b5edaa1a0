package issuer

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/status"
)

// Verifier returns a verifier of the issuer's own credentials: its keys and its
// status lists are known as of now, and no other issuer is believed.
func (i *Issuer) Verifier(ctx context.Context) (*verifier.Verifier, error) {
	data, err := i.Bundle(ctx)
	if err != nil {
		return nil, err
	}
	own, err := bundle.Open(data, i.signer.Public())
	if err != nil {
		return nil, err
	}
	return verifier.New(verifier.Policy{
		Now: i.now(), Issuer: verifier.Expect(i.ID()), Status: verifier.Expect(status.Revocation),
		Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](),
		Freshness: verifier.Ignore[time.Duration](), LogReceipt: verifier.Ignore[string](),
		Bundles: []*bundle.Bundle{own}, Contexts: i.contexts,
	})
}
