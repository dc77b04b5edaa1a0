package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// found is what a log has of one question.
type found struct {
	Question logproof.Record  `json:"question"`
	End      *logproof.Record `json:"end,omitzero"` // none of a question that has none yet
	// Present is the digest of the configuration at hand; empty if there is none.
	Present  string             `json:"presentConfiguration,omitzero"`
	Findings []logproof.Finding `json:"findings"` // what is wrong with the log

	traces []issuer.Trace // of the present configuration
}

func (c explainCommand) question(ctx context.Context, w io.Writer) error {
	var f found
	loaded, err := c.load()
	switch {
	case err == nil:
		f.Present = loaded.Digest()
		if f.traces, err = issuer.Describe(loaded); err != nil {
			return err
		}
	case c.State == "" || !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := c.read(ctx, func(tx *store.Tx) error { return c.find(tx, &f) }); err != nil {
		return err
	}
	if c.JSON {
		err = writeJSON(w, f)
	} else {
		err = f.write(w)
	}
	if err == nil && len(f.Findings) > 0 {
		err = no("the log is not whole, so that this may not be what was asked: " + f.Findings[0].String() + "; see chancery log verify")
	}
	return err
}

// find looks a question and its end up, in a log that is checked on the way.
func (c explainCommand) find(tx *store.Tx, f *found) error {
	log, err := c.opened(tx)
	if err != nil {
		return err
	}
	number := *c.Question
	var record *logproof.Record
	result := logproof.WalkFrom(log.start, log.records(), nil, func(r logproof.Record) {
		switch {
		case r.Sequence == number:
			record = &r
		case r.Question != nil && *r.Question == number:
			f.End = &r
		}
	})
	f.Findings = result.Findings
	if err := log.err(); err != nil {
		return err
	}
	names, err := c.names(tx)
	if err != nil {
		return err
	}
	switch {
	case number < log.start.Size:
		return fmt.Errorf("record %d: %w", number, issuancelog.ErrSealed)
	case record == nil && result.Size == 0:
		return no("the log has no records")
	case record == nil:
		return no(fmt.Sprintf("the log has no record %d that can be read; its last is %d", number, result.Size-1))
	case record.Question != nil:
		return no(fmt.Sprintf("record %d is the end of a question: chancery explain --question %d", number, *record.Question))
	case record.Kind == logproof.Refused:
		f.End = record // and nothing was asked of a source
	case record.Kind != logproof.Asked:
		return no(fmt.Sprintf("record %d is no question, but of the kind %s; chancery log show prints it", number, record.Kind))
	}
	f.Question = *record
	f.Question.Caller = names.of(record.Caller)
	return nil
}

// write says in sentences what a log has of a question.
func (f *found) write(w io.Writer) error {
	var b strings.Builder
	q := f.Question
	fmt.Fprintf(&b, "%s asked at %s for %s", callerName(issuer.Caller(q.Caller), nil), q.Time, subjectOf(q))
	if q.Purpose != "" {
		fmt.Fprintf(&b, ", for the purpose %s", q.Purpose)
	}
	fmt.Fprintf(&b, ". That is record %d.\n", q.Sequence)
	if q.Subject != "" {
		fmt.Fprintf(&b, "The log calls the record that it is about %s. Which one that is, only the issuer's pseudonym key tells.\n", q.Subject)
	}
	f.writeColumns(&b)
	f.writeUses(&b)
	f.writeEnd(&b)
	f.writeConfiguration(&b)
	for line := range strings.SplitSeq(strings.TrimSuffix(b.String(), "\n"), "\n") {
		if _, err := fmt.Fprintln(w, verifier.Printable(line)); err != nil {
			return err
		}
	}
	return nil
}

// subjectOf says what a question asks for.
func subjectOf(q logproof.Record) string {
	switch {
	case q.Asks != "":
		return "the " + q.Asks
	case q.Profile != "":
		return "the credential " + q.Profile
	case strings.HasPrefix(q.Caller, "vc-api:"):
		return "a proof on a credential of its own wording"
	default:
		return "something that it may not have"
	}
}

func (f *found) writeColumns(b *strings.Builder) {
	switch columns := listed("and", f.Question.Columns); {
	case columns == "":
		fmt.Fprintln(b, "No column of a register was read for it.")
	case f.End != nil && (f.End.Kind == logproof.Answered || f.End.Kind == logproof.Grant):
		fmt.Fprintf(b, "Read for it: %s.\n", columns)
	default:
		fmt.Fprintf(b, "To be read for it: %s. How far that went, the log does not say.\n", columns)
	}
}

// writeUses tells what the log does not have: the columns that are used and whose
// values are not fetched, if the configuration is still the same one.
func (f *found) writeUses(b *strings.Builder) {
	q := f.Question
	if q.Configuration != f.Present {
		return
	}
	at := slices.IndexFunc(f.traces, func(t issuer.Trace) bool {
		return q.Asks == named(t) || t.Kind == issuer.Credential && q.Profile == t.Name
	})
	if at < 0 {
		return
	}
	for _, u := range f.traces[at].Withheld {
		if !slices.Contains(q.Columns, u.Column) {
			fmt.Fprintf(b, "Used besides, by the configuration: column %s, %s.\n", u.Column, listed("and", u.For))
		}
	}
}

func (f *found) writeEnd(b *strings.Builder) {
	end := f.End
	if end == nil {
		fmt.Fprintln(b, "It has no end: it is being answered, or the issuer stopped then and was not started since.")
		return
	}
	switch end.Kind {
	case logproof.Answered:
		fmt.Fprintf(b, "It was answered at %s, in record %d, with %s", end.Time, end.Sequence, end.Credential)
		if len(end.Disclosed) > 0 {
			fmt.Fprintf(b, ", which discloses %s", listed("and", end.Disclosed))
		}
		fmt.Fprintf(b, ".\nThe SHA-256 of the very bytes that left is %s.\n", end.Released)
	case logproof.Grant:
		fmt.Fprintf(b, "An offer was made to a holder at %s, in record %d. Nothing was disclosed by that.\n", end.Time, end.Sequence)
	case logproof.Abandoned:
		fmt.Fprintf(b, "It was abandoned, record %d says: %s. Nothing left.\n", end.Sequence, end.Reason)
	default:
		fmt.Fprintf(b, "It was refused at %s, in record %d: %s. Nothing was disclosed.\n", end.Time, end.Sequence, end.Reason)
	}
}

func (f *found) writeConfiguration(b *strings.Builder) {
	fmt.Fprintf(b, "The configuration then had the SHA-256 %s", f.Question.Configuration)
	switch f.Present {
	case "":
		fmt.Fprintln(b, ". Whether that is the present one, --config FILE tells.")
	case f.Question.Configuration:
		fmt.Fprintln(b, ", which is the present one.")
	default:
		fmt.Fprintf(b, ", which is NOT the present one, %s: rules and columns may have been others. Ask the operator for the file with that SHA-256.\n", f.Present)
	}
}
