package issuer_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/approval"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// serial returns the configuration of a folder as approved under a number, by a
// manifest of this text and under approvers of that one.
func serial(t *testing.T, dir string, n uint64, manifest, terms string, ends bool) *config.Config {
	t.Helper()
	c := issuertest.Load(t, dir)
	a := config.Approval{
		Serial: n, Manifest: []byte(manifest), Signatures: []byte("signed"), Terms: terms, Ends: ends,
		Approvers: []string{"Anna SHA256:a", "Bert SHA256:b"},
	}
	c.Approve(a, map[string][]byte{})
	return c
}

// TestSerials: no configuration comes back that was approved once, also after
// restarts; none comes that nobody approved; and the log has who did.
func TestSerials(t *testing.T) {
	dir := issuertest.Folder(t, 1)
	none := issuertest.Load(t, dir)
	for _, step := range []struct {
		name    string
		c       *config.Config
		refused bool
	}{
		{"nobody is asked", none, false},
		{"the first that is approved", serial(t, dir, 3, "third", "two of three", false), false},
		{"the same again", serial(t, dir, 3, "third", "two of three", false), false},
		{"one that nobody approved", none, true},
		{"a former one", serial(t, dir, 2, "second", "two of three", false), true},
		{"another of the same number", serial(t, dir, 3, "other", "two of three", false), true},
		{"the same, said to be the last", serial(t, dir, 3, "third", "two of three", true), true},
		{"a later one", serial(t, dir, 9, "ninth", "two of three", false), false},
		{"the former one again", serial(t, dir, 3, "third", "two of three", false), true},
		{"under other approvers", serial(t, dir, 9, "ninth", "one of one", false), false},
		{"the last one", serial(t, dir, 10, "tenth", "one of one", true), false},
		{"nobody is asked any more", none, false},
		{"a former one, after the last", serial(t, dir, 9, "ninth", "one of one", false), true},
	} {
		if err := open(step.c, rand.Reader); errors.Is(err, approval.ErrNotApproved) != step.refused || (err != nil) != step.refused {
			t.Fatalf("%s: %v", step.name, err)
		}
	}
	by := []string{"Anna SHA256:a", "Bert SHA256:b"}
	var approvers [][]string
	var proofs []string
	for _, r := range inFile(t, dir) {
		if r.Kind == logproof.Configuration {
			approvers, proofs = append(approvers, r.Approvers), append(proofs, r.Proof)
		}
	}
	if diff := cmp.Diff([][]string{nil, by, by, by, by, nil}, approvers); diff != "" {
		t.Error(diff)
	}
	third, ninth, tenth := logproof.HashOf([]byte("third")).String(), logproof.HashOf([]byte("ninth")).String(), logproof.HashOf([]byte("tenth")).String()
	if diff := cmp.Diff([]string{"", third, ninth, ninth, tenth, ""}, proofs); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{third, ninth, tenth} {
		base := filepath.Join(dir, "state", issuer.ConfigurationFolder, name)
		manifest, err := os.ReadFile(base + approval.ManifestSuffix)
		must(t, err)
		signatures, err := os.ReadFile(base + approval.SignatureSuffix)
		must(t, err)
		if logproof.HashOf(manifest).String() != name || string(signatures) != "signed" {
			t.Errorf("%s: %q, %q", name, manifest, signatures)
		}
	}
}

// TestStoppedBeforeForce: a start that comes to nothing, wherever it is stopped,
// leaves the former configuration the last one: it can be taken up again.
func TestStoppedBeforeForce(t *testing.T) {
	dir := issuertest.Folder(t, 1)
	former, next := serial(t, dir, 1, "first", "two of three", false), serial(t, dir, 2, "second", "two of three", false)
	for reads := 0; ; reads++ {
		must(t, open(former, rand.Reader))
		err := open(next, &endsAfter{left: reads})
		if err == nil {
			break
		}
		if !errors.Is(err, errEnded) {
			t.Fatal(err)
		}
	}
	if err := open(former, rand.Reader); !errors.Is(err, approval.ErrNotApproved) {
		t.Errorf("the former one comes back: %v", err)
	}
}

// TestRefusedConfigurationIsTold: while another configuration was refused the
// issuer is ready, and in doubt.
func TestRefusedConfigurationIsTold(t *testing.T) {
	i, _, _ := setUp(t, 1)
	condition := func() issuer.Condition {
		for _, c := range i.Ready(t.Context()).Conditions {
			if c.Name == "configuration" {
				return c
			}
		}
		return issuer.Condition{}
	}
	if c := condition(); c.Name != "" {
		t.Errorf("%+v", c)
	}
	i.NoteRefused(errors.New("nobody approved it"))
	want := issuer.Condition{Name: "configuration", State: issuer.StateDoubt, Reason: "there is another one, and the former stays in force: nobody approved it"}
	if diff := cmp.Diff(want, condition()); diff != "" || !i.Ready(t.Context()).Ready {
		t.Error(diff)
	}
}
