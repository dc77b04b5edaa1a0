package issuer

import (
	"context"
	"errors"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/source"
)

// Why something that a key signed is not issued again.
var (
	ErrNotRevoked = errors.New("the key is not revoked: only what a revoked key signed is issued again; chancery key revoke revokes it")
	ErrGone       = errors.New("no record of the register is known as the one that it was issued for: it is gone, no longer fits the profile, or the key of its pseudonym was destroyed")
	ErrTheirs     = errors.New("whoever asked for it has to ask again")
)

// Reissue has what a revoked key signed issued again, with the key that signs
// now, from what the registers hold now: to the operator's folder what was issued
// into one, and as an offer what a wallet had. The issuer does not keep whose
// wallet that was, so that the holder proves it again. What is replaced is
// revoked, in one transaction with the answer that replaces it, so that a run that
// was stopped goes on where it was.
type Reissue struct {
	Method  string   // of the key
	Formers []Former // what it signed, by [KeyUse.StillGood]
	Dir     string   // one folder of a batch for each profile goes there
	DryRun  bool     // only tell: no record is read, and nothing is written
	// Offer offers the holder of a credential another one, of the record with a
	// key, and returns where the offer is. What it issues must name the credential
	// as what it replaces.
	Offer func(ctx context.Context, f Former, key string) (place string, err error)
	// Tell is called with what becomes of each, by one goroutine at a time.
	Tell func(Reissued)
}

// Former is a credential that a key signed.
type Former struct {
	Credential string
	Profile    string
	Subject    string // pseudonym of the record
	Caller     Caller // kind of whom it was for
}

// Reissued is what became of a credential.
type Reissued struct {
	Former
	Key string // of the record; empty if it is not known
	By  string // what takes its place, or where the offer is; empty in a dry run
	Err error  // why nothing does
}

// Reissue runs r. It returns how many credentials earlier runs have issued into
// the folders.
func (i *Issuer) Reissue(ctx context.Context, r Reissue) (before int, err error) {
	if err := i.checkRevoked(r.Method); err != nil {
		return 0, err
	}
	formers := map[string][]Former{}
	for name := range i.profiles {
		if r.begun(name) {
			formers[name] = nil // its last one may be all that is still to be released
		}
	}
	for _, f := range r.Formers {
		formers[f.Profile] = append(formers[f.Profile], f)
	}
	for _, name := range slices.Sorted(maps.Keys(formers)) {
		n, err := i.reissueProfile(ctx, r, name, formers[name])
		if before += n; err != nil {
			return before, err
		}
	}
	return before, nil
}

// begun tells whether an earlier run has issued something of a profile.
func (r Reissue) begun(profile string) bool {
	_, err := os.Stat(filepath.Join(r.Dir, profile, manifestFile))
	return err == nil
}

func (i *Issuer) checkRevoked(method string) error {
	keys, err := i.Keys()
	if err != nil {
		return err
	}
	n := slices.IndexFunc(keys, func(k KeyInfo) bool { return k.Method == method })
	switch {
	case n < 0:
		return ErrNoKey
	case keys[n].Status != KeyRevoked:
		return ErrNotRevoked
	}
	return nil
}

// reissueProfile issues again what is of one profile.
func (i *Issuer) reissueProfile(ctx context.Context, r Reissue, name string, formers []Former) (before int, err error) {
	run := &reissueRun{Reissue: r, batchInto: batchInto{issuer: i}, left: map[string][]Former{}}
	p, known := i.profiles[name]
	for _, f := range formers {
		switch {
		case f.Caller != Operator && f.Caller != Holder:
			r.Tell(Reissued{Former: f, Err: ErrTheirs})
		case !known:
			r.Tell(Reissued{Former: f, Err: ErrNotAllowed})
		default:
			run.left[f.Subject] = append(run.left[f.Subject], f)
		}
	}
	if !known {
		return 0, nil
	}
	if before, err = run.open(name, formers); err != nil {
		return before, err
	}
	if len(run.left) > 0 {
		err = inParallel(ctx, run.found(ctx, p), run.again)
	}
	if run.folder != nil {
		err = errors.Join(err, run.folder.sync())
	}
	if err == nil {
		run.gone()
	}
	return before, err
}

type reissueRun struct {
	Reissue
	batchInto
	left map[string][]Former // those whose record was not found yet, by its pseudonym
	mu   sync.Mutex          // of Tell
}

// open opens the folder, if something is to go there or was to.
func (r *reissueRun) open(profile string, formers []Former) (before int, err error) {
	files := slices.ContainsFunc(formers, func(f Former) bool { return f.Caller == Operator })
	if r.DryRun || !files && !r.begun(profile) {
		return 0, nil
	}
	of := manifest{Profile: profile, Issuer: r.issuer.ID(), Replaces: r.Method}
	if r.folder, err = openBatchFolder(filepath.Join(r.Dir, profile), of, r.issuer.random); err != nil {
		return 0, err
	}
	return r.recover()
}

// recordOf is a credential and the key of its record.
type recordOf struct {
	former Former
	key    string
}

// found yields what was issued for records that the register has, with their
// keys: the log has nothing but pseudonyms.
func (r *reissueRun) found(ctx context.Context, p *profile) iter.Seq2[recordOf, error] {
	return func(yield func(recordOf, error) bool) {
		for key, err := range p.source.Keys(ctx) {
			if err != nil {
				yield(recordOf{}, err)
				return
			}
			for _, subject := range r.issuer.subjects(p.register(), key) {
				formers := r.left[subject]
				delete(r.left, subject)
				for _, f := range formers {
					if !yield(recordOf{f, key}, nil) {
						return
					}
				}
			}
			if len(r.left) == 0 {
				return
			}
		}
	}
}

// again issues one again.
func (r *reissueRun) again(ctx context.Context, of recordOf) error {
	by, err := r.instead(ctx, of)
	switch {
	case ctx.Err() != nil && err != nil:
		return nil // the cause is known; this one is for the next run
	case err != nil && !ofRecord(err):
		return err
	}
	r.tell(Reissued{Former: of.former, Key: of.key, By: by, Err: err})
	return nil
}

func (r *reissueRun) instead(ctx context.Context, of recordOf) (by string, err error) {
	f := of.former
	switch {
	case r.DryRun:
		return "", nil
	case f.Caller == Holder:
		return r.Offer(ctx, f, of.key)
	}
	a, err := r.put(ctx, Question{Caller: Operator, Profile: f.Profile, Key: of.key, Replaces: f.Credential}, r.key(f.Credential))
	return a.Credential, err
}

// ofRecord tells whether a refusal is for a reason of the record's own, and not
// one that meets all of them.
func ofRecord(err error) bool {
	for _, all := range []error{key.ErrUnavailable, source.ErrUnavailable, anchor.ErrStale, ErrWidened} {
		if errors.Is(err, all) {
			return false
		}
	}
	return errors.Is(err, ErrRefused)
}

// gone tells of those whose record is not there.
func (r *reissueRun) gone() {
	for _, subject := range slices.Sorted(maps.Keys(r.left)) {
		for _, f := range r.left[subject] {
			r.tell(Reissued{Former: f, Err: ErrGone})
		}
	}
}

func (r *reissueRun) tell(what Reissued) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Tell(what)
}
