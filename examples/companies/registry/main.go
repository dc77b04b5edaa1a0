// Command registry is a small registry of companies with a REST API, as it
// could be there already when an issuer is put in front of it. Its companies
// are made up, and it holds more of each than anybody should be shown.
//
// It makes a token and a certificate at the start, in the folder that it is
// given, and exits 0 when it is stopped and 2 when it could not run.
package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"

	"github.com/chancery-vc/chancery/internal/web"
)

const description = `Serve a registry of made-up companies as a REST API.

Into the folder go registry.token, which whoever asks must show, and registry-ca.pem, by which the registry is known.

Example:

  go run ./examples/companies/registry --folder work`

type options struct {
	Folder string `default:"." type:"existingdir" help:"Where token and certificate go."`
	Listen string `default:"127.0.0.1:8450" help:"Address and port to serve on."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "registry: %v\n", err)
		os.Exit(2)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	var opts options
	parser, err := kong.New(&opts, kong.Name("registry"), kong.Description(description), kong.Writers(stdout, stdout))
	if err != nil {
		return err
	}
	if _, err := parser.Parse(args); err != nil {
		return fmt.Errorf("%w (see --help)", err)
	}
	listener, err := net.Listen("tcp", opts.Listen)
	if err != nil {
		return err
	}
	token, certificate, err := secrets(opts.Folder, listener.Addr())
	if err != nil {
		return err
	}
	api, err := newAPI()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	server := web.NewServer(web.RequireBearer(token, api, log), log)
	server.TLSConfig.Certificates = []tls.Certificate{certificate}
	fmt.Fprintf(stdout, "The registry of companies is at https://%s/v1\n", listener.Addr())
	return serve(ctx, server, listener)
}

// secrets makes the token and the certificate, and leaves in a folder what
// others need of them.
func secrets(folder string, address net.Addr) (token string, certificate tls.Certificate, err error) {
	host, _, err := net.SplitHostPort(address.String())
	if err != nil {
		return "", certificate, err
	}
	chain, key, err := web.SelfSigned(host, time.Now(), rand.Reader)
	if err != nil {
		return "", certificate, err
	}
	if certificate, err = tls.X509KeyPair(chain, key); err != nil {
		return "", certificate, err
	}
	token = rand.Text()
	if err := os.WriteFile(filepath.Join(folder, "registry.token"), []byte(token+"\n"), 0o600); err != nil {
		return "", certificate, err
	}
	return token, certificate, os.WriteFile(filepath.Join(folder, "registry-ca.pem"), chain, 0o600)
}

func serve(ctx context.Context, server *http.Server, listener net.Listener) error {
	stopped := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopped()
	if err := server.ServeTLS(listener, "", ""); ctx.Err() == nil {
		return err
	}
	return nil
}
