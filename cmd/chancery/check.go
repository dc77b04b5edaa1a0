package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// configured is the flag that every command on an issuer has.
type configured struct {
	Config string `default:"chancery.yaml" env:"CHANCERY_CONFIG" help:"Configuration file."`
}

func environment(s streams) issuer.Environment {
	warn := func(text string) { fmt.Fprintln(s.err, "chancery:", text) }
	return issuer.Environment{Now: time.Now, Random: rand.Reader, Warn: warn}
}

type checkCommand struct{ configured }

func (checkCommand) Help() string {
	return "Example:\n  chancery check --config registry/chancery.yaml"
}

func (c checkCommand) Run(ctx context.Context, s streams) error {
	loaded, err := config.Load(c.Config)
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
	for _, proof := range e.Proofs {
		writeProof(s.out, proof)
	}
	for _, caller := range e.Callers {
		writeCaller(s.out, caller)
	}
	for _, caller := range e.VCAPI {
		writeAPICaller(s.out, caller)
	}
	return nil
}

// serving tells how the configuration can be served.
func serving(loaded *config.Config) (string, error) {
	if loaded.TLS.Certificate == "" {
		return "It names no TLS certificate: name one before you serve it,\nor serve it with --no-tls-on-loopback behind a proxy on this machine.", nil
	}
	_, err := certificate(loaded)
	return "It can be served on " + loaded.Listen + ".", err
}

func writeAPICaller(w io.Writer, caller config.APICaller) {
	fmt.Fprintf(w, "\n%s, over the VC API, can have credentials of its own wording signed:\n", caller.Name)
	fmt.Fprintf(w, "  of the types %s, valid for at most %s\n", strings.Join(caller.Types, ", "), verifier.Span(caller.Validity.Std()))
	if caller.DataModel11 {
		fmt.Fprint(w, "  of data model 1.1 too, which nothing revokes\n")
	}
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

var callerNames = map[issuer.Caller]string{
	issuer.Holder:   "A holder with an offer",
	issuer.Operator: "The operator, with chancery issue",
}

func writeCaller(w io.Writer, caller issuer.CallerExplanation) {
	fmt.Fprintf(w, "\n%s can have", callerNames[caller.Caller])
	if len(caller.Profiles) == 0 {
		fmt.Fprint(w, " nothing.\n")
		return
	}
	fmt.Fprintln(w, ":")
	for _, p := range caller.Profiles {
		fmt.Fprintf(w, "  %s (%s), valid for %s\n", p.Name, p.Title, verifier.Span(p.Validity))
		fmt.Fprintf(w, "    of one record of %s.%s, found by %s\n", p.Source, p.Table, p.Key)
		for _, c := range p.Filter {
			fmt.Fprintf(w, "    where    %s is %s\n", c.Column, oneOf(c.Values))
		}
		fmt.Fprintf(w, "    reads    %s\n", strings.Join(p.Columns, ", "))
		for _, claim := range p.Claims {
			fmt.Fprintf(w, "    says     %s, from column %s as %s\n", claim.Claim, claim.Column, claim.As)
		}
		if p.Selective {
			fmt.Fprintf(w, "    shows    %s\n", shows(p.Mandatory))
		}
	}
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
