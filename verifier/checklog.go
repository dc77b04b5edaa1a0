package verifier

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// WithReceipts returns a verifier that has these receipts instead, of the
// credential or of those of the presentation that it will judge, and shares
// what v knows.
func (v *Verifier) WithReceipts(receipts []logproof.Receipt) *Verifier {
	other := *v
	other.policy.Receipts = receipts
	return &other
}

var (
	errOtherLog = errors.New("the receipt is of another log")
	errOtherKey = errors.New("the receipt is not signed by the issuer")
)

// checkLog wants a receipt of the issuer's log that is of this very credential.
// That of another is refused; of the receipts of a presentation each is of one
// of its credentials only, so that one without its own has come without any.
func (v *Verifier) checkLog(ctx context.Context, u *credential.Unverified, s signed) Check {
	check := Check{Name: CheckLog, Outcome: NotEstablished, Required: v.policy.LogReceipt.expected}
	switch {
	case s.derived:
		check.Detail = "what a holder derives has no receipt: in the log is what was issued"
		return check
	case len(v.policy.Receipts) == 0:
		check.Detail = "it came without a receipt of the issuer's log"
		return check
	}
	digest, err := logproof.Digest(s.form)
	if err != nil {
		check.Outcome, check.Detail = Refused, err.Error()
		return check
	}
	for _, r := range v.policy.Receipts {
		if err = v.checkReceipt(ctx, u.Issuer, r, digest); err == nil {
			return v.logged(check, r)
		}
	}
	check.Detail = err.Error()
	switch {
	case v.held:
		check.Detail = fmt.Sprintf("none of the receipts that came with the presentation is good for it; the last: %v", err)
	case !errors.Is(err, did.ErrUnknown):
		check.Outcome = Refused
	}
	return check
}

// checkReceipt wants a receipt to be of a log that is expected, and signed with
// a key of the issuer.
func (v *Verifier) checkReceipt(ctx context.Context, issuer string, r logproof.Receipt, digest string) error {
	if rule := v.policy.LogReceipt; rule.expected && !slices.Contains(rule.values, r.Origin) {
		return fmt.Errorf("%w: %.120s", errOtherLog, r.Origin)
	}
	if controller := did.Controller(r.Method); controller != issuer {
		return fmt.Errorf("%w: it names a key of %.120s", errOtherKey, controller)
	}
	key, err := v.keyAt(ctx, r.Method, proof.AssertionMethod)
	if err != nil {
		return err
	}
	return r.Verify(key, digest)
}

// logged completes the check of a credential that was in the log when r was
// made. However old that is, nothing leaves a log.
func (v *Verifier) logged(check Check, r logproof.Receipt) Check {
	check.Outcome, check.AsOf = Established, r.Time
	check.Detail = fmt.Sprintf("in the log %s, among its first %d records", r.Origin, r.Size)
	if r.Time.After(v.policy.Now.Add(clockSkew)) {
		check.Outcome, check.Detail = NotEstablished, "the receipt is from the future: check the clock"
	}
	return check
}
