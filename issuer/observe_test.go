package issuer_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/budget"
	"github.com/chancery-vc/chancery/issuer/source"
)

// noted is an observer that writes down what it is told.
type noted struct {
	name string
	said *[]string
}

type within string

func (n noted) Begin(ctx context.Context, stage issuer.Stage) (context.Context, func(issuer.End, issuer.Reason)) {
	outer, _ := ctx.Value(within(n.name)).(string)
	path := outer + "/" + string(stage)
	*n.said = append(*n.said, n.name+" "+path)
	return context.WithValue(ctx, within(n.name), path), func(end issuer.End, reason issuer.Reason) {
		*n.said = append(*n.said, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", n.name, path, end, reason)))
	}
}

// TestObservers: each is told of each stage, and where it is.
func TestObservers(t *testing.T) {
	var said []string
	all := issuer.Observers{noted{"a", &said}, noted{"b", &said}}
	ctx, answered := all.Begin(t.Context(), issuer.StageAnswer)
	_, read := all.Begin(ctx, issuer.StageSource)
	read(issuer.EndDone, issuer.ReasonNone)
	answered(issuer.EndRefused, issuer.ReasonBudgetNarrow)
	want := []string{
		"a /answer", "b /answer", "a /answer/source", "b /answer/source", "a /answer/source done", "b /answer/source done",
		"a /answer refused budget_narrow", "b /answer refused budget_narrow",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
}

// TestEndOf: each error that a caller can meet before its record is read has an
// end and, if it is one of them, a reason of the closed list.
func TestEndOf(t *testing.T) {
	for _, test := range []struct {
		err    error
		end    issuer.End
		reason issuer.Reason
	}{
		{nil, issuer.EndDone, issuer.ReasonNone},
		{&access.Denied{Code: access.CodeNone}, issuer.EndRefused, issuer.ReasonNoCredentials},
		{&access.Denied{Code: access.CodeInvalidRequest}, issuer.EndRefused, issuer.ReasonInvalidRequest},
		{&access.Denied{Code: access.CodeInvalidToken}, issuer.EndRefused, issuer.ReasonInvalidToken},
		{&access.Denied{Code: access.CodeInvalidProof}, issuer.EndRefused, issuer.ReasonInvalidProof},
		{&access.Denied{Code: access.CodeUseNonce}, issuer.EndRefused, issuer.ReasonUseNonce},
		{budget.ErrSubjects, issuer.EndRefused, issuer.ReasonBudgetRecords},
		{budget.ErrQuestions, issuer.EndRefused, issuer.ReasonBudgetQuestions},
		{budget.ErrNarrow, issuer.EndRefused, issuer.ReasonBudgetNarrow},
		{access.Limited{}, issuer.EndLimited, issuer.ReasonNone},
		{access.ErrUnavailable, issuer.EndUnavailable, issuer.ReasonNone},
		{source.ErrNone, issuer.EndRefused, issuer.ReasonNone},
		{errors.New("of a library"), issuer.EndFailed, issuer.ReasonNone},
	} {
		err := test.err
		if err != nil {
			err = fmt.Errorf("%w: %w", issuer.ErrRefused, err)
		}
		if end, reason := issuer.EndOf(err), issuer.ReasonOf(err); end != test.end || reason != test.reason {
			t.Errorf("%v ended as %q because of %q", err, end, reason)
		}
		if test.reason != issuer.ReasonNone && !slices.Contains(issuer.Reasons(), test.reason) {
			t.Errorf("%s is not in the list", test.reason)
		}
	}
}

// TestNoRecordIsAStageToo: a question about a record that is not there goes
// through the same stages as one about a record without an answer.
func TestNoRecordIsAStageToo(t *testing.T) {
	dir := issuertest.Folder(t, 3)
	issuertest.Loosen(t, dir, "UPDATE births SET date_of_birth = remarks WHERE rowid = 2")
	var said []string
	environment := issuer.Environment{Now: issuertest.NewClock().Now, Random: rand.Reader, Observer: noted{"", &said}}
	i, err := issuer.Open(t.Context(), issuertest.Load(t, dir), environment)
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	stages := func(key string) []string {
		said = nil
		if _, err := i.Answer(t.Context(), issuer.Question{Caller: issuer.Operator, Profile: birth, Key: key}); !errors.Is(err, issuer.ErrRefused) {
			t.Fatal(err)
		}
		return said
	}
	unanswered := stages(issuertest.Births(t, 3)[1].RegistrationNumber)
	if diff := cmp.Diff(unanswered, stages("none")); diff != "" {
		t.Error(diff)
	}
	if !slices.Contains(unanswered, "/answer/claims refused") {
		t.Errorf("the stages: %q", unanswered)
	}
}

// TestAlarmNamesItsRequest: what the operator is warned of in a request has the
// name of the request.
func TestAlarmNamesItsRequest(t *testing.T) {
	var warned []string
	dir := issuertest.Folder(t, 2, withBudget("{subjects: 1/24h}"))
	environment := issuer.Environment{Now: issuertest.NewClock().Now, Random: rand.Reader, Warn: func(text string) { warned = append(warned, text) }}
	i, err := issuer.Open(t.Context(), issuertest.Load(t, dir), environment)
	must(t, err)
	t.Cleanup(func() { _ = i.Close() })
	if _, err := i.Consult(issuer.WithRequest(t.Context(), "cafe01"), query()); err != nil {
		t.Fatal(err)
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "budget of school") || !strings.HasSuffix(warned[0], "(request cafe01)") {
		t.Errorf("the operator was warned: %q", warned)
	}
}
