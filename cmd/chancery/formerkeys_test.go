package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// TestBelievedKeys: which checkpoints a reader with one key can open by a log that
// tells of others.
func TestBelievedKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "issuer.db")
	s, err := store.Open(path)
	must(t, err)
	log, err := issuancelog.Open(t.Context(), s, issuertest.NewClock().Now, rand.Reader)
	must(t, err)
	keys := map[string]ed25519.PrivateKey{}
	for _, name := range []string{"first", "second", "third", "stranger"} {
		_, keys[name], err = ed25519.GenerateKey(rand.Reader)
		must(t, err)
	}
	tell := func(name, became string) {
		id, _, err := did.FromKey(keys[name].Public())
		must(t, err)
		r := logproof.Record{Kind: logproof.KeyChanged, Key: "did:web:registry.example#" + strings.TrimPrefix(id, "did:key:"), Status: became}
		must(t, s.Update(t.Context(), func(tx *store.Tx) error { return log.Append(tx, r) }))
	}
	notes := map[string]note{}
	sign := func(name string, by ...string) {
		var others []crypto.Signer
		for _, other := range by[1:] {
			others = append(others, keys[other])
		}
		data, err := log.Checkpoint("registry.example/log", keys[by[0]], others...)
		must(t, err)
		notes[name] = note{name, data}
	}
	tell("first", issuer.KeyActive)
	sign("oldest", "first")
	tell("second", issuer.KeyPublished)
	sign("announced", "first")
	tell("second", issuer.KeyActive)
	sign("exchanged", "second")
	tell("third", issuer.KeyPublished)
	sign("before", "second")
	tell("first", issuer.KeyRevoked)
	tell("third", issuer.KeyActive)
	sign("newest", "third")
	sign("of the thief", "first")
	sign("of a stranger", "stranger")
	must(t, s.Close())

	for name, c := range map[string]struct {
		key   string
		given string
		opens bool
		by    string // who signed each: first, second or third; - for the reader's key
	}{
		"its own":                       {"third", "newest", true, "-"},
		"an old one alone":              {"third", "oldest", false, ""},
		"an old one and the newest":     {"third", "oldest newest", true, "first -"},
		"each of them":                  {"third", "exchanged oldest newest announced", true, "second first - first"},
		"the next before it is told of": {"first", "oldest exchanged", false, ""},
		"the next":                      {"first", "announced exchanged", true, "- second"},
		"the one after the next":        {"first", "announced before newest", true, "- second third"},
		"a step is missing":             {"first", "announced newest", false, ""},
		"a step that does not reach":    {"first", "announced exchanged newest", false, ""},
		"a stranger's":                  {"third", "newest of_a_stranger", false, ""},
		"what a thief signed leads on":  {"second", "exchanged of_the_thief newest", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			id, _, err := did.FromKey(keys[c.key].Public())
			must(t, err)
			command := logVerifyCommand{logFile: logFile{State: path}, logKey: logKey{Key: id}}
			var given []note
			for _, one := range strings.Fields(c.given) {
				given = append(given, notes[strings.ReplaceAll(one, "_", " ")])
			}
			all, err := command.judge(t.Context(), given, keys[c.key].Public())
			if (err == nil) != c.opens {
				t.Fatalf("got %v", err)
			}
			var by []string
			for _, one := range all {
				who := "-"
				for name, key := range keys {
					if one.former != nil && key.Public().(ed25519.PublicKey).Equal(one.key) {
						who = name
					}
				}
				by = append(by, who)
			}
			if got := strings.Join(by, " "); got != c.by {
				t.Errorf("signed by %q, not %q", got, c.by)
			}
		})
	}
}
