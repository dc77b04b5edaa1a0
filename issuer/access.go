package issuer

import (
	"context"

	"github.com/chancery-vc/chancery/issuer/access"
)

// openAccess reads what callers may ask for and are known by. Without a state it finds what is
// wrong with that, and cannot be asked.
func (i *Issuer) openAccess(ctx context.Context) (err error) {
	if i.grants, err = access.OpenGrants(i.config, i.now); err != nil {
		return err
	}
	e := access.Environment{Now: i.now, Random: i.random, Used: i.singleUse, Secret: i.readSecret}
	if i.config.Partners != nil {
		e.Partners = i
	}
	i.access, err = access.Open(ctx, i.config, e)
	return err
}

// Access tells who asks.
func (i *Issuer) Access() *access.Authenticator { return i.access }
