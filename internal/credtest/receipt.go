package credtest

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Receipts returns the receipts of a log that has released these and nothing
// else, signed at a time.
func (i *Issuer) Receipts(t testing.TB, origin string, at time.Time, released ...[]byte) []logproof.Receipt {
	t.Helper()
	all := make([]logproof.Receipt, len(released))
	var nodes hashes
	previous := ""
	for n, data := range released {
		digest, err := logproof.Digest(data)
		must(t, err)
		record := logproof.Record{
			Format: logproof.Format, Sequence: uint64(n), Time: at.Format(time.RFC3339), Previous: previous, Kind: logproof.Answered,
			Released: logproof.HashOf(data).String(), Canonical: digest,
		}
		encoded, err := logproof.Encode(record)
		must(t, err)
		previous = logproof.HashOf(encoded).String()
		salt := logproof.Salt(logproof.HashOf(fmt.Append(nil, "salt of ", origin, n)))
		all[n].Index, all[n].Parts = uint64(n), record.Parts(salt, encoded)
		completed, err := tlog.StoredHashesForRecordHash(int64(n), tlog.Hash(logproof.LeafHash(logproof.Commit(salt, encoded))), nodes)
		must(t, err)
		nodes = append(nodes, completed...)
	}
	size := int64(len(released))
	root, err := tlog.TreeHash(size, nodes)
	must(t, err)
	signed, err := logproof.SignRoot(logproof.SignedRoot{Origin: origin, Method: i.Method, Size: uint64(size), Time: at}, logproof.Hash(root), i.Key)
	must(t, err)
	for n := range all {
		path, err := tlog.ProveRecord(size, int64(n), nodes)
		must(t, err)
		all[n].SignedRoot = signed
		for _, hash := range path {
			all[n].Path = append(all[n].Path, logproof.Hash(hash))
		}
	}
	return all
}

// hashes has the nodes of a tree in the order of package tlog.
type hashes []tlog.Hash

func (h hashes) ReadHashes(indices []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, index := range indices {
		found = append(found, h[index])
	}
	return found, nil
}
