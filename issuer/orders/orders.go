// Package orders has the replicas of an issuer do what one of them was told to
// do, each in its own state. An order names credentials, or records whose
// credentials it means; whichever replica issued them, it is the one to revoke
// them, in its own status lists and its own log.
//
// # Where orders are
//
// Orders are entries of the shared store, numbered from 1. They have no end:
// a replica that was away, or was brought back from a backup, follows all that
// it has not followed. A board has the number of the last order, and how far each
// replica is and when it was seen. An order is there before the board has its
// number: a crash between leaves one that is followed with the next one.
//
// A replica follows orders in their sequence, and keeps the [Place] up to which
// it did in the transaction that does it. Then it tells what it did, which whoever
// gave the order waits for. Following an order again changes nothing.
//
// # What others could do
//
// Entries are encrypted (AES-256-GCM, NIST SP 800-38D) by a key that replicas
// have, so that whoever reads the store learns how many orders there are, and not
// of whom. Whoever writes it can make none. They can remove one before a replica
// has followed it, which is [ErrMissing], or put the store back to an earlier
// state: a replica that finds another order in its place follows all of them
// again.
package orders

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// Kinds of entries.
const (
	kindOrder = "order"
	kindBoard = "orders"
)

// Caps on what is kept.
const (
	// MaxNames is how many bytes the names of one order have at most.
	MaxNames = 8 << 10
	// MaxReplicas is how many replicas there can be: each adds to an order what
	// it did.
	MaxReplicas = 64
)

var (
	// ErrMissing says that an order was removed from the shared store.
	ErrMissing = errors.New("an order to revoke was removed from the shared state before this replica followed it: find out who can write there, and give it again")
	// ErrUnreadable says that an order, or the board, is none of this issuer's.
	ErrUnreadable = errors.New("an order in the shared state cannot be read")
	// ErrNoReplica says that no replica of a name has ever followed.
	ErrNoReplica = errors.New("there is no replica of that name; chancery replicas lists them")
	// ErrLively says that a replica cannot be forgotten, since it is there.
	ErrLively = errors.New("the replica was seen within the last minute; stop it first")
)

// Order says what is to be revoked: credentials, or all credentials of a profile
// that were issued for records with these keys.
type Order struct {
	Profile     string   `json:"profile,omitzero"`
	Keys        []string `json:"keys,omitzero"`
	Credentials []string `json:"credentials,omitzero"`
}

// NoProfile is the [Done] of a replica whose configuration has no such profile. It
// is short: as many as there are replicas are kept with an order.
const NoProfile = "it has no such profile"

// Done is what one replica did for an order.
type Done struct {
	Revoked int    `json:"revoked"`
	Before  int    `json:"before"`           // credentials that had been revoked before
	Problem string `json:"problem,omitzero"` // why it could not follow it, such as [NoProfile]
}

// Place is how far a replica has followed. The zero Place is the beginning.
type Place struct {
	Round  string `json:"round"`  // of the board
	Number uint64 `json:"number"` // of the last order that was followed
	Order  string `json:"order"`  // which tells that order from any other
}

// kept is an order as it is in the store.
type kept struct {
	ID string `json:"id"`
	Order
	Done map[string]Done `json:"done,omitzero"` // by replica
}

// List is what one replica knows orders by.
type List struct {
	store   singleuse.Store
	replica string
	aead    cipher.AEAD
	now     func() time.Time
	random  io.Reader
}

// New returns the orders in a store for a replica, by a secret that all replicas
// have.
func New(s singleuse.Store, replica, secret string, now func() time.Time, random io.Reader) (*List, error) {
	key := sha256.Sum256([]byte(secret))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &List{s, replica, aead, now, random}, err
}

// Post gives an order to all replicas, and returns its number.
func (l *List) Post(ctx context.Context, o Order) (uint64, error) {
	id, err := l.fresh()
	if err != nil {
		return 0, err
	}
	b, err := l.read(ctx)
	if err != nil {
		return 0, err
	}
	number := b.Last + 1
	for {
		err := l.change(ctx, orderKey(b.Round, number), func(was []byte) (any, error) {
			if was != nil {
				return nil, singleuse.ErrTaken
			}
			return kept{ID: id, Order: o}, nil
		})
		if err == nil {
			break
		}
		if !errors.Is(err, singleuse.ErrTaken) {
			return 0, err
		}
		number++ // another replica's, perhaps of one that was killed since
	}
	return number, l.changeBoard(ctx, func(is *board) error {
		if is.Round != b.Round {
			return ErrMissing // with all that was there
		}
		if number > is.Last {
			is.Last, is.Newest = number, id
		}
		return nil
	})
}

// Follow has do done for each order behind a place, in their sequence. With what
// it does, do keeps the place that it is given, as one change. Follow goes on
// behind an order that was removed, and then returns [ErrMissing].
func (l *List) Follow(ctx context.Context, from Place, do func(Order, Place) (Done, error)) error {
	b, err := l.read(ctx)
	if err != nil {
		return err
	}
	if from, err = l.begin(ctx, b, from); err != nil {
		return err
	}
	var missing error
	for from.Number < b.Last {
		from.Number++
		o, err := l.order(ctx, b.Round, from.Number)
		if errors.Is(err, singleuse.ErrNone) {
			missing = fmt.Errorf("%w: it is number %d", ErrMissing, from.Number)
			continue
		}
		if err != nil {
			return err
		}
		from.Order = o.ID
		done, err := do(o.Order, from)
		if err != nil {
			return err
		}
		if err := l.tell(ctx, from, done); err != nil && !errors.Is(err, singleuse.ErrNone) { // removed meanwhile
			return err
		}
	}
	return errors.Join(l.show(ctx, b, from.Number), missing)
}

// begin returns where to begin: at the beginning if the board is another one than
// the replica has followed, and with the last order again if it was stopped before
// it told what it did.
func (l *List) begin(ctx context.Context, b board, from Place) (Place, error) {
	beginning := Place{Round: b.Round}
	switch {
	case from.Round != b.Round || from.Number > b.Last || from.Number == b.Last && from.Order != b.Newest:
		return beginning, nil
	case from.Number == b.Last && b.Replicas[l.replica].Followed == b.Last:
		return from, nil
	}
	last, err := l.order(ctx, b.Round, from.Number)
	if errors.Is(err, singleuse.ErrNone) || err == nil && last.ID != from.Order {
		return beginning, nil
	}
	if _, told := last.Done[l.replica]; err == nil && !told {
		from.Number--
	}
	return from, err
}

// tell adds to an order what this replica did for it.
func (l *List) tell(ctx context.Context, at Place, done Done) error {
	return l.change(ctx, orderKey(at.Round, at.Number), func(was []byte) (any, error) {
		if was == nil {
			return nil, singleuse.ErrNone
		}
		var o kept
		if err := decode(was, &o); err != nil {
			return nil, err
		}
		if o.Done == nil {
			o.Done = map[string]Done{}
		}
		o.Done[l.replica] = done
		return o, nil
	})
}

// Done returns what replicas have said that they did for an order, by name.
func (l *List) Done(ctx context.Context, number uint64) (map[string]Done, error) {
	b, err := l.read(ctx)
	if err != nil {
		return nil, err
	}
	o, err := l.order(ctx, b.Round, number)
	return o.Done, err
}

func (l *List) order(ctx context.Context, round string, number uint64) (o kept, err error) {
	return o, l.get(ctx, orderKey(round, number), &o)
}

func orderKey(round string, number uint64) singleuse.Key {
	return singleuse.Key{Kind: kindOrder, ID: round + " " + strconv.FormatUint(number, 10)}
}

func (l *List) fresh() (string, error) {
	var id [16]byte
	if _, err := io.ReadFull(l.random, id[:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(id[:]), nil
}

func decode(data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: its form is another one", ErrUnreadable)
	}
	return nil
}
