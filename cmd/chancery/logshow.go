package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

type logShowCommand struct {
	logFile
	Kind       []string `help:"Only records of this kind, as answered or refused; may be given again."`
	Caller     string   `help:"Only records of this caller."`
	Credential string   `help:"Only records of the credential with this identifier."`
	Since      string   `help:"Only records of this time or later: 2026-07-01, or 2026-07-01T12:00:00Z." placeholder:"TIME"`
}

func (logShowCommand) Help() string {
	return "Prints one record a line, as JSON.\n\nExamples:\n  chancery log show\n  chancery log show --kind refused --since 2026-07-01"
}

func (c logShowCommand) Run(ctx context.Context, s streams) error {
	since, err := parseSince(c.Since)
	if err != nil {
		return err
	}
	unread := 0
	err = c.read(ctx, func(tx *store.Tx) error {
		for _, data := range issuancelog.Records(tx) {
			record, err := logproof.Decode(data)
			if err != nil {
				unread++
			} else if !c.wants(record, since) {
				continue
			}
			if _, err := fmt.Fprintf(s.out, "%s\n", data); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
	if err == nil && unread > 0 {
		err = no(fmt.Sprintf("%d of these are no readable records; see `chancery log verify`", unread))
	}
	return err
}

func parseSince(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--since %s: give a day, as 2026-07-01, or a time, as 2026-07-01T12:00:00Z", text)
}

// wants tells whether a record is asked for. One whose time cannot be read is,
// whatever its time.
func (c logShowCommand) wants(r logproof.Record, since time.Time) bool {
	if len(c.Kind) > 0 && !slices.Contains(c.Kind, string(r.Kind)) {
		return false
	}
	if c.Caller != "" && r.Caller != c.Caller || c.Credential != "" && r.Credential != c.Credential {
		return false
	}
	at, err := time.Parse(time.RFC3339, r.Time)
	return err != nil || !at.Before(since)
}

type logExportCommand struct{ logFile }

func (logExportCommand) Help() string {
	return "Writes one line of JSON a record: the very bytes of the record, and in base64 its salt, with which\nit makes its leaf in the published tree (docs/log-format.md). The salts are as secret as the records.\n\nExample:\n  chancery log export > log.ndjson"
}

// exported is a record for other programs.
type exported struct {
	Salt   string         `json:"salt,omitzero"`
	Record jsontext.Value `json:"record"`
}

func (c logExportCommand) Run(ctx context.Context, s streams) error {
	return c.read(ctx, func(tx *store.Tx) error {
		for entry := range until(ctx, issuancelog.Entries(tx)) {
			if _, err := logproof.Decode(entry.Record); err != nil {
				return fmt.Errorf("record %d cannot be read; see `chancery log verify`: %w", entry.Number, err)
			}
			line := exported{Record: entry.Record}
			if leaf, err := logproof.DecodeLeaf(entry.Number, entry.Leaf); err == nil {
				line.Salt = base64.StdEncoding.EncodeToString(leaf.Salt[:])
			}
			data, err := json.Marshal(line)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(s.out, "%s\n", data); err != nil {
				return err
			}
		}
		return ctx.Err()
	})
}
