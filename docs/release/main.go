// Command release makes what a release consists of, from the commit that is
// checked out: `make release KEY=release.key`.
//
//	chancery-linux-amd64 ...   the programs, each built twice
//	chancery-VERSION.cdx.json  what they were built from (CycloneDX 1.6)
//	provenance.intoto.json     how they were built (SLSA provenance 1.0 in a
//	                           DSSE envelope, signed)
//	SHA256SUMS                 of all of those
//	release.vc.json            the project's own credential: this version has
//	                           that SHA256SUMS
//
// Each program is built in two folders with two caches; what is not the same
// byte for byte is no release. The version is the tag of the commit, or what
// Go makes of a commit without one; a checkout with changes has none.
//
// Source: in-toto Statement 1.0; SLSA Build Provenance 1.0; DSSE 1.0; CycloneDX
// 1.6; Verifiable Credentials Data Model 2.0, section 5.3 (related resources).
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"

	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/verifier/did"
)

const description = `Make a release of the commit that is checked out.

Example:
  go run ./docs/release key release.key
  go run ./docs/release make --key release.key --out dist`

type commands struct {
	Key  keyCommand  `cmd:"" help:"Make the key that releases are signed with."`
	Make makeCommand `cmd:"" help:"Build, describe and sign."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	parsed := kong.Parse(&commands{}, kong.Name("release"), kong.Description(description),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.BindTo(os.Stdout, (*io.Writer)(nil)))
	parsed.FatalIfErrorf(parsed.Run())
}

type keyCommand struct {
	File string `arg:"" help:"File to write; it must not exist."`
}

func (c keyCommand) Run(out io.Writer) error {
	signer, err := key.Create(c.File, rand.Reader)
	if err != nil {
		return err
	}
	id, _, err := did.FromKey(signer.Public())
	if err == nil {
		fmt.Fprintf(out, "%s signs as %s; publish that name where users find it without the releases\n", c.File, id)
	}
	return err
}

type makeCommand struct {
	Key       string   `required:"" placeholder:"FILE" help:"Key to sign with."`
	Out       string   `default:"dist" help:"Folder to make; it must not exist."`
	Source    string   `default:"." help:"Checkout to release."`
	URL       string   `name:"url" default:"https://github.com/chancery-vc/chancery/releases/download" help:"Address below which the release will be."`
	Programs  []string `default:"chancery,chancery-verifier,chancery-wallet" help:"Programs to build."`
	Platforms []string `default:"linux/amd64,linux/arm64,darwin/arm64,windows/amd64" help:"Platforms to build for. The issuer is built for Linux alone."`
	OneCache  bool     `help:"Build both times with the cache at hand: quicker, and less of a proof."`
}

// Run makes the release in a draft of the folder, which gets its name at the
// end.
func (c makeCommand) Run(ctx context.Context, out io.Writer) error {
	signer, err := key.Load(c.Key)
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Out); err == nil {
		return fmt.Errorf("%s is there already: remove it, or name another with --out", c.Out)
	}
	// Builds run in folders of their own, where a relative path is another's.
	folder, err := filepath.Abs(c.Out)
	if err != nil {
		return err
	}
	draft, err := os.MkdirTemp(filepath.Dir(folder), ".release-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(draft)
	b, err := c.build(ctx, draft, out)
	if err != nil {
		return err
	}
	r := release{builds: b, folder: draft, url: c.URL, signer: signer, made: time.Now()}
	if err := r.describe(ctx); err != nil {
		return err
	}
	if err := os.Chmod(draft, 0o755); err != nil {
		return err
	}
	if err := os.Rename(draft, folder); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is in %s, signed as %s\n", b.version, c.Out, r.id)
	return nil
}
