package anchor_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/anchortest"
)

// fixed is an anchor that has one checkpoint, or one error.
type fixed struct {
	checkpoint []byte
	err        error
}

func (f fixed) Put(context.Context, []byte) error      { return f.err }
func (f fixed) Newest(context.Context) ([]byte, error) { return f.checkpoint, f.err }
func placeOf(name string, checkpoint []byte) anchor.Place {
	return anchor.Place{Name: name, Anchor: fixed{checkpoint, nil}}
}

var errUnreachable = errors.New("no route to host")

func TestCheck(t *testing.T) {
	errProof := fmt.Errorf("%w: the proof does not fit", anchor.ErrForked)
	errRead := errors.New("read the log")
	for name, c := range map[string]struct {
		places     []anchor.Place
		consistent error
		kinds      []error // that stop
		warned     int
	}{
		"no anchor":            {nil, nil, nil, 0},
		"an empty one":         {[]anchor.Place{{Name: "a", Anchor: fixed{nil, anchor.ErrNone}}}, nil, nil, 0},
		"the same":             {[]anchor.Place{placeOf("a", anchortest.Checkpoint(10))}, nil, nil, 0},
		"an older one":         {[]anchor.Place{placeOf("a", anchortest.Checkpoint(3))}, nil, nil, 0},
		"an older one, forked": {[]anchor.Place{placeOf("a", anchortest.Checkpoint(3))}, errProof, []error{anchor.ErrForked}, 0},
		"a log not readable":   {[]anchor.Place{placeOf("a", anchortest.Checkpoint(3))}, errRead, []error{errRead}, 0},
		"rolled back":          {[]anchor.Place{placeOf("a", anchortest.Checkpoint(11))}, nil, []error{anchor.ErrRolledBack}, 0},
		"rewritten":            {[]anchor.Place{placeOf("a", anchortest.Forked(10))}, nil, []error{anchor.ErrForked}, 0},
		"another log's":        {[]anchor.Place{placeOf("a", anchortest.Elsewhere(10))}, nil, []error{anchor.ErrOrigin}, 0},
		"unreachable":          {[]anchor.Place{{Name: "a", Anchor: fixed{nil, errUnreachable}}}, nil, nil, 1},
		"damaged":              {[]anchor.Place{{Name: "a", Anchor: fixed{nil, anchor.ErrDamaged}}}, nil, nil, 1},
		"unreachable, another tells": {
			[]anchor.Place{{Name: "a", Anchor: fixed{nil, errUnreachable}}, placeOf("b", anchortest.Checkpoint(11))}, nil, []error{anchor.ErrRolledBack}, 1,
		},
		"two tell": {
			[]anchor.Place{placeOf("a", anchortest.Forked(10)), placeOf("b", anchortest.Checkpoint(11))}, nil, []error{anchor.ErrForked, anchor.ErrRolledBack}, 0,
		},
	} {
		warned := 0
		err := anchor.Check(t.Context(), c.places, anchortest.Checkpoint(10), func([]byte) error { return c.consistent }, func(place string, _ error) {
			if warned++; place != "a" {
				t.Errorf("%s: warned of %s", name, place)
			}
		})
		if (err == nil) != (c.kinds == nil) || warned != c.warned {
			t.Errorf("%s: got %v, and %d warnings", name, err, warned)
		}
		for _, kind := range c.kinds {
			if !errors.Is(err, kind) || !strings.Contains(err.Error(), "anchor ") {
				t.Errorf("%s: got %v, want %v", name, err, kind)
			}
		}
	}
}

// hung never answers.
type hung struct{}

func (hung) Put(ctx context.Context, _ []byte) error    { <-ctx.Done(); return context.Cause(ctx) }
func (hung) Newest(ctx context.Context) ([]byte, error) { <-ctx.Done(); return nil, context.Cause(ctx) }
func consistent([]byte) error                           { return nil }

// TestCheckEnds: a place that never answers is left, and others are not held up.
func TestCheckEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, warned := time.Now(), ""
		places := []anchor.Place{{Name: "hung", Anchor: hung{}}, {Name: "hung too", Anchor: hung{}}, placeOf("tells", anchortest.Checkpoint(11))}
		err := anchor.Check(t.Context(), places, anchortest.Checkpoint(10), consistent, func(place string, err error) {
			warned += place + ": " + err.Error() + "; "
		})
		if !errors.Is(err, anchor.ErrRolledBack) || warned != "hung: context deadline exceeded; hung too: context deadline exceeded; " {
			t.Errorf("got %v, and %s", err, warned)
		}
		if took := time.Since(began); took != anchor.MaxWait {
			t.Errorf("it took %s", took)
		}
	})
}
