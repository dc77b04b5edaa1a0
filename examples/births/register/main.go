// Command register makes a synthetic civil register of births in a SQLite
// file, as package civil describes it.
//
// It exits 0 when the file was written and 2 when it could not be.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/alecthomas/kong"

	"github.com/chancery-vc/chancery/examples/births/civil"
)

const description = `Make a synthetic civil register of births in a SQLite file.

The same seed and number of rows make the same register. Record ` + civil.KnownNumber + ` is in every one.

Example:

  go run ./examples/births/register --out births.db --rows 3000`

type options struct {
	Out  string `required:"" placeholder:"FILE" help:"The file to write. It must not exist yet."`
	Rows int    `default:"3000" help:"How many births, 1 to ${max}."`
	Seed uint64 `default:"1" help:"What the births are made from."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "register: %v\n", err)
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	var opts options
	parser, err := kong.New(
		&opts, kong.Name("register"), kong.Description(description), kong.Writers(stdout, stdout),
		kong.Vars{"max": fmt.Sprint(civil.MaxRows)},
	)
	if err != nil {
		return err
	}
	if _, err := parser.Parse(args); err != nil {
		return fmt.Errorf("%w (see --help)", err)
	}
	if err := civil.Write(ctx, opts.Out, opts.Rows, opts.Seed); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%d births in %s\n", opts.Rows, opts.Out)
	return err
}
