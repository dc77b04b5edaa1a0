// Command demo shows the whole way of a credential once, with the real
// programs: a register, an issuer, a wallet and a verifier, each a process of
// its own that only talks over the protocols. `make demo` runs it.
//
// It fails if any step does not end as it should.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	bin := "bin"
	if len(os.Args) > 1 {
		bin = os.Args[1]
	}
	if err := run(ctx, bin); err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, bin string) error {
	started := time.Now()
	d, err := newDemo(bin)
	if err != nil {
		return err
	}
	defer d.stopIssuer()
	for _, step := range []func(context.Context) error{
		d.setUp, d.offer, d.accept, d.verify, d.refuse, d.revoke, d.checkLog,
	} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("%w\nthe files are in %s", err, d.dir)
		}
	}
	d.finish(time.Since(started))
	return nil
}
