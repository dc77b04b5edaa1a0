package issuer_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
)

// states returns the states of an issuer's parts by name, and the reasons as one
// text.
func states(t *testing.T, i *issuer.Issuer) (ready bool, states map[string]issuer.State, reasons string) {
	t.Helper()
	r := i.Ready(t.Context())
	states = map[string]issuer.State{}
	for _, c := range r.Conditions {
		states[c.Name] = c.State
		reasons += c.Reason + "\n"
		if (c.State == issuer.StateGood) != (c.Reason == "") {
			t.Errorf("%s: a reason belongs to what is not good, and to nothing else: %+v", c.Name, c)
		}
	}
	return r.Ready, states, reasons
}

// good are the parts of an issuer with nothing but a register.
func good() map[string]issuer.State {
	return map[string]issuer.State{
		"log": issuer.StateGood, "clock": issuer.StateGood, "disk": issuer.StateGood, "keys": issuer.StateGood, "source births": issuer.StateGood,
	}
}

func TestReady(t *testing.T) {
	i, _, _ := setUp(t, 1)
	before := len(issuertest.Log(t, i.Store()))
	ready, got, _ := states(t, i)
	if diff := cmp.Diff(good(), got); diff != "" || !ready {
		t.Error(ready, diff)
	}
	if after := len(issuertest.Log(t, i.Store())); after != before {
		t.Errorf("a probe added %d records", after-before)
	}
}

// TestNotReady: what keeps questions from being answered is told as what it is,
// and is over when it is over.
func TestNotReady(t *testing.T) {
	for name, c := range map[string]struct {
		part, reason string
		spoil, mend  func(t *testing.T, dir string, clock *issuertest.Clock)
	}{
		"clock": {
			part: "clock", reason: "set the clock right",
			spoil: func(_ *testing.T, _ string, c *issuertest.Clock) { c.Advance(-time.Hour) },
			mend:  func(_ *testing.T, _ string, c *issuertest.Clock) { c.Advance(time.Hour) },
		},
		"source": {
			part: "source births", reason: "it cannot be asked",
			spoil: func(t *testing.T, dir string, c *issuertest.Clock) {
				must(t, os.Rename(filepath.Join(dir, "births.db"), filepath.Join(dir, "away.db")))
				must(t, os.WriteFile(filepath.Join(dir, "births.db"), []byte("this is no register"), 0o600))
				c.Advance(time.Minute)
			},
			mend: func(t *testing.T, dir string, c *issuertest.Clock) {
				must(t, os.Rename(filepath.Join(dir, "away.db"), filepath.Join(dir, "births.db")))
				c.Advance(time.Minute)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			i, dir, clock := setUp(t, 1)
			c.spoil(t, dir, clock)
			want := good()
			want[c.part] = issuer.StateFailed
			ready, got, reasons := states(t, i)
			if diff := cmp.Diff(want, got); diff != "" || ready || !strings.Contains(reasons, c.reason) {
				t.Errorf("ready %v, %s %s", ready, reasons, diff)
			}
			c.mend(t, dir, clock)
			ready, got, _ = states(t, i)
			if diff := cmp.Diff(good(), got); diff != "" || !ready {
				t.Error(ready, diff)
			}
		})
	}
}

func TestDiskBelowItsFloor(t *testing.T) {
	i, _, _ := setUp(t, 1, func(text string) string { return text + "\noperations: {disk_floor: 8000000TiB}\n" })
	want := good()
	want["disk"] = issuer.StateFailed
	ready, got, reasons := states(t, i)
	if diff := cmp.Diff(want, got); diff != "" || ready || !strings.Contains(reasons, "make room") {
		t.Errorf("ready %v, %s %s", ready, reasons, diff)
	}
}

// TestAnchorBehind: an anchor that fails is in doubt, unless issuing stops for
// it.
func TestAnchorBehind(t *testing.T) {
	for terms, want := range map[string]issuer.State{"": issuer.StateDoubt, ", stop_after: 20m": issuer.StateFailed} {
		i, _, clock := setUp(t, 1, func(text string) string {
			return text + "\nanchors: [{name: disk, kind: file, path: gone/anchor" + terms + "}]\n"
		})
		if _, got, _ := states(t, i); got["anchor disk"] != issuer.StateGood {
			t.Errorf("at the start: %v", got)
		}
		clock.Advance(time.Hour)
		if ready, got, reasons := states(t, i); got["anchor disk"] != want || ready != (want != issuer.StateFailed) {
			t.Errorf("an hour behind: ready %v, %v %s", ready, got, reasons)
		}
	}
}
