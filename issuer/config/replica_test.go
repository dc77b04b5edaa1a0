package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/config"
)

const replicaKey = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"

// alone is a configuration that needs no register.
func alone(more string) []byte {
	return []byte("url: https://registry.example/births\nsigning_key: signing.key\n" + more)
}

func TestReplica(t *testing.T) {
	for more, want := range map[string]struct{ shard, state, schema string }{
		"":                                 {"", "state", ""},
		"shared_state: {dsn: host=/run}\n": {"", "state", "chancery"},
		"shared_state: {dsn: host=/run, schema: other}\nreplica: a\n":                                {"replicas/a/", "state-a", "other"},
		"shared_state: {dsn: host=/run}\nreplica: b-2\nstate: kept\n":                                {"replicas/b-2/", "kept", "chancery"},
		"shared_state: {dsn: host=/run}\nreplicas:\n  b:\n    keys: [" + replicaKey + "]\n  c: {}\n": {"", "state", "chancery"},
	} {
		c, err := config.Parse(alone(more), "/")
		if err != nil {
			t.Errorf("%q: %v", more, err)
			continue
		}
		schema := ""
		if c.SharedState != nil {
			schema = c.SharedState.Schema
		}
		if c.Shard() != want.shard || c.State != want.state || schema != want.schema {
			t.Errorf("%q: %s, %s, %s", more, c.Shard(), c.State, schema)
		}
	}
}

func TestReplicaRefused(t *testing.T) {
	for more, says := range map[string]string{
		"replica: a\n": "shared_state",
		"shared_state: {dsn: host=/run}\nreplica: A\n":                               "replica",
		"shared_state: {dsn: host=/run}\nreplica: a/b\n":                             "replica",
		"shared_state: {dsn: host=/run}\nreplica: ../a\n":                            "replica",
		"shared_state: {dsn: host=/run}\nreplica: " + strings.Repeat("a", 32) + "\n": "replica",
		"shared_state: {schema: x}\n":                                                "dsn is missing",
		"shared_state: {dsn: host=/run, password: x}\n":                              "password",
		"replicas: {B: {}}\n":                                                        "small letters",
		"replicas:\n  b:\n    keys: [did:web:registry.example]\n":                    "did:key",
		"issuer: did:key\nreplicas:\n  b:\n    keys: [" + replicaKey + "]\n":         "one key",
	} {
		if _, err := config.Parse(alone(more), "/"); !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want it to say %q", more, err, says)
		}
	}
}
