package issuer_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Names in a batch's folder.
const (
	manifest = ".chancery-batch.json"
	staged   = ".staged"
)

// released returns the credentials in a batch's folder, by name.
func released(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") || strings.HasSuffix(entry.Name(), logproof.ReceiptExtension) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		must(t, err)
		files[entry.Name()] = data
	}
	return files
}

// matches fails the test unless the log's answers are the files of folders,
// each once.
func matches(t *testing.T, records []logproof.Record, dirs ...string) {
	t.Helper()
	answered := map[string]string{}
	for _, r := range records {
		if r.Kind != logproof.Answered {
			continue
		}
		name := strings.TrimPrefix(r.Credential, "urn:uuid:") + ".json"
		if _, twice := answered[name]; twice {
			t.Errorf("%s was answered twice", name)
		}
		answered[name] = r.Released
	}
	files := map[string]string{}
	for _, dir := range dirs {
		for name, data := range released(t, dir) {
			files[name] = logproof.HashOf(data).String()
		}
		if left, err := os.ReadDir(filepath.Join(dir, staged)); err != nil || len(left) > 0 {
			t.Errorf("%d files are still staged: %v", len(left), err)
		}
	}
	if diff := cmp.Diff(answered, files); diff != "" {
		t.Errorf("log and files: %s", diff)
	}
}

func issueAll(t *testing.T, i *issuer.Issuer, dir string) issuer.BatchResult {
	t.Helper()
	result, err := i.IssueAll(t.Context(), issuer.Batch{Profile: birth, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestBatch(t *testing.T) {
	const rows = 40
	i, dir, clock := setUp(t, rows)
	out := filepath.Join(dir, "out")
	var steps []string
	result, err := i.IssueAll(t.Context(), issuer.Batch{Profile: birth, Dir: out, Progress: func(done, total int) {
		steps = append(steps, fmt.Sprintf("%d of %d", done, total))
	}})
	must(t, err)
	if diff := cmp.Diff(issuer.BatchResult{Total: rows, Issued: rows}, result); diff != "" {
		t.Error(diff)
	}
	for n, step := range steps {
		if want := fmt.Sprintf("%d of %d", n+1, rows); step != want {
			t.Errorf("progress %d: %s", n, step)
		}
	}
	if len(steps) != rows {
		t.Errorf("%d steps of progress", len(steps))
	}
	matches(t, inFile(t, dir), out)
	everyRecord(t, out, rows)
	b := bundleOf(t, i, dir)
	for _, credential := range released(t, out) {
		accepted(t, credential, b, clock.Now())
	}
}

// everyRecord fails the test unless each birth of the register has one
// credential in the folder.
func everyRecord(t *testing.T, out string, rows int) {
	t.Helper()
	want, got := map[string]int{}, map[string]int{}
	for _, b := range issuertest.Births(t, rows) {
		want[b.GivenNames+"|"+b.FamilyName+"|"+b.DateOfBirth+"|"+b.PlaceOfBirth]++
	}
	for _, data := range released(t, out) {
		var c struct {
			Subject struct{ GivenNames, FamilyName, BirthDate, BirthPlace string } `json:"credentialSubject"`
		}
		must(t, json.Unmarshal(data, &c))
		got[c.Subject.GivenNames+"|"+c.Subject.FamilyName+"|"+c.Subject.BirthDate+"|"+c.Subject.BirthPlace]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBatchAgainIssuesNothing(t *testing.T) {
	i, dir, _ := setUp(t, 10)
	out := filepath.Join(dir, "out")
	issueAll(t, i, out)
	must(t, os.Remove(filepath.Join(out, staged))) // it is empty, and was tidied away
	before, size := released(t, out), len(inFile(t, dir))
	if diff := cmp.Diff(issuer.BatchResult{Total: 10, Before: 10}, issueAll(t, i, out)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, released(t, out)); diff != "" || len(inFile(t, dir)) != size {
		t.Errorf("the second run changed something: %s", diff)
	}
}

func TestBatchGoesOnAfterAStop(t *testing.T) {
	const rows = 100
	i, dir, _ := setUp(t, rows)
	out := filepath.Join(dir, "out")
	stops := 0
	for limit := 20; ; stops++ {
		ctx, cancel := context.WithCancel(t.Context())
		progressed := 0
		result, err := i.IssueAll(ctx, issuer.Batch{Profile: birth, Dir: out, Progress: func(int, int) {
			if progressed++; progressed == limit*(stops+1) {
				cancel()
			}
		}})
		cancel()
		if err == nil {
			if result.Issued+result.Before != rows || result.Failed != 0 {
				t.Errorf("%+v", result)
			}
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if result.Failed != 0 {
			t.Errorf("records were refused by a stop: %+v", result)
		}
	}
	if stops == 0 {
		t.Error("it was never stopped")
	}
	matches(t, inFile(t, dir), out)
	everyRecord(t, out, rows)
}

func TestBatchNamesRefusedRecords(t *testing.T) {
	dir := issuertest.Folder(t, 60)
	issuertest.Loosen(t, dir,
		"INSERT INTO births SELECT * FROM births WHERE registration_number = '2019-000042'",
		"UPDATE births SET date_of_birth = 'unknown' WHERE rowid BETWEEN 10 AND 39")
	i := issuertest.Open(t, dir, issuertest.NewClock())
	out := filepath.Join(dir, "out")
	result := issueAll(t, i, out)
	if result.Total != 60 || result.Issued != 29 || result.Failed != 31 || len(result.Refused) != issuer.MaxRefusedRecords {
		t.Errorf("%+v", result)
	}
	for _, refused := range result.Refused {
		if refused.Key == "" || tells(refused.Reason) || strings.Contains(refused.Reason, "unknown") {
			t.Errorf("%+v", refused)
		}
	}
	db := issuertest.Register(t, dir)
	for _, statement := range []string{
		"DELETE FROM births WHERE registration_number = '2019-000042' AND rowid > 1", "UPDATE births SET date_of_birth = '2000-01-01' WHERE date_of_birth = 'unknown'",
	} {
		_, err := db.ExecContext(t.Context(), statement)
		must(t, err)
	}
	if diff := cmp.Diff(issuer.BatchResult{Total: 60, Issued: 31, Before: 29}, issueAll(t, i, out)); diff != "" {
		t.Errorf("after they were mended: %s", diff)
	}
	matches(t, inFile(t, dir), out)
}

func TestBatchOfAnotherProfileOrCaller(t *testing.T) {
	i, dir, _ := setUp(t, 3, issuertest.Replace("operator: [birth]", "operator: []"))
	if _, err := i.IssueAll(t.Context(), issuer.Batch{Profile: birth, Dir: filepath.Join(dir, "out")}); !errors.Is(err, issuer.ErrNotAllowed) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "out")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder was made: %v", err)
	}
	if diff := cmp.Diff([]string{"configuration", "scope-proven", "refused: " + issuer.ErrNotAllowed.Error()}, short(inFile(t, dir))); diff != "" {
		t.Error(diff)
	}
}

// twoProfiles is a configuration whose second profile reads the same register.
func twoProfiles(text string) string {
	start, end := strings.Index(text, "  birth:\n"), strings.Index(text, "\n# Who may")
	text = text[:end] + strings.Replace(text[start:end], "  birth:", "  other:", 1) + text[end:]
	return strings.ReplaceAll(text, "[birth]", "[birth, other]")
}

func TestBatchFolderOfSomethingElse(t *testing.T) {
	i, dir, _ := setUp(t, 3, twoProfiles)
	elsewhere, _, _ := setUp(t, 3, issuertest.Replace("# issuer: did:key", "issuer: did:key"))
	out := func(name string) string { return filepath.Join(dir, name) }
	_, err := i.IssueAll(t.Context(), issuer.Batch{Profile: "other", Dir: out("other")})
	must(t, err)
	issueAll(t, elsewhere, out("elsewhere"))
	for name, content := range map[string]string{"letters/a letter": "text", "damaged/" + manifest: `{"batch":`, "blank/" + manifest: `{}`} {
		must(t, os.MkdirAll(filepath.Dir(out(name)), 0o700))
		must(t, os.WriteFile(out(name), []byte(content), 0o600))
	}
	for _, name := range []string{"other", "elsewhere", "letters", "damaged", "blank"} {
		before := tree(t, out(name))
		_, err := i.IssueAll(t.Context(), issuer.Batch{Profile: birth, Dir: out(name)})
		if !errors.Is(err, issuer.ErrBatch) || !strings.Contains(err.Error(), out(name)) {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(before, tree(t, out(name))); diff != "" {
			t.Errorf("%s was changed: %s", name, diff)
		}
	}
	if _, err := i.IssueAll(t.Context(), issuer.Batch{Profile: birth, Dir: out("letters/a letter")}); err == nil {
		t.Error("a file is taken for a folder")
	}
}

// tree returns what is in a folder, by path.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var paths []string
	must(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		paths = append(paths, path)
		return err
	}))
	return paths
}

// TestBatchStartCutShort: a kill while the folder is made must not leave one
// that no batch can use.
func TestBatchStartCutShort(t *testing.T) {
	i, dir, _ := setUp(t, 3)
	for name, left := range map[string]string{
		"nothing yet": "", "an empty staging folder": staged + "/", "half a manifest": ".partial-1",
	} {
		out := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Join(out, filepath.Dir(left+"x")), 0o700))
		if left != "" && !strings.HasSuffix(left, "/") {
			must(t, os.WriteFile(filepath.Join(out, left), []byte(`{"bat`), 0o600))
		}
		if result := issueAll(t, i, out); result.Issued != 3 {
			t.Errorf("%s: %+v", name, result)
		}
	}
}

func TestBatchRecovers(t *testing.T) {
	i, dir, _ := setUp(t, 5)
	out := filepath.Join(dir, "out")
	issueAll(t, i, out)
	var name string
	var data []byte
	for name, data = range released(t, out) {
		break
	}
	// As if it had been killed between the log and the release.
	must(t, os.Rename(filepath.Join(out, name), filepath.Join(out, staged, name)))
	// As if it had been killed between the staging and the log.
	unlogged := "00000000-0000-4000-8000-000000000000.json"
	must(t, os.WriteFile(filepath.Join(out, staged, unlogged), data[:len(data)/2], 0o600))
	if diff := cmp.Diff(issuer.BatchResult{Total: 5, Before: 5}, issueAll(t, i, out)); diff != "" {
		t.Error(diff)
	}
	matches(t, inFile(t, dir), out)
}

func TestBatchMissesADeletedCredential(t *testing.T) {
	i, dir, _ := setUp(t, 5)
	out := filepath.Join(dir, "out")
	issueAll(t, i, out)
	var name string
	var data []byte
	for name, data = range released(t, out) {
		break
	}
	must(t, os.Remove(filepath.Join(out, name)))
	_, err := i.IssueAll(t.Context(), issuer.Batch{Profile: birth, Dir: out})
	if !errors.Is(err, issuer.ErrBatch) || !strings.Contains(err.Error(), strings.TrimSuffix(name, ".json")) {
		t.Errorf("got %v", err)
	}
	must(t, os.WriteFile(filepath.Join(out, name), data, 0o600))
	if result := issueAll(t, i, out); result.Before != 5 {
		t.Errorf("after it was brought back: %+v", result)
	}
}

func TestTwoBatches(t *testing.T) {
	i, dir, _ := setUp(t, 5)
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second")
	for _, out := range []string{first, second} {
		if result := issueAll(t, i, out); result.Issued != 5 {
			t.Errorf("%s: %+v", out, result)
		}
	}
	matches(t, inFile(t, dir), first, second)
}

// TestBatchEndsWhenItsFolderBreaks: a folder that takes no more files is not
// the fault of the records, which are left for the next run.
func TestBatchEndsWhenItsFolderBreaks(t *testing.T) {
	const rows = 400
	i, dir, _ := setUp(t, rows)
	out := filepath.Join(dir, "out")
	result, err := i.IssueAll(t.Context(), issuer.Batch{Profile: birth, Dir: out, Progress: func(done, _ int) {
		if done == 10 {
			must(t, os.Rename(filepath.Join(out, staged), filepath.Join(out, ".elsewhere")))
		}
	}})
	if err == nil || result.Failed > 0 || result.Issued == rows {
		t.Fatalf("%+v, %v", result, err)
	}
	if n := len(inFile(t, dir)); n > rows {
		t.Errorf("it went on asking: the log has %d records", n)
	}
}

func TestBatchEndsWhenTheLogBreaks(t *testing.T) {
	i, dir, _ := setUp(t, 200)
	out := filepath.Join(dir, "out")
	result, err := i.IssueAll(t.Context(), issuer.Batch{Profile: birth, Dir: out, Progress: func(done, _ int) {
		if done == 10 {
			go i.Store().Close()
		}
	}})
	if err == nil || errors.Is(err, issuer.ErrRefused) || result.Failed > 0 {
		t.Fatalf("%+v, %v", result, err)
	}
	must(t, i.Close())
	again := issuertest.Open(t, dir, issuertest.NewClock())
	if result := issueAll(t, again, out); result.Issued+result.Before != 200 {
		t.Errorf("the next run: %+v", result)
	}
	matches(t, inFile(t, dir), out)
}
