package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

const head = `# Conformance

Made by ` + "`make conformance-report`" + `; do not edit. Vectors are read in place, at the commits named here. A case that does not apply asks for what is refused here on purpose, which its test shows, or for what nobody here does; why is said below the table. Where a standard leaves a choice, [divergences](divergences.md) has ours.

## Official vectors

| text | vectors | test | cases | passed | not applicable | failed |
|---|---|---|---:|---:|---:|---:|
`

// page writes the page. results are those of rows.
func page(out io.Writer, origins []origin, results []result, suites []suite) error {
	var b strings.Builder
	b.WriteString(head)
	total := result{}
	others := 0
	for i, r := range rows {
		vectors, err := r.vectors(origins)
		if err != nil {
			return err
		}
		n := results[i].notApplicable()
		line(&b, r.text, vectors, "`"+r.pkg+"` "+r.test, results[i].cases, results[i].cases-n-results[i].failed, n, results[i].failed)
		total.cases += results[i].cases
		total.failed += results[i].failed
		others += n
	}
	line(&b, "all", "", "", total.cases, total.cases-others-total.failed, others, total.failed)
	reasons(&b, results)
	unread(&b, origins)
	suiteResults(&b, suites)
	_, err := io.WriteString(out, b.String())
	return err
}

func line(b *strings.Builder, columns ...any) {
	for _, column := range columns {
		fmt.Fprintf(b, "| %v ", column)
	}
	b.WriteString("|\n")
}

// vectors names the folders of a row, each with its commit.
func (r row) vectors(origins []origin) (string, error) {
	texts := make([]string, len(r.folders))
	for i, folder := range r.folders {
		at := slices.IndexFunc(origins, func(o origin) bool { return o.folder == folder })
		if at < 0 {
			return "", fmt.Errorf("the origin of the vectors in %s is not listed", folder)
		}
		texts[i] = fmt.Sprintf("%s %.8s", folder, origins[at].commit)
	}
	return strings.Join(texts, "<br>"), nil
}

// reasons lists why cases do not apply, most frequent first.
func reasons(b *strings.Builder, results []result) {
	b.WriteString("\n## What does not apply, and why\n")
	for i, r := range rows {
		if len(results[i].reasons) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n### %s\n\n`%s` %s\n\n| cases | reason |\n|---:|---|\n", r.text, r.pkg, r.test)
		counts := results[i].reasons
		for _, reason := range slices.SortedFunc(maps.Keys(counts), func(x, y string) int {
			return cmp.Or(counts[y]-counts[x], strings.Compare(x, y))
		}) {
			line(b, counts[reason], reason)
		}
	}
}

// unread lists the folders of vectors that no row names.
func unread(b *strings.Builder, origins []origin) {
	b.WriteString("\n## Vectors that no test reads yet\n\n")
	for _, o := range origins {
		if !slices.ContainsFunc(rows, func(r row) bool { return slices.Contains(r.folders, o.folder) }) {
			fmt.Fprintf(b, "- %s (%s)\n", o.folder, o.repository)
		}
	}
}

func suiteResults(b *strings.Builder, suites []suite) {
	b.WriteString("\n## Suites of W3C and CCG, run against the conformance server\n\n")
	if len(suites) == 0 {
		b.WriteString("No results are recorded.\n")
		return
	}
	b.WriteString("| suite | commit | passed | failed | pending | notes |\n|---|---|---:|---:|---:|---|\n")
	for _, s := range suites {
		line(b, s.Suite, fmt.Sprintf("%.8s", s.Commit), s.Passed, s.Failed, s.Pending, s.Notes)
	}
}
