package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// makeSides returns what is measured side by side, ours first.
func makeSides(ctx context.Context, s settings, progress io.Writer) ([]side, error) {
	record, err := encoded()
	if err != nil {
		return nil, err
	}
	sides := []side{{"ours", runOurs}, bare(record), plainFile(record)}
	if s.tessera == "" {
		return sides, nil
	}
	fmt.Fprintln(progress, "building the program for tessera")
	program := filepath.Join(s.folder, "tessera")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	build.Dir, build.Stderr = s.tessera, progress
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("build the program for tessera in %s, or leave it out with --tessera=: %w", s.tessera, err)
	}
	return append(sides, tessera(program, len(record))), nil
}

// tessera is a program that measures itself as the other sides are.
func tessera(program string, size int) side {
	return side{"tessera", func(ctx context.Context, folder string, writers int, turn time.Duration) (one speed, err error) {
		run := exec.CommandContext(ctx, program, "-folder", folder, "-writers", strconv.Itoa(writers), "-turn", turn.String(), "-bytes", strconv.Itoa(size))
		answer, err := run.Output()
		if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
			return speed{}, fmt.Errorf("%w: %s", err, failed.Stderr)
		}
		if err != nil {
			return speed{}, err
		}
		return one, json.Unmarshal(answer, &one)
	}}
}
