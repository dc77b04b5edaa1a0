package sdjwt_test

import (
	"testing"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// BenchmarkVerify is a presentation of five disclosures with key binding: two
// signatures.
func BenchmarkVerify(b *testing.B) {
	in, holder := example(b), newKey(b)
	in.Holder = holder.Public()
	text := bind(b, present(b, issue(b, in), "/given_name", "/family_name", "/address/street", "/nationalities/0"), binding(holder)).String()
	wanted := policy(in)
	wanted.KeyBinding = sdjwt.ExpectKeyBinding(wantBinding())
	b.ReportAllocs()
	for b.Loop() {
		if err := verifyText(text, wanted); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInspect is the same without signatures.
func BenchmarkInspect(b *testing.B) {
	token := issue(b, example(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sdjwt.Inspect(token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIssue(b *testing.B) {
	in := example(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sdjwt.Issue(in); err != nil {
			b.Fatal(err)
		}
	}
}
