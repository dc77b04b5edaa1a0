package claims_test

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

// BenchmarkEvaluate: a question to each kind of rule; "work" is near the most
// that an expression may take.
func BenchmarkEvaluate(b *testing.B) {
	record := source.Record{"born": "2008-02-29", "name": "Þórdís", "list": numbers(256), "text": strings.Repeat("a", 4096)}
	for name, r := range map[string]config.Rule{
		"field":   fieldRule("born", "date"),
		"compare": compareRule("born", "date", "at most", "today - 18 years"),
		"cel":     celRule("!blank(born) && born <= today.addYears(-18)", "born", "date"),
		"work":    celRule("list.all(i, !text.matches('(b|c)*d'))", "list", "list", "text", "text"),
	} {
		b.Run(name, func(b *testing.B) {
			rule := compile(b, r)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := rule.Evaluate(record, true, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCompile: what each expression costs at the start.
func BenchmarkCompile(b *testing.B) {
	r := celRule("!blank(born) && born <= today.addYears(-18)", "born", "date")
	for b.Loop() {
		compile(b, r)
	}
}
