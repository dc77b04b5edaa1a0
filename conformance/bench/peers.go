package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// request and answer are the lines of the protocol.
type request struct {
	Op       string                     `json:"op"`
	Millis   int64                      `json:"millis"`
	Contexts map[string]json.RawMessage `json:"contexts,omitempty"`
	Issuer   *jwk                       `json:"issuer,omitempty"`
	Suite    string                     `json:"suite,omitempty"`
	Pointers []string                   `json:"pointers,omitempty"`
	Nonce    string                     `json:"nonce,omitempty"`
	Document string                     `json:"document,omitempty"`
}

type answer struct {
	Processor int64  `json:"processor"`
	Clock     int64  `json:"clock"`
	Document  string `json:"document"`
	Error     string `json:"error"`
}

// errPeer is what the peers answered: they ran, and did not do it.
var errPeer = errors.New("the peer")

// peers are the other implementations, as a child process.
type peers struct {
	in   io.WriteCloser
	out  *bufio.Reader
	wait func() error
}

func startPeers(ctx context.Context, s settings, progress io.Writer) (*peers, error) {
	if err := install(ctx, s.folder, progress); err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, "node", "--single-threaded", "worker.js")
	command.Dir, command.Stderr = s.folder, progress
	command.Env = append(os.Environ(), "UV_THREADPOOL_SIZE=1")
	in, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("the peers do not start: %w", err)
	}
	return &peers{in: in, out: bufio.NewReader(out), wait: command.Wait}, nil
}

// install gets the packages of the peers, unless those of the lock file are
// there: a copy of it stands beside what was installed by it.
func install(ctx context.Context, folder string, progress io.Writer) error {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("nothing to measure against: %s is not installed; install Node.js 20 or later: %w", program, err)
		}
	}
	lock, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		return fmt.Errorf("the peers are not here; run this from the top folder of the project, or say where with -workers: %w", err)
	}
	installed := filepath.Join(folder, "node_modules", "installed.json")
	if done, err := os.ReadFile(installed); err == nil && bytes.Equal(done, lock) {
		return nil
	}
	fmt.Fprintln(progress, "getting the packages of the peers with npm")
	command := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--prefer-offline")
	command.Dir = folder
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("nothing to measure against: npm cannot get the packages of the peers; is there a network? %w\n%s", err, out)
	}
	return os.WriteFile(installed, lock, 0o600)
}

// ask has the peers do something.
func (p *peers) ask(r request) (answer, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return answer{}, err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return answer{}, fmt.Errorf("the peers have ended: %w", err)
	}
	if line, err = p.out.ReadBytes('\n'); err != nil {
		return answer{}, fmt.Errorf("the peers gave no answer to %s: %w", r.Op, err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return answer{}, fmt.Errorf("the peers' answer to %s: %w", r.Op, err)
	}
	if a.Error != "" {
		return answer{}, fmt.Errorf("%w: %s", errPeer, a.Error)
	}
	return a, nil
}

// stop ends the peers. What they had to say was said before.
func (p *peers) stop() {
	_ = p.in.Close()
	_ = p.wait()
}
