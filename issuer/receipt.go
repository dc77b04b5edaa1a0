package issuer

import (
	"context"
	"crypto"
	"fmt"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// receipts has the root of the log that was signed last. A receipt for any
// record that it covers can be made with it, so that answers of one moment cost
// one signature together.
type receipts struct {
	mu   sync.Mutex
	last logproof.SignedRoot
}

// Receipt returns the receipt, a [logproof.Receipt], for a credential or
// statement that is in the log. It returns [issuancelog.ErrNoReceipt] for one
// that is not, or from before there were receipts.
func (i *Issuer) Receipt(credential string) ([]byte, error) {
	var r logproof.Receipt
	err := i.store.View(func(tx *store.Tx) error {
		sequence, found, err := issuancelog.Lookup(tx, credential)
		if err == nil && !found {
			err = issuancelog.ErrNoReceipt
		}
		if err != nil {
			return err
		}
		root, err := i.root(tx, sequence)
		if err == nil {
			r, err = issuancelog.Receipt(tx, sequence, root)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.Encode()
}

// root returns a signed root of the log that covers a record.
func (i *Issuer) root(tx *store.Tx, sequence uint64) (logproof.SignedRoot, error) {
	i.receipts.mu.Lock()
	defer i.receipts.mu.Unlock()
	size, err := issuancelog.Size(tx)
	if err != nil {
		return logproof.SignedRoot{}, err
	}
	if last := i.receipts.last; sequence < last.Size && last.Size <= size {
		return last, nil
	}
	s, err := SignRoot(tx, i.config, i.signer, i.now())
	if err == nil {
		i.receipts.last = s
	}
	return s, err
}

// SignRoot signs, for receipts, the root of the log of c as it is in tx.
func SignRoot(tx *store.Tx, c *config.Config, signer crypto.Signer, now time.Time) (s logproof.SignedRoot, err error) {
	id, err := identifier(c, signer.Public())
	if err != nil {
		return s, err
	}
	method, err := did.MethodURL(id, signer.Public())
	if err != nil {
		return s, err
	}
	size, err := issuancelog.Size(tx)
	if err != nil {
		return s, err
	}
	root, err := issuancelog.Root(tx, size)
	if err != nil {
		return s, err
	}
	return logproof.SignRoot(logproof.SignedRoot{Origin: Origin(c), Method: method, Size: size, Time: now}, root, signer)
}

// receipted adds the receipt to an answer that is in the log. The answer leaves
// without one rather than not at all.
func (i *Issuer) receipted(ctx context.Context, a Answer) Answer {
	receipt, err := i.Receipt(a.Credential)
	if err != nil {
		i.warnIn(ctx, fmt.Sprintf("an answer leaves without its receipt, which `chancery log receipt` can make later: %v", err))
	}
	a.Receipt = receipt
	return a
}
