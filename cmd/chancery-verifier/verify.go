package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/status"
)

const defaultMaxAge = 24 * time.Hour

type verifyCmd struct {
	Paths  []string `arg:"" name:"path" help:"Credential file, folder of them, or - for standard input."`
	Issuer []string `required:"" placeholder:"DID" sep:"none" help:"Issuer to accept; give it again for another."`
	Bundle []string `placeholder:"FILE" sep:"none" help:"Offline bundle of an issuer; give it again for another."`
	bundleKeys
	MaxAge    *time.Duration `placeholder:"DURATION" xor:"age" help:"How old the knowledge in a bundle may be, such as 36h (default: 24h)."`
	AnyAge    bool           `xor:"age" help:"Accept knowledge of any age."`
	At        time.Time      `placeholder:"TIME" help:"Judge as of this time, such as 2026-01-31T12:00:00Z, instead of now."`
	NoStatus  bool           `help:"Do not ask whether it was revoked."`
	Context   []string       `placeholder:"URL=FILE=SHA256" sep:"none" help:"JSON-LD context to know, with the digest that the file must have."`
	Domain    string         `help:"Domain that the proof must have been made for."`
	Challenge string         `help:"Challenge that the proof must answer."`
	JSON      bool           `help:"Write JSON: a report, or for several credentials a line each and a last one with the counts."`
	Jobs      int            `placeholder:"N" help:"Number of credentials to judge at a time (default: one a processor)."`
}

// Help is what kong shows below the flags' summary.
func (verifyCmd) Help() string {
	return `Exits with 0 if each credential is accepted, 1 if one is not, 2 if it could not judge.

Examples:

  chancery-verifier verify birth.json --issuer did:key:z6Mk... --bundle registry.bundle
  chancery-verifier verify received/ --issuer did:web:registry.example \
      --bundle registry.bundle --bundle-key did:key:z6Mk... --max-age 36h --json`
}

// Run judges the credentials.
func (c *verifyCmd) Run(ctx context.Context, s streams, now clock) error {
	files, folder, err := expand(c.Paths)
	if err != nil {
		return err
	}
	v, err := c.verifier(now)
	if err != nil {
		return err
	}
	judge := func(path string) finding { return judgeFile(ctx, v, path, s.in) }
	if len(files) == 1 && !folder {
		return c.one(judge(files[0]), s.out)
	}
	return c.many(ctx, files, judge, s)
}

func (c *verifyCmd) verifier(now clock) (*verifier.Verifier, error) {
	for _, id := range c.Issuer {
		if !strings.HasPrefix(id, "did:") && !strings.HasPrefix(id, "https://") {
			return nil, fmt.Errorf("--issuer %s: not an identifier of an issuer, such as did:web:registry.example", id)
		}
	}
	policy := verifier.Policy{
		Now:        c.At,
		Issuer:     verifier.Expect(c.Issuer...),
		Domain:     expectIfGiven(c.Domain),
		Challenge:  expectIfGiven(c.Challenge),
		Status:     verifier.Expect(status.Revocation),
		Freshness:  c.freshness(),
		LogReceipt: verifier.Ignore[string](),
	}
	if c.Jobs < 0 || c.MaxAge != nil && *c.MaxAge < 0 {
		return nil, errors.New("--max-age and --jobs cannot be negative")
	}
	if c.At.IsZero() {
		policy.Now = now()
	}
	if c.NoStatus {
		policy.Status = verifier.Ignore[string]()
	}
	var err error
	if policy.Contexts, err = readContexts(c.Context); err != nil {
		return nil, err
	}
	if policy.Bundles, err = openBundles(c.Bundle, c.Issuer, c.bundleKeys); err != nil {
		return nil, err
	}
	return verifier.New(policy)
}

func (c *verifyCmd) freshness() verifier.Rule[time.Duration] {
	switch {
	case c.AnyAge:
		return verifier.Ignore[time.Duration]()
	case c.MaxAge != nil:
		return verifier.Expect(*c.MaxAge)
	default:
		return verifier.Expect(defaultMaxAge)
	}
}

func expectIfGiven(value string) verifier.Rule[string] {
	if value == "" {
		return verifier.Ignore[string]()
	}
	return verifier.Expect(value)
}

// finding is the report about a file, or why there is none.
type finding struct {
	report *verifier.Report
	err    error
}

func judgeFile(ctx context.Context, v *verifier.Verifier, path string, stdin io.Reader) finding {
	var data []byte
	var err error
	if path == standardInput {
		data, err = readAll(stdin, "standard input", credential.MaxBytes)
	} else {
		data, err = readFile(path, credential.MaxBytes)
	}
	if err != nil {
		return finding{err: err}
	}
	report, err := v.Verify(ctx, data)
	return finding{report, err}
}

// one writes the whole report about the only credential.
func (c *verifyCmd) one(f finding, out io.Writer) error {
	if f.err != nil {
		return f.err
	}
	if err := c.writeReport(f.report, out); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if f.report.Verdict() != verifier.VerdictAccepted {
		return errNo
	}
	return nil
}

func (c *verifyCmd) writeReport(report *verifier.Report, out io.Writer) error {
	if !c.JSON {
		return report.WriteText(out)
	}
	data, err := json.Marshal(report)
	if err != nil {
		return err
	}
	_, err = out.Write(append(data, '\n'))
	return err
}

func (c *verifyCmd) jobs() int {
	if c.Jobs > 0 {
		return c.Jobs
	}
	return runtime.GOMAXPROCS(0)
}
