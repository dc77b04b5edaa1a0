// Command chancery-verifier judges verifiable credentials, offline.
//
// It exits with 0 if every credential was accepted, 1 if one was not, and 2 if
// it could not judge: a flag, a file or a bundle is not usable.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/alecthomas/kong"
)

const (
	exitAccepted = 0
	exitNo       = 1
	exitFailed   = 2
)

// errNo ends a command whose answer is no, and was printed.
var errNo = errors.New("the answer is no")

func main() {
	refuseNetwork()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

const description = `Judge verifiable credentials, offline.

Example:

  chancery-verifier verify birth.json --issuer did:key:z6Mk... --bundle registry.bundle`

type commands struct {
	Help   helpFlag   `short:"h" help:"Show help, with an example." placeholder:""`
	Verify verifyCmd  `cmd:"" help:"Verify credentials."`
	Serve  serveCmd   `cmd:"" help:"Verify credentials and presentations over HTTP."`
	Bundle bundleCmds `cmd:"" help:"Look at offline bundles."`

	Version versionCommand `cmd:"" help:"Say which version this is, of which commit, and built with which Go."`

	Conformance conformanceCmds `cmd:"" hidden:"" help:"For suites that test conformance."`
}

// run is the program: arguments in, exit code out.
func run(ctx context.Context, args []string, s streams) int {
	err := execute(ctx, args, s)
	switch {
	case err == nil:
		return exitAccepted
	case errors.Is(err, errNo):
		return exitNo
	default:
		fmt.Fprintf(s.err, "chancery-verifier: %v\n", err)
		return exitFailed
	}
}

func execute(ctx context.Context, args []string, s streams) error {
	parser, err := kong.New(&commands{},
		kong.Name("chancery-verifier"),
		kong.Description(description),
		kong.NoDefaultHelp(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(s.out, s.err),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s, clock(time.Now)),
	)
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if errors.Is(err, errHelp) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w; --help shows an example", err)
	}
	return command.Run()
}

// clock tells the time.
type clock func() time.Time

// errHelp ends parsing once help was printed.
var errHelp = errors.New("help was printed")

type helpFlag bool

// BeforeReset prints help before anything else that is wrong is found.
func (helpFlag) BeforeReset(c *kong.Context) error {
	if err := c.PrintUsage(false); err != nil {
		return err
	}
	return errHelp
}
