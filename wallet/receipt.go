package wallet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Receipt returns the receipt of the issuer's log that came with the
// credential, or nil if none did. It was verified when it was stored.
func (e Entry) Receipt() (*logproof.Receipt, error) {
	data, err := os.ReadFile(e.receiptPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a receipt: %w", err)
	}
	r, err := logproof.ParseReceipt(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: move it away", e.receiptPath, err)
	}
	return &r, nil
}

// Receipts returns the receipts of credentials, one after another, as they go
// with a presentation of them. What is derived of one is not what was logged,
// so that its receipt is of no use to a verifier and stays away.
func Receipts(entries []Entry) ([]byte, error) {
	var all []byte
	for _, e := range entries {
		r, err := e.Receipt()
		if err != nil {
			return nil, err
		}
		if r == nil {
			continue
		}
		data, err := r.Encode()
		if err != nil {
			return nil, err
		}
		all = append(all, data...)
	}
	return all, nil
}
