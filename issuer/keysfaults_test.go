package issuer_test

import (
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
)

// endsAfter is randomness that ends after some reads.
type endsAfter struct {
	mu   sync.Mutex
	left int
}

var errEnded = errors.New("no more randomness")

func (e *endsAfter) Read(data []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.left--; e.left < 0 {
		return 0, errEnded
	}
	return io.ReadFull(rand.Reader, data)
}

// TestRotationStops: wherever a start with exchanged keys is stopped, the next one
// goes on, and the log tells each change once.
func TestRotationStops(t *testing.T) {
	want := []string{"signing.key active", "next.key active", "selective.key active", "signing.key published"}
	stopped := 0
	for reads := 0; ; reads++ {
		r := newRotating(t)
		must(t, r.start(t, issuertest.KeyFile).Close())
		r.clock.Advance(time.Minute)
		text := strings.Replace(r.text, "signing_key: "+issuertest.KeyFile, "signing_key: next.key", 1) + "\nkeys: [{key: signing.key}]\n"
		must(t, os.WriteFile(filepath.Join(r.dir, issuertest.ConfigFile), []byte(text), 0o600))
		i, err := issuer.Open(t.Context(), issuertest.Load(t, r.dir), issuer.Environment{Now: r.clock.Now, Random: &endsAfter{left: reads}})
		if err == nil {
			must(t, i.Close())
			break
		}
		if !errors.Is(err, errEnded) {
			t.Fatal(err)
		}
		stopped++
		if reads%2 == 1 { // somebody puts the configuration back first
			i, err = r.try(t, issuertest.KeyFile, selectiveFile)
			must(t, err)
			must(t, i.Close())
			r.clock.Advance(time.Minute)
			i = r.start(t, "next.key", "{key: signing.key}")
			if changes := r.changes(t, i); changes[len(changes)-1] != "signing.key published" {
				t.Errorf("put back after %d reads: %q", reads, changes)
			}
			must(t, i.Close())
			continue
		}
		i = r.start(t, "next.key", "{key: signing.key}")
		if diff := cmp.Diff(want, r.changes(t, i)); diff != "" {
			t.Errorf("stopped after %d reads: %s", reads, diff)
		}
		accepted(t, answer(t, i, known()).Bytes, r.bundle(t, i, "next.key"), r.clock.Now())
		must(t, i.Close())
	}
	if stopped < 2 {
		t.Errorf("stopped at %d places only", stopped)
	}
}

// outgoing is what the world gets of an issuer at one time.
type outgoing struct {
	mu          sync.Mutex
	credentials [][]byte
	bundles     []*bundle.Bundle
}

// load has several ask at once while others fetch the bundle.
func (l *outgoing) load(t *testing.T, r *rotating, i *issuer.Issuer, file string) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 4 {
				a, err := i.Answer(t.Context(), known())
				data, err2 := i.Bundle(t.Context())
				if err := errors.Join(err, err2); err != nil {
					t.Error(err)
					return
				}
				b, err := bundle.Open(data, r.keys[file])
				if err != nil {
					t.Error(err)
					return
				}
				l.mu.Lock()
				l.credentials, l.bundles = append(l.credentials, a.Bytes), append(l.bundles, b)
				l.mu.Unlock()
			}
		})
	}
	all.Wait()
}

// TestRotationUnderLoad: of all that was released while keys were announced,
// exchanged and withdrawn, each credential verifies by each bundle of that time
// and later, and those of the exchange by the bundles before it too.
func TestRotationUnderLoad(t *testing.T) {
	r := newRotating(t)
	var all outgoing
	ends := []int{0}
	for _, phase := range []struct {
		signing string
		keys    []string
	}{
		{issuertest.KeyFile, []string{"{key: next.key}"}},
		{"next.key", []string{"{key: signing.key}", "{key: third.key}"}},
		{"third.key", []string{r.public(t, issuertest.KeyFile, ""), "{key: next.key}"}},
	} {
		i := r.start(t, phase.signing, phase.keys...)
		all.load(t, r, i, phase.signing)
		must(t, i.Close())
		ends = append(ends, len(all.credentials))
	}
	for from, credential := range all.credentials {
		phase, _ := slices.BinarySearch(ends[1:], from+1)
		for at := ends[max(phase-1, 0)]; at < len(all.bundles); at += 13 {
			policy := policyOf(all.bundles[at], r.clock.Now())
			policy.Status = verifier.Ignore[string]()
			report, err := verifier.Verify(t.Context(), credential, policy)
			if err != nil || report.Verdict() != verifier.VerdictAccepted {
				t.Fatalf("credential %d of phase %d by bundle %d: %v, %+v", from, phase, at, err, report)
			}
		}
	}
	if len(all.credentials) != 3*4*4 {
		t.Errorf("%d credentials", len(all.credentials))
	}
}
