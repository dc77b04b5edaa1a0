// Package anchortest is what the tests of every anchor share: checkpoints of
// a log, and the contract that each anchor keeps.
package anchortest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/issuer/anchor"
)

// Origin is the name of the log.
const Origin = "registry.example/log"

// Checkpoint returns the issuer's checkpoint of so many records.
func Checkpoint(size uint64) []byte { return signed("log", Origin, size, "") }

// Forked returns one of a log with other records.
func Forked(size uint64) []byte { return signed("log", Origin, size, "forked") }

// Foreign returns one that another signed.
func Foreign(size uint64) []byte { return signed("another", Origin, size, "") }

// Elsewhere returns the issuer's checkpoint of another log.
func Elsewhere(size uint64) []byte { return signed("log", "elsewhere.example/log", size, "") }

// signed returns a checkpoint over a hash that stands for records.
func signed(name, origin string, size uint64, records string) []byte {
	sum := sha256.Sum256([]byte(records + strconv.FormatUint(size, 10)))
	text := fmt.Sprintf("%s\n%d\n%s\n", origin, size, base64.StdEncoding.EncodeToString(sum[:]))
	checkpoint, err := note.Sign(&note.Note{Text: text}, signer{verifier(name, origin), name})
	if err != nil {
		panic(err) // only for an origin that cannot be one
	}
	return checkpoint
}

// signer signs notes with the key of a name.
type signer struct {
	note.Verifier
	key string
}

func (s signer) Sign(text []byte) ([]byte, error) {
	return ed25519.Sign(credtest.Key(s.key), text), nil
}

func verifier(name, origin string) note.Verifier {
	encoded, err := note.NewEd25519VerifierKey(origin, credtest.Key(name).Public().(ed25519.PublicKey))
	if err != nil {
		panic(err) // only for an origin that cannot be one
	}
	v, err := note.NewVerifier(encoded)
	if err != nil {
		panic(err)
	}
	return v
}

// Own judges for the issuer.
func Own(checkpoint []byte) error {
	origin, _, _ := strings.Cut(string(checkpoint), "\n")
	if origin != Origin && origin != "elsewhere.example/log" {
		return errors.New("the origin is not the issuer's")
	}
	_, err := note.Open(checkpoint, note.VerifierList(verifier("log", origin)))
	return err
}

// Hash returns what [anchor.Read] gives for the hash of a checkpoint.
func Hash(size uint64) string {
	sum := sha256.Sum256([]byte(strconv.FormatUint(size, 10)))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Run holds an anchor against the contract. fresh returns one with a new place
// to keep checkpoints in, again another one for the place that fresh gave last.
func Run(t *testing.T, fresh, again func(*testing.T) anchor.Anchor) {
	t.Run("goes on", func(t *testing.T) { goesOn(t, fresh(t), again) })
	t.Run("conflicts", func(t *testing.T) { conflicts(t, fresh(t), again(t)) })
	t.Run("no checkpoint", func(t *testing.T) { noCheckpoint(t, fresh(t)) })
	t.Run("cancelled", func(t *testing.T) { cancelled(t, fresh(t)) })
}

func goesOn(t *testing.T, a anchor.Anchor, again func(*testing.T) anchor.Anchor) {
	if got, err := a.Newest(t.Context()); !errors.Is(err, anchor.ErrNone) || got != nil {
		t.Fatalf("an empty place: got %q, %v", got, err)
	}
	for _, size := range []uint64{0, 1, 1, 9, 10, 11, 999, 1_000_000_000_000} {
		if err := a.Put(t.Context(), Checkpoint(size)); err != nil {
			t.Fatalf("%d records: %v", size, err)
		}
		for name, reader := range map[string]anchor.Anchor{"the same": a, "another": again(t)} {
			if got, err := reader.Newest(t.Context()); err != nil || !bytes.Equal(got, Checkpoint(size)) {
				t.Fatalf("%d records, read by %s: got %q, %v", size, name, got, err)
			}
		}
	}
}

func conflicts(t *testing.T, a, other anchor.Anchor) {
	if err := a.Put(t.Context(), Checkpoint(10)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		checkpoint []byte
		kind       error
	}{
		"fewer records":        {Checkpoint(9), anchor.ErrRolledBack},
		"no records":           {Checkpoint(0), anchor.ErrRolledBack},
		"other records":        {Forked(10), anchor.ErrForked},
		"another log":          {Elsewhere(11), anchor.ErrOrigin},
		"fewer, other records": {Forked(3), anchor.ErrRolledBack},
	} {
		for who, a := range map[string]anchor.Anchor{"who put it": a, "another": other} {
			err := a.Put(t.Context(), c.checkpoint)
			var conflict *anchor.Conflict
			if !errors.Is(err, c.kind) || !errors.As(err, &conflict) {
				t.Fatalf("%s, by %s: got %v", name, who, err)
			}
			if !bytes.Equal(conflict.Kept, Checkpoint(10)) || !bytes.Equal(conflict.Given, c.checkpoint) {
				t.Errorf("%s, by %s: the evidence is %q and %q", name, who, conflict.Kept, conflict.Given)
			}
			if got, err := a.Newest(t.Context()); err != nil || !bytes.Equal(got, Checkpoint(10)) {
				t.Errorf("%s, by %s: left %q, %v", name, who, got, err)
			}
		}
	}
}

func noCheckpoint(t *testing.T, a anchor.Anchor) {
	for _, data := range []string{"", "\n", "origin\n1\n", fmt.Sprintf("origin\n1\n%s\n", Hash(1)), fmt.Sprintf("origin\n-1\n%s\n\n— a b\n", Hash(1))} {
		if err := a.Put(t.Context(), []byte(data)); !errors.Is(err, anchor.ErrCheckpoint) {
			t.Errorf("%q: got %v", data, err)
		}
	}
	if _, err := a.Newest(t.Context()); !errors.Is(err, anchor.ErrNone) {
		t.Errorf("they left something: %v", err)
	}
}

func cancelled(t *testing.T, a anchor.Anchor) {
	ctx, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	if err := a.Put(ctx, Checkpoint(1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("put: got %v", err)
	}
	if _, err := a.Newest(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("newest: got %v", err)
	}
}
