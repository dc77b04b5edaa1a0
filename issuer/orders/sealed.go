package orders

import (
	"context"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// get reads an entry.
func (l *List) get(ctx context.Context, key singleuse.Key, into any) error {
	e, err := l.store.Get(ctx, key)
	if err != nil {
		return err
	}
	data, err := l.open(e)
	if err != nil {
		return err
	}
	return decode(data, into)
}

// change makes another value of what an entry has, which is nil if it is not
// there.
func (l *List) change(ctx context.Context, key singleuse.Key, change func(was []byte) (any, error)) error {
	return l.store.Change(ctx, key, func(was *singleuse.Entry) (*singleuse.Entry, error) {
		var data []byte
		var err error
		if was != nil {
			if data, err = l.open(was); err != nil {
				return nil, err
			}
		}
		becomes, err := change(data)
		if err != nil {
			return nil, err
		}
		return l.seal(key, becomes)
	})
}

func (l *List) seal(key singleuse.Key, value any) (*singleuse.Entry, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, l.aead.NonceSize(), l.aead.NonceSize()+len(data)+l.aead.Overhead())
	if _, err := io.ReadFull(l.random, nonce); err != nil {
		return nil, err
	}
	return &singleuse.Entry{Key: key, Value: l.aead.Seal(nonce, nonce, data, place(key))}, nil
}

func (l *List) open(e *singleuse.Entry) ([]byte, error) {
	size := l.aead.NonceSize()
	if len(e.Value) < size {
		return nil, fmt.Errorf("%w: it is cut off", ErrUnreadable)
	}
	data, err := l.aead.Open(nil, e.Value[:size], e.Value[size:], place(e.Key))
	if err != nil {
		return nil, fmt.Errorf("%w: it is not encrypted by the key of the replicas", ErrUnreadable)
	}
	return data, nil
}

// place keeps an entry from being put into the place of another.
func place(key singleuse.Key) []byte { return []byte(key.Kind + "\x00" + key.ID) }
