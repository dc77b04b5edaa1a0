package main

import (
	"bytes"
	"errors"
	"slices"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/pseudonym"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// callerNames are callers by what the log calls them.
type callerNames map[string]string

// names returns the callers that the configuration names. Of a copy of a state
// file there are none: the keys are with the issuer's own.
func (c logFile) names(tx *store.Tx) (callerNames, error) {
	if c.State != "" {
		return nil, nil
	}
	loaded, err := c.load()
	if err != nil {
		return nil, err
	}
	names, err := issuer.CallerNames(loaded, tx)
	if errors.Is(err, pseudonym.ErrMissing) {
		return nil, nil // the log can be read without
	}
	return names, err
}

// of returns the name of a caller, or what the log calls it.
func (n callerNames) of(caller string) string {
	if name, ok := n[caller]; ok {
		return name
	}
	return caller
}

// in returns the bytes of a record with its caller's name.
func (n callerNames) in(data []byte, r logproof.Record) []byte {
	name, ok := n[r.Caller]
	if !ok {
		return data
	}
	return bytes.Replace(data, []byte(`"caller":"`+r.Caller+`"`), []byte(`"caller":"`+name+`"`), 1)
}

// aboutRecord says of which record of a register to show what the log has.
type aboutRecord struct {
	Profile string `help:"With --key: profile of the record of the register." placeholder:"NAME"`
	Key     string `help:"Only records of the log about the record of the register with this key, as far as its pseudonyms are known."`
}

// subjects returns what the log calls the record, or nothing if none is asked
// for.
func (a aboutRecord) subjects(c logFile, tx *store.Tx) ([]string, error) {
	if (a.Profile == "") != (a.Key == "") {
		return nil, errors.New("--profile and --key go together")
	}
	if a.Key == "" {
		return nil, nil
	}
	if c.State != "" {
		return nil, errors.New("--key needs the keys of pseudonyms, which are not in a copy: leave out --state")
	}
	loaded, err := c.load()
	if err != nil {
		return nil, err
	}
	return issuer.Subjects(loaded, tx, a.Profile, a.Key)
}

// wants tells whether a record is about one of subjects.
func (a aboutRecord) wants(r logproof.Record, subjects []string) bool {
	return a.Key == "" || slices.Contains(subjects, r.Subject)
}
