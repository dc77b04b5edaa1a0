//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// onFullDisk runs a batch whose state is on a file system of its own, of so many
// KiB, until that is full, and again when it has room.
const onFullDisk = `
mount -t tmpfs -o size=$KIB"k" none "$STATE"
chancery() { (exec -a chancery "$PROGRAM" "$@" --config "$CONFIG"); }
chancery issue --profile birth --all --out "$OUT"; echo "full: $?"
chancery log verify > /dev/null; echo "log: $?"
mount -o remount,size=64m "$STATE"
chancery issue --profile birth --all --out "$OUT"; echo "room: $?"
chancery log verify; chancery log reconcile --credentials "$OUT"; echo "end: $?"
`

// TestFullDisk: a disk that is full ends a batch with a word of that, wherever it
// is then; with more room it is brought to its end, and nothing is there twice.
func TestFullDisk(t *testing.T) {
	if err := exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "none", t.TempDir()).Run(); err != nil {
		t.Skip("no file system of one's own can be mounted here: unshare -rm: ", err)
	}
	const records = 300
	for _, kib := range []int{8, 64, 224, 480} {
		t.Run(fmt.Sprint(kib, " KiB"), func(t *testing.T) {
			o := newOffice(t, records)
			state := filepath.Join(o.dir, "state")
			must(t, os.MkdirAll(state, 0o700))
			c := exec.Command("unshare", "-rm", "bash", "-c", onFullDisk)
			c.Env = append(os.Environ(), fmt.Sprint("KIB=", kib), "STATE="+state, "PROGRAM="+os.Args[0], "CONFIG="+o.config, "OUT="+o.out)
			out, err := c.CombinedOutput()
			said := string(out)
			if err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			for _, want := range []string{"no space left", "full: 2", "room: 0", fmt.Sprintf("%d credentials in", records), "The tree is whole.", "end: 0"} {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q:\n%s", want, said)
				}
			}
			t.Log(said)
		})
	}
}
