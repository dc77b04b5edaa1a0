// Command chancery-wallet is the holder's program: it keeps a key, takes
// credential offers by OpenID4VCI or credentials from files, and shows, exports and presents what it holds.
//
// It exits 0 when it did what was asked, 1 when the answer is no (the offer,
// the code or the credential was refused, or there is no such credential), and
// 2 when it could not run (flags, files, network).
package main

import (
	"bufio"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/wallet"
	"github.com/chancery-vc/chancery/wallet/oid4vci"
)

const program = "chancery-wallet"

// Exit codes.
const (
	exitDone = iota
	exitNo
	exitFailed
)

const description = `Keep verifiable credentials: take an offer, show what you hold, hand it on.

Examples:

  chancery-wallet init
  chancery-wallet accept 'openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fregistry.example%2Foffers%2F1'
  chancery-wallet list
  chancery-wallet present 3f9c02d1 --domain bank.example --challenge 8d1f6a90 --out presentation.json`

type options struct {
	Wallet string `default:"~/.chancery-wallet" env:"CHANCERY_WALLET" type:"path" placeholder:"DIR" help:"The wallet's folder, ~/.chancery-wallet if it is not given."`

	Init    initCommand    `cmd:"" help:"Make a wallet with a new key."`
	Accept  acceptCommand  `cmd:"" help:"Accept a credential offer."`
	Import  importCommand  `cmd:"" help:"Take a credential from a file."`
	List    listCommand    `cmd:"" help:"List the credentials."`
	Show    showCommand    `cmd:"" help:"Show one credential."`
	Export  exportCommand  `cmd:"" help:"Write out one credential, byte for byte."`
	Derive  deriveCommand  `cmd:"" help:"Write out a part of one credential."`
	Present presentCommand `cmd:"" help:"Present credentials to a verifier."`
	Version versionCommand `cmd:"" help:"Say which version this is, of which commit, and built with which Go."`
}

// env is what a command works with.
type env struct {
	dir            string // the wallet's folder
	stdin          *bufio.Reader
	interactive    bool // somebody is there to be asked
	stdout, stderr io.Writer
	now            func() time.Time
	random         io.Reader
}

func main() {
	os.Exit(run(os.Args[1:], &env{
		stdin:       bufio.NewReader(os.Stdin),
		interactive: term.IsTerminal(int(os.Stdin.Fd())),
		stdout:      os.Stdout,
		stderr:      os.Stderr,
		now:         time.Now,
		random:      rand.Reader,
	}))
}

// run does what args say, and returns the exit code.
func run(args []string, e *env) int {
	err := dispatch(args, e)
	if err == nil {
		return exitDone
	}
	fmt.Fprintf(e.stderr, "%s: %s\n", program, verifier.Printable(err.Error()+advice(err)))
	if isNo(err) {
		return exitNo
	}
	return exitFailed
}

func dispatch(args []string, e *env) error {
	var opts options
	parser, err := kong.New(&opts, kong.Name(program), kong.Description(description), kong.Writers(e.stdout, e.stderr))
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return fmt.Errorf("%w (see --help)", err)
	}
	e.dir = opts.Wallet
	return command.Run(e)
}

// isNo tells a no from what could not be done.
func isNo(err error) bool {
	return slices.ContainsFunc([]error{
		errDeclined, errNotPresented,
		oid4vci.ErrOffer, oid4vci.ErrUnsupported, oid4vci.ErrTxCode,
		oid4vci.ErrDenied, oid4vci.ErrAnswer, oid4vci.ErrCredential,
		wallet.ErrHolder, wallet.ErrNotAccepted, wallet.ErrUnknown, wallet.ErrAmbiguous,
		wallet.ErrPointer, wallet.ErrWhole, wallet.ErrBase, wallet.ErrAlone,
	}, func(no error) bool { return errors.Is(err, no) })
}

// advice says what to do where only this program's flags can help.
func advice(err error) string {
	if errors.Is(err, wallet.ErrBase) {
		return "; derive and present show what you name with --show"
	}
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return "; if you have the issuer's own certificate authority, name its file with --ca"
	}
	return ""
}
