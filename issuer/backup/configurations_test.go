package backup

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer"
)

// TestConfigurations: what was in force, and what its approvers signed, goes
// into a backup and comes out of it; whatever else lies there does not.
func TestConfigurations(t *testing.T) {
	if none, err := Configurations(t.TempDir()); err != nil || none != nil {
		t.Errorf("%v, %v", none, err)
	}
	all := parts(t)
	state := t.TempDir()
	folder := filepath.Join(state, issuer.ConfigurationFolder)
	must(t, os.Mkdir(folder, 0o700))
	text, hash := strings.Repeat("0a", 32), strings.Repeat("-_Z", 14)+"9"
	want := map[string]string{text + ".yaml": "text", hash + ".manifest": "manifest", hash + ".manifest.sig": "signatures"}
	for name, content := range want {
		must(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600))
	}
	for _, other := range []string{".partial-1", text + ".yaml.new", hash + ".sig", "notes"} {
		must(t, os.WriteFile(filepath.Join(folder, other), nil, 0o600))
	}
	found, err := Configurations(state)
	must(t, err)
	var out bytes.Buffer
	_, err = Write(&out, append(all, found...))
	must(t, err)
	_, back, err := extract(t, out.Bytes())
	must(t, err)
	got := map[string]string{}
	entries, err := os.ReadDir(filepath.Join(back, filepath.FromSlash(configurations)))
	must(t, err)
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(back, filepath.FromSlash(configurations), entry.Name()))
		must(t, err)
		got[entry.Name()] = string(data)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
