// Command report runs the tests of official vectors and writes what they say
// as docs/conformance.md: each text, its cases, how many pass, and why the
// others do not apply. It is run in the root of the module:
//
//	go run ./conformance/report > docs/conformance.md
//
// Tests are run by the go command; a case is a test without a subtest. One that
// calls testdata.NotApplicable counts as not applicable, by its reason. The
// page has no time and no duration, so that the same code and the same vectors
// give the same page. Results of the suites that W3C and CCG run against a
// server are read from conformance/suites/results.json, where that is there.
//
// The exit status is 1 if a case failed, after the page was written, or if the
// page could not be made.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/chancery-vc/chancery/internal/testdata"
)

const suitesFile = "conformance/suites/results.json"

func main() {
	if err := report(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func report(ctx context.Context, out io.Writer) error {
	origins, err := readOrigins(filepath.Join(testdata.Root(), "vectors", "ORIGIN.md"))
	if err != nil {
		return fmt.Errorf("where the vectors are from: %w (set %s to the folder that holds vectors)", err, testdata.Env)
	}
	suites, err := readSuites(suitesFile)
	if err != nil {
		return err
	}
	results, err := run(ctx)
	if err != nil {
		return err
	}
	if err := page(out, origins, results, suites); err != nil {
		return err
	}
	failed := 0
	for _, r := range results {
		failed += r.failed
	}
	if failed > 0 {
		return fmt.Errorf("%d cases failed", failed)
	}
	return nil
}
