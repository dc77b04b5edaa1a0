package config

import (
	"maps"
	"regexp"
	"slices"

	"github.com/chancery-vc/chancery/verifier/did"
)

// SharedState is a PostgreSQL database that the replicas of one issuer share:
// offers, tokens, nonces and whatever else may be used once are there, so that
// no two replicas take the same. `chancery state init` makes its tables. Whoever
// can write it can have what was used be used again, but make no offer; each
// answer is in a log all the same.
type SharedState struct {
	// DSN says where it is, and which account uses it, as that of a postgres
	// source does: without a password. A server that fails over must have its
	// standby confirm each transaction (synchronous_standby_names), or what was
	// used last can be used again.
	DSN string `yaml:"dsn"`
	// PasswordFile is the file with the password of that account and nothing
	// else, mode 0600, or another reference to it, as that of a source. Default:
	// none.
	PasswordFile string `yaml:"password_file"`
	// Schema is where its tables are. Default: chancery.
	Schema string `yaml:"schema"`
}

// Replica is another process of this issuer, with a key of its own.
type Replica struct {
	// Keys are its public keys, as did:key: the issuer's DID document lists
	// them. Left out, it signs with the same keys as this one.
	Keys []string `yaml:"keys"`
}

// replicaName is a part of addresses, and of the log's name.
var replicaName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,30}$`)

// Shard returns the path, below URL, of what this replica alone publishes: its
// log, its status lists and its bundle. It ends with a slash, and is empty for an
// issuer without replicas.
func (c *Config) Shard() string {
	if c.Replica == "" {
		return ""
	}
	return "replicas/" + c.Replica + "/"
}

func (c *Config) setReplicaDefaults() {
	if c.Replica != "" {
		setDefault(&c.State, "state-"+c.Replica)
	}
	if c.SharedState != nil {
		setDefault(&c.SharedState.Schema, "chancery")
	}
}

func (c *Config) checkReplica() error {
	switch {
	case c.Replica != "" && !replicaName.MatchString(c.Replica):
		return invalid("replica", "%q is not up to 31 small letters, digits and -", c.Replica)
	case c.Replica != "" && c.SharedState == nil:
		return invalid("replica", "replicas need shared_state: without it two of them could take the same offer")
	case c.SharedState != nil && c.SharedState.DSN == "":
		return invalid("shared_state", "dsn is missing: where the database is, such as host=/run/postgresql dbname=chancery user=chancery")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Replicas)) {
		if !replicaName.MatchString(name) {
			return invalid("replicas", "%q is not up to 31 small letters, digits and -", name)
		}
		if len(c.Replicas[name].Keys) > 0 && c.Issuer == IssuerDIDKey {
			return invalid("replicas."+name, "an issuer that is the did:key of one key has no other")
		}
		for _, key := range c.Replicas[name].Keys {
			if _, err := did.KeyFrom(key); err != nil {
				return invalid("replicas."+name, "%.100q is not a did:key that can sign: %v", key, err)
			}
		}
	}
	return nil
}
