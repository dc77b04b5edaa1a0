package main

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
)

// bare keeps records in bbolt as they are, by its own batches, tuned: it waits
// for a millisecond, or until all writers are there.
func bare(record []byte) side {
	return side{"bbolt", func(ctx context.Context, folder string, writers int, turn time.Duration) (one speed, err error) {
		db, err := bbolt.Open(filepath.Join(folder, "bare.db"), 0o600, nil)
		if err != nil {
			return speed{}, err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		db.MaxBatchDelay, db.MaxBatchSize = time.Millisecond, writers
		return race(ctx, writers, turn, func(context.Context) error {
			return db.Batch(func(tx *bbolt.Tx) error {
				bucket, err := tx.CreateBucketIfNotExists([]byte("log"))
				if err != nil {
					return err
				}
				sequence, err := bucket.NextSequence()
				if err != nil {
					return err
				}
				return bucket.Put(binary.BigEndian.AppendUint64(nil, sequence), record)
			})
		})
	}}
}

// plainFile appends records to a file as they are. Who finds nobody at it writes
// and syncs what all have that wait.
func plainFile(record []byte) side {
	return side{"file", func(ctx context.Context, folder string, writers int, turn time.Duration) (one speed, err error) {
		file, err := os.OpenFile(filepath.Join(folder, "records"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return speed{}, err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		f := appender{file: file, leader: make(chan struct{}, 1)}
		return race(ctx, writers, turn, func(context.Context) error { return f.add(record) })
	}}
}

type appender struct {
	file    *os.File
	leader  chan struct{} // the token of who writes
	mu      sync.Mutex
	waiting []chan error
	data    []byte
}

func (a *appender) add(record []byte) error {
	done := make(chan error, 1)
	a.mu.Lock()
	a.waiting, a.data = append(a.waiting, done), append(append(a.data, record...), '\n')
	a.mu.Unlock()
	for {
		select {
		case err := <-done:
			return err
		case a.leader <- struct{}{}:
			a.write()
			<-a.leader
		}
	}
}

func (a *appender) write() {
	a.mu.Lock()
	waiting, data := a.waiting, a.data
	a.waiting, a.data = nil, nil
	a.mu.Unlock()
	if len(waiting) == 0 {
		return
	}
	_, err := a.file.Write(data)
	if err == nil {
		err = syncData(a.file)
	}
	for _, done := range waiting {
		done <- err
	}
}
