// Package version says which build a program is, by what the Go toolchain put
// into it: the version of the module, the commit, and the version of Go.
package version

import (
	"fmt"
	"runtime/debug"
	"strings"
)

// Read returns the lines that a program says of itself.
func Read(program string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return program + ", of which nothing is known: it was built without modules\n"
	}
	return format(program, info)
}

func format(program string, info *debug.BuildInfo) string {
	settings := map[string]string{"vcs.revision": "unknown"}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s\n", program, info.Main.Version)
	fmt.Fprintf(&text, "commit %s", settings["vcs.revision"])
	if settings["vcs.modified"] == "true" {
		text.WriteString(", with changes")
	}
	fmt.Fprintf(&text, "\n%s %s/%s\n", info.GoVersion, settings["GOOS"], settings["GOARCH"])
	return text.String()
}
