package issuer

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"strings"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// BatchCredentials yields the names of the files that a batch has issued into
// a folder, by what the state knows of the batch, each with the identifier of
// its credential. It returns [ErrBatch] of what is no folder of a batch.
func BatchCredentials(tx *store.Tx, folder fs.FS) (iter.Seq2[string, string], error) {
	data, err := fs.ReadFile(folder, manifestFile)
	if err != nil {
		return nil, fmt.Errorf("%w: it is not the folder of one: %w", ErrBatch, err)
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil || m.Batch == "" {
		return nil, errFolder("%s is damaged", manifestFile)
	}
	return func(yield func(string, string) bool) {
		for _, credential := range tx.WithPrefix(bucketBatches, []byte(m.Batch+"\x00")) {
			if !yield(BatchFile(string(credential)), string(credential)) {
				return
			}
		}
	}, nil
}

// BatchFile returns the name that the file of a credential has in the folder of
// a batch.
func BatchFile(credential string) string {
	return strings.TrimPrefix(credential, urnPrefix) + extension
}

// BatchCredential returns the credential that a file is called after.
func BatchCredential(file string) string { return urnPrefix + strings.TrimSuffix(file, extension) }

// BatchReceipt tells whether a file of the folder of a batch is a receipt, and
// of which other one.
func BatchReceipt(file string) (of string, receipt bool) {
	return strings.CutSuffix(file, logproof.ReceiptExtension)
}
