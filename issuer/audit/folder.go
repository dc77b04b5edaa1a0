package audit

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// file is one of a batch.
type file struct {
	digest logproof.Hash
	logged bool // a record answers with the credential that it is called after
}

// readFolder reads the files of a batch, but for those that begin with a dot:
// they are the batch's own.
func (r *reconciler) readFolder(ctx context.Context) error {
	if r.s.Credentials == nil {
		return nil
	}
	if _, err := issuer.BatchCredentials(r.tx, r.s.Credentials); err != nil {
		return err
	}
	entries, err := fs.ReadDir(r.s.Credentials, ".")
	if err != nil {
		return fmt.Errorf("files of the batch: %w", err)
	}
	r.files = map[string]*file{}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		if _, receipt := issuer.BatchReceipt(entry.Name()); receipt {
			continue // see checkReceipts
		}
		data, err := fs.ReadFile(r.s.Credentials, entry.Name())
		if err := cmp.Or(ctx.Err(), err); err != nil {
			return fmt.Errorf("files of the batch: %w", err)
		}
		r.files[entry.Name()] = &file{digest: logproof.HashOf(data)}
	}
	r.figures.Files = uint64(len(r.files))
	r.checkReceipts(entries)
	return nil
}

// checkReceipts names the receipts of files that are not there. Whether one is
// good, it says itself, to who has the issuer's public key.
func (r *reconciler) checkReceipts(entries []fs.DirEntry) {
	for _, entry := range entries {
		of, receipt := issuer.BatchReceipt(entry.Name())
		if receipt && r.files[of] == nil {
			r.found(Difference{File: entry.Name(), Problem: "it is the receipt of a file that is not there"})
		}
	}
}

// takeFile holds the file of an answer against the digest of what was released.
func (r *reconciler) takeFile(record logproof.Record) {
	name := issuer.BatchFile(record.Credential)
	f := r.files[name]
	if f == nil {
		return
	}
	f.logged = true
	if f.digest.String() != record.Released {
		d := about(record, "the file is not what was released: its SHA-256 is "+f.digest.String()+", and that of what was released "+record.Released)
		d.File = name
		r.found(d)
	}
}

// checkFolder names the files that are of no record, and those that should be
// there and are not.
func (r *reconciler) checkFolder(context.Context) error {
	if r.s.Credentials == nil {
		return nil
	}
	issued, err := issuer.BatchCredentials(r.tx, r.s.Credentials)
	if err != nil {
		return err
	}
	for name, id := range issued {
		if r.files[name] == nil {
			r.found(Difference{File: name, Credential: id, Problem: "the batch has issued it into this folder, and it is not there"})
		}
		if !r.answers.has(short(id)) && !r.sealed.has(short(id)) {
			r.found(Difference{File: name, Credential: id, Problem: "the batch has issued it, and no record of the log answers with it"})
		}
		delete(r.files, name) // what is left is of no batch, or of another
	}
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		problem := "no record of the log answers with what it is called after"
		switch id := issuer.BatchCredential(name); {
		case r.sealed.has(short(id)):
			r.figures.Believed++
			continue
		case r.files[name].logged:
			problem = "it was issued, and not by this batch"
		}
		r.found(Difference{File: name, Problem: problem})
	}
	return nil
}
