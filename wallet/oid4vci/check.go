package oid4vci

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/wallet"
)

// verify wants what a verifier will want, as far as the holder can know it:
// any issuer will do, as long as its key is found and signed. Whether the
// credential was revoked is not looked at: it was just made.
func (p *Proposal) verify(ctx context.Context, got issued) (*wallet.Received, error) {
	fetch := did.Fetcher(p.client.http)
	received, err := wallet.Check(ctx, got.Credential, verifier.Policy{
		Now:        p.client.now(),
		Issuer:     verifier.Ignore[string](),
		Domain:     verifier.Ignore[string](),
		Challenge:  verifier.Ignore[string](),
		Status:     verifier.Ignore[string](),
		Freshness:  verifier.Ignore[time.Duration](),
		LogReceipt: verifier.Ignore[string](),
		Receipts:   got.receipts(),
		Contexts:   p.contexts,
		Resolver:   did.First{did.WebResolver{Fetch: fetch}, did.HTTPSResolver{Fetch: fetch}},
	})
	if errors.Is(err, wallet.ErrNotAccepted) {
		return nil, fmt.Errorf("%w: %w", ErrCredential, err)
	}
	if err != nil {
		return nil, fmt.Errorf("verify the credential: %w", err)
	}
	verified := received.Report().Verified()
	if verified == nil {
		return nil, fmt.Errorf("%w: %s", ErrCredential, reason(received.Report()))
	}
	if types := verified.Types(); !sameSet(types, p.Types) {
		return nil, fmt.Errorf("%w: its types are %.200q, offered were %.200q", ErrCredential, types, p.Types)
	}
	return received, nil
}

// reason returns the first check that stands against the credential.
func reason(report *verifier.Report) string {
	for _, c := range report.Checks {
		if c.Outcome == verifier.Refused || c.Required && c.Outcome != verifier.Established {
			return fmt.Sprintf("%s %s: %s", c.Name, c.Outcome, c.Detail)
		}
	}
	return string(report.Verdict())
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}
