package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// ErrTerms says that a credential goes beyond what the configuration lets its
// caller have signed. What it wraps quotes the credential.
var ErrTerms = errors.New("the configuration does not let this caller have such a credential signed")

// Wording asks for a proof on a credential of the caller's own wording.
type Wording struct {
	Caller     string // name of a caller of the VC API
	Credential []byte
	ID         string   // to give to a credential without one; empty for none
	Mandatory  []string // JSON pointers to what its holder cannot withhold
}

// Secure takes w through the pipeline:
//
//	caller > log "asked" > check > status > mint > log "answered" > release
//
// The answer's identifier is that of its status entry: the caller chooses the
// credential's own, which need not be there and may say what the log may not.
func (i *Issuer) Secure(ctx context.Context, w Wording) (_ Answer, err error) {
	ctx, end := i.begin(ctx, StageAnswer)
	defer end(&err)
	record := i.record(apiCaller(w.Caller), "")
	terms, ok := i.terms(w.Caller)
	if !ok {
		return Answer{}, i.refuse(ctx, record, ErrNotAllowed)
	}
	asked, err := i.logQuestion(ctx, record, nil, singleuse.Step{})
	if err != nil {
		return Answer{}, err
	}
	answer, err := i.secure(ctx, w, terms, asked)
	if err != nil {
		return Answer{}, i.refuse(ctx, asked, stopped(ctx, err))
	}
	return answer, nil
}

// apiCaller is what the log calls a caller of the VC API.
func apiCaller(name string) Caller { return Caller("vc-api:" + name) }

func (i *Issuer) terms(caller string) (config.APICaller, bool) {
	for _, c := range i.config.VCAPI.Callers {
		if c.Name == caller {
			return c, true
		}
	}
	return config.APICaller{}, false
}

// secure checks what is asked for before it takes a place in a status list
// for it.
func (i *Issuer) secure(ctx context.Context, w Wording, terms config.APICaller, asked logproof.Record) (Answer, error) {
	minter, err := i.disclosing(w.Mandatory)
	if err != nil {
		return Answer{}, err
	}
	now := i.now()
	latest := now.Add(terms.Validity.Std())
	document, u, err := mint.Complete(w.Credential, mint.Additions{Now: now, ID: w.ID, Issuer: i.ID(), ValidUntil: latest})
	if err != nil {
		return Answer{}, err
	}
	if err := i.within(terms, u, latest); err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrTerms, err)
	}
	o := outcome{validUntil: u.ValidUntil}
	if u.Version != credential.V1 {
		if document, err = i.addStatus(document, &o); err != nil {
			return Answer{}, err
		}
	}
	minting, end := i.begin(ctx, StageMint)
	o.Bytes, err = minter.Secure(minting, document, now)
	end(&err)
	if err != nil {
		return Answer{}, err
	}
	if err := i.release(ctx, asked, o); err != nil {
		return Answer{}, err
	}
	return i.receipted(ctx, o.Answer), nil
}

// disclosing returns the minter of a credential of which pointers lead to what
// its holder cannot withhold: who names some wants the rest to be the holder's
// choice.
func (i *Issuer) disclosing(pointers []string) (*mint.Minter, error) {
	if len(pointers) > 0 && i.selective != nil {
		return i.selective.Disclosing(pointers)
	}
	return i.minter.Disclosing(pointers)
}

// within tells what is beyond the terms, if anything.
func (i *Issuer) within(terms config.APICaller, u *credential.Unverified, latest time.Time) error {
	for _, name := range u.Types {
		if name != credential.TypeCredential && !slices.Contains(terms.Types, name) {
			return fmt.Errorf("its type %.80q is none that this caller may use", name)
		}
	}
	switch {
	case len(u.Types) < 2:
		return errors.New("it has no type beside " + credential.TypeCredential)
	case u.Issuer != i.ID():
		return fmt.Errorf("its issuer must be %s, or left out", i.ID())
	case u.Inline:
		return errors.New("it defines terms of its own, by which its types could mean anything")
	case u.ValidUntil.After(latest):
		return fmt.Errorf("it is valid for longer than %s, which is until %s", verifier.Span(terms.Validity.Std()), credential.FormatTime(latest))
	case u.Version == credential.V1 && !terms.DataModel11:
		return errors.New("it is of data model 1.1, which has no way to revoke it; send one of 2.0")
	}
	return nil
}

// addStatus gives a credential a place in a status list.
func (i *Issuer) addStatus(document []byte, o *outcome) ([]byte, error) {
	place, err := i.registry.Reserve()
	if err != nil {
		return nil, err
	}
	entry := &mint.Status{List: i.listURL(place.List), Index: place.Index}
	o.place, o.Credential = &place, entry.ID()
	document, _, err = mint.Complete(document, mint.Additions{Status: entry})
	return document, err
}
