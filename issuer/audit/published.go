package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"

	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/verifier/credential"
	statuslist "github.com/chancery-vc/chancery/verifier/status"
)

// listsFolder is where published status lists are, by number.
const listsFolder = "status"

// checkPublished holds the published status lists against the records that
// revoke. It reads what they say, and not whether that is signed.
func (r *reconciler) checkPublished(ctx context.Context) error {
	if r.s.Published == nil {
		return nil
	}
	for list := 1; list <= status.Lists(r.tx); list++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.checkList(list); err != nil {
			return err
		}
	}
	entries, err := fs.ReadDir(r.s.Published, listsFolder)
	if err != nil {
		return fmt.Errorf("published status lists: %w", err)
	}
	for _, entry := range entries {
		if n, err := strconv.Atoi(entry.Name()); err != nil || n < 1 || n > status.Lists(r.tx) {
			r.found(Difference{File: path.Join(listsFolder, entry.Name()), Problem: "it is published as a status list, and the state has no such list"})
		}
	}
	return nil
}

func (r *reconciler) checkList(number int) error {
	name := path.Join(listsFolder, strconv.Itoa(number))
	data, err := fs.ReadFile(r.s.Published, name)
	if errors.Is(err, fs.ErrNotExist) {
		r.found(Difference{File: name, Problem: "the state has this status list, and it is not published"})
		return nil
	}
	if err != nil {
		return fmt.Errorf("published status list %d: %w", number, err)
	}
	u, err := credential.Parse(data)
	if err != nil {
		r.found(Difference{File: name, Problem: "it is no status list: " + err.Error()})
		return nil
	}
	bits, err := statuslist.Read(u)
	if err != nil {
		r.found(Difference{File: name, Problem: "it is no status list: " + err.Error()})
		return nil
	}
	r.figures.Lists++
	for index := 0; ; index++ {
		set, err := bits.Get(credential.StatusEntry{Purpose: statuslist.Revocation, Index: index})
		if err != nil {
			return nil // the end of the list
		}
		r.checkBit(name, u, status.Place{List: number, Index: index}, set)
	}
}

// checkBit holds one bit against the log. A list that was signed when the
// credential was not revoked yet, or just then, need not have it.
func (r *reconciler) checkBit(name string, u *credential.Unverified, place status.Place, set bool) {
	if set == r.changed.has(place.Key()) {
		return
	}
	d := Difference{File: name, Place: &place, Credential: status.At(r.tx, place)}
	if set && r.sealed.has(short(d.Credential)) {
		r.figures.Believed++
		return
	}
	if set {
		d.Problem = "it is revoked in the published list, and no record of the log revokes it"
		r.found(d)
		return
	}
	if at, _ := status.RevokedAt(r.tx, place); !at.Before(u.ValidFrom) {
		r.figures.Unpublished++
		return
	}
	d.Problem = "a record of the log revokes it, and the list that was published later does not have it"
	r.found(d)
}
