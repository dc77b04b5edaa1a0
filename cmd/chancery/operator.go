package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/issuer/orders"
	"github.com/chancery-vc/chancery/issuer/pseudonym"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
)

// operator does what commands ask for: in the issuer that is being served, or
// here if none is.
type operator interface {
	Offer(ctx context.Context, profile, key string) (oid4vci.Offer, error)
	Revoke(ctx context.Context, ids []string) (issuer.Revoked, error)
	RevokeRecords(ctx context.Context, profile string, keys []string) (issuer.Revoked, error)
	Entries(ctx context.Context, profile, key string) ([]status.Entry, error)
	Replicas(ctx context.Context) ([]orders.Replica, error)
	ForgetReplica(ctx context.Context, name string) error
	Publication(ctx context.Context) (map[string][]byte, error)
	LogTiles(ctx context.Context, since, size uint64) (map[string][]byte, error)
	Snapshot(ctx context.Context, w io.Writer) error
	Seal(ctx context.Context, t issuer.SealTerms) (issuancelog.Segment, error)
	Forget(ctx context.Context, t issuer.ForgetTerms) ([]pseudonym.Period, error)
	Budgets(ctx context.Context, caller string) ([]issuer.BudgetState, error)
	ResetBudget(ctx context.Context, caller string) error
	MintGrant(ctx context.Context, t issuer.PartnerTerms) (issuer.Answer, error)
	SignedGrants(ctx context.Context) ([]issuer.GrantInfo, error)
	RevokeGrant(ctx context.Context, id string) error
	Keys(ctx context.Context) ([]issuer.KeyInfo, error)
	RevokeKey(ctx context.Context, r issuer.KeyRevocation) (issuer.KeyInfo, error)
	Close() error
}

// local is an issuer in this process.
type local struct {
	*issuer.Issuer
	service *oid4vci.Service
}

var (
	_ operator = local{}
	_ operator = (*issuerhttp.Client)(nil)
)

func (l local) Offer(ctx context.Context, profile, key string) (oid4vci.Offer, error) {
	return l.service.Offer(ctx, profile, key)
}

func (l local) Entries(_ context.Context, profile, key string) ([]status.Entry, error) {
	return l.Issuer.Entries(profile, key)
}

func (l local) Keys(context.Context) ([]issuer.KeyInfo, error) { return l.Issuer.Keys() }

func (l local) Snapshot(_ context.Context, w io.Writer) error {
	return l.Store().Snapshot(w, func(int64) {})
}

// socketPath is where a served issuer listens for its operator.
func socketPath(c *config.Config) string {
	return filepath.Join(c.Path(c.State), "operator.sock")
}

// openOperator returns the issuer that is being served, or opens it here.
func openOperator(ctx context.Context, s streams, from configured) (operator, error) {
	c, err := config.Load(from.Config) // as it is now: what is served is under the one that was approved
	if err != nil {
		return nil, err
	}
	if client, err := issuerhttp.Dial(socketPath(c)); err == nil {
		return client, nil
	}
	if c, err = from.load(); err != nil {
		return nil, err
	}
	return openLocal(ctx, s, c)
}

func openLocal(ctx context.Context, s streams, c *config.Config) (local, error) {
	return openIn(ctx, c, environment(s))
}

func openIn(ctx context.Context, c *config.Config, e issuer.Environment) (local, error) {
	i, err := issuer.Open(ctx, c, e)
	if errors.Is(err, store.ErrLocked) {
		return local{}, fmt.Errorf("%w; stop `chancery serve`, or whatever else works on it, first", err)
	}
	if err != nil {
		return local{}, err
	}
	service, err := oid4vci.New(i)
	if err != nil {
		return local{}, errors.Join(err, i.Close())
	}
	return local{i, service}, nil
}

// with runs do on the operator and closes it.
func with(ctx context.Context, s streams, from configured, do func(operator) error) error {
	o, err := openOperator(ctx, s, from)
	if err != nil {
		return err
	}
	return errors.Join(do(o), o.Close())
}

func field(w io.Writer, name, value string) { fmt.Fprintf(w, "  %-17s %s\n", name, value) }
