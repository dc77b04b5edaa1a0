package suites_test

import (
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/suites"
)

func TestRecommended(t *testing.T) {
	table, err := suites.Recommended()
	if err != nil {
		t.Fatal(err)
	}
	if suite, err := table.Lookup("eddsa-rdfc-2022"); err != nil || suite.Cryptosuite() != "eddsa-rdfc-2022" {
		t.Errorf("got %v, %v", suite, err)
	}
	for _, name := range []string{"", "none", "Ed25519Signature2018", "eddsa-2022", "EDDSA-RDFC-2022"} {
		if suite, err := table.Lookup(name); !errors.Is(err, proof.ErrSuite) {
			t.Errorf("%q: got %v, %v", name, suite, err)
		}
	}
}
