package access_test

import (
	"net/http"
	"testing"

	"github.com/chancery-vc/chancery/issuer/access/accesstest"
)

// FuzzCaller: whatever the headers say, nobody is let in but by the token and the
// proof that were made for it.
func FuzzCaller(f *testing.F) {
	d := newDoor(f, withLogin)
	token := d.token()
	proof := d.key.Proof(f, d.clock.Now(), token, address, d.nonce())
	f.Add("DPoP "+token, proof)
	f.Add("Bearer "+token, "")
	f.Add("Basic c2Nob29sOmtleQ==", proof+","+proof)
	f.Add("DPoP "+d.token(accesstest.Claim("cnf", nil)), "e30.e30.AA")
	f.Add("DPoP e30.e30.", "..")
	f.Fuzz(func(t *testing.T, authorization, dpop string) {
		r := request()
		r.Header = http.Header{"Authorization": {authorization}, "Dpop": {dpop}}
		caller, err := d.Caller(r)
		if (caller.Name == "") != (err != nil) {
			t.Fatalf("%v, %v", caller, err)
		}
		if err == nil && (authorization[len("DPoP "):] != token || dpop != proof) {
			t.Fatalf("%q with %q is %v", authorization, dpop, caller)
		}
	})
}
