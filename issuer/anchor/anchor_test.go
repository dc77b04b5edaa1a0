package anchor_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/anchortest"
)

func TestRead(t *testing.T) {
	got, err := anchor.Read(anchortest.Checkpoint(42))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(anchor.Head{Origin: anchortest.Origin, Size: 42, Hash: anchortest.Hash(42)}, got); diff != "" {
		t.Error(diff)
	}
	extended := bytes.Replace(anchortest.Checkpoint(42), []byte("=\n\n"), []byte("=\nextension\n\n"), 1)
	if got, err := anchor.Read(extended); err != nil || got.Size != 42 {
		t.Errorf("with an extension line: got %+v, %v", got, err)
	}
}

func TestReadRefuses(t *testing.T) {
	whole := string(anchortest.Checkpoint(42))
	for name, text := range map[string]string{
		"nothing":             "",
		"no signature":        whole[:strings.Index(whole, "\n\n")+1],
		"no end":              strings.TrimSuffix(whole, "\n"),
		"no origin":           strings.Replace(whole, anchortest.Origin, "", 1),
		"two lines":           strings.Replace(whole, "42\n", "", 1),
		"a negative size":     strings.Replace(whole, "\n42\n", "\n-42\n", 1),
		"a size with a zero":  strings.Replace(whole, "\n42\n", "\n042\n", 1),
		"a size with a sign":  strings.Replace(whole, "\n42\n", "\n+42\n", 1),
		"a size of 64 bits":   strings.Replace(whole, "\n42\n", "\n9223372036854775808\n", 1),
		"a hash that is none": strings.Replace(whole, anchortest.Hash(42), "not base64", 1),
		"too large":           whole + strings.Repeat("— a b\n", anchor.MaxCheckpointBytes),
	} {
		if got, err := anchor.Read([]byte(text)); !errors.Is(err, anchor.ErrCheckpoint) || got != (anchor.Head{}) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

// TestTruncated: no part of a checkpoint is one that the issuer signed.
func TestTruncated(t *testing.T) {
	whole := anchortest.Checkpoint(42)
	for n := range whole {
		if _, err := anchor.Read(whole[:n]); err == nil && anchortest.Own(whole[:n]) == nil {
			t.Errorf("the first %d bytes of %d were taken", n, len(whole))
		}
	}
}

func TestFollow(t *testing.T) {
	for name, c := range map[string]struct {
		kept, given []byte
		isNew       bool
		kind        error
	}{
		"the first":     {nil, anchortest.Checkpoint(0), true, nil},
		"the same":      {anchortest.Checkpoint(5), anchortest.Checkpoint(5), false, nil},
		"longer":        {anchortest.Checkpoint(5), anchortest.Forked(6), true, nil}, // which takes a proof to know
		"shorter":       {anchortest.Checkpoint(5), anchortest.Checkpoint(4), false, anchor.ErrRolledBack},
		"other records": {anchortest.Checkpoint(5), anchortest.Forked(5), false, anchor.ErrForked},
		"another log":   {anchortest.Checkpoint(5), anchortest.Elsewhere(5), false, anchor.ErrOrigin},
		"not one":       {anchortest.Checkpoint(5), []byte("x"), false, anchor.ErrCheckpoint},
		"none before":   {[]byte("x"), anchortest.Checkpoint(5), false, anchor.ErrCheckpoint},
	} {
		isNew, err := anchor.Follow(c.kept, c.given)
		if isNew != c.isNew || !errors.Is(err, c.kind) {
			t.Errorf("%s: got %v, %v", name, isNew, err)
		}
	}
}

// TestFollowIsOrdered: of two checkpoints of a log one follows the other, and
// both only if they are of one length.
func TestFollowIsOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64Range(0, 1<<62).Draw(t, "a"), rapid.Uint64Range(0, 1<<62).Draw(t, "b")
		_, forth := anchor.Follow(anchortest.Checkpoint(a), anchortest.Checkpoint(b))
		_, back := anchor.Follow(anchortest.Checkpoint(b), anchortest.Checkpoint(a))
		if (forth == nil) != (a <= b) || (back == nil) != (b <= a) {
			t.Fatalf("%d, %d: %v, %v", a, b, forth, back)
		}
	})
}

func TestRemains(t *testing.T) {
	had := anchortest.Checkpoint(5)
	for name, c := range map[string]struct {
		has  []byte
		want bool
	}{
		"the same": {had, true}, "longer": {anchortest.Checkpoint(6), true},
		"shorter": {anchortest.Checkpoint(4), false}, "nothing": {nil, false}, "another": {anchortest.Forked(5), false},
	} {
		if err := anchor.Remains(had, c.has); (err == nil) != c.want || !c.want && !errors.Is(err, anchor.ErrCut) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := anchor.Remains(nil, nil); err != nil {
		t.Errorf("before anything was kept: %v", err)
	}
}

// TestConflictSays: a person reads both numbers, and no line break of a forged
// origin.
func TestConflictSays(t *testing.T) {
	_, err := anchor.Follow(anchortest.Checkpoint(12), anchortest.Checkpoint(7))
	for _, want := range []string{"rolled back", "12 records", "7 records", anchortest.Hash(12), "keep both"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %q: %v", want, err)
		}
	}
}
