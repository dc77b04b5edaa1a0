package bbs

import "testing"

// The benchmarks use the permanent resident card of the appendix: 24
// statements, 4 of them mandatory, 10 disclosed.

func BenchmarkSign(b *testing.B) {
	key := vectorKey(b)
	in, _ := vectors["prc"].input(b, "addSignedSDBase.json")
	mandatory, _ := vectors["prc"].pointers(b)
	suite := BBS2023{Mandatory: mandatory}
	for b.Loop() {
		if _, err := suite.Sign(b.Context(), in, key); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDerive(b *testing.B) {
	in, value := vectors["prc"].input(b, "addSignedSDBase.json")
	_, chosen := vectors["prc"].pointers(b)
	for b.Loop() {
		if _, _, err := (BBS2023{}).Derive(b.Context(), in, value, chosen); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	public := vectorKey(b).Public()
	in, value := vectors["prc"].input(b, "derivedRevealDocument.json")
	for b.Loop() {
		if err := (BBS2023{}).Verify(b.Context(), in, public, value); err != nil {
			b.Fatal(err)
		}
	}
}
