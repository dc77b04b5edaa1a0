package main

import (
	"crypto"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/verifier/did"
)

// Names of the files of a new issuer, as the configuration has them.
const (
	configFile = "chancery.yaml"
	keyFile    = "signing.key"
	secondFile = "selective.key"
	tlsFolder  = "tls"
)

type initCommand struct {
	Folder     string `arg:"" help:"Folder to set the issuer up in."`
	URL        string `name:"url" default:"https://localhost:8443" help:"Public address of the issuer."`
	Listen     string `default:"127.0.0.1:8443" help:"Address and port to serve on."`
	DIDKey     bool   `name:"did-key" help:"Name the issuer by its signing key, which then can never change, instead of by its address."`
	SelfSigned bool   `help:"Make a TLS certificate for trying out."`
	Selective  bool   `help:"Make a second key too, for credentials of which holders can show a part. Of an issuer that is set up already, make that key alone."`
}

func (initCommand) Help() string {
	return "Example:\n  chancery init registry --url https://registry.example"
}

func (c initCommand) Run(s streams) error {
	if c.Selective && exists(filepath.Join(c.Folder, configFile)) {
		return c.addSelective(s)
	}
	for _, name := range []string{configFile, keyFile, secondFile, tlsFolder} {
		if path := filepath.Join(c.Folder, name); exists(path) {
			return fmt.Errorf("%s is there already: choose another folder, or move it away", path)
		}
	}
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return err
	}
	text, err := config.Template(config.Start{URL: c.URL, Listen: c.Listen, DIDKey: c.DIDKey, SelfSigned: c.SelfSigned, Selective: c.Selective})
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
	signer, err := c.makeKeys()
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
	if c.Selective {
		fmt.Fprintf(s.out, "\nThe second key is %s. Back it up too; nobody else may read it.\nIt is for the profiles that you give the line disclosure: selective.\n", filepath.Join(c.Folder, secondFile))
	}
	return nil
}

// makeKeys makes the signing key, which it returns, and the second one if it is
// wanted.
func (c initCommand) makeKeys() (signer crypto.Signer, err error) {
	if signer, err = key.Create(filepath.Join(c.Folder, keyFile), rand.Reader); err != nil || !c.Selective {
		return signer, err
	}
	_, err = key.CreateP256(filepath.Join(c.Folder, secondFile), rand.Reader)
	return signer, err
}

// addSelective makes the second key of an issuer that is there, and nothing
// else.
func (c initCommand) addSelective(s streams) error {
	path := filepath.Join(c.Folder, secondFile)
	if exists(path) {
		return fmt.Errorf("%s is there already: name it in %s under selective_key", path, configFile)
	}
	if _, err := key.CreateP256(path, rand.Reader); err != nil {
		return err
	}
	fmt.Fprintf(s.out, `The key %s was made, and nothing else was changed. Back it up; nobody else may read it.

Next:
  1. in %s, add the line
       selective_key: %s
     and, to each profile of which holders may show a part,
       disclosure: selective
  2. chancery check --config %s
  3. start the service again, publish, and have relying parties fetch a new bundle
`, path, configFile, secondFile, filepath.Join(c.Folder, configFile))
	return nil
}

func (c initCommand) makeCertificate() error {
	u, err := url.Parse(c.URL)
	if err != nil {
		return err
	}
	return makeCertificate(c.Folder, u.Hostname())
}

// exists tells whether something is at path: an issuer is never set up over
// another one.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
