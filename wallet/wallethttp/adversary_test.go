package wallethttp_test

import (
	"net/http"
	"testing"

	"github.com/chancery-vc/chancery/internal/adversarytest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/suites"
	"github.com/chancery-vc/chancery/wallet/wallethttp"
)

// TestAdversary: what there is against the one handler; which path and method it
// is for, and who may ask, is for who mounts it.
func TestAdversary(t *testing.T) {
	table, err := suites.Recommended()
	must(t, err)
	contexts, err := schemas.Embedded()
	must(t, err)
	log := &adversarytest.Log{}
	base, _, _ := issued(t)
	const path = "/credentials/derive"
	adversarytest.Attack(t, adversarytest.Server{
		Handler: wallethttp.Derive(table, contexts, log.Logger()), Routes: []string{http.MethodPost + " " + path}, Log: log.Logger(), Logged: log,
		Endpoints: func(testing.TB) []adversarytest.Endpoint {
			return []adversarytest.Endpoint{{
				Method: http.MethodPost, Route: path, Target: path, Good: http.StatusCreated, Most: 3<<20 + 256<<10,
				Body: `{"verifiableCredential":` + base + `,"options":{"selectivePointers":["/credentialSubject/birthDate"]}}`,
			}}
		},
	}, "bodies", "bombs", "endless")
}
