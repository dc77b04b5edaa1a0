package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chancery-vc/chancery/internal/scripttest"
)

// TestAudit runs the sessions in testdata/audit, and in them what the auditors'
// manual tells people to type.
func TestAudit(t *testing.T) {
	page, err := filepath.Abs(filepath.Join("..", "..", "docs", "auditor.md"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "audit"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("PAGE", page)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scripttest.Exits, "register": register, "sql": sql, "mode": mode, "edit": edit, "alter": alter, "capture": capture, "commands": commands,
			"publickey": publicKey, "credential": credentialID,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}
