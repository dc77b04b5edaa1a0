package civil_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
)

func write(t testing.TB, path string, rows int, seed uint64) {
	t.Helper()
	if err := civil.Write(t.Context(), path, rows, seed); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, path string) *sql.DB {
	t.Helper()
	name := url.URL{Scheme: "file", Path: path, RawQuery: "mode=rw"}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// read returns the records of a file as any other program would see them.
func read(t testing.TB, path string) []civil.Birth {
	t.Helper()
	result, err := open(t, path).Query(`SELECT registration_number, given_names, coalesce(family_name, ''),
		date_of_birth, place_of_birth, coalesce(sex, ''), mother_name, coalesce(father_name, ''),
		registered_on, informant, coalesce(remarks, '') FROM births ORDER BY rowid`)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	var all []civil.Birth
	for result.Next() {
		var b civil.Birth
		if err := result.Scan(
			&b.RegistrationNumber, &b.GivenNames, &b.FamilyName, &b.DateOfBirth, &b.PlaceOfBirth, &b.Sex,
			&b.MotherName, &b.FatherName, &b.RegisteredOn, &b.Informant, &b.Remarks,
		); err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	if err := result.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWriteKeepsEveryRecord(t *testing.T) {
	for _, name := range []string{"births.db", "50% done? #1 – fæðingar.db"} {
		path := filepath.Join(t.TempDir(), name)
		write(t, path, rows, 3)
		if diff := cmp.Diff(slices.Collect(births(t, rows, 3)), read(t, path)); diff != "" {
			t.Errorf("%s (-made +read):\n%s", name, diff)
		}
		if left := names(t, filepath.Dir(path)); !slices.Equal(left, []string{name}) {
			t.Errorf("the folder holds %q, want %q alone", left, name)
		}
	}
}

func names(t testing.TB, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, entry := range entries {
		all = append(all, entry.Name())
	}
	return all
}

func TestWriteIsReproducible(t *testing.T) {
	folder := t.TempDir()
	var files [][]byte
	for _, name := range []string{"a.db", "b.db"} {
		path := filepath.Join(folder, name)
		write(t, path, rows, 1)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, data)
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the same seed made two different files")
	}
}

func TestBlankIsNull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "births.db")
	write(t, path, rows, 1)
	var blank, null int
	err := open(t, path).QueryRow(`SELECT
		count(*) FILTER (WHERE '' IN (family_name, sex, father_name, remarks)),
		count(*) FILTER (WHERE family_name IS NULL OR sex IS NULL OR father_name IS NULL OR remarks IS NULL)
		FROM births`).Scan(&blank, &null)
	if err != nil {
		t.Fatal(err)
	}
	if blank != 0 || null == 0 {
		t.Errorf("%d records hold an empty text and %d a NULL, want none and some", blank, null)
	}
}

// The file itself refuses what a register cannot hold.
func TestSchemaRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "births.db")
	write(t, path, 1, 1)
	db := open(t, path)
	for what, update := range map[string]string{
		"a second record of a number": "INSERT INTO births SELECT * FROM births",
		"registered before birth":     "UPDATE births SET registered_on = '2019-03-06'",
		"an unknown sex":              "UPDATE births SET sex = 'f'",
		"a name that is no text":      "UPDATE births SET given_names = x'ff'",
		"no name":                     "UPDATE births SET given_names = NULL",
	} {
		if _, err := db.Exec(update); err == nil {
			t.Errorf("%s was let in", what)
		}
	}
	if got := read(t, path); !cmp.Equal(got, []civil.Birth{civil.Known()}) {
		t.Errorf("the record changed: %+v", got)
	}
}

func TestWriteLeavesAnExistingFileAlone(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "births.db")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(folder, "dangling")
	if err := os.Symlink("nowhere", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, link, folder} {
		if err := civil.Write(t.Context(), path, 10, 1); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v, want fs.ErrExist", filepath.Base(path), err)
		}
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "precious" {
		t.Errorf("the file now holds %q (%v)", data, err)
	}
}

func TestWriteLeavesNothingWhenItFails(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	hurried, done := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer done()
	for _, test := range []struct {
		name string
		ctx  context.Context
		file string
		rows int
		want error
	}{
		{"stopped", stopped, "births.db", 10, context.Canceled},
		{"stopped midway", hurried, "births.db", civil.MaxRows, context.DeadlineExceeded},
		{"no rows", t.Context(), "births.db", 0, civil.ErrRows},
		{"no folder", t.Context(), "none/births.db", 10, fs.ErrNotExist},
	} {
		folder := t.TempDir()
		if err := civil.Write(test.ctx, filepath.Join(folder, test.file), test.rows, 1); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if left := names(t, folder); len(left) != 0 {
			t.Errorf("%s: left behind %q", test.name, left)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	folder := b.TempDir()
	for b.Loop() {
		path := filepath.Join(folder, "births.db")
		write(b, path, rows, 1)
		if err := os.Remove(path); err != nil {
			b.Fatal(err)
		}
	}
}
