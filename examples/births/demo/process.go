package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// demo is one run, in a folder of its own.
type demo struct {
	bin, dir string
	isolated bool // unshare can start a process without a network
	serving  *exec.Cmd

	issuer, key, uri, code, credential string
}

func newDemo(bin string) (*demo, error) {
	bin, err := filepath.Abs(bin)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "chancery-demo-")
	if err != nil {
		return nil, err
	}
	return &demo{bin: bin, dir: dir, isolated: exec.Command("unshare", "-rn", "true").Run() == nil}, nil
}

func (d *demo) title(text string) { fmt.Printf("\n== %s\n", text) }

func (d *demo) note(format string, args ...any) { fmt.Printf("\n  # "+format+"\n", args...) }

func (d *demo) chancery(ctx context.Context, want int, args ...string) (string, error) {
	if args[0] != "init" {
		args = append(args, "--config", "registry/chancery.yaml")
	}
	return d.show(ctx, want, append([]string{"chancery"}, args...))
}

func (d *demo) wallet(ctx context.Context, want int, args ...string) (string, error) {
	return d.show(ctx, want, append([]string{"chancery-wallet"}, slices.Concat(args, []string{"--wallet", "wallet"})...))
}

func (d *demo) verifier(ctx context.Context, want int, args ...string) error {
	args = append(args, "--issuer", d.issuer, "--bundle-key", d.key)
	command := append([]string{"chancery-verifier"}, args...)
	if d.isolated {
		command = append([]string{"unshare", "-rn"}, command...)
	}
	_, err := d.show(ctx, want, command)
	return err
}

// show runs a command, printed as one would type it, and its output.
func (d *demo) show(ctx context.Context, want int, command []string) (string, error) {
	fmt.Printf("\n  $ %s\n", strings.Join(command, " "))
	out, code, err := d.exec(ctx, command)
	for line := range strings.Lines(out) {
		fmt.Print("  " + line)
	}
	if err != nil {
		return out, err
	}
	if code != want {
		return out, fmt.Errorf("%s exits %d, not %d", command[0], code, want)
	}
	return out, nil
}

func (d *demo) exec(ctx context.Context, command []string) (out string, code int, err error) {
	c := d.command(ctx, command)
	data, err := c.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(data), exit.ExitCode(), nil
	}
	return string(data), 0, err
}

// command finds our own programs in bin.
func (d *demo) command(ctx context.Context, command []string) *exec.Cmd {
	resolved := make([]string, len(command))
	for i, part := range command {
		resolved[i] = part
		if strings.HasPrefix(part, "chancery") && !strings.Contains(part, "/") && (i == 0 || command[i-1] == "-rn") {
			resolved[i] = filepath.Join(d.bin, part)
		}
	}
	c := exec.CommandContext(ctx, resolved[0], resolved[1:]...)
	c.Dir = d.dir
	return c
}

// startIssuer serves the issuer, and returns when it says that it does.
func (d *demo) startIssuer(ctx context.Context) error {
	command := []string{"chancery", "serve", "--config", "registry/chancery.yaml"}
	fmt.Printf("\n  $ %s &\n", strings.Join(command, " "))
	d.serving = d.command(ctx, command)
	log, err := os.Create(d.path("registry/serve.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	d.serving.Stderr = log
	out, err := d.serving.StdoutPipe()
	if err != nil {
		return err
	}
	if err := d.serving.Start(); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the issuer does not start; see registry/serve.log: %w", err)
	}
	fmt.Print("  " + line)
	return nil
}

// stopIssuer stops the issuer if it is being served.
func (d *demo) stopIssuer() {
	if d.serving == nil {
		return
	}
	_ = d.serving.Process.Signal(os.Interrupt)
	timer := time.AfterFunc(15*time.Second, func() { _ = d.serving.Process.Kill() })
	defer timer.Stop()
	_ = d.serving.Wait() // its exit code says nothing that the demo needs
	d.serving = nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
