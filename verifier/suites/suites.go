// Package suites is the one table of the cryptosuites of this project. Each of
// its functions returns a wider choice than the one before it.
//
// There is no suite yet that conforms to a Recommendation and is not
// recommended here, so that nothing stands between the two.
package suites

import (
	"slices"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsa"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
	"github.com/chancery-vc/chancery/verifier/proof/ed25519signature2020"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

func recommended() []proof.Suite {
	return []proof.Suite{eddsa.RDFC2022{}, eddsa.JCS2022{}, ecdsa.RDFC2019{}, ecdsa.JCS2019{}, ecdsasd.SD2023{}}
}

// readOnly returns what others signed with once, and nothing here signs with.
func readOnly() []proof.Suite {
	return []proof.Suite{ed25519signature2020.RDFC2020{}}
}

// Recommended returns the suites to use where nothing speaks for another
// choice.
func Recommended() (*proof.Table, error) { return proof.NewTable(recommended()...) }

// Legacy returns the recommended suites and those for reading only: for a
// relying party that still meets credentials from before Data Integrity 1.0.
func Legacy() (*proof.Table, error) {
	return proof.NewTable(slices.Concat(recommended(), readOnly())...)
}
