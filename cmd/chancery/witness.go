package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/witness"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Names of the files of a witness. Whoever can write them can have it cosign
// what they like.
const (
	witnessKey   = "witness.key"  // its signing key
	witnessVKey  = "witness.vkey" // its verifier key, in a line
	witnessLogs  = "logs"         // the logs that it witnesses
	witnessState = "witness.db"   // what it has cosigned
)

// maxLogsFile caps the list of logs.
const maxLogsFile = 4 << 20

type witnessCommand struct {
	Init   witnessInitCommand   `cmd:"" help:"Set up a witness: its key and its list of logs."`
	AddLog witnessAddLogCommand `cmd:"" help:"Add a log to those that are witnessed."`
	Serve  witnessServeCommand  `cmd:"" help:"Serve the witness."`
}

func (witnessCommand) Help() string {
	return "Run it on a machine that is not the log's, under somebody else's hand.\n\nExample:\n  chancery witness init county --name witness.county.example/w1"
}

type witnessInitCommand struct {
	Folder     string `arg:"" help:"Folder to set the witness up in."`
	Name       string `required:"" help:"Name of the witness, such as its address without https://; it cannot change."`
	SelfSigned bool   `help:"Make a TLS certificate for trying out."`
}

func (witnessInitCommand) Help() string {
	return "Prints the verifier key, to be given to the logs and to whoever trusts the witness.\n\nExample:\n  chancery witness init county --name witness.county.example/w1"
}

func (c witnessInitCommand) Run(s streams) error {
	for _, name := range []string{witnessKey, witnessVKey, witnessLogs, witnessState, tlsFolder} {
		if path := filepath.Join(c.Folder, name); exists(path) {
			return fmt.Errorf("%s is there already: choose another folder, or move it away", path)
		}
	}
	// The name is judged, with any key, before anything is made.
	anyKey, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	if _, err := logproof.NewWitness(c.Name, anyKey); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return err
	}
	signer, err := key.Create(filepath.Join(c.Folder, witnessKey), rand.Reader)
	if err != nil {
		return err
	}
	identity, err := logproof.NewWitness(c.Name, signer.Public())
	if err != nil {
		return err
	}
	list := "# The logs that are witnessed: a verifier key a line and, if it is not the name\n# of the key, a space and the origin of the log. Read when the witness starts.\n"
	err = errors.Join(
		durable.Write(filepath.Join(c.Folder, witnessVKey), []byte(identity.String()+"\n"), 0o644),
		durable.Write(filepath.Join(c.Folder, witnessLogs), []byte(list), 0o644),
	)
	if err == nil && c.SelfSigned {
		err = c.makeCertificate()
	}
	if err == nil {
		fmt.Fprintln(s.out, identity)
		fmt.Fprintf(s.err, "The witness is set up in %s. Next: chancery witness add-log %s KEY, then chancery witness serve %s\n", c.Folder, c.Folder, c.Folder)
	}
	return err
}

func (c witnessInitCommand) makeCertificate() error {
	host, _, _ := strings.Cut(c.Name, "/")
	host, _, _ = strings.Cut(host, ":")
	return makeCertificate(c.Folder, host)
}

type witnessAddLogCommand struct {
	Folder string `arg:"" help:"Folder of the witness."`
	Key    string `arg:"" help:"Verifier key of the log, name+id+key, or its did:key."`
	Origin string `help:"Origin of the log, the first line of its checkpoints. Default: the name of the verifier key."`
}

func (witnessAddLogCommand) Help() string {
	return "A witness that is being served takes it up when it starts again.\n\nExamples:\n  chancery witness add-log county registry.example/log+7b79e033+AZ...\n  chancery witness add-log county did:key:z6Mk... --origin registry.example/log"
}

func (c witnessAddLogCommand) Run(s streams) error {
	added, err := c.log()
	if err != nil {
		return err
	}
	path := filepath.Join(c.Folder, witnessLogs)
	text, logs, err := readLogs(path)
	if err != nil {
		return err
	}
	for _, l := range logs {
		if l.String() == added.String() {
			return fmt.Errorf("%s has this log already", path)
		}
	}
	if len(text) > 0 && !strings.HasSuffix(string(text), "\n") {
		text = append(text, '\n')
	}
	text = append(text, added.String()+"\n"...)
	if err := durable.Place(path, text, 0o644, os.Rename); err != nil {
		return err
	}
	fmt.Fprintln(s.out, added)
	return nil
}

func (c witnessAddLogCommand) log() (witness.Log, error) {
	if strings.HasPrefix(c.Key, "did:key:") {
		public, err := did.KeyFrom(c.Key)
		if err != nil {
			return witness.Log{}, err
		}
		if c.Origin == "" {
			return witness.Log{}, errors.New("a did:key has no name: give --origin, the first line of the log's checkpoints")
		}
		return witness.NewLog(c.Origin, public)
	}
	if c.Origin != "" {
		return witness.ParseLog(c.Key + " " + c.Origin)
	}
	return witness.ParseLog(c.Key)
}

func readLogs(path string) ([]byte, []witness.Log, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%w; set the witness up with chancery witness init", err)
	}
	defer file.Close()
	text, err := web.ReadBody(file, maxLogsFile)
	if err != nil {
		return nil, nil, err
	}
	logs, err := witness.ParseLogs(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, logs, nil
}

// makeCertificate makes a TLS certificate for trying out.
func makeCertificate(folder, host string) error {
	certificate, secret, err := web.SelfSigned(host, time.Now(), rand.Reader)
	if err != nil {
		return err
	}
	folder = filepath.Join(folder, tlsFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return errors.Join(
		durable.Write(filepath.Join(folder, "certificate.pem"), certificate, 0o644),
		durable.Write(filepath.Join(folder, "key.pem"), secret, 0o600),
	)
}
