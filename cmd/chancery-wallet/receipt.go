package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/wallet"
)

// readReceipts returns the receipt in a file that is named, or else in the one
// beside a credential's, which need not be there.
func readReceipts(named, credential string) ([]logproof.Receipt, error) {
	path := named
	if path == "" {
		path = credential + logproof.ReceiptExtension
	}
	file, err := os.Open(path)
	if named == "" && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := web.ReadBody(file, logproof.MaxReceiptBytes)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	r, err := logproof.ParseReceipt(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return []logproof.Receipt{r}, nil
}

// placeReceipts writes the receipts of what is in a new file beside it, if there
// are any and there is a file.
func (e *env) placeReceipts(path string, entries []wallet.Entry) error {
	receipts, err := wallet.Receipts(entries)
	if err != nil || len(receipts) == 0 || path == "" || path == "-" {
		return err
	}
	path += logproof.ReceiptExtension
	if err := e.place(path, receipts); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stderr, "The receipt of the issuer's log is in %s: give it along.\n", path)
	return err
}

// logText says what the receipt of a credential shows.
func logText(entry wallet.Entry) (string, error) {
	r, err := entry.Receipt()
	if err != nil {
		return "", err
	}
	if r == nil {
		return "no receipt", nil
	}
	return fmt.Sprintf("%s, by %s; receipt in %s", verifier.Printable(r.Origin), r.Time.Format(time.RFC3339), entry.Path+logproof.ReceiptExtension), nil
}
