// Package discover stands in for github.com/hashicorp/go-discover, by which a
// node finds others among the machines of a dozen clouds: the clients of these
// are a third of what Vault is built from, and the server of the tests is alone.
// It has the names that Vault uses, and finds nothing.
package discover

import (
	"errors"
	"log"
)

var errNone = errors.New("this server joins no other one")

// Config is how to find nodes.
type Config map[string]string

func (Config) String() string { return "" }

// Provider finds nodes.
type Provider any

// Providers are those that there are: none.
var Providers map[string]Provider

// Discover finds nodes by providers.
type Discover struct{}

// Option is of [New].
type Option func(*Discover) error

// New returns what finds nothing.
func New(...Option) (*Discover, error) { return &Discover{}, nil }

// WithProviders is no matter.
func WithProviders(map[string]Provider) Option { return nil }

// Parse refuses each configuration.
func Parse(string) (Config, error) { return nil, errNone }

// Addrs refuses to look.
func (*Discover) Addrs(string, *log.Logger) ([]string, error) { return nil, errNone }
