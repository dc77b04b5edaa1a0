package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/issuer"
)

type explainCommand struct {
	logFile
	Profile  string  `xor:"what" required:"" help:"Profile of credentials to trace to its columns and callers."`
	Fact     string  `xor:"what" required:"" help:"Fact to trace."`
	Status   string  `xor:"what" required:"" help:"Status to trace."`
	Question *uint64 `xor:"what" required:"" placeholder:"N" help:"Record of the log: what was asked, by whom, what for, and what was disclosed."`
	JSON     bool    `name:"json" help:"Print for a program."`
}

func (explainCommand) Help() string {
	return "Profiles, facts and statuses are explained by the configuration alone: neither source nor keys are\nneeded. chancery check holds the same against them.\n\nExamples:\n  chancery explain --profile birth\n  chancery explain --question 4711\n  chancery explain --question 4711 --state audit.db"
}

func (c explainCommand) Run(ctx context.Context, s streams) error {
	if c.Question != nil {
		return c.question(ctx, s.out)
	}
	loaded, err := c.load()
	if err != nil {
		return err
	}
	traces, err := issuer.Describe(loaded)
	if err != nil {
		return err
	}
	kind, name := c.asked()
	var known []string
	for _, t := range traces {
		switch {
		case t.Kind != kind:
		case t.Name == name:
			return c.trace(s.out, t, loaded.Digest())
		default:
			known = append(known, t.Name)
		}
	}
	if len(known) == 0 {
		known = []string{"none"}
	}
	return fmt.Errorf("the configuration has no %s %q; it has %s", words[kind], name, listed("and", known))
}

// words are those of the configuration for what can be asked for.
var words = map[issuer.Kind]string{issuer.Credential: "profile", issuer.Fact: "fact", issuer.Status: "status"}

func (c explainCommand) asked() (issuer.Kind, string) {
	switch {
	case c.Fact != "":
		return issuer.Fact, c.Fact
	case c.Status != "":
		return issuer.Status, c.Status
	default:
		return issuer.Credential, c.Profile
	}
}

// traced is a trace as programs get it.
type traced struct {
	issuer.Trace  `json:",inline"`
	Where         map[string][]string `json:"where"` // values of which a column holds one
	Validity      int64               `json:"validitySeconds"`
	Configuration string              `json:"configuration"`
}

func (c explainCommand) trace(w io.Writer, t issuer.Trace, digest string) error {
	if !c.JSON {
		writeTrace(w, t, digest)
		return nil
	}
	all := traced{t, map[string][]string{}, int64(t.Validity.Seconds()), digest}
	for _, condition := range t.Filter {
		all.Where[condition.Column] = condition.Values
	}
	return writeJSON(w, all)
}

func writeJSON(w io.Writer, value any) error {
	if err := json.MarshalWrite(w, value, json.Deterministic(true), jsontext.WithIndent("  ")); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

func writeTrace(w io.Writer, t issuer.Trace, digest string) {
	fmt.Fprintf(w, "The %s.\n", heading(t))
	if t.Table != "" {
		fmt.Fprintf(w, "It is about one record of %s.%s, found by %s.\n", t.Source, t.Table, t.Key)
	}
	for _, c := range t.Filter {
		fmt.Fprintf(w, "For it there are only records whose %s is %s.\n", c.Column, oneOf(c.Values))
	}
	fmt.Fprintln(w, "\nIt says:")
	for _, d := range t.Claims {
		fmt.Fprintf(w, "  %s\n", said(t, d))
	}
	if t.Selective {
		fmt.Fprintf(w, "Of that it shows %s.\n", shows(t.Mandatory))
	}
	if len(t.Withheld) > 0 {
		fmt.Fprintln(w, "\nUsed, and not disclosed:")
		for _, u := range t.Withheld {
			fmt.Fprintf(w, "  column %s, %s\n", u.Column, listed("and", u.For))
		}
	}
	writePermissions(w, t)
	for _, suggestion := range t.Suggestions {
		fmt.Fprintf(w, "\nLess might do. %s.\n", suggestion)
	}
	fmt.Fprintf(w, "\nSo says the configuration with the SHA-256 %s.\n", digest)
}

func writePermissions(w io.Writer, t issuer.Trace) {
	if len(t.Callers) == 0 {
		fmt.Fprintln(w, "\nNobody may have it.")
		return
	}
	fmt.Fprintln(w, "\nWho may have all of that, and nobody else:")
	var asks bool
	for _, p := range t.Callers {
		fmt.Fprintf(w, "  %s\n", strings.TrimSuffix(callerName(p.Caller, p.Purposes), ","))
		asks = asks || len(p.Purposes) > 0
	}
	if named := slices.ContainsFunc(t.Claims, func(d issuer.Disclosed) bool { return d.Claim == "id" }); asks && !named {
		fmt.Fprintln(w, "Each relying party is told of a record under a pseudonym of its own, another for each purpose.")
	}
}
