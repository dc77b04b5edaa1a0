package witness

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery-vc/chancery/issuer/anchor"
)

// maxSize is the size of the largest tree: the nodes of a larger one cannot be
// numbered in 63 bits.
const maxSize = math.MaxInt64 / 2

// emptyRoot is the root of no records (RFC 6962, section 2.1).
var emptyRoot = tlog.Hash(sha256.Sum256(nil))

// head is what a witness vouches for.
type head struct {
	origin string
	size   uint64
	root   tlog.Hash
}

func readHead(checkpoint []byte) (head, error) {
	said, err := anchor.Read(checkpoint)
	if err != nil {
		return head{}, err
	}
	if bytes.Count(checkpoint, []byte("\n\n")) != 1 {
		return head{}, fmt.Errorf("%w: an extension line is empty", anchor.ErrCheckpoint)
	}
	root, err := base64.StdEncoding.Strict().DecodeString(said.Hash)
	if err != nil || len(root) != len(tlog.Hash{}) || len(said.Hash) != base64.StdEncoding.EncodedLen(len(root)) {
		return head{}, fmt.Errorf("%w: its third line is not a hash of 32 bytes", anchor.ErrCheckpoint)
	}
	if said.Size > maxSize {
		return head{}, fmt.Errorf("%w: it has more than %d records", anchor.ErrCheckpoint, uint64(maxSize))
	}
	return head{said.Origin, said.Size, tlog.Hash(root)}, nil
}
