package issuer_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/postgrestest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/singleuse/postgres"
	"github.com/chancery-vc/chancery/issuer/singleuse/sealed"
	"github.com/chancery-vc/chancery/verifier/did"
)

// sharing returns an edit that makes the issuer of a folder a replica.
func sharing(database, name string) issuertest.Edit {
	return sharingAt(func() string { return server.Address(database, "sharer") }, name)
}

// sharingAt is sharing with the address of the database, of when it is there.
func sharingAt(address func() string, name string) issuertest.Edit {
	return func(text string) string {
		text = strings.Replace(text, "\nstate: state\n", "\n", 1)
		if name != "" {
			text += "\nreplica: " + name
		}
		return text + "\nshared_state: {dsn: \"" + address() + "\", password_file: sharer.password}\n"
	}
}

// sharedState makes the tables that replicas share, and returns the database.
func sharedState(t *testing.T, database string) string {
	t.Helper()
	server.Start(t)
	server.Exec(t, "postgres", "CREATE ROLE sharer LOGIN PASSWORD 's3cret'")
	t.Cleanup(func() { server.Exec(t, "postgres", "DROP ROLE sharer") })
	server.Database(t, database)
	o := postgres.Options{DSN: server.Address(database, postgrestest.Admin), Schema: "chancery", Now: time.Now}
	must(t, postgres.Init(t.Context(), o, "sharer"))
	return database
}

// openReplica opens the issuer of a folder by the machine's clock, and closes it
// at the end of the test.
func openReplica(t *testing.T, dir string) (*issuer.Issuer, error) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(dir, "sharer.password"), []byte("s3cret\n"), 0o600))
	i, err := issuer.Open(context.Background(), issuertest.Load(t, dir), issuer.Environment{Now: time.Now, Random: rand.Reader})
	if err == nil {
		t.Cleanup(func() { i.Close() })
	}
	return i, err
}

// beside makes the folder of another replica, with the same signing key.
func beside(t *testing.T, first string, edits ...issuertest.Edit) string {
	t.Helper()
	dir := issuertest.Folder(t, 3, edits...)
	copyFile(t, filepath.Join(first, issuertest.KeyFile), filepath.Join(dir, issuertest.KeyFile))
	return dir
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, data, 0o600))
}

// TestReplicasJoin: each has a name, a state, and what all have in common, or
// does not start; what is its own is at its own address.
func TestReplicasJoin(t *testing.T) {
	database := sharedState(t, "joined")
	first := issuertest.Folder(t, 3, sharing(database, "a"))
	a, err := openReplica(t, first)
	must(t, err)
	if origin := a.Origin(); origin != "registry.example/replicas/a/log" {
		t.Errorf("its log is %s", origin)
	}
	files, err := a.Publication(t.Context())
	must(t, err)
	for _, path := range []string{"replicas/a/status/1", "replicas/a/checkpoint", "replicas/a/log/checkpoint", "replicas/a/bundle", ".well-known/did.json", ".well-known/chancery/scope"} {
		if files[path] == nil {
			t.Errorf("%s is not published", path)
		}
		delete(files, path)
	}
	if len(files) > 0 {
		t.Errorf("beside, %d files are published", len(files))
	}
	must(t, a.Close())
	for name, c := range map[string]struct {
		dir  string
		says string
	}{
		"another state of the same name": {beside(t, first, sharing(database, "a")), "pairwise.key"},
		"another key of pairwise names":  {beside(t, first, sharing(database, "b")), "copy pairwise.key"},
		"another issuer":                 {beside(t, first, sharing(database, "c"), issuertest.Replace(issuertest.URL, "https://other.example")), "another schema"},
	} {
		if _, err := openReplica(t, c.dir); !errors.Is(err, issuer.ErrReplica) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want it to say %q", name, err, c.says)
		}
	}
	twin := beside(t, first, sharing(database, "a"))
	_, err = openReplica(t, twin) // it makes the folder of the state
	if !errors.Is(err, issuer.ErrReplica) {
		t.Fatal(err)
	}
	copyFile(t, filepath.Join(first, "state-a", "pairwise.key"), filepath.Join(twin, "state-a", "pairwise.key"))
	if _, err := openReplica(t, twin); !errors.Is(err, issuer.ErrReplica) || !strings.Contains(err.Error(), "never used again") {
		t.Errorf("a name that is taken: %v", err)
	}
	again, err := openReplica(t, first)
	if err != nil {
		t.Fatalf("started again: %v", err)
	}
	server.Exec(t, database, `INSERT INTO chancery.single_use VALUES ('token', 't', '{"profile": "birth"}', 9223372036854775807)`)
	if e, err := again.SingleUse().Get(t.Context(), singleuse.Key{Kind: "token", ID: "t"}); !errors.Is(err, sealed.ErrForged) {
		t.Errorf("what another wrote: %v, %v", e, err)
	}
}

// TestReplicaIsRenamed: a state is that of one replica for good.
func TestReplicaIsRenamed(t *testing.T) {
	database := sharedState(t, "renamed")
	dir := issuertest.Folder(t, 3)
	i, err := openReplica(t, dir)
	must(t, err)
	must(t, i.Close())
	path := filepath.Join(dir, issuertest.ConfigFile)
	text, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(sharing(database, "a")(string(text))+"state: state\n"), 0o600))
	if _, err := openReplica(t, dir); !errors.Is(err, issuer.ErrIdentity) {
		t.Errorf("got %v", err)
	}
	must(t, os.WriteFile(path, []byte(sharing(database, "")(string(text))), 0o600))
	if i, err := openReplica(t, dir); err != nil || i.Origin() != "registry.example/log" {
		t.Errorf("without a name, it is one of them: %v", err)
	}
}

// TestReplicasWithKeysOfTheirOwn: the issuer's document lists all of them.
func TestReplicasWithKeysOfTheirOwn(t *testing.T) {
	signer, err := key.Create(filepath.Join(t.TempDir(), "other.key"), rand.Reader)
	must(t, err)
	other, _, err := did.FromKey(signer.Public())
	must(t, err)
	dir := issuertest.Folder(t, 3, func(text string) string { return text + "\nreplicas:\n  b:\n    keys: [" + other + "]\n" })
	i := issuertest.Open(t, dir, issuertest.NewClock())
	_, document, err := i.DIDDocument()
	must(t, err)
	var listed struct {
		Methods   []struct{ ID string } `json:"verificationMethod"`
		Assertion []string              `json:"assertionMethod"`
	}
	must(t, json.Unmarshal(document, &listed))
	method, err := did.MethodURL(i.ID(), signer.Public())
	must(t, err)
	if len(listed.Methods) != 2 || len(listed.Assertion) != 2 || listed.Methods[1].ID != method {
		t.Errorf("%s", document)
	}
}
