package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fileKey is the form of keys that name a file or a folder.
var fileKey = regexp.MustCompile(`(^|_)(file|ca|roots|path|folder|certificate|key|jwt|secret_id|token)$`)

// approvedFiles are those that people approve with the configuration.
var approvedFiles = []string{
	"access.client_ca", "access.issuers.ca", "access.issuers.introspection.ca", "access.issuers.jwks_file",
	"anchors.ca", "anchors.roots", "anchors.witnesses.ca", "consult.callers.grants.keys.file",
	"profiles.context.file", "sources.http.ca", "vault.ca",
}

// otherFiles are not: secrets and what belongs to them, which are exchanged by
// others and at other times; data; and texts that name no file.
var otherFiles = []string{
	"access.issuers.introspection.secret_file", "anchors.path", "anchors.secret_key_file", "anchors.access_key", "anchors.witnesses.key",
	"keys.key", "profiles.key", "facts.key", "statuses.key", "retention.folder", "selective_key", "signing_key",
	"shared_state.password_file", "sources.password_file", "sources.path", "sources.http.certificate", "sources.http.key", "sources.http.token_file",
	"sources.http.resources.key", "tls.certificate", "tls.key",
	"vault.app_role.secret_id", "vault.kubernetes.jwt", "vault.token",
}

// keysOf yields the keys of a configuration's type that name a file.
func keysOf(t reflect.Type, prefix string, yield func(string)) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		if name := prefix[strings.LastIndexByte(prefix, '.')+1:]; fileKey.MatchString(name) {
			yield(prefix)
		}
		return
	}
	for _, field := range reflect.VisibleFields(t) {
		if key, ok := field.Tag.Lookup("yaml"); ok && key != "" {
			keysOf(field.Type, strings.TrimPrefix(prefix+"."+strings.Split(key, ",")[0], "."), yield)
		}
	}
}

// TestEveryFileIsDecided: of each key that names a file somebody decided whether
// people approve the file with the configuration.
func TestEveryFileIsDecided(t *testing.T) {
	var found []string
	keysOf(reflect.TypeFor[Config](), "", func(key string) { found = append(found, key) })
	decided := slices.Concat(approvedFiles, otherFiles)
	slices.Sort(found)
	slices.Sort(decided)
	if diff := cmp.Diff(decided, slices.Compact(found)); diff != "" {
		t.Errorf("decide it here, and in Files if people are to approve it: %s", diff)
	}
}

// TestFiles: those that people approve are listed, each once.
func TestFiles(t *testing.T) {
	c := &Config{
		Access: Access{ClientCA: "a", Issuers: []TokenIssuer{{CA: "b", JWKSFile: "c", Introspection: &Introspection{CA: "d", SecretFile: "x"}}}},
		Vault:  &Vault{CA: "e", Token: "x"}, SigningKey: "x", State: "x", TLS: TLS{Certificate: "x", Key: "x"},
		Anchors:  []Anchor{{CA: "f", Roots: "g", Path: "x", SecretKeyFile: "x", Witnesses: []Witness{{CA: "h"}, {}}}},
		Consult:  Consult{Callers: []RelyingParty{{Grants: []Grant{{Keys: Keys{File: "i"}}, {Keys: Keys{File: "a"}}}}}},
		Profiles: map[string]Profile{"p": {Context: Context{File: "j"}}, "q": {}},
		Sources:  map[string]Source{"s": {Path: "x", PasswordFile: "x"}, "t": {HTTP: &HTTPSource{CA: "k", Certificate: "x", Key: "x", TokenFile: "x"}}},
	}
	want := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}
	if diff := cmp.Diff(want, c.Files()); diff != "" || len(want) != len(approvedFiles) {
		t.Error(diff)
	}
}

func TestRead(t *testing.T) {
	folder := t.TempDir()
	c := &Config{folder: folder}
	if err := os.WriteFile(filepath.Join(folder, "a"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int]string{4: "text", 5: "text", 3: ""} {
		if got, err := c.Read("a", most); string(got) != want || (err == nil) != (want != "") {
			t.Errorf("at most %d: %q, %v", most, got, err)
		}
	}
	if _, err := c.Read("b", 1); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestChanged(t *testing.T) {
	former := &Config{URL: "u", Purposes: []string{"a"}, Profiles: map[string]Profile{"p": {Name: "n"}}, text: []byte("former")}
	next := &Config{URL: "u", Purposes: []string{"b"}, Profiles: map[string]Profile{"p": {Name: "m"}}}
	if diff := cmp.Diff([]string{"profiles", "purposes"}, former.Changed(next)); diff != "" {
		t.Error(diff)
	}
	if same := former.Changed(&Config{URL: "u", Purposes: []string{"a"}, Profiles: map[string]Profile{"p": {Name: "n"}}}); same != nil {
		t.Error(same)
	}
}
