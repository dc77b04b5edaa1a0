package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
)

type verifyCmd struct {
	Paths []string `arg:"" name:"path" help:"Credential file, folder of them, or - for standard input."`
	trust
	Domain    string `help:"Domain that the proof must have been made for."`
	Challenge string `help:"Challenge that the proof must answer."`
	receiptFlags
	JSON bool `help:"Write JSON: a report, or for several credentials a line each and a last one with the counts."`
	Jobs int  `placeholder:"N" help:"Number of credentials to judge at a time (default: one a processor)."`
}

// Help is what kong shows below the flags' summary.
func (verifyCmd) Help() string {
	return `Exits with 0 if each credential is accepted, 1 if one is not, 2 if it could not judge.

Examples:

  chancery-verifier verify birth.json --issuer did:key:z6Mk... --bundle registry.bundle
  chancery-verifier verify birth.json --issuer did:key:z6Mk... --bundle registry.bundle \
      --receipt birth.json.receipt --log registry.example/log
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
	single := len(files) == 1 && !folder
	if c.Receipt != "" && !single {
		return errManyReceipts
	}
	judge := func(path string) finding { return c.judgeFile(ctx, v, path, s.in) }
	if single {
		return c.one(judge(files[0]), s.out)
	}
	return c.many(ctx, files, judge, s)
}

func (c *verifyCmd) verifier(now clock) (*verifier.Verifier, error) {
	if c.Jobs < 0 {
		return nil, errors.New("--jobs cannot be negative")
	}
	policy, err := c.policy(now)
	if err != nil {
		return nil, err
	}
	policy.Domain, policy.Challenge = expectIfGiven(c.Domain), expectIfGiven(c.Challenge)
	if len(c.Log) > 0 {
		policy.LogReceipt = verifier.Expect(c.Log...)
	}
	return verifier.New(policy)
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

func (c *verifyCmd) judgeFile(ctx context.Context, v *verifier.Verifier, path string, stdin io.Reader) finding {
	receipts, err := c.receipts(path)
	if err != nil {
		return finding{err: err}
	}
	var data []byte
	if path == standardInput {
		data, err = readAll(stdin, "standard input", credential.MaxBytes)
	} else {
		data, err = readFile(path, credential.MaxBytes)
	}
	if err != nil {
		return finding{err: err}
	}
	report, err := v.WithReceipts(receipts).Verify(ctx, data)
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
