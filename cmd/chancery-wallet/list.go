package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/wallet"
)

// shortID is how much of an ID a list shows, in characters.
const shortID = 12

type listCommand struct{}

// Help returns what --help shows below the flags' summary.
func (listCommand) Help() string {
	return `List what the wallet holds, one credential a line. The start of an id is enough for show
and export.

Example:

  chancery-wallet list`
}

// Run lists the credentials.
func (listCommand) Run(e *env) error {
	w, err := wallet.Open(e.dir)
	if err != nil {
		return err
	}
	entries, err := w.List()
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		_, err := fmt.Fprintln(e.stdout, "No credentials yet. Take one with: chancery-wallet accept OFFER-URI")
		return err
	}
	table := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tCREDENTIAL\tVALID\tRECEIPT\tISSUER")
	for _, entry := range entries {
		u := entry.Credential
		logged := "no"
		if r, err := entry.Receipt(); err != nil {
			return err
		} else if r != nil {
			logged = "yes"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", entry.ID[:shortID],
			verifier.Printable(title(u)), remaining(u, e.now()), logged, verifier.Printable(u.Issuer))
	}
	return table.Flush()
}
