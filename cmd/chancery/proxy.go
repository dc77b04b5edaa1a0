package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/grantproxy"
)

// upstreamTime is how long the registry may take for an answer.
const upstreamTime = 60 * time.Second

type proxyCommand struct {
	Serve  proxyRunCommand    `cmd:"" name:"run" default:"withargs" help:"Forward a program's questions under a grant."`
	Keygen proxyKeygenCommand `cmd:"" help:"Make the key that a grant is to be bound to."`
}

func (proxyCommand) Help() string {
	return "For partners of a registry, who need no configuration: the proxy holds a grant and its key for a program\nthat speaks plain HTTP on this machine.\n\nExamples:\n  chancery proxy keygen partner.key > partner.jwk\n  chancery proxy --grant registrar-b.grant --key partner.key > proxy.url"
}

type proxyKeygenCommand struct {
	Path string `arg:"" help:"File to write the key to. It must not be there yet."`
}

func (proxyKeygenCommand) Help() string {
	return "The file is yours alone. What goes to standard output is the public key, for the registry; its thumbprint\ngoes to standard error, to compare it by.\n\nExample:\n  chancery proxy keygen partner.key > partner.jwk"
}

func (c proxyKeygenCommand) Run(s streams) error {
	signer, err := key.Create(c.Path, rand.Reader)
	if err != nil {
		return err
	}
	jwk, err := jwa.PublicJWK(signer.Public())
	if err != nil {
		return err
	}
	sum, err := jwa.Thumbprint(signer.Public())
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s\n", jwk)
	fmt.Fprintf(s.err, "thumbprint: %s\n", base64.RawURLEncoding.EncodeToString(sum))
	return nil
}

type proxyRunCommand struct {
	Grant  string        `required:"" type:"path" help:"The grant, as the registry gave it." placeholder:"FILE"`
	Key    string        `required:"" type:"path" help:"The key that it is bound to, mode 0600: of Ed25519 or P-256." placeholder:"FILE"`
	Listen string        `default:"127.0.0.1:0" help:"Loopback address and port to listen on, 0 for any; or unix: and the path of a socket, which only this account can use."`
	CA     string        `name:"ca" type:"path" help:"Certificates, PEM, one of which the registry's may come from, beside those of the system." placeholder:"FILE"`
	Poll   time.Duration `default:"10s" help:"How often the registry is asked whether the grant still holds, while nothing else is." placeholder:"TIME"`
}

func (proxyRunCommand) Help() string {
	return "Prints where it is, for the program, and forwards POST /v1/facts, /v1/statuses and /v1/credentials below\nthat, if the grant is for them; GET tells what is left. Whoever reads the URL can use the grant on this\nmachine: keep it in a file. It ends with the grant: exit code 0 when that has ended, is used up, or\nyou stop it, 1 when the registry takes it no more.\n\nExamples:\n  chancery proxy --grant registrar-b.grant --key partner.key > proxy.url\n  chancery proxy --grant registrar-b.grant --key partner.key --listen unix:/run/user/1000/registry.sock"
}

func (c proxyRunCommand) Run(ctx context.Context, s streams) error {
	proxy, err := c.open(s)
	if err != nil {
		return err
	}
	listener, host, err := c.listen()
	if err != nil {
		return err
	}
	where := c.Listen
	if host == "" {
		defer os.Remove(strings.TrimPrefix(where, socketPrefix))
	} else {
		where = "http://" + host + proxy.Path()
	}
	terms := proxy.Terms()
	fmt.Fprintf(s.err, "%s may ask %s until %s\n", terms.Subject, terms.Audience, credential.FormatTime(terms.ExpiresAt()))
	end, err := proxy.Serve(ctx, listener, host, func() { fmt.Fprintln(s.out, where) })
	switch {
	case end == grantproxy.EndRevoked, end == grantproxy.EndEarly:
		return no(end)
	case err != nil:
		return err
	}
	fmt.Fprintf(s.err, "%s\n", end)
	return nil
}

// open reads what the proxy needs.
func (c proxyRunCommand) open(s streams) (*grantproxy.Proxy, error) {
	grant, err := os.ReadFile(c.Grant)
	if err != nil {
		return nil, fmt.Errorf("--grant: %w", err)
	}
	signer, err := loadPartnerKey(c.Key)
	if err != nil {
		return nil, fmt.Errorf("--key: %w", err)
	}
	var roots *x509.CertPool
	if c.CA != "" {
		data, err := os.ReadFile(c.CA)
		if err == nil {
			roots, err = web.Roots(data)
		}
		if err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
	}
	if c.Poll < time.Second {
		return nil, errors.New("--poll must be at least 1s")
	}
	proxy, err := grantproxy.New(grantproxy.Options{
		Grant: bytes.TrimSuffix(grant, []byte("\n")), Key: signer, Client: web.NewClient(roots, upstreamTime), Now: time.Now, Random: rand.Reader, Poll: c.Poll,
		Tell: func(l grantproxy.Left) {
			fmt.Fprintf(s.err, "left: %d of %d records, %s\n", l.Left, l.Records, verifier.Span(time.Until(l.Expires)))
		},
	})
	if err != nil {
		return nil, fmt.Errorf("--grant: %s: %w", c.Grant, err)
	}
	return proxy, nil
}

// loadPartnerKey loads a key of either kind that proofs can be signed with.
func loadPartnerKey(path string) (crypto.Signer, error) {
	signer, err := key.Load(path)
	if errors.Is(err, key.ErrInvalid) {
		if second, again := key.LoadP256(path); again == nil {
			return second, nil
		}
	}
	return signer, err
}

// socketPrefix says that what follows is the path of a Unix socket.
const socketPrefix = "unix:"

// listen listens where nobody but this machine can connect, and returns what
// requests must name as their host; "" for a Unix socket.
func (c proxyRunCommand) listen() (listener net.Listener, host string, err error) {
	if path, ok := strings.CutPrefix(c.Listen, socketPrefix); ok {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return nil, "", fmt.Errorf("--listen: %s is there already: take it away, or name another path", path)
		}
		listener, err = listenSocket(path)
		return listener, "", err
	}
	address, err := netip.ParseAddrPort(c.Listen)
	if err != nil || !address.Addr().Unmap().IsLoopback() || address.Addr().Zone() != "" {
		return nil, "", fmt.Errorf("--listen: %q is no loopback address with a port, such as 127.0.0.1:0: others could use the grant", c.Listen)
	}
	if listener, err = net.Listen("tcp", c.Listen); err != nil {
		return nil, "", fmt.Errorf("--listen: %w", err)
	}
	return listener, listener.Addr().String(), nil
}
