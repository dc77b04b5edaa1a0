// Package suites is the one table of the cryptosuites of this project. Each of
// its functions returns a wider choice than the one before it, but for
// [Experimental].
//
//   - [Recommended]: what W3C recommends. What it signs will verify for long.
//   - [All]: also what has the text of a Candidate Recommendation. A proof that
//     verifies is as good; but a later text may have it made in another way, so
//     that documents have to be signed again.
//   - [Legacy]: also what others signed with once, for reading only.
package suites

import (
	"slices"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/bbs"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsa"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
	"github.com/chancery-vc/chancery/verifier/proof/ed25519signature2020"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
	"github.com/chancery-vc/chancery/verifier/proof/mldsa"
)

func recommended() []proof.Suite {
	return []proof.Suite{eddsa.RDFC2022{}, eddsa.JCS2022{}, ecdsa.RDFC2019{}, ecdsa.JCS2019{}, ecdsasd.SD2023{}}
}

// candidates returns the suites of Candidate Recommendations.
func candidates() []proof.Suite {
	return []proof.Suite{bbs.BBS2023{}}
}

// readOnly returns what others signed with once, and nothing here signs with.
func readOnly() []proof.Suite {
	return []proof.Suite{ed25519signature2020.RDFC2020{}}
}

// Recommended returns the suites to use where nothing speaks for another
// choice.
func Recommended() (*proof.Table, error) { return proof.NewTable(recommended()...) }

// All returns the recommended suites and those on their way there: for who
// wants what only they have, which with bbs-2023 is proofs that nobody can link.
func All() (*proof.Table, error) {
	return proof.NewTable(slices.Concat(recommended(), candidates())...)
}

// Legacy returns all suites and those for reading only: for a relying party
// that still meets credentials from before Data Integrity 1.0.
func Legacy() (*proof.Table, error) {
	return proof.NewTable(slices.Concat(recommended(), candidates(), readOnly())...)
}

// experimental returns the suites of texts that may yet change.
func experimental() []proof.Suite {
	return []proof.Suite{mldsa.RDFC2024{}, mldsa.JCS2024{}}
}

// Experimental returns the recommended suites and those whose text is a working
// draft: for trying them out, not for relying on. It stands apart from the
// wider choices above, and has nothing that they add.
func Experimental() (*proof.Table, error) {
	return proof.NewTable(slices.Concat(recommended(), experimental())...)
}
