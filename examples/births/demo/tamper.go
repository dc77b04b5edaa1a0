package main

import (
	"bytes"
	"encoding/binary"
	"errors"

	"go.etcd.io/bbolt"
)

// The demo tampers with the log as somebody with the file could: past the
// issuer, with bbolt itself.
const recordsBucket = "log"

// alterRecord makes record 2 tell of another profile.
func alterRecord(path string) error {
	return tamper(path, func(b *bbolt.Bucket) error {
		key := binary.BigEndian.AppendUint64(nil, 2)
		return b.Put(key, bytes.Replace(b.Get(key), []byte(`"birth"`), []byte(`"death"`), 1))
	})
}

// cutRecords deletes the last two records.
func cutRecords(path string) error {
	return tamper(path, func(b *bbolt.Bucket) error {
		for range 2 {
			key, _ := b.Cursor().Last()
			if err := b.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
}

func tamper(path string, change func(*bbolt.Bucket) error) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	return errors.Join(db.Update(func(tx *bbolt.Tx) error { return change(tx.Bucket([]byte(recordsBucket))) }), db.Close())
}
