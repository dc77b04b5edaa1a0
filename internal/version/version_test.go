package version

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestFormat(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.1", Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "arm64"}, {Key: "vcs.revision", Value: "0a1b2c"}, {Key: "vcs.modified", Value: "false"},
	}}
	const want = "chancery v1.2.3\ncommit 0a1b2c\ngo1.26.1 linux/arm64\n"
	if got := format("chancery", info); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	info.Settings[3].Value = "true"
	if got := format("chancery", info); !strings.Contains(got, "0a1b2c, with changes\n") {
		t.Errorf("got %q", got)
	}
	info.Settings = nil
	if got := format("chancery", info); !strings.Contains(got, "commit unknown\n") {
		t.Errorf("got %q", got)
	}
}

func TestRead(t *testing.T) {
	if got := Read("chancery"); !strings.HasPrefix(got, "chancery ") || !strings.Contains(got, "\n"+runtime.Version()+" ") {
		t.Errorf("got %q", got)
	}
}
