package main

import (
	"context"
	"errors"
	"fmt"
)

// How many times as fast ours is to be.
const (
	targetSelective = 20
	targetSDJWT     = 10
)

// makeRows makes what is measured, and sees that both sides can do it.
func makeRows(ctx context.Context, o *ours, p *peers) ([]row, error) {
	k, err := newKeys()
	if err != nil {
		return nil, err
	}
	presented, err := newPresentation(k)
	if err != nil {
		return nil, err
	}
	if _, err := p.ask(request{Op: "start", Contexts: o.documents(), Issuer: presented.issuer}); err != nil {
		return nil, err
	}
	var rows []row
	for _, s := range k.selective() {
		made, err := selectiveRows(ctx, o, p, s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.suite.Cryptosuite(), err)
		}
		rows = append(rows, made...)
	}
	verified := []verification{presented.verification()}
	for _, s := range k.whole() {
		document, err := o.sign(ctx, s)
		if err != nil {
			return nil, err
		}
		verified = append(verified, o.verification(s, document))
	}
	for _, v := range verified {
		if err := v.check(ctx, p); err != nil {
			return nil, fmt.Errorf("%s: %w", v.name, err)
		}
		rows = append(rows, v.row())
	}
	return rows, nil
}

// selectiveRows are for deriving from a base proof, and for verifying what ours
// derived. What theirs derived is verified once by both.
func selectiveRows(ctx context.Context, o *ours, p *peers, s signing) ([]row, error) {
	base, err := o.sign(ctx, s)
	if err != nil {
		return nil, err
	}
	derived, err := o.derive(ctx, base)
	if err != nil {
		return nil, err
	}
	derive := request{Op: "derive", Suite: s.suite.Cryptosuite(), Pointers: chosen, Document: string(base)}
	theirs, err := p.ask(derive)
	if err != nil {
		return nil, err
	}
	verify := o.verification(s, derived)
	verify.target = targetSelective
	if err := errors.Join(verify.check(ctx, p), o.verification(s, []byte(theirs.Document)).check(ctx, p)); err != nil {
		return nil, err
	}
	return []row{
		{
			name: s.suite.Cryptosuite() + " derive", target: targetSelective, theirs: derive,
			ours: func(ctx context.Context) error {
				_, err := o.derive(ctx, base)
				return err
			},
		},
		verify.row(),
	}, nil
}

// verification is what both sides verify.
type verification struct {
	name     string
	target   float64
	document []byte
	altered  []byte // what must not verify
	ours     func(context.Context, []byte) error
	theirs   request // for any document
}

func (v verification) row() row {
	r := row{name: v.name, target: v.target, theirs: v.theirs}
	r.theirs.Document = string(v.document)
	r.ours = func(ctx context.Context) error { return v.ours(ctx, v.document) }
	return r
}

// check wants both sides to verify the document, and to refuse it altered.
func (v verification) check(ctx context.Context, p *peers) error {
	ask := func(document []byte) error {
		r := v.theirs
		r.Document = string(document)
		_, err := p.ask(r)
		return err
	}
	if err := errors.Join(v.ours(ctx, v.document), ask(v.document)); err != nil {
		return fmt.Errorf("it does not verify: %w", err)
	}
	if v.ours(ctx, v.altered) == nil {
		return errors.New("it verifies altered, ours")
	}
	if err := ask(v.altered); !errors.Is(err, errPeer) {
		return fmt.Errorf("it verifies altered, or cannot be tried, theirs: %w", err)
	}
	return nil
}
