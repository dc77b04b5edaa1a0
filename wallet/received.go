package wallet

import (
	"context"
	"fmt"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/suites"
)

// Received is a credential as its issuer sent it, with what was found about
// it. Only [Check] makes one.
type Received struct {
	report     *verifier.Report
	credential *credential.Unverified
	form       form
	contexts   []bundle.Context
	receipt    []byte // nil for none
}

// Report returns what a verifier finds about the credential or, if it has a
// base proof, about what shows all of it.
func (r *Received) Report() *verifier.Report { return r.report }

// Bytes returns the very bytes that were checked, which the caller must not
// change.
func (r *Received) Bytes() []byte { return r.form.data }

// Check judges a credential that a holder receives by policy. A base proof is
// for the holder alone, and no verifier takes one: it is judged by what can be
// shown of it, which is all. A derived proof is an error: more than was derived
// cannot be shown; and so is a key binding. A policy that names no suites allows
// all that a wallet can show.
func Check(ctx context.Context, data []byte, policy verifier.Policy) (*Received, error) {
	f, u, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotAccepted, err)
	}
	if policy.Contexts == nil {
		if policy.Contexts, err = schemas.Embedded(); err != nil {
			return nil, err
		}
	}
	if policy.Suites == nil {
		if policy.Suites, err = suites.All(); err != nil {
			return nil, err
		}
	}
	judged, err := f.toBeJudged(ctx, policy.Contexts)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotAccepted, err)
	}
	r := &Received{credential: u, form: f}
	if r.contexts, err = beyondEmbedded(u.Contexts, policy.Contexts); err != nil {
		return nil, err
	}
	if r.report, err = verifier.Verify(ctx, judged, policy); err != nil {
		return nil, err
	}
	if len(policy.Receipts) > 0 && r.report.Check(verifier.CheckLog).Outcome == verifier.Established {
		r.receipt, err = policy.Receipts[0].Encode()
	}
	return r, err
}

// toBeJudged returns what a verifier can be asked about: all of the credential.
func (f form) toBeJudged(ctx context.Context, contexts *schemas.Contexts) ([]byte, error) {
	if f.token != nil {
		return f.data, nil
	}
	all, selective, err := derive(ctx, f.data, []string{""}, contexts)
	if !selective {
		return f.data, nil // whatever is wrong with it, a verifier says
	}
	return all, err
}

// beyondEmbedded returns those of urls that are known, but not to everybody.
func beyondEmbedded(urls []string, known *schemas.Contexts) ([]bundle.Context, error) {
	embedded, err := schemas.Embedded()
	if err != nil {
		return nil, err
	}
	var own []bundle.Context
	for _, url := range urls {
		if known.Has(url) && !embedded.Has(url) {
			document := known.JSON(url)
			own = append(own, bundle.Context{URL: url, SHA256: schemas.Digest(document), Document: document})
		}
	}
	return own, nil
}
