package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestServeLogIsJSON: each line on standard error is one object, also those that
// the issuer warns with.
func TestServeLogIsJSON(t *testing.T) {
	p := prepared(t)
	folder := filepath.Join(filepath.Dir(p.config), "anchor")
	must(t, os.Mkdir(folder, 0o700))
	p.write("state: state", "state: state\nanchors: [{name: lost, kind: file, path: anchor/checkpoints, every: 1s}]")
	must(t, os.WriteFile(filepath.Join(folder, "checkpoints"), []byte("no checkpoint\n"), 0o600))
	p.start()
	p.eventually("a warning", func() bool { return p.count("lost") > 0 })
	p.stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for line := range strings.Lines(p.said.String()) {
		var said struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &said); err != nil || said.Time == "" || said.Level == "" || said.Msg == "" {
			t.Errorf("%q: %v", line, err)
		}
	}
}
