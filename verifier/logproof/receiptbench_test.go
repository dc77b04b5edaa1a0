package logproof_test

import (
	"testing"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// BenchmarkReceipt measures what a receipt costs its issuer, without the root
// that many can share, and its verifier.
func BenchmarkReceipt(b *testing.B) {
	entries, nodes := answers(b, 1000)
	r := receiptOf(b, entries, nodes, 700, 1000, key)
	data, digest := encoded(b, r), digestOf(b, released(700))
	b.Run("sign root", func(b *testing.B) {
		for b.Loop() {
			if _, err := logproof.SignRoot(r.SignedRoot, logproof.Hash{}, key); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			encoded(b, r)
		}
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if _, err := verifies(data, key.Public(), digest); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("commit", func(b *testing.B) {
		for b.Loop() {
			logproof.Commit(logproof.Salt(entries[700].Leaf), entries[700].Record)
		}
	})
}
