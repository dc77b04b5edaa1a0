package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chancery-vc/chancery/internal/scripttest"
	"github.com/chancery-vc/chancery/wallet/oid4vci/issuertest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){program: main})
}

// TestScripts runs each script in a folder with ca.pem, the certificate of an
// issuer of its own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			issuer := issuertest.New(t)
			e.Values[issuerValue{}] = issuer
			e.Setenv("CHANCERY_WALLET", filepath.Join(e.WorkDir, "wallet"))
			e.Setenv("ISSUER", issuer.DID)
			e.Setenv("HOST", issuer.Origin()[len("https://"):])
			e.Setenv("SITE", issuer.URL)
			e.Setenv("CODE", issuertest.TxCode)
			return os.WriteFile(filepath.Join(e.WorkDir, "ca.pem"), issuer.CA, 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scripttest.Exits, "offer": offer, "misbehave": misbehave, "sent": sent,
			"claims": claimsOf, "judged": judged,
		},
	})
}

type issuerValue struct{}

func issuerOf(ts *testscript.TestScript) *issuertest.Issuer {
	return ts.Value(issuerValue{}).(*issuertest.Issuer)
}

// offer [reference] has the issuer make an offer; OFFER is its URI.
func offer(ts *testscript.TestScript, _ bool, args []string) {
	make := issuerOf(ts).Offer
	if len(args) == 1 && args[0] == "reference" {
		make = issuerOf(ts).Reference
	}
	ts.Setenv("OFFER", make())
}

// misbehave KIND has the issuer go wrong from now on.
func misbehave(ts *testscript.TestScript, _ bool, args []string) {
	issuer := issuerOf(ts)
	change, ok := misbehaviours(issuer)[args[0]]
	if !ok {
		ts.Fatalf("misbehave: unknown %q", args[0])
	}
	issuer.Change(change)
}

// misbehaviours are the ways in which issuer can go wrong, or be another.
func misbehaviours(issuer *issuertest.Issuer) map[string]func() {
	issuing := func(make func(holder string) []byte) func() {
		return func() { issuer.Make = make }
	}
	return map[string]func(){
		"selective": issuer.Selective,
		"other-holder": issuing(func(string) []byte {
			return issuer.Credential("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
		}),
		"tampered": issuing(func(holder string) []byte {
			return bytes.Replace(issuer.Credential(holder), []byte("2019-02-28"), []byte("2019-02-27"), 1)
		}),
		"terminal": issuing(func(holder string) []byte {
			document := issuer.Unsigned(holder)
			document["name"] = "Birth\x1b[2J\u202eregistration"
			return issuer.Sign(document)
		}),
		"down": func() {
			issuer.Replace[issuertest.PathMetadata] = func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		},
	}
}

// sent FILE wants FILE to be the very bytes of the credential that the issuer
// sent last.
func sent(ts *testscript.TestScript, _ bool, args []string) {
	issued := issuerOf(ts).Issued()
	if len(issued) == 0 || ts.ReadFile(args[0]) != string(issued[len(issued)-1]) {
		ts.Fatalf("%s is not what was sent", args[0])
	}
}
