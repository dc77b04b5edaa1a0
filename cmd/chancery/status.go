package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/chancery-vc/chancery/verifier/credential"
)

type statusCommand struct {
	Show   statusShowCommand   `cmd:"" help:"Show the credentials of one record."`
	Revoke statusRevokeCommand `cmd:"" help:"Revoke credentials. There is no way back."`
}

func (statusCommand) Help() string {
	return "Example:\n  chancery status show --profile birth 2019-000042"
}

type statusShowCommand struct {
	configured
	Profile string `required:"" help:"Profile of the credentials."`
	Key     string `arg:"" help:"Key of the record in the register."`
}

func (statusShowCommand) Help() string {
	return "Example:\n  chancery status show --profile birth 2019-000042"
}

func (c statusShowCommand) Run(ctx context.Context, s streams) error {
	return with(ctx, s, c.configured, func(o operator) error {
		entries, err := o.Entries(ctx, c.Profile, c.Key)
		if err != nil {
			return err
		}
		replicas, err := o.Replicas(ctx)
		if err != nil {
			return err
		}
		by := ""
		if len(replicas) > 1 {
			by = " by this replica; others may have: ask each of them"
		}
		if len(entries) == 0 {
			return no("no credential of profile " + c.Profile + " was issued for this record" + by)
		}
		for _, entry := range entries {
			state := "valid until " + credential.FormatTime(entry.ValidUntil)
			if entry.Revoked {
				state = "revoked"
			}
			fmt.Fprintf(s.out, "%s  %s, status list %d, index %d\n", entry.Credential, state, entry.Place.List, entry.Place.Index)
		}
		if by != "" {
			fmt.Fprintln(s.out, "These were issued"+by+".")
		}
		return nil
	})
}

type statusRevokeCommand struct {
	configured
	Profile     string   `help:"Revoke what was issued under this profile for the records that --keys lists."`
	Keys        string   `help:"File with the key of one record a line; - for standard input."`
	Credentials []string `arg:"" optional:"" help:"Identifiers of credentials."`
}

func (statusRevokeCommand) Help() string {
	return "All that is named is revoked, or nothing is and you are told why. Verifiers hear of it with\nthe next status list or bundle: run chancery publish, or let them fetch it from the served issuer. Replicas\neach revoke what they issued, those that are away when they are back; what no replica has is passed over.\n\nExamples:\n  chancery status revoke urn:uuid:0f6b9a5e-6c7f-4a57-9c89-3a4f1f6b1c55\n  chancery status revoke --profile birth --keys withdrawn.txt"
}

func (c statusRevokeCommand) Run(ctx context.Context, s streams) error {
	byKeys := c.Profile != "" && c.Keys != "" && len(c.Credentials) == 0
	byID := c.Profile == "" && c.Keys == "" && len(c.Credentials) > 0
	if !byKeys && !byID {
		return errors.New("name either credentials, or --profile and --keys")
	}
	return with(ctx, s, c.configured, func(o operator) error {
		if byID {
			revoked, err := o.Revoke(ctx, c.Credentials)
			return report(s.out, revoked, err)
		}
		keys, err := readLines(c.Keys, s.in)
		if err != nil {
			return err
		}
		revoked, err := o.RevokeRecords(ctx, c.Profile, keys)
		return report(s.out, revoked, err)
	})
}

// readLines returns the lines of a file, blank ones left out.
func readLines(path string, stdin io.Reader) ([]string, error) {
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		stdin = file
	}
	var lines []string
	scanner := bufio.NewScanner(stdin)
	for scanner.Scan() {
		if line := scanner.Text(); line != "" {
			lines = append(lines, line)
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s lists no keys", path)
	}
	return lines, nil
}
