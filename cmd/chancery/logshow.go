package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
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
	aboutRecord
	Kind       []string `help:"Only records of this kind, as answered or refused; may be given again."`
	Caller     string   `help:"Only records of this caller."`
	Credential string   `help:"Only records of the credential with this identifier."`
	Grant      string   `help:"Only records of questions that fit this grant."`
	Since      string   `help:"Only records of this time or later: 2026-07-01, or 2026-07-01T12:00:00Z." placeholder:"TIME"`
}

func (logShowCommand) Help() string {
	return "Prints one record a line, as JSON. Callers have the names of the configuration in it, as far as the\nkeys of the log's pseudonyms are there; chancery log export has the very bytes.\n\nExamples:\n  chancery log show\n  chancery log show --kind refused --since 2026-07-01\n  chancery log show --profile birth --key 2019-000042"
}

func (c logShowCommand) Run(ctx context.Context, s streams) error {
	since, err := parseSince(c.Since)
	if err != nil {
		return err
	}
	unread := 0
	err = c.read(ctx, func(tx *store.Tx) error {
		log, err := c.opened(tx)
		if err != nil {
			return err
		}
		log.note(s)
		names, err := c.names(tx)
		if err != nil {
			return err
		}
		subjects, err := c.subjects(c.logFile, tx)
		if err != nil {
			return err
		}
		for _, data := range c.records(log) {
			record, err := logproof.Decode(data)
			if err != nil {
				unread++
			} else if !c.wants(record, names, since) || !c.aboutRecord.wants(record, subjects) {
				continue
			}
			if _, err := fmt.Fprintf(s.out, "%s\n", names.in(data, record)); err != nil {
				return err
			}
		}
		return errors.Join(ctx.Err(), log.err())
	})
	if err == nil && unread > 0 {
		err = no(fmt.Sprintf("%d of these are no readable records; see `chancery log verify`", unread))
	}
	return err
}

// records yields the records to choose from. Those of a credential begin with
// the one that the index leads to.
func (c logShowCommand) records(log *openedLog) iter.Seq2[uint64, []byte] {
	if c.Credential == "" || log.archive != nil {
		return log.records()
	}
	first, found, err := issuancelog.Lookup(log.tx, c.Credential)
	if !found || err != nil {
		return log.records() // the index is no reason to say that there is none
	}
	return issuancelog.RecordsFrom(log.tx, first)
}

func parseSince(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return parseTime("--since", text)
}

func parseTime(flag, text string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%s %s: give a day, as 2026-07-01, or a time, as 2026-07-01T12:00:00Z", flag, text)
}

// wants tells whether a record is asked for. One whose time cannot be read is,
// whatever its time.
func (c logShowCommand) wants(r logproof.Record, names callerNames, since time.Time) bool {
	if len(c.Kind) > 0 && !slices.Contains(c.Kind, string(r.Kind)) {
		return false
	}
	if c.Caller != "" && r.Caller != c.Caller && names.of(r.Caller) != c.Caller || c.Grant != "" && r.Grant != c.Grant ||
		c.Credential != "" && r.Credential != c.Credential {
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
		log, err := c.opened(tx)
		if err != nil {
			return err
		}
		log.note(s)
		for entry := range until(ctx, log.entries()) {
			if entry.Sealed && entry.Record == nil && log.archive == nil {
				continue
			}
			if _, err := logproof.Decode(entry.Record); err != nil {
				return fmt.Errorf("record %d cannot be read; see `chancery log verify`: %w", entry.Number, err)
			}
			line := exported{Record: entry.Record}
			if leaf, err := logproof.DecodeLeaf(entry.Number, entry.Leaf); err == nil {
				salt := leaf.Salt
				if entry.Sealed {
					salt = entry.Salt
				}
				line.Salt = base64.StdEncoding.EncodeToString(salt[:])
			}
			data, err := json.Marshal(line)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(s.out, "%s\n", data); err != nil {
				return err
			}
		}
		return errors.Join(ctx.Err(), log.err())
	})
}
