package issuer

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// KeyUse finds in the log what a key has signed: what was answered while it was
// the active one of its kind. What somebody else signed with it is in no log.
type KeyUse struct {
	method string
	kind   key.Kind
	turns  []turn
	config *config.Config
}

// turn is a record from which on a key was the active one.
type turn struct {
	sequence uint64
	method   string
}

func methodFragment(method string) string {
	_, fragment, _ := strings.Cut(method, "#")
	return fragment
}

func kindOfMethod(method string) (key.Kind, error) {
	public, err := did.KeyFrom("did:key:" + methodFragment(method))
	if err != nil {
		return "", err
	}
	return key.KindOf(public), nil
}

// NewKeyUse reads in all records of a log when the key of a method was in use.
func NewKeyUse(c *config.Config, method string, records iter.Seq2[uint64, []byte]) (*KeyUse, error) {
	kind, err := kindOfMethod(method)
	if err != nil {
		return nil, ErrNoKey
	}
	u := &KeyUse{method: method, kind: kind, config: c}
	known := false
	for _, data := range records {
		r, err := logproof.Decode(data)
		if err != nil {
			return nil, err
		}
		known = known || r.Kind == logproof.KeyChanged && r.Key == method
		if r.Kind != logproof.KeyChanged || r.Status != KeyActive {
			continue
		}
		if of, err := kindOfMethod(r.Key); err == nil && of == kind {
			u.turns = append(u.turns, turn{r.Sequence, r.Key})
		}
	}
	if !known {
		return nil, ErrNoKey
	}
	return u, nil
}

// Signed tells whether a record is of something that the key signed, or may have
// signed, at a time or later. One whose time cannot be read is.
func (u *KeyUse) Signed(r logproof.Record, since time.Time) bool {
	if r.Kind != logproof.Answered || u.active(r.Sequence) != u.method || !u.signs(r) {
		return false
	}
	at, err := time.Parse(time.RFC3339, r.Time)
	return err != nil || !at.Before(since)
}

// StillGood returns what the key signed, at a time or later, that is neither
// revoked nor over. The state is that of the log, in tx. Statements are not among
// it: they are over soon, and nothing revokes them.
func (u *KeyUse) StillGood(tx *store.Tx, records iter.Seq2[uint64, []byte], since, now time.Time) (good []Former, err error) {
	for _, data := range records {
		r, err := logproof.Decode(data)
		if err != nil {
			return nil, err
		}
		if !u.Signed(r, since) || r.Asks != "" {
			continue
		}
		e, err := status.Find(tx, r.Credential)
		if errors.Is(err, status.ErrUnknown) {
			continue // it has no place in a status list
		}
		if err != nil {
			return nil, err
		}
		if !e.Revoked && now.Before(e.ValidUntil) {
			kind, _, _ := strings.Cut(r.Caller, ":")
			good = append(good, Former{Credential: r.Credential, Profile: r.Profile, Subject: r.Subject, Caller: Caller(kind)})
		}
	}
	return good, nil
}

// active returns the method that was active at a record. The first one that a
// record tells of was so from the beginning.
func (u *KeyUse) active(sequence uint64) string {
	next := slices.IndexFunc(u.turns, func(t turn) bool { return t.sequence > sequence })
	switch {
	case len(u.turns) == 0:
		return ""
	case next < 0:
		return u.turns[len(u.turns)-1].method
	default:
		return u.turns[max(next-1, 0)].method
	}
}

// signs tells whether a key of this kind signs such answers. Of credentials of a
// caller's own wording, and of profiles that are no more, it can be either.
func (u *KeyUse) signs(r logproof.Record) bool {
	p, known := u.config.Profiles[r.Profile]
	switch {
	case r.Asks != "": // statements, and grants of partners
		return u.kind == key.Ed25519
	case !known:
		return true
	}
	return (p.Disclosure == config.DisclosureSelective) == (u.kind == key.P256)
}
