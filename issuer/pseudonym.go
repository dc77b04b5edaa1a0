package issuer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/chancery-vc/chancery/internal/durable"
)

// pseudonyms turns keys of registers into names for the log that tell nothing
// without the key. Whoever has the key can test a guess at a register's key;
// destroying it makes the log anonymous. A new one is made only for a log that
// is fresh.
type pseudonyms struct{ key []byte }

func openPseudonyms(path string, random io.Reader, fresh bool) (pseudonyms, error) {
	data, err := os.ReadFile(path)
	if err == nil && len(data) != sha256.Size {
		err = fmt.Errorf("it has %d bytes, not %d", len(data), sha256.Size)
	}
	if errors.Is(err, os.ErrNotExist) && fresh {
		data, err = createPseudonyms(path, random)
	}
	if err != nil {
		return pseudonyms{}, fmt.Errorf("pseudonym key %s: %w; without it no record is found in this log: bring it back from your backup", path, err)
	}
	return pseudonyms{data}, nil
}

func createPseudonyms(path string, random io.Reader) ([]byte, error) {
	data := make([]byte, sha256.Size)
	if _, err := io.ReadFull(random, data); err != nil {
		return nil, err
	}
	return data, durable.Place(path, data, 0o600, os.Rename)
}

// register is where keys are those of records: a source, a relation of it, and
// the column that its records are found by.
type register struct{ source, table, key string }

// credentials is where keys are identifiers of credentials that were issued.
var credentials = register{table: "credentials", key: "id"}

// of returns the pseudonym that the log has for the record that key finds.
func (s pseudonyms) of(r register, key string) string {
	return s.mac(r.source, r.table, r.key, key)
}

// pairwise returns the identifier by which one caller is told of a record, for
// one purpose. Two callers, or one with two purposes, cannot join what they
// were told by it, nor find it in the log.
func (s pseudonyms) pairwise(caller, purpose string, r register, key string) string {
	return "urn:chancery:subject:" + s.mac("pairwise", caller, purpose, r.source, r.table, r.key, key)
}

func (s pseudonyms) mac(parts ...string) string {
	mac := hmac.New(sha256.New, s.key)
	for _, part := range parts {
		fmt.Fprintf(mac, "%d:%s,", len(part), part)
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
