package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// unlogged KEY ISSUER CREDENTIAL FILE writes a credential of another day of
// birth that the issuer's key has signed without the issuer.
func unlogged(ts *testscript.TestScript, _ bool, args []string) {
	signer, err := key.Load(ts.MkAbs(args[0]))
	ts.Check(err)
	method, err := did.MethodURL(args[1], signer.Public())
	ts.Check(err)
	document, _, err := proof.Split([]byte(strings.Replace(ts.ReadFile(args[2]), "2019-03-07", "2001-03-07", 1)))
	ts.Check(err)
	contexts, err := schemas.Embedded()
	ts.Check(err)
	template := proof.Template{VerificationMethod: method, Purpose: proof.AssertionMethod, Created: time.Now()}
	signed, err := proof.Sign(context.Background(), document, template, eddsa.RDFC2022{}, signer, contexts)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), signed, 0o600))
}
