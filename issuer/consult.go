package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// Kind is a kind of answers to relying parties.
type Kind string

// The kinds.
const (
	Fact       Kind = "fact"
	Status     Kind = "status"
	Credential Kind = "credential"
)

// Query is one question of a relying party.
type Query struct {
	Caller  string               // its name in the configuration, or in its grant
	Grant   *statement.Statement // that was signed for it; nil for a caller of the configuration
	Kind    Kind
	Name    string // of the fact, the status or the profile
	Key     string // of the record, or the identifier of a credential
	Purpose string
	Nonce   string // to be in the answer, if that is a statement

	at time.Time // when it was asked, by which its rule is evaluated
}

// inquiry is something that can be asked for, compiled.
type inquiry struct {
	register register
	columns  []string // that are read for it
	depends  dependence
	answer   func(ctx context.Context, q Query) (outcome, error)
}

// Consult takes q through the pipeline:
//
//	caller > log "asked" > source > rule > sign > log "answered" > release
//
// A question that cannot be answered is [ErrRefused], whatever the reason is.
func (i *Issuer) Consult(ctx context.Context, q Query) (_ Answer, err error) {
	ctx, end := i.begin(ctx, StageAnswer)
	defer end(&err)
	record := i.record(consultant(q.Caller), "")
	if q.Grant != nil {
		record.Grant = q.Grant.ID
	}
	in, grant, err := i.allowQuery(ctx, q)
	if err != nil {
		return Answer{}, i.refuse(ctx, record, err)
	}
	if grant.Name != q.Caller { // whom the log has by a pseudonym
		record.Grant = grant.Name
	}
	record.Purpose, record.Subject = q.Purpose, i.subject(in.register, q.Key)
	if q.Kind == Credential {
		record.Profile = q.Name
	} else {
		record.Asks = string(q.Kind) + " " + q.Name
	}
	q.at = i.now()
	charge, err := i.charge(ctx, in, q)
	if err != nil {
		return Answer{}, i.refuse(ctx, record, err)
	}
	asked, err := i.logQuestion(ctx, record, in.columns, singleuse.All(i.countPartner(q), grant.Count(i.singleUse, q.at), charge.Step()))
	if err != nil {
		return Answer{}, i.refuseCharge(ctx, charge, q, record, err)
	}
	i.alarm(ctx, charge, q, nil)
	o, err := in.answer(ctx, q)
	if err == nil {
		err = i.releaseTold(ctx, asked, o, charge)
	}
	if err != nil {
		return Answer{}, i.refuse(ctx, asked, stopped(ctx, err))
	}
	return i.receipted(ctx, o.Answer), nil
}

// consultant is what the log calls a relying party.
func consultant(name string) Caller { return Caller("consult:" + name) }

// allowQuery returns what q asks for, and the grant of its caller that lets it,
// and counts it there.
func (i *Issuer) allowQuery(ctx context.Context, q Query) (_ *inquiry, _ *access.Grant, err error) {
	_, end := i.begin(ctx, StageAccess)
	defer end(&err)
	if q.Grant != nil {
		grant, err := i.allowPartner(q)
		return i.inquiries[q.Kind][q.Name], grant, err
	}
	grant, err := i.grants.Fit(access.Question{Caller: q.Caller, Purpose: q.Purpose, Kind: string(q.Kind), Name: q.Name, Key: q.Key})
	if errors.Is(err, access.ErrNoGrant) {
		err = ErrNotAllowed
	}
	if err != nil {
		return nil, nil, err
	}
	return i.inquiries[q.Kind][q.Name], grant, nil
}

// openInquiries compiles what can be asked for. The profiles were before.
func (i *Issuer) openInquiries(ctx context.Context) error {
	i.inquiries = map[Kind]map[string]*inquiry{Fact: {}, Status: {}, Credential: {}}
	for name, p := range i.profiles {
		i.inquiries[Credential][name] = &inquiry{register: p.register(), columns: p.columns, depends: dependsOn(p.Table, p.columns, p.Where), answer: i.answerCredential(p)}
	}
	for _, name := range slices.Sorted(maps.Keys(i.config.Facts)) {
		in, err := i.openFact(ctx, name, i.config.Facts[name])
		if err != nil {
			return fmt.Errorf("fact %s: %w", name, err)
		}
		i.inquiries[Fact][name] = in
	}
	for _, name := range slices.Sorted(maps.Keys(i.config.Statuses)) {
		in, err := i.openStatus(ctx, name, i.config.Statuses[name])
		if err != nil {
			return fmt.Errorf("status %s: %w", name, err)
		}
		i.inquiries[Status][name] = in
	}
	return nil
}

func (i *Issuer) answerCredential(p *profile) func(context.Context, Query) (outcome, error) {
	return func(ctx context.Context, q Query) (outcome, error) {
		pseudonym := i.pairwise(q.Caller, q.Purpose, p.register(), q.Key)
		return i.mint(ctx, p, q.Key, whom{pseudonym: pseudonym})
	}
}

// state starts the statement that answers q.
func (i *Issuer) state(q Query, r register, validity time.Duration) (*statement.Statement, error) {
	s, err := i.newStatement(validity)
	if err != nil {
		return nil, err
	}
	s.Audience, s.Nonce, s.Purpose = q.Caller, q.Nonce, q.Purpose
	s.Subject = i.pairwise(q.Caller, q.Purpose, r, q.Key)
	return s, nil
}

// newStatement starts a statement that is good for as long as validity.
func (i *Issuer) newStatement(validity time.Duration) (*statement.Statement, error) {
	id, err := uuid.NewRandomFromReader(i.random)
	if err != nil {
		return nil, err
	}
	now := i.now()
	return &statement.Statement{
		Issuer: i.ID(), ID: id.URN(), Issued: now.Unix(), Expires: now.Add(validity).Unix(), Configuration: i.config.Digest(),
	}, nil
}

// sign returns a statement in the issuer's name.
func (i *Issuer) sign(ctx context.Context, s *statement.Statement) (_ Answer, err error) {
	_, end := i.begin(ctx, StageSign)
	defer end(&err)
	signed, err := statement.Sign(s, statement.Signer{Key: i.signer, KeyID: i.minter.Method(), Random: i.random})
	if err != nil {
		return Answer{}, err
	}
	if _, err := statement.Verify(signed, i.signer.Public(), []string{jose.EdDSA}); err != nil {
		return Answer{}, fmt.Errorf("%w: %w", mint.ErrSelfVerify, err)
	}
	return Answer{Credential: s.ID, Bytes: signed}, nil
}
