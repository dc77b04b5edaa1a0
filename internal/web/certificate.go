package web

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateAge is how often the files of a certificate are looked at again.
const certificateAge = time.Minute

// Certificate is a certificate chain and its key in PEM files, which are read
// again when another program has renewed them. It is safe for concurrent use.
type Certificate struct {
	chain, key string
	now        func() time.Time
	log        *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	changed [2]time.Time // when the files were, as they were read
	looked  time.Time
}

// LoadCertificate reads the files, which must fit together.
func LoadCertificate(chain, key string, now func() time.Time, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{chain: chain, key: key, now: now, log: log}
	return c, c.read()
}

func (c *Certificate) read() error {
	changed, err := c.times()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.chain, c.key)
	if err != nil {
		return fmt.Errorf("tls: %w", err)
	}
	c.pair, c.changed, c.looked = &pair, changed, c.now()
	return nil
}

func (c *Certificate) times() (changed [2]time.Time, err error) {
	for i, path := range []string{c.chain, c.key} {
		info, err := os.Stat(path)
		if err != nil {
			return changed, fmt.Errorf("tls: %w", err)
		}
		changed[i] = info.ModTime()
	}
	return changed, nil
}

// Get returns the certificate, for tls.Config.GetCertificate. Files that cannot
// be used, such as a chain whose key is still to come, are told to the log, and
// what was read before stays.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.newest(), nil }

// Expires returns when the certificate can no longer be used.
func (c *Certificate) Expires() time.Time { return c.newest().Leaf.NotAfter }

func (c *Certificate) newest() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now().Sub(c.looked) < certificateAge {
		return c.pair
	}
	c.looked = c.now()
	if changed, err := c.times(); err == nil && changed == c.changed {
		return c.pair
	}
	if err := c.read(); err != nil {
		c.log.Error("the certificate was not renewed", "error", err)
		return c.pair
	}
	c.log.Info("the certificate was renewed", "until", c.pair.Leaf.NotAfter)
	return c.pair
}
