// Command chancery is the registry operator's program: it sets an issuer up,
// serves it, and does what only the operator may.
//
// Exit codes: 0 done, 1 the answer is no, 2 could not run.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/approval"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/orders"
	"github.com/chancery-vc/chancery/issuer/partner"
	"github.com/chancery-vc/chancery/issuer/status"
)

// Exit codes.
const (
	exitDone = iota
	exitNo
	exitFailed
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

type streams struct {
	in       io.Reader
	out, err io.Writer
}

type cli struct {
	Init    initCommand    `cmd:"" help:"Set up a new issuer: its configuration and its signing key."`
	Check   checkCommand   `cmd:"" help:"Test a configuration, and tell what each caller can have."`
	Explain explainCommand `cmd:"" help:"Trace what can be asked for to its columns and callers, or tell what was asked."`
	Serve   serveCommand   `cmd:"" help:"Serve the issuer."`
	Reload  reloadCommand  `cmd:"" help:"Have the issuer that is served read its configuration again."`
	Config  configCommand  `cmd:"" help:"Have a configuration approved by several people."`
	Ready   readyCommand   `cmd:"" help:"Tell how the issuer that is served does, part by part."`
	Offer   offerCommand   `cmd:"" help:"Offer a holder a credential of one record."`
	Issue   issueCommand   `cmd:"" help:"Issue a credential of every record into a folder."`
	Status  statusCommand  `cmd:"" help:"Show and revoke credentials."`
	Publish publishCommand `cmd:"" help:"Write what a web server needs to serve in the issuer's place."`
	Key     keyCommand     `cmd:"" help:"Make, list and revoke signing keys."`
	Log     logCommand     `cmd:"" help:"Check and show the issuance log."`
	Backup  backupCommand  `cmd:"" help:"Write log, state and configuration into one file, also while being served."`
	Restore restoreCommand `cmd:"" help:"Bring a backup back, and hold it against itself and the anchors."`
	Monitor monitorCommand `cmd:"" help:"Follow somebody's published log, and raise an alarm if it is not kept as it must be."`
	Witness witnessCommand `cmd:"" help:"Witness the logs of others: cosign what is seen to go on."`
	State   stateCommand   `cmd:"" help:"Make what the replicas of an issuer share."`
	Budget  budgetCommand  `cmd:"" help:"Show what relying parties have used of their budgets, and let one begin anew."`
	Grant   grantCommand   `cmd:"" help:"Sign, list and revoke grants for partners."`
	Proxy   proxyCommand   `cmd:"" help:"Forward a program's questions under a grant, for partners."`
	Source  sourceCommand  `cmd:"" help:"Make a source from a file."`
	Token   tokenCommand   `cmd:"" help:"Make a token for a relying party, or a caller of the VC API."`

	Replicas replicasCommand `cmd:"" help:"Tell how the replicas of an issuer do, and forget one that is gone."`

	Version versionCommand `cmd:"" help:"Say which version this is, of which commit, and built with which Go."`

	ConformanceServer conformanceCommand `cmd:"" help:"Serve suites of tests of conformance, on this machine alone."`
}

// no is an error that is the answer "no" rather than a failure.
type no string

func (n no) Error() string { return string(n) }

func run(ctx context.Context, args []string, s streams) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("chancery"),
		kong.Description("Issue verifiable credentials from a registry.\n\nExample:\n  chancery init registry --url https://registry.example\n\nExit codes: 0 done, 1 the answer is no, 2 could not run."),
		kong.Writers(s.out, s.err),
		kong.Exit(func(code int) { exit = code }),
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(s),
	)
	if err != nil {
		fmt.Fprintln(s.err, "chancery:", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 {
		return exit // --help
	}
	if err != nil {
		fmt.Fprintf(s.err, "chancery: %v; see chancery --help\n", err)
		return exitFailed
	}
	return exitCode(parsed.Run(), s.err)
}

func exitCode(err error, out io.Writer) int {
	if err == nil {
		return exitDone
	}
	fmt.Fprintln(out, "chancery:", err)
	var answer no
	if errors.As(err, &answer) {
		return exitNo
	}
	for _, refusal := range []error{issuer.ErrRefused, issuerhttp.ErrRefused, issuer.ErrNothing, issuer.ErrNoCaller, issuancelog.ErrNothingToSeal, issuer.ErrNotAllowed, approval.ErrNotApproved, issuer.ErrNoKey, issuer.ErrKeyActive, issuer.ErrNotRevoked, partner.ErrUnknown, partner.ErrRevoked, orders.ErrNoReplica, orders.ErrLively, status.ErrUnknown} {
		if errors.Is(err, refusal) {
			return exitNo
		}
	}
	return exitFailed
}
