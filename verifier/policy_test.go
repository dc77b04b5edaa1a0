package verifier_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier"
)

// optional are the fields whose zero value is the strictest.
var optional = []string{"Receipts", "Require", "AnyController", "Proofs", "Envelopes", "Algorithms", "Anchors", "Bundles", "Contexts", "Schemas", "TypeMetadata", "Resources", "Resolver", "IssuerMetadata", "Suites"}

// TestPolicySaysEverything wants each rule to be said, also those that are
// added later.
func TestPolicySaysEverything(t *testing.T) {
	complete := policyFor(t, credtest.NewIssuer(t, "registry"))
	rules := 0
	for i := range reflect.TypeFor[verifier.Policy]().NumField() {
		policy := complete
		field := reflect.ValueOf(&policy).Elem().Field(i)
		name := reflect.TypeFor[verifier.Policy]().Field(i).Name
		if slices.Contains(optional, name) {
			continue
		}
		rules++
		field.SetZero()
		if _, err := verifier.New(policy); !errors.Is(err, verifier.ErrPolicy) {
			t.Errorf("without %s: got %v", name, err)
		}
	}
	if rules != 7 {
		t.Errorf("looked at %d rules", rules)
	}
}

func TestWhatCannotBeRequired(t *testing.T) {
	policy := policyFor(t, credtest.NewIssuer(t, "registry"))
	policy.Require = []string{verifier.CheckSchema, "shema"}
	if _, err := verifier.New(policy); !errors.Is(err, verifier.ErrPolicy) {
		t.Errorf("got %v", err)
	}
}

func TestExpectingNothingIsNotARule(t *testing.T) {
	policy := policyFor(t, credtest.NewIssuer(t, "registry"))
	policy.Issuer = verifier.Expect[string]()
	if _, err := verifier.New(policy); !errors.Is(err, verifier.ErrPolicy) {
		t.Errorf("got %v", err)
	}
}

func TestEndedContextIsNoFinding(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	report, err := verifier.Verify(ctx, issuer.Signed(t), policyFor(t, issuer))
	if !errors.Is(err, context.Canceled) || report != nil {
		t.Errorf("got %v, %v", report, err)
	}
}

// TestOneVerifierForMany judges side by side with one verifier, as a command
// does; the race detector looks on.
func TestOneVerifierForMany(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	v, err := verifier.New(policyFor(t, issuer))
	if err != nil {
		t.Fatal(err)
	}
	good, bad := issuer.Signed(t), issuer.Signed(t, credtest.With("validUntil", "2026-07-01T00:00:00Z"))
	for i := range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			data, want := good, verifier.VerdictAccepted
			if i%2 == 1 {
				data, want = bad, verifier.VerdictRefused
			}
			report, err := v.Verify(t.Context(), data)
			if err != nil {
				t.Fatal(err)
			}
			wantVerdict(t, report, want)
		})
	}
}

// TestShortenedContextDoesNotSpoilTheList judges once with a context that ends
// and then again: the list that both need is still read.
func TestShortenedContextDoesNotSpoilTheList(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	v, err := verifier.New(policyFor(t, issuer))
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	if _, err := v.Verify(ended, issuer.Signed(t)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	report, err := v.Verify(t.Context(), issuer.Signed(t))
	if err != nil {
		t.Fatal(err)
	}
	wantVerdict(t, report, verifier.VerdictAccepted)
}
