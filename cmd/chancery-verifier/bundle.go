package main

import (
	"crypto"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

type bundleCmds struct {
	Show bundleShowCmd `cmd:"" help:"Show what is in a bundle, and how old it is."`
}

type bundleShowCmd struct {
	File   string   `arg:"" help:"Bundle file."`
	Issuer []string `placeholder:"DID" sep:"none" help:"Issuer, a did:key, whose bundle it must be."`
	bundleKeys
	JSON bool `help:"Write JSON."`
}

// Help is what kong shows below the flags' summary.
func (bundleShowCmd) Help() string {
	return `Exits with 0 if the bundle can be used, 2 if it cannot.

Example:

  chancery-verifier bundle show registry.bundle --bundle-key did:key:z6Mk...`
}

// Run shows the bundle.
func (c *bundleShowCmd) Run(s streams, now clock) error {
	keys, err := c.trusted(c.Issuer)
	if err != nil {
		return err
	}
	b, key, err := openBundle(c.File, keys)
	if err != nil {
		return err
	}
	shown := show(b, key, now())
	if c.JSON {
		data, err := json.Marshal(shown)
		if err != nil {
			return err
		}
		_, err = s.out.Write(append(data, '\n'))
		return err
	}
	return shown.writeText(s.out)
}

// shownBundle is what the command says about a bundle.
type shownBundle struct {
	Issuer      string         `json:"issuer"`
	Created     string         `json:"created"`
	AgeSeconds  int64          `json:"ageSeconds"`
	Controllers []string       `json:"controllers"`
	StatusLists []shownList    `json:"statusLists"`
	Contexts    []shownContext `json:"contexts"`
	Checkpoint  *shownLog      `json:"checkpoint,omitzero"`
}

type shownList struct {
	URL        string `json:"url"`
	ValidFrom  string `json:"validFrom,omitzero"`
	ValidUntil string `json:"validUntil,omitzero"`
}

type shownContext struct {
	URL    string `json:"url"`
	SHA256 string `json:"sha256"`
}

type shownLog struct {
	Origin  string `json:"origin,omitzero"`
	Records uint64 `json:"records,omitzero"`
	Problem string `json:"problem,omitzero"`
}

func show(b *bundle.Bundle, key crypto.PublicKey, now time.Time) shownBundle {
	shown := shownBundle{
		Issuer:      b.Issuer,
		Created:     credential.FormatTime(b.Created),
		AgeSeconds:  int64(now.Sub(b.Created) / time.Second),
		Controllers: []string{},
		StatusLists: []shownList{},
		Contexts:    []shownContext{},
	}
	for _, document := range b.Controllers {
		shown.Controllers = append(shown.Controllers, document.ID)
	}
	for _, url := range slices.Sorted(maps.Keys(b.StatusLists)) {
		list := b.StatusLists[url]
		shown.StatusLists = append(shown.StatusLists, shownList{url, timeText(list.ValidFrom), timeText(list.ValidUntil)})
	}
	for _, context := range b.Contexts() {
		shown.Contexts = append(shown.Contexts, shownContext{context.URL, context.SHA256})
	}
	if b.Checkpoint != "" {
		shown.Checkpoint = showCheckpoint(b.Checkpoint, key)
	}
	return shown
}

func showCheckpoint(text string, key crypto.PublicKey) *shownLog {
	checkpoint, err := logproof.OpenCheckpoint([]byte(text), key)
	if err != nil {
		return &shownLog{Problem: err.Error()}
	}
	return &shownLog{Origin: checkpoint.Origin, Records: checkpoint.Size}
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return credential.FormatTime(t)
}

func (s shownBundle) writeText(out io.Writer) error {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-11s %s\n", name, verifier.Printable(fmt.Sprintf(format, args...)))
	}
	fmt.Fprintf(&b, "Bundle of %s\n\n", verifier.Printable(s.Issuer))
	row("created", "%s, %s ago", s.Created, verifier.Span(time.Duration(s.AgeSeconds)*time.Second))
	for _, id := range s.Controllers {
		row("controller", "%s", id)
	}
	for _, list := range s.StatusLists {
		row("status list", "%s, from %s", list.URL, list.ValidFrom)
	}
	for _, context := range s.Contexts {
		row("context", "%s, SHA-256 %s", context.URL, context.SHA256)
	}
	switch log := s.Checkpoint; {
	case log == nil:
		row("log", "no checkpoint")
	case log.Problem != "":
		row("log", "%s", log.Problem)
	default:
		row("log", "%s with %d records", log.Origin, log.Records)
	}
	_, err := io.WriteString(out, b.String())
	return err
}
