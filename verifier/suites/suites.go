// Package suites is the one table of the cryptosuites of this project.
package suites

import (
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsa"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// Recommended returns the suites to use where nothing speaks for another
// choice.
func Recommended() (*proof.Table, error) {
	return proof.NewTable(eddsa.RDFC2022{}, eddsa.JCS2022{}, ecdsa.RDFC2019{}, ecdsa.JCS2019{})
}
