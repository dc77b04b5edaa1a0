package main

import (
	"bytes"
	"cmp"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// errDiffers says that a program cannot be built again with the same bytes.
var errDiffers = errors.New("it is not the same when it is built twice")

// builds are the programs of one commit.
type builds struct {
	version, commit, goVersion string
	files                      []binary
}

// binary is one program for one platform.
type binary struct {
	name string // of its file
	info *buildinfo.BuildInfo
}

// build builds each program twice, and leaves one of each pair in out.
func (c makeCommand) build(ctx context.Context, out string, progress io.Writer) (*builds, error) {
	work, err := os.MkdirTemp("", "release-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	var places [2]place
	for i := range places {
		places[i] = place{source: filepath.Join(work, fmt.Sprint(i), strings.Repeat("x", i*20), "chancery")}
		if err := clone(ctx, c.Source, places[i].source); err != nil {
			return nil, err
		}
	}
	if !c.OneCache {
		places[1].cache = filepath.Join(work, "cache")
	}
	b := &builds{}
	for _, platform := range c.Platforms {
		for _, program := range c.Programs {
			system, arch, ok := strings.Cut(platform, "/")
			if !ok {
				return nil, fmt.Errorf("--platforms: %q is not like linux/amd64", platform)
			}
			if program == "chancery" && system != "linux" {
				continue
			}
			fmt.Fprintf(progress, "%s for %s\n", program, platform)
			if err := b.add(ctx, places, out, target{program, system, arch}); err != nil {
				return nil, fmt.Errorf("%s for %s: %w", program, platform, err)
			}
		}
	}
	return b, nil
}

// clone checks out the commit of source, and nothing that is not in it.
func clone(ctx context.Context, source, folder string) error {
	if out, err := exec.CommandContext(ctx, "git", "clone", "--quiet", source, folder).CombinedOutput(); err != nil {
		return fmt.Errorf("git clone: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// place is a checkout and the cache to build it with; empty for the one at hand.
type place struct{ source, cache string }

type target struct{ program, system, arch string }

func (t target) file() string {
	name := t.program + "-" + t.system + "-" + t.arch
	if t.system == "windows" {
		name += ".exe"
	}
	return name
}

// add builds t in both places.
func (b *builds) add(ctx context.Context, places [2]place, out string, t target) error {
	var data [2][]byte
	for i, p := range places {
		path := filepath.Join(out, t.file())
		if err := p.build(ctx, path, t); err != nil {
			return err
		}
		var err error
		if data[i], err = os.ReadFile(path); err != nil {
			return err
		}
	}
	if !bytes.Equal(data[0], data[1]) {
		return errDiffers
	}
	info, err := buildinfo.Read(bytes.NewReader(data[0]))
	if err != nil {
		return err
	}
	b.files = append(b.files, binary{t.file(), info})
	return b.agree(info)
}

// agree holds what a program says of its own origin against the others.
func (b *builds) agree(info *buildinfo.BuildInfo) error {
	version, commit := info.Main.Version, setting(info, "vcs.revision")
	if commit == "" || setting(info, "vcs.modified") != "false" {
		return errors.New("it does not say what commit it is of")
	}
	if cmp.Or(b.version, version) != version || cmp.Or(b.commit, commit) != commit {
		return fmt.Errorf("it is version %s of commit %s, and another is %s of %s", version, commit, b.version, b.commit)
	}
	b.version, b.commit, b.goVersion = version, commit, info.GoVersion
	return nil
}

func setting(info *buildinfo.BuildInfo, key string) string {
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// build builds t with nothing of the environment in it.
func (p place) build(ctx context.Context, path string, t target) error {
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=true", "-o", path, "./cmd/"+t.program)
	build.Dir = p.source
	build.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0", "GOOS="+t.system, "GOARCH="+t.arch, "GOAMD64=v1")
	if p.cache != "" {
		build.Env = append(build.Env, "GOCACHE="+p.cache)
	}
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}
