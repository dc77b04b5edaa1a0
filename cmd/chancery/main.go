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

// cli is the commands, in the groups in which --help lists them.
type cli struct {
	Init    initCommand    `cmd:"" group:"begin" help:"Set up a new issuer: its configuration and its signing key."`
	Source  sourceCommand  `cmd:"" group:"begin" help:"Make a source from a file."`
	Check   checkCommand   `cmd:"" group:"begin" help:"Test a configuration, and tell what each caller can have."`
	Explain explainCommand `cmd:"" group:"begin" help:"Trace what can be asked for to its columns and callers, or tell what was asked."`
	Config  configCommand  `cmd:"" group:"begin" help:"Have a configuration approved by several people."`

	Serve   serveCommand   `cmd:"" group:"serve" help:"Serve the issuer."`
	Reload  reloadCommand  `cmd:"" group:"serve" help:"Have the issuer that is served read its configuration again."`
	Ready   readyCommand   `cmd:"" group:"serve" help:"Tell how the issuer that is served does, part by part."`
	Publish publishCommand `cmd:"" group:"serve" help:"Write what a web server needs to serve in the issuer's place."`
	Backup  backupCommand  `cmd:"" group:"serve" help:"Write log, state and configuration into one file, also while being served."`
	Restore restoreCommand `cmd:"" group:"serve" help:"Bring a backup back, and hold it against itself and the anchors."`

	Offer  offerCommand  `cmd:"" group:"issue" help:"Offer a holder a credential of one record."`
	Issue  issueCommand  `cmd:"" group:"issue" help:"Issue a credential of every record into a folder."`
	Status statusCommand `cmd:"" group:"issue" help:"Show and revoke credentials."`

	Token  tokenCommand  `cmd:"" group:"asked" help:"Make a token for a relying party, or a caller of the VC API."`
	Budget budgetCommand `cmd:"" group:"asked" help:"Show what relying parties have used of their budgets, and let one begin anew."`
	Grant  grantCommand  `cmd:"" group:"asked" help:"Sign, list and revoke grants for partners."`
	Proxy  proxyCommand  `cmd:"" group:"asked" help:"Forward a program's questions under a grant, for partners."`

	Key keyCommand `cmd:"" group:"keys" help:"Make, list and revoke signing keys, and issue again what a revoked one signed."`

	Log     logCommand     `cmd:"" group:"log" help:"Check and show the issuance log."`
	Monitor monitorCommand `cmd:"" group:"log" help:"Follow somebody's published log, and raise an alarm if it is not kept as it must be."`
	Witness witnessCommand `cmd:"" group:"log" help:"Witness the logs of others: cosign what is seen to go on."`

	State    stateCommand    `cmd:"" group:"nodes" help:"Make what the replicas of an issuer share."`
	Replicas replicasCommand `cmd:"" group:"nodes" help:"Tell how the replicas of an issuer do, and forget one that is gone."`

	Version           versionCommand     `cmd:"" group:"about" help:"Say which version this is, of which commit, and built with which Go."`
	ConformanceServer conformanceCommand `cmd:"" group:"about" help:"Serve suites of tests of conformance, on this machine alone."`
}

func groups() []kong.Group {
	return []kong.Group{
		{Key: "begin", Title: "Set up:"},
		{Key: "serve", Title: "Run:"},
		{Key: "issue", Title: "Issue and revoke:"},
		{Key: "asked", Title: "Who is answered:"},
		{Key: "keys", Title: "Keys:"},
		{Key: "log", Title: "The log:"},
		{Key: "nodes", Title: "More than one node:"},
		{Key: "about", Title: "Else:"},
	}
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
		kong.ConfigureHelp(kong.HelpOptions{NoExpandSubcommands: true}),
		kong.ExplicitGroups(groups()),
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
