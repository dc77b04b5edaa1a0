package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// origin is where a folder of vectors is from.
type origin struct{ folder, repository, commit string }

// readOrigins reads the table that lies beside the vectors: folder, repository,
// path, commit and more.
func readOrigins(file string) ([]origin, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all []origin
	for line := range strings.Lines(string(data)) {
		columns := strings.Split(line, "|")
		if len(columns) < 6 {
			continue
		}
		o := origin{strings.TrimSpace(columns[1]), strings.TrimSpace(columns[2]), strings.TrimSpace(columns[4])}
		if len(o.commit) == 40 {
			all = append(all, o)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s lists no folder with its commit", file)
	}
	return all, nil
}

// suite is the result of a suite that was run against the conformance server.
type suite struct {
	Suite   string `json:"suite"`
	Commit  string `json:"commit"`
	Passed  int    `json:"passed"`
	Failed  int    `json:"failed"`
	Pending int    `json:"pending"`
	Notes   string `json:"notes"`
}

// readSuites returns the results in file, none if it is not there.
func readSuites(file string) ([]suite, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var suites []suite
	if err := json.Unmarshal(data, &suites); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return suites, nil
}
