package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/verifier/did"
)

// Names of the files of a new issuer, as the configuration has them.
const (
	configFile = "chancery.yaml"
	keyFile    = "signing.key"
	tlsFolder  = "tls"
)

type initCommand struct {
	Folder     string `arg:"" help:"Folder to set the issuer up in."`
	URL        string `name:"url" default:"https://localhost:8443" help:"Public address of the issuer."`
	Listen     string `default:"127.0.0.1:8443" help:"Address and port to serve on."`
	DIDKey     bool   `name:"did-key" help:"Name the issuer by its signing key, which then can never change, instead of by its address."`
	SelfSigned bool   `help:"Make a TLS certificate for trying out."`
}

func (initCommand) Help() string {
	return "Example:\n  chancery init registry --url https://registry.example"
}

func (c initCommand) Run(s streams) error {
	for _, name := range []string{configFile, keyFile, tlsFolder} {
		if path := filepath.Join(c.Folder, name); exists(path) {
			return fmt.Errorf("%s is there already: choose another folder, or move it away", path)
		}
	}
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return err
	}
	text, err := config.Template(config.Start{URL: c.URL, Listen: c.Listen, DIDKey: c.DIDKey, SelfSigned: c.SelfSigned})
	if err != nil {
		return err
	}
	if _, err := config.Parse([]byte(text), c.Folder); err != nil {
		return err
	}
	path := filepath.Join(c.Folder, configFile)
	if err := durable.Write(path, []byte(text), 0o600); err != nil {
		return err
	}
	signer, err := key.Create(filepath.Join(c.Folder, keyFile), rand.Reader)
	if err != nil {
		return err
	}
	if c.SelfSigned {
		if err := c.makeCertificate(); err != nil {
			return err
		}
	}
	id, _, err := did.FromKey(signer.Public())
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, `The issuer is set up in %s.

  configuration  %s
  signing key    %s   back it up; nobody else may read it
  its public key %s
                 give this to relying parties: bundles are signed with it

Next:
  1. name your register under sources and profiles in %s;
     chancery source import makes one from a CSV file
  2. name your TLS certificate under tls, if you have not let one be made
  3. chancery check --config %s    tells what it lets each caller have
  4. chancery serve --config %s
`, c.Folder, path, filepath.Join(c.Folder, keyFile), id, path, path, path)
	return nil
}

func (c initCommand) makeCertificate() error {
	u, err := url.Parse(c.URL)
	if err != nil {
		return err
	}
	certificate, secret, err := web.SelfSigned(u.Hostname(), time.Now(), rand.Reader)
	if err != nil {
		return err
	}
	folder := filepath.Join(c.Folder, tlsFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return errors.Join(
		durable.Write(filepath.Join(folder, "certificate.pem"), certificate, 0o644),
		durable.Write(filepath.Join(folder, "key.pem"), secret, 0o600),
	)
}

// exists tells whether something is at path: an issuer is never set up over
// another one.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
