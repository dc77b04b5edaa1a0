package main

import (
	"context"
	"fmt"
	"os"

	"github.com/chancery-vc/chancery/issuer/source/csvimport"
)

type sourceCommand struct {
	Import sourceImportCommand `cmd:"" help:"Make an SQLite source from a CSV file."`
}

func (sourceCommand) Help() string {
	return "Example:\n  chancery source import ror.csv --into ror.db --table organizations --key ror_id"
}

type sourceImportCommand struct {
	CSV     string `arg:"" name:"csv" help:"CSV file in UTF-8 with a header row."`
	Into    string `required:"" help:"SQLite file to make."`
	Table   string `required:"" help:"Table to make."`
	Key     string `required:"" help:"Column that identifies a record."`
	Replace bool   `help:"Replace the file if it is there."`
}

func (sourceImportCommand) Help() string {
	return "Every column is kept as text, to the byte; a blank is absent. One bad row, and nothing is imported.\n\nExample:\n  chancery source import ror.csv --into ror.db --table organizations --key ror_id"
}

func (c sourceImportCommand) Run(ctx context.Context, s streams) error {
	file, err := os.Open(c.CSV)
	if err != nil {
		return err
	}
	defer file.Close()
	result, err := csvimport.Import(ctx, file, c.Into, csvimport.Options{Table: c.Table, Key: c.Key, Replace: c.Replace})
	if err != nil {
		return fmt.Errorf("%s: %w", c.CSV, err)
	}
	fmt.Fprintf(s.out, "%d records in table %s of %s.\n", result.Rows, c.Table, c.Into)
	return nil
}
