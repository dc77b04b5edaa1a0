package issuer

import (
	"context"

	"github.com/chancery-vc/chancery/issuer/access"
)

// openAccess reads what callers may ask for and are known by. Without a state it finds what is
// wrong with that, and cannot be asked.
func (i *Issuer) openAccess(context.Context) (err error) {
	if i.grants, err = access.OpenGrants(i.config, i.now); err != nil {
		return err
	}
	i.access, err = access.Open(i.config, access.Environment{Now: i.now, Random: i.random, Used: i.singleUse})
	return err
}

// Access tells who asks.
func (i *Issuer) Access() *access.Authenticator { return i.access }
