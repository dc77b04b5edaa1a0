// Package issuer is the pipeline from a question to an answer, and
// [Issuer.Answer] is the one way through it:
//
//	caller > log "asked" > source > claims > mint > log "answered" > release
//
// A program that the configuration trusts with its own wording goes the same
// way without a source, through [Issuer.Secure].
//
// Nothing is read from a source before the question is durable in the log, and
// nothing leaves before the answer is, with the hash of the very bytes. What a
// caller may learn of a failure is [ErrRefused] and no more: whether a record
// exists is not among it.
package issuer

import (
	"cmp"
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/witness"
	"github.com/chancery-vc/chancery/issuer/budget"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/issuer/orders"
	"github.com/chancery-vc/chancery/issuer/partner"
	"github.com/chancery-vc/chancery/issuer/pseudonym"
	"github.com/chancery-vc/chancery/issuer/secret"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/singleuse/postgres"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// StateFile is the name of the file with the log and the issuer's other state,
// in the state folder.
const StateFile = "issuer.db"

// Issuer answers questions about the registers of one configuration. It is
// safe for concurrent use.
type Issuer struct {
	config     *config.Config
	store      *store.Store
	singleUse  singleuse.Store
	ledger     *budget.Ledger  // of what relying parties were told
	partners   *partner.Ledger // of what was granted to partners
	shared     *postgres.Store // that is singleUse; nil if that is in store
	orders     *orders.List    // of what replicas are to revoke; nil for no shared state
	log        *issuancelog.Log
	keeper     *anchor.Keeper
	cosigners  []*witness.Anchor
	registry   *status.Registry
	signer     crypto.Signer
	second     crypto.Signer // for selective disclosure; nil for none
	minter     *mint.Minter
	selective  *mint.Minter // that signs with second; nil for none
	spares     []spareKey
	published  atomic.Pointer[did.Document] // nil until the state has been read
	contexts   *schemas.Contexts
	own        []bundle.Context // those of contexts that are not embedded
	databases  map[string]*database
	proven     proven
	inquiries  map[Kind]map[string]*inquiry
	profiles   map[string]*profile
	pseudonyms *pseudonym.Keys
	access     *access.Authenticator
	grants     *access.Grants
	now        func() time.Time
	random     io.Reader
	warn       func(string)
	lists      listCache

	environment Environment
	secrets     *secret.Store
	keys        keyState
	receipts    receipts
	following   sync.Mutex             // of orders
	refused     atomic.Pointer[string] // why another configuration is not in force; nil for none
}

// Environment is what an issuer takes from the machine it runs on.
type Environment struct {
	Now    func() time.Time
	Random io.Reader
	// Warn, if not nil, is told what the operator must know and nothing stops
	// for.
	Warn func(string)
	// Lookup returns a variable of the environment; nil for none.
	Lookup func(name string) (string, bool)
	// Prompt asks whoever sits at the terminal for a passphrase; nil if nobody
	// does.
	Prompt func(question string) (string, error)
	// Observer, if not nil, is told how each stage of each question went.
	Observer Observer
}

// Open starts the issuer of c: it loads the key, opens state and sources, proves
// each profile with a throw-away key, and each source by its own catalogs.
func Open(ctx context.Context, c *config.Config, e Environment) (*Issuer, error) {
	i := newIssuer(c, e)
	for _, step := range []func(context.Context) error{
		i.openSecrets, i.openKey, i.openContexts, i.openMinter, i.openProfiles, i.openInquiries, i.proveScopes, i.openState, i.openSingleUse, i.openBudgets, i.openPartners, i.openAccess, i.openAnchors, i.logLoss, i.KeepPseudonyms, i.logConfiguration, i.logScopes, i.logKeys, i.openOrders, i.rememberApproval,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, i.Close())
		}
	}
	return i, nil
}

func newIssuer(c *config.Config, e Environment) *Issuer {
	i := &Issuer{config: c, now: e.Now, random: e.Random, warn: e.Warn, databases: map[string]*database{}, environment: e}
	if i.warn == nil {
		i.warn = func(string) {}
	}
	return i
}

// Close gives state and sources free.
func (i *Issuer) Close() error {
	var errs []error
	for _, database := range i.databases {
		errs = append(errs, database.close())
	}
	errs = append(errs, i.closeKeys())
	if i.shared != nil {
		errs = append(errs, i.shared.Close())
	}
	if i.store != nil {
		errs = append(errs, i.store.Close())
	}
	return errors.Join(errs...)
}

// openMinter makes the minters of one document: whatever is signed, the issuer
// has all its keys.
func (i *Issuer) openMinter(context.Context) error {
	id, err := identifier(i.config, i.signer.Public())
	if err != nil {
		return err
	}
	document, err := i.newDocument(id)
	if err != nil {
		return err
	}
	if i.minter, err = mint.NewFor(document, i.signer, eddsa.RDFC2022{}, i.contexts); err != nil || i.second == nil {
		return err
	}
	i.selective, err = mint.NewFor(document, i.second, ecdsasd.SD2023{Random: i.random}, i.contexts)
	return err
}

// identifier returns the issuer's identifier under c.
func identifier(c *config.Config, public crypto.PublicKey) (string, error) {
	if c.Issuer != config.IssuerDIDKey {
		return c.Issuer, nil
	}
	id, _, err := did.FromKey(public)
	return id, err
}

func (i *Issuer) openState(ctx context.Context) (err error) {
	folder := i.config.Path(i.config.State)
	if i.store, err = store.Open(filepath.Join(folder, StateFile)); err != nil {
		return err
	}
	if err := i.CheckApproval(i.config); err != nil {
		return err
	}
	if err := i.store.Update(ctx, i.checkIdentity); err != nil {
		return err
	}
	if err := i.openPseudonyms(ctx, folder); err != nil {
		return err
	}
	if i.registry, err = status.Open(i.store, i.random); err != nil {
		return err
	}
	i.log, err = issuancelog.Open(ctx, i.store, i.now, i.random)
	return err
}

// bucketIdentity has whose state it is, by part.
const bucketIdentity = "identity"

// ErrIdentity says that the configuration is not of the issuer whose state it
// is: what was issued could not be verified any more.
var ErrIdentity = errors.New("the state belongs to another issuer")

// checkIdentity binds the state to the issuer's address, name and keys. It comes
// before anything else is written, so that another's state stays as it was.
func (i *Issuer) checkIdentity(tx *store.Tx) error {
	public, second, err := i.publicKeys()
	if err != nil {
		return err
	}
	if err := i.checkShard(tx); err != nil {
		return err
	}
	if err := i.checkKeys(tx); err != nil {
		return err
	}
	for _, part := range []struct {
		name, value string
		key         key.Kind // empty for what never changes
	}{
		{"url", i.config.URL, ""}, {"issuer", i.ID(), ""}, {identitySigning, public, key.Ed25519}, {identitySelective, second, key.P256},
	} {
		before := tx.Get(bucketIdentity, []byte(part.name))
		rotated := false
		if before != nil && part.key != "" && part.value != "" && string(before) != part.value {
			if rotated, err = i.rotates(tx, part.key, string(before)); err != nil {
				return err
			}
		}
		if before != nil && string(before) != part.value && !rotated {
			return fmt.Errorf("%w: its %s is %s, not %s; use the former configuration and key, list the former key under keys to rotate it, or use another state folder", ErrIdentity, part.name, before, cmp.Or(part.value, "none"))
		}
		if part.value == "" || rotated {
			continue // an issuer can get a second key later, and then keeps it; for the other see logKeys
		}
		if err := tx.Put(bucketIdentity, []byte(part.name), []byte(part.value)); err != nil {
			return err
		}
	}
	return nil
}

// publicKeys returns the did:keys of the signing key and of the selective one,
// which is empty for none.
func (i *Issuer) publicKeys() (public, second string, err error) {
	if public, _, err = did.FromKey(i.signer.Public()); err != nil || i.second == nil {
		return public, "", err
	}
	second, _, err = did.FromKey(i.second.Public())
	return public, second, err
}

// ID returns the identifier that credentials name as their issuer.
func (i *Issuer) ID() string { return i.minter.Issuer().ID }

// Config returns the configuration.
func (i *Issuer) Config() *config.Config { return i.config }

// Store returns the issuer's state, for the protocols in front of it.
func (i *Issuer) Store() *store.Store { return i.store }

// Now returns the time by the issuer's clock.
func (i *Issuer) Now() time.Time { return i.now() }

// Random returns the issuer's source of randomness.
func (i *Issuer) Random() io.Reader { return i.random }

// Origin returns the name of the issuance log.
func (i *Issuer) Origin() string { return Origin(i.config) }

// Origin returns the name of the issuance log of c.
func Origin(c *config.Config) string { return c.LogName() }
