package pseudonym_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/pseudonym"
	"github.com/chancery-vc/chancery/issuer/store"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// world is a state folder.
type world struct {
	*testing.T
	dir   string
	store *store.Store
	keys  *pseudonym.Keys
	said  []string // what the log was told
	fails string   // the change of which the log fails
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, dir: t.TempDir()}
	s, err := store.Open(filepath.Join(w.dir, "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w.store = s
	w.keys = w.open(true)
	return w
}

func (w *world) tryOpen(fresh bool) (*pseudonym.Keys, error) {
	return pseudonym.Open(w.Context(), w.store, w.dir, rand.Reader, pseudonym.Beginning{Fresh: fresh, Time: start})
}

func (w *world) open(fresh bool) *pseudonym.Keys {
	w.Helper()
	keys, err := w.tryOpen(fresh)
	if err != nil {
		w.Fatal(err)
	}
	return keys
}

var errLog = errors.New("the log is full")

func (w *world) log(_ *store.Tx, key, became string) error {
	said := key + " " + became
	if said == w.fails {
		return errLog
	}
	w.said = append(w.said, said)
	return nil
}

func (w *world) keep(at time.Duration, t pseudonym.Terms) {
	w.Helper()
	if _, err := w.keys.Keep(w.Context(), start.Add(at), t, w.log); err != nil {
		w.Fatal(err)
	}
}

func (w *world) files() (names []string) {
	w.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "*.key"))
	if err != nil {
		w.Fatal(err)
	}
	for _, file := range files {
		names = append(names, filepath.Base(file))
	}
	return names
}

func (w *world) read(file string) []byte {
	w.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, file))
	if err != nil {
		w.Fatal(err)
	}
	return data
}

func TestNames(t *testing.T) {
	w := newWorld(t)
	seen := map[string]string{}
	for _, parts := range [][]string{{"a", "b"}, {"ab"}, {"a", "b", ""}, {"", "a", "b"}, {"b", "a"}, {"1:a,1:b"}, {"a,1:b"}, {}} {
		name := w.keys.Of(parts...)
		if other, ok := seen[name]; ok || len(name) != 43 {
			t.Errorf("%q has the name %s, as %s", parts, name, other)
		}
		seen[name] = fmt.Sprint(parts)
		if pairwise := w.keys.Pairwise(parts...); pairwise == name || pairwise != w.open(false).Pairwise(parts...) {
			t.Errorf("%q is told as %s, and named %s", parts, pairwise, name)
		}
		if diff := cmp.Diff([]string{name}, w.open(false).All(parts...)); diff != "" {
			t.Error("after another start:", diff)
		}
	}
}

// TestSchedule: a key a period, each destroyed when its time has come, by a
// clock that is passed in.
func TestSchedule(t *testing.T) {
	w := newWorld(t)
	terms := pseudonym.Terms{Period: 30 * day, Keep: 60 * day}
	var names []string // of one record, by each key
	for _, c := range []struct {
		at     time.Duration
		living int
		said   []string
	}{
		{0, 1, nil},
		{30*day - 1, 1, nil},
		{30 * day, 2, []string{"pseudonym-2 begun"}},
		{30*day + 1, 2, nil},
		{60 * day, 3, []string{"pseudonym-3 begun"}},
		{90*day - 1, 3, nil},
		{90 * day, 3, []string{"pseudonym-4 begun", "pseudonym-1 destroyed"}},
		{400 * day, 2, []string{"pseudonym-5 begun", "pseudonym-2 destroyed", "pseudonym-3 destroyed"}}, // after a year off
	} {
		w.said = nil
		w.keep(c.at, terms)
		if diff := cmp.Diff(c.said, w.said); diff != "" {
			t.Errorf("at %s:\n%s", c.at, diff)
		}
		if name := w.keys.Of("record"); !slices.Contains(names, name) {
			names = append(names, name)
		}
		all := w.keys.All("record")
		newest := slices.Clone(names[len(names)-c.living:])
		slices.Reverse(newest)
		if diff := cmp.Diff(newest, all); diff != "" {
			t.Errorf("at %s, names that are known:\n%s", c.at, diff)
		}
		if diff := cmp.Diff(all, w.open(false).All("record")); diff != "" {
			t.Errorf("at %s, after another start:\n%s", c.at, diff)
		}
		if files := w.files(); len(files) != c.living+1 {
			t.Errorf("at %s there are %v", c.at, files)
		}
	}
}

// TestForGood: without terms there is one key.
func TestForGood(t *testing.T) {
	w := newWorld(t)
	name := w.keys.Of("record")
	w.keep(100000*day, pseudonym.Terms{})
	if w.keys.Of("record") != name || len(w.said) > 0 {
		t.Error("another key is in use")
	}
}

// TestNothingLeft: the bytes of a key that was destroyed are in no file of the
// state folder.
func TestNothingLeft(t *testing.T) {
	w := newWorld(t)
	secret := w.read("pseudonym.key")
	inFiles := func() (found []string) {
		err := filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if bytes.Contains(data, secret) || bytes.Contains(data, secret[:16]) || bytes.Contains(data, secret[16:]) {
				found = append(found, entry.Name())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if diff := cmp.Diff([]string{"pseudonym.key"}, inFiles()); diff != "" {
		t.Fatal("before:", diff)
	}
	link := filepath.Join(w.dir, "link") // to the very same place on the disk
	if err := os.Link(filepath.Join(w.dir, "pseudonym.key"), link); err != nil {
		t.Fatal(err)
	}
	destroyed, err := w.keys.Forget(t.Context(), start.Add(day), start.Add(day), true, w.log)
	if err != nil || len(destroyed) != 1 || destroyed[0].Name() != "pseudonym-1" {
		t.Fatalf("%v, %v", destroyed, err)
	}
	if found := inFiles(); len(found) > 0 {
		t.Errorf("its bytes are in %v", found)
	}
}

// TestForget destroys by hand what had ended by a time, and nothing else.
func TestForget(t *testing.T) {
	w := newWorld(t)
	forget := func(at, before time.Duration, renew bool) (names []string) {
		destroyed, err := w.keys.Forget(t.Context(), start.Add(at), start.Add(before), renew, w.log)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range destroyed {
			names = append(names, p.Name())
		}
		return names
	}
	if got := forget(day, 2*day, false); got != nil {
		t.Errorf("the key in use was destroyed: %v", got)
	}
	if got := forget(day, day-1, true); got != nil {
		t.Errorf("one that had not ended by then was destroyed: %v", got)
	}
	if got := forget(2*day, day, true); !slices.Equal(got, []string{"pseudonym-1"}) {
		t.Errorf("destroyed %v", got)
	}
	if got := w.files(); !slices.Equal(got, []string{"pairwise.key", "pseudonym-2.key", "pseudonym-3.key"}) {
		t.Errorf("there are %v", got)
	}
}

// TestMissing: a key that is gone is missed, with what to do, unless it was
// destroyed or the log is fresh.
func TestMissing(t *testing.T) {
	terms := pseudonym.Terms{Period: 30 * day, Keep: 30 * day}
	for _, file := range []string{"pairwise.key", "pseudonym-3.key", "pseudonym-4.key"} {
		for name, damage := range map[string]func(path string) error{
			"gone": os.Remove,
			"cut":  func(path string) error { return os.Truncate(path, 31) },
			"long": func(path string) error { return os.WriteFile(path, make([]byte, 33), 0o600) },
		} {
			w := newWorld(t)
			w.keep(30*day, terms)
			w.keep(60*day, terms)
			w.keep(90*day, terms) // the first two are destroyed
			if got := w.files(); !slices.Equal(got, []string{"pairwise.key", "pseudonym-3.key", "pseudonym-4.key"}) {
				t.Fatalf("there are %v", got)
			}
			w.open(false)
			if err := damage(filepath.Join(w.dir, file)); err != nil {
				t.Fatal(err)
			}
			_, err := w.tryOpen(false)
			if !errors.Is(err, pseudonym.ErrMissing) || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "backup") {
				t.Errorf("%s %s: got %v", file, name, err)
			}
			if _, err := w.tryOpen(true); !errors.Is(err, pseudonym.ErrMissing) {
				t.Errorf("%s %s, with an empty log: got %v", file, name, err)
			}
		}
	}
}

// TestStateFromBefore: a state with one key and nothing that tells of it goes on
// with that key; without it, it does not.
func TestStateFromBefore(t *testing.T) {
	w := newWorld(t)
	name, secret := w.keys.Of("record"), w.read("pseudonym.key")
	forgetRows := func() {
		for _, bucket := range []string{"pseudonym-keys", "pseudonym-pairwise"} {
			err := w.store.Update(t.Context(), func(tx *store.Tx) error {
				key, _ := tx.Last(bucket)
				return tx.Delete(bucket, key)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	forgetRows()
	if got := w.open(false).Of("record"); got != name {
		t.Errorf("it is called %s now", got)
	}
	forgetRows()
	if err := os.Remove(filepath.Join(w.dir, "pseudonym.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.tryOpen(false); !errors.Is(err, pseudonym.ErrMissing) {
		t.Errorf("without its key: %v", err)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "pseudonym.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("another key was made")
	}
	if len(secret) != 32 {
		t.Errorf("the key has %d bytes", len(secret))
	}
}

// TestStopped: whoever is stopped in making or destroying a key, before or after
// any of its steps, loses none that is in use, and the next one goes on.
func TestStopped(t *testing.T) {
	terms := pseudonym.Terms{Period: 30 * day, Keep: 10 * day}
	for name, stop := range map[string]func(w *world){
		"the new key is not told of":          func(w *world) { w.fails = "pseudonym-2 begun" },
		"that it is destroyed is not told of": func(w *world) { w.fails = "pseudonym-1 destroyed" },
		"the file cannot be removed":          func(w *world) { w.replaceByFolder("pseudonym.key") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			stop(w)
			_, err := w.keys.Keep(t.Context(), start.Add(30*day), terms, w.log)
			if err == nil {
				_, err = w.keys.Keep(t.Context(), start.Add(40*day), terms, w.log)
			}
			if err == nil {
				t.Fatal("nothing stopped it")
			}
			w.fails = ""
			w.mend("pseudonym.key")
			w.keys = w.open(false)
			w.keep(30*day, terms)
			w.keep(40*day, terms)
			slices.Sort(w.said)
			if diff := cmp.Diff([]string{"pseudonym-1 destroyed", "pseudonym-2 begun"}, slices.Compact(w.said)); diff != "" {
				t.Error(diff)
			}
			if got := w.files(); !slices.Equal(got, []string{"pairwise.key", "pseudonym-2.key"}) {
				t.Errorf("there are %v", got)
			}
		})
	}
}

// replaceByFolder puts a folder with something in it where a file is.
func (w *world) replaceByFolder(file string) {
	w.Helper()
	path := filepath.Join(w.dir, file)
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		w.Fatal(err)
	}
}

// mend removes such a folder.
func (w *world) mend(file string) {
	w.Helper()
	path := filepath.Join(w.dir, file)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		if err := os.Remove(path); err != nil {
			w.Fatal(err)
		}
	}
}

// BenchmarkAll looks for a record under a key a month, of five years.
func BenchmarkAll(b *testing.B) {
	dir := b.TempDir()
	s, err := store.Open(filepath.Join(dir, "s.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	ctx := context.Background()
	keys, err := pseudonym.Open(ctx, s, dir, rand.Reader, pseudonym.Beginning{Fresh: true, Time: start})
	if err != nil {
		b.Fatal(err)
	}
	quiet := func(*store.Tx, string, string) error { return nil }
	for month := range 60 {
		if _, err := keys.Keep(ctx, start.Add(time.Duration(month)*30*day), pseudonym.Terms{Period: 30 * day}, quiet); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for b.Loop() {
		if n := len(keys.All("births", "births", "registration_number", "2019-000042")); n != 60 {
			b.Fatal(n)
		}
	}
}
