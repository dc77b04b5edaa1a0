package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/testdata"
)

const module = "github.com/chancery-vc/chancery/"

// result is what became of the cases of one test.
type result struct {
	cases, failed int
	reasons       map[string]int // why cases do not apply, and how many
}

func (r result) notApplicable() (n int) {
	for _, count := range r.reasons {
		n += count
	}
	return n
}

// run runs the tests of all rows and returns their results, a row each.
func run(ctx context.Context) ([]result, error) {
	args := []string{"test", "-json", "-count=1", "-run", pattern()}
	for _, r := range rows {
		if name := "./" + r.pkg; !slices.Contains(args, name) {
			args = append(args, name)
		}
	}
	command := exec.CommandContext(ctx, "go", args...)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("running the tests: %w", err)
	}
	outcomes, err := read(out)
	if err != nil {
		return nil, fmt.Errorf("reading what go test says: %w", err)
	}
	var exit *exec.ExitError
	if err := command.Wait(); err != nil && !errors.As(err, &exit) { // a failed test is in the outcomes
		return nil, fmt.Errorf("running the tests: %w", err)
	}
	return count(outcomes)
}

func pattern() string {
	var names []string
	for _, r := range rows {
		if !slices.Contains(names, r.test) {
			names = append(names, r.test)
		}
	}
	return "^(" + strings.Join(names, "|") + ")$"
}

// outcome is how one test ended: pass, fail or skip, and why it does not apply.
type outcome struct{ action, reason string }

// key names a test, with its subtests, in a package below the module.
type key struct{ pkg, test string }

// read reads the events of go test -json.
func read(in io.Reader) (map[key]outcome, error) {
	outcomes := map[key]outcome{}
	decoder := json.NewDecoder(in)
	for {
		var event struct{ Action, Package, Test, Key, Value string }
		err := decoder.Decode(&event)
		if errors.Is(err, io.EOF) {
			return outcomes, nil
		}
		if err != nil {
			return nil, err
		}
		k := key{strings.TrimPrefix(event.Package, module), event.Test}
		o := outcomes[k]
		switch event.Action {
		case "attr":
			if event.Key == testdata.KeyNotApplicable {
				o.reason = event.Value
			}
		case "pass", "fail", "skip":
			o.action = event.Action
		default:
			continue
		}
		if k.test != "" {
			outcomes[k] = o
		}
	}
}

// count returns the results of the rows. A row without a case is an error, and
// so is a skipped one.
func count(outcomes map[key]outcome) ([]result, error) {
	results := make([]result, len(rows))
	for i, r := range rows {
		results[i].reasons = map[string]int{}
		for k, o := range outcomes {
			top, _, _ := strings.Cut(k.test, "/")
			if k.pkg != r.pkg || top != r.test || !isCase(k, outcomes) {
				continue
			}
			if o.action != "pass" && o.action != "fail" {
				return nil, fmt.Errorf("%s of %s did not come to an end, or was skipped", k.test, k.pkg)
			}
			results[i].add(o)
		}
		if results[i].cases == 0 {
			return nil, fmt.Errorf("%s has no test %s, or it did not run", r.pkg, r.test)
		}
	}
	return results, nil
}

func (r *result) add(o outcome) {
	r.cases++
	switch {
	case o.action == "fail":
		r.failed++
	case o.reason != "":
		r.reasons[o.reason]++
	}
}

// isCase tells whether a test has no subtests.
func isCase(k key, outcomes map[key]outcome) bool {
	for other := range outcomes {
		if other.pkg == k.pkg && strings.HasPrefix(other.test, k.test+"/") {
			return false
		}
	}
	return true
}
