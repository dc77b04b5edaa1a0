package issuer

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
)

// SealTerms say which records of the log to move out of the state: those that
// are both before a number and before a time.
type SealTerms struct {
	Size   uint64    `json:"size,omitzero"` // 0 for all
	Before time.Time `json:"before,omitzero"`
	Folder string    `json:"folder"` // where to, an absolute path
}

// Seal moves records of the log out of the state, into a segment whose
// checkpoint the issuer signs. It returns [issuancelog.ErrNothingToSeal] if no
// record is both old enough and in a whole segment.
func (i *Issuer) Seal(ctx context.Context, t SealTerms) (issuancelog.Segment, error) {
	return i.log.Seal(ctx, issuancelog.Sealing{Size: t.Size, Before: t.Before, Folder: t.Folder, Origin: i.Origin(), Signer: i.signer})
}
