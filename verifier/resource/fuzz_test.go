package resource_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/verifier/resource"
)

// FuzzCheck: whatever the digest, the answer is one of three, the same with
// the versions turned round, and no digest is true of two resources.
func FuzzCheck(f *testing.F) {
	f.Add(sri384(document), multihash256(document))
	f.Add(sri256(document)+" "+sri512(other), "")
	f.Add("", "uJKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k")
	f.Add("sha1-qUqP5cyxm6YcTAhz05Hph5gvu9M=", "z")
	f.Fuzz(func(t *testing.T, sri, multi string) {
		var list []string
		if multi != "" {
			list = []string{multi}
		}
		err := resource.Check([][]byte{document, other}, sri, list)
		if err != nil && !errors.Is(err, resource.ErrDigest) && !errors.Is(err, resource.ErrMalformed) {
			t.Fatalf("got %v", err)
		}
		if again := resource.Check([][]byte{other, document}, sri, list); (err == nil) != (again == nil) {
			t.Fatalf("got %v, then %v", err, again)
		}
		fits := slices.ContainsFunc([][]byte{document, other}, func(one []byte) bool {
			return resource.Check([][]byte{one}, sri, list) == nil
		})
		if fits != (err == nil) {
			t.Fatalf("one alone fits: %v, together: %v", fits, err)
		}
	})
}
