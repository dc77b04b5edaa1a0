package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"

	"github.com/chancery-vc/chancery/conformance/internal/npm"
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
	err := npm.Install(ctx, s.folder, progress)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("the peers are not here; run this from the top folder of the project, or say where with -workers: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("nothing to measure against: %w", err)
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
