// Package ror_test issues from a part of the real register, with the example's
// own configuration and the real commands' packages.
package ror_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/source/csvimport"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/status"
)

const profile = "research-organization"

// row is one organization of the register, by column.
type row map[string]string

// sample returns some hundred rows of the register: the first, and the first
// withdrawn ones.
func sample(t *testing.T) (header []string, rows []row) {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(testdata.Read(t, "data/ror/ror.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header = records[0]
	withdrawn := 0
	for n, record := range records[1:] {
		r := row{}
		for i, name := range header {
			r[name] = record[i]
		}
		if r["status"] == "withdrawn" {
			withdrawn++
		}
		if n < 250 || r["status"] == "withdrawn" && withdrawn <= 20 {
			rows = append(rows, r)
		}
	}
	return header, rows
}

// setUp imports rows into a copy of the example and opens its issuer.
func setUp(t *testing.T, header []string, rows []row) (dir string, i *issuer.Issuer) {
	t.Helper()
	dir = t.TempDir()
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	lines := [][]string{header}
	for _, r := range rows {
		line := make([]string, len(header))
		for n, name := range header {
			line[n] = r[name]
		}
		lines = append(lines, line)
	}
	if err := w.WriteAll(lines); err != nil {
		t.Fatal(err)
	}
	_, err := csvimport.Import(t.Context(), &text, filepath.Join(dir, "ror.db"), csvimport.Options{Table: "organizations", Key: "ror_id"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"chancery.yaml", "context.jsonld"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := key.Create(filepath.Join(dir, "signing.key"), rand.Reader); err != nil {
		t.Fatal(err)
	}
	loaded, err := config.Load(filepath.Join(dir, "chancery.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	i, err = issuer.Open(t.Context(), loaded, issuer.Environment{Now: time.Now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Close() })
	return dir, i
}

// verifyAll returns the report of each credential by the organization it is
// about.
func verifyAll(t *testing.T, i *issuer.Issuer, dir string) map[string]*verifier.Report {
	t.Helper()
	packed, err := i.Bundle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	public, err := did.KeyFrom(i.ID())
	if err != nil {
		t.Fatal(err)
	}
	opened, err := bundle.Open(packed, public)
	if err != nil {
		t.Fatal(err)
	}
	v, err := verifier.New(verifier.Policy{
		Now: time.Now(), Issuer: verifier.Expect(i.ID()), Status: verifier.Expect(status.Revocation),
		Freshness: verifier.Expect(time.Hour), Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](),
		LogReceipt: verifier.Ignore[string](), Bundles: []*bundle.Bundle{opened},
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "[^.]*.json"))
	if err != nil {
		t.Fatal(err)
	}
	reports := map[string]*verifier.Report{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		report, err := v.Verify(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := report.Unverified().Subjects[0]["id"].(string)
		reports[id] = report
	}
	return reports
}

func TestRegister(t *testing.T) {
	header, rows := sample(t)
	dir, i := setUp(t, header, rows)
	out := filepath.Join(dir, "credentials")

	stopped, stop := context.WithCancel(t.Context())
	_, err := i.IssueAll(stopped, issuer.Batch{Profile: profile, Dir: out, Progress: func(done, _ int) {
		if done == len(rows)/2 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped halfway: %v", err)
	}
	result, err := i.IssueAll(t.Context(), issuer.Batch{Profile: profile, Dir: out})
	if err != nil || result.Failed != 0 || result.Issued+result.Before != len(rows) || result.Before < len(rows)/2 {
		t.Fatalf("got %+v, %v", result, err)
	}

	reports := verifyAll(t, i, out)
	if len(reports) != len(rows) {
		t.Fatalf("%d credentials of %d organizations", len(reports), len(rows))
	}
	for _, r := range rows {
		checkClaims(t, r, reports[r["ror_id"]])
	}

	var withdrawn []string
	for _, r := range rows {
		if r["status"] == "withdrawn" {
			withdrawn = append(withdrawn, r["ror_id"])
		}
	}
	revoked, err := i.RevokeRecords(t.Context(), profile, withdrawn)
	if err != nil || revoked.Revoked != len(withdrawn) || len(withdrawn) < 20 {
		t.Fatalf("got %+v of %d, %v", revoked, len(withdrawn), err)
	}
	for id, report := range verifyAll(t, i, out) {
		want := verifier.VerdictAccepted
		if slices.Contains(withdrawn, id) {
			want = verifier.VerdictRefused
		}
		if got := report.Verdict(); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

// checkClaims holds what a credential says against the row: what the profile
// takes, and nothing else.
func checkClaims(t *testing.T, r row, report *verifier.Report) {
	t.Helper()
	if report == nil || report.Verified() == nil {
		t.Errorf("%s: no accepted credential", r["ror_id"])
		return
	}
	want := map[string]string{
		"id": r["ror_id"], "name": r["name"], "registerStatus": r["status"], "country": r["country_name"],
		"established": r["established"], "website": r["website"], "types": r["types"],
	}
	got := report.Verified().Subjects()[0]
	for name, value := range got {
		text, _ := value.(string)
		if items, ok := value.([]any); ok {
			var texts []string
			for _, item := range items {
				texts = append(texts, item.(string))
			}
			text = strings.Join(texts, "; ")
		}
		if want[name] == "" || text != want[name] {
			t.Errorf("%s: %s says %q, the register %q", r["ror_id"], name, text, want[name])
		}
		delete(want, name)
	}
	for name, value := range want {
		if value != "" {
			t.Errorf("%s: %s is left out", r["ror_id"], name)
		}
	}
}
