package store

import (
	"time"

	"go.etcd.io/bbolt"
)

// Stats are figures of a store.
type Stats struct {
	Waiting   int           // changes that wait to be durable
	Writes    uint64        // transactions that were ever written
	WriteTime time.Duration // for how long this process has written and synced
	Size      int64         // of the file, in bytes
}

// Stats returns the figures as they are now.
func (s *Store) Stats() (Stats, error) {
	s.queue.mu.Lock()
	figures := Stats{Waiting: len(s.queue.waiting)}
	s.queue.mu.Unlock()
	total := s.db.Stats()
	figures.WriteTime = total.TxStats.GetWriteTime()
	return figures, s.read(func(tx *bbolt.Tx) error {
		figures.Writes, figures.Size = uint64(tx.ID()), tx.Size()
		return nil
	})
}
