package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/approval"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// configured is the flag that every command on an issuer has.
type configured struct {
	Config    string `default:"chancery.yaml" env:"CHANCERY_CONFIG" help:"Configuration file."`
	Approvers string `env:"CHANCERY_APPROVERS" help:"File that says who must have approved the configuration. Default: nobody." placeholder:"FILE"`
}

// load reads the configuration, which must be approved if there are approvers.
func (c configured) load() (*config.Config, error) {
	if c.Approvers == "" {
		return config.Load(c.Config)
	}
	approvers, err := approval.ReadApprovers(c.Approvers)
	if err != nil {
		return nil, err
	}
	return approval.Load(c.Config, approvers)
}

func environment(s streams) issuer.Environment {
	warn := func(text string) { fmt.Fprintln(s.err, "chancery:", text) }
	return issuer.Environment{Now: time.Now, Random: rand.Reader, Warn: warn, Lookup: os.LookupEnv, Prompt: prompt(s)}
}

type checkCommand struct{ configured }

func (checkCommand) Help() string {
	return "Example:\n  chancery check --config registry/chancery.yaml"
}

func (c checkCommand) Run(ctx context.Context, s streams) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	e, err := issuer.Explain(ctx, loaded, environment(s))
	if err != nil {
		return err
	}
	served, err := serving(loaded)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, `The configuration can be used. %s

  issuer         %s
  signing key    %s
  log            %s
  configuration  sha256 %s
`, served, e.Issuer, e.Key, e.Origin, e.Digest)
	if e.Second != "" {
		fmt.Fprintf(s.out, "  selective key  %s\n", e.Second)
	}
	if loaded.SharedState != nil {
		fmt.Fprintf(s.out, "  shared state   the schema %s, which its account can use and do nothing else\n", loaded.SharedState.Schema)
	}
	if a := loaded.Approval(); a != nil {
		fmt.Fprintf(s.out, "  approved by    %s, with the serial %d\n", listed("and", a.Approvers), a.Serial)
	}
	for _, proof := range e.Proofs {
		writeProof(s.out, proof)
	}
	writeTraces(s.out, e.Traces)
	fmt.Fprintln(s.out, "\nWho can have what:")
	for _, caller := range e.Callers {
		writeCaller(s.out, caller)
	}
	for _, caller := range e.VCAPI {
		writeAPICaller(s.out, caller)
	}
	fmt.Fprintln(s.out, "  Nobody else gets an answer.")
	return nil
}

// serving tells how the configuration can be served.
func serving(loaded *config.Config) (string, error) {
	if loaded.TLS.Certificate == "" {
		return "It names no TLS certificate: name one before you serve it,\nor serve it with --no-tls-on-loopback behind a proxy on this machine.", nil
	}
	_, err := certificateOf(loaded, slog.New(slog.DiscardHandler))
	return "It can be served on " + loaded.Listen + ".", err
}

func writeAPICaller(w io.Writer, caller config.APICaller) {
	fmt.Fprintf(w, "  %s, over the VC API, can have credentials of its own wording signed, of the types %s, valid for at most %s",
		caller.Name, listed("and", caller.Types), verifier.Span(caller.Validity.Std()))
	if caller.DataModel11 {
		fmt.Fprint(w, "; of data model 1.1 too, which nothing revokes")
	}
	fmt.Fprintln(w, ".")
}

func writeProof(w io.Writer, p scope.Proof) {
	if p.Wide() {
		fmt.Fprintf(w, "\nThe source %s is read as %q of %q, which can do more than that; see the warning.\n", p.Source, p.Account, p.Database)
		return
	}
	if p.Account == "" {
		fmt.Fprintf(w, "\nThe source %s is read from %q; looked at, with %s at %s, were\n", p.Source, p.Database, p.Server, credential.FormatTime(p.At))
		for _, checked := range p.Checked {
			fmt.Fprintf(w, "  %s\n", checked)
		}
		return
	}
	fmt.Fprintf(w, "\nThe source %s is read as %q of %q, which can read the columns below and do nothing else:\n  proven against %s at %s\n",
		p.Source, p.Account, p.Database, p.Server, credential.FormatTime(p.At))
}

func writeTraces(w io.Writer, traces []issuer.Trace) {
	fmt.Fprintln(w, "\nWhat can be asked for:")
	for _, t := range traces {
		fmt.Fprintf(w, "  %s\n", heading(t))
		if t.Table != "" {
			fmt.Fprintf(w, "    of one record of %s.%s, found by %s\n", t.Source, t.Table, t.Key)
		}
		for _, c := range t.Filter {
			fmt.Fprintf(w, "    where    %s is %s\n", c.Column, oneOf(c.Values))
		}
		if len(t.Columns) > 0 {
			fmt.Fprintf(w, "    reads    %s\n", strings.Join(t.Columns, ", "))
		}
		for _, d := range t.Claims {
			fmt.Fprintf(w, "    says     %s\n", said(t, d))
		}
		if t.Selective {
			fmt.Fprintf(w, "    shows    %s\n", shows(t.Mandatory))
		}
		if len(t.Callers) == 0 {
			fmt.Fprintln(w, "    for      nobody: no caller may have it")
		}
	}
	fmt.Fprintln(w, "  chancery explain traces each, with --profile, --fact or --status and its name.")
}

// heading names what can be asked for.
func heading(t issuer.Trace) string {
	name := named(t)
	if t.Title != "" {
		name += " (" + t.Title + ")"
	}
	return name + ", valid for " + verifier.Span(t.Validity)
}

// named is what people call a thing that can be asked for.
func named(t issuer.Trace) string { return string(t.Kind) + " " + t.Name }

// said tells one thing that an answer says. That a fact says one thing goes
// without its name.
func said(t issuer.Trace, d issuer.Disclosed) string {
	switch {
	case t.Kind == issuer.Credential:
		return d.Claim + ", " + d.Rule
	case t.Kind == issuer.Fact:
		return amounts[d.Disclosure] + ". " + d.Rule
	default:
		return "a state. " + d.Rule
	}
}

// amounts tell how much of the outcome of a rule an answer says.
var amounts = map[string]string{
	config.DisclosePredicate: "yes or no",
	config.DiscloseValue:     "the value",
	config.DiscloseRedacted:  "that there is a value, and nothing of it",
}

// callerName is what people call a caller of the log, with what it may ask for.
func callerName(caller issuer.Caller, purposes []string) string {
	switch caller {
	case issuer.Holder:
		return "A holder with an offer"
	case issuer.Operator:
		return "The operator, on this machine,"
	}
	name := strings.TrimPrefix(string(caller), "consult:")
	if caller == issuer.Partner {
		name = "A partner, within a grant that is signed for it"
	}
	if own, ok := strings.CutPrefix(name, "vc-api:"); ok {
		name = own + ", over the VC API,"
	}
	switch len(purposes) {
	case 0:
		return name
	case 1:
		return name + ", for the purpose " + purposes[0] + ","
	default:
		return name + ", for the purposes " + listed("or", purposes) + ","
	}
}

func writeCaller(w io.Writer, caller issuer.CallerExplanation) {
	var things []string
	for _, all := range [][]issuer.Trace{caller.Profiles, caller.Facts, caller.Statuses} {
		for _, t := range all {
			things = append(things, "the "+named(t))
		}
	}
	if len(things) == 0 {
		things = []string{"nothing"}
	}
	fmt.Fprintf(w, "  %s can have %s%s.\n", callerName(caller.Caller, caller.Purposes), listed("and", things), grantTerms(caller.Grant))
}

// listed writes words as a sentence has them, with and, or the like, before the
// last.
func listed(conjunction string, words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}

// oneOf lists the values of a filter, which may be any text.
func oneOf(values []string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = strconv.Quote(value)
	}
	return strings.Join(quoted, " or ")
}

// shows tells what a holder shows of a selective credential.
func shows(mandatory []string) string {
	if len(mandatory) == 0 {
		return "what its holder chooses"
	}
	return "what its holder chooses, and always " + strings.Join(mandatory, ", ")
}
