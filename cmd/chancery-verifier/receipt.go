package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// receiptFlags say which log a credential must be in, and what shows it.
type receiptFlags struct {
	Log     []string `placeholder:"NAME" sep:"none" help:"Log of its issuer that it must be in, such as registry.example/log: one that was signed and not logged is not accepted. Give it again for another."`
	Receipt string   `placeholder:"FILE" help:"Receipts of the log for it. Default: the file beside it whose name has .receipt after it, if there is one."`
}

var errManyReceipts = errors.New("--receipt is for one credential or presentation; of several, put each one's beside it, with .receipt after its name")

// receipts returns those for what is in a file.
func (f receiptFlags) receipts(credential string) ([]logproof.Receipt, error) {
	path := f.Receipt
	if path == "" {
		path = credential + logproof.ReceiptExtension
		if _, err := os.Lstat(path); credential == standardInput || errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	data, err := readFile(path, logproof.MaxReceiptsBytes)
	if err != nil {
		return nil, err
	}
	receipts, err := logproof.ReadReceipts(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return receipts, nil
}
