package issuer

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/pseudonym"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// register is where keys are those of records: a source, a relation of it, and
// the column that its records are found by.
type register struct{ source, table, key string }

// credentials is where keys are identifiers of credentials that were issued.
var credentials = register{table: "credentials", key: "id"}

// openPseudonyms opens the keys of the log's pseudonyms. The first one came
// into use with the first record.
func (i *Issuer) openPseudonyms(ctx context.Context, folder string) error {
	begin := pseudonym.Beginning{Time: i.now().UTC(), Fresh: true}
	err := i.store.View(func(tx *store.Tx) (err error) {
		size, err := issuancelog.Size(tx)
		if err != nil {
			return err
		}
		begin.Fresh = size == 0
		for _, data := range issuancelog.Records(tx) {
			begin.Time, err = logproof.TimeOf(data)
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	i.pseudonyms, err = pseudonym.Open(ctx, i.store, folder, i.random, begin)
	return err
}

// subject returns the pseudonym that the log has now for the record that key
// finds.
func (i *Issuer) subject(r register, key string) string {
	return i.pseudonyms.Of(r.source, r.table, r.key, key)
}

// subjects returns all pseudonyms that the log may have for it, the newest
// first.
func (i *Issuer) subjects(r register, key string) []string {
	return i.pseudonyms.All(r.source, r.table, r.key, key)
}

// pairwise returns the identifier by which one caller is told of a record, for
// one purpose. Two callers, or one with two purposes, cannot join what they
// were told by it, nor find it in the log.
func (i *Issuer) pairwise(caller, purpose string, r register, key string) string {
	return "urn:chancery:subject:" + i.pseudonyms.Pairwise("pairwise", caller, purpose, r.source, r.table, r.key, key)
}

// partCaller keeps pseudonyms of callers apart from those of records.
const partCaller = "caller"

// pseudonymOf returns what the log calls a caller: what kind it is of, and of
// one that the configuration names, a pseudonym.
func (i *Issuer) pseudonymOf(caller Caller) string {
	kind, _, named := strings.Cut(string(caller), ":")
	if !named {
		return kind
	}
	return kind + ":" + i.pseudonyms.Of(partCaller, string(caller))
}

// CallerNames returns the callers that a configuration names by what the log
// calls them, under each key that was not destroyed. The state is that of the
// configured issuer, in tx.
func CallerNames(c *config.Config, tx *store.Tx) (map[string]string, error) {
	keys, err := pseudonym.Read(tx, c.Path(c.State))
	if err != nil {
		return nil, err
	}
	var callers []Caller
	for _, party := range c.Consult.Callers {
		callers = append(callers, consultant(party.Name))
	}
	for _, program := range c.VCAPI.Callers {
		callers = append(callers, apiCaller(program.Name))
	}
	names := map[string]string{}
	for _, caller := range callers {
		kind, _, _ := strings.Cut(string(caller), ":")
		for _, known := range keys.All(partCaller, string(caller)) {
			names[kind+":"+known] = string(caller)
		}
	}
	return names, nil
}

// Subjects returns what the log may call the record of a profile that key
// finds, under each key that was not destroyed.
func Subjects(c *config.Config, tx *store.Tx, profile, key string) ([]string, error) {
	p, ok := c.Profiles[profile]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNotAllowed, profile)
	}
	keys, err := pseudonym.Read(tx, c.Path(c.State))
	if err != nil {
		return nil, err
	}
	return keys.All(p.Source, p.Table, p.Key, key), nil
}

// KeepPseudonyms begins to use the next key of the log's pseudonyms if it is
// time, and destroys those whose time has come.
func (i *Issuer) KeepPseudonyms(ctx context.Context) error {
	p := i.config.Pseudonyms
	_, err := i.pseudonyms.Keep(ctx, i.now().UTC(), pseudonym.Terms{Period: p.Period.Std(), Keep: p.Keep.Std()}, i.logPseudonymKey)
	if err != nil {
		return fmt.Errorf("keys of the log's pseudonyms in %s: %w", filepath.Clean(i.config.Path(i.config.State)), err)
	}
	return nil
}

// ForgetTerms say which keys of the log's pseudonyms to destroy.
type ForgetTerms struct {
	Before time.Time `json:"before"` // those whose period had ended by then
	Renew  bool      `json:"renew"`  // the present period ends first
}

// Forget destroys keys of the log's pseudonyms, and returns which.
func (i *Issuer) Forget(ctx context.Context, t ForgetTerms) ([]pseudonym.Period, error) {
	return i.pseudonyms.Forget(ctx, i.now().UTC(), t.Before, t.Renew, i.logPseudonymKey)
}

func (i *Issuer) logPseudonymKey(tx *store.Tx, key, became string) error {
	return i.log.Append(tx, logproof.Record{Kind: logproof.KeyChanged, Key: key, Status: became})
}
