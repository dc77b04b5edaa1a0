package access_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
)

// TestFetchedKeys: keys are fetched when the first token comes, again for one
// that is not known, but not for each of a flood, and outlast the server for an
// hour.
func TestFetchedKeys(t *testing.T) {
	server := newAsked(t)
	d := newDoor(t, strings.Replace(withLogin, "jwks_file: keys.json", "jwks_url: "+server.URL+"/keys, ca: ca.pem", 1), server.authority(t))
	sayKeys := func(servers ...accesstest.Server) {
		data := accesstest.JWKS(t, servers...)
		server.say(func(w http.ResponseWriter, _ *http.Request) { w.Write(data) })
	}
	next := accesstest.NewServer(t, loginURL, issuertest.URL)
	next.KeyID = "key-2"
	fresh := func(s accesstest.Server) *http.Request { return d.bound(s.Token(t, d.clock.Now(), d.key)) }
	count := func(want int32) {
		t.Helper()
		if n := server.count.Load(); n != want {
			t.Errorf("asked %d times, want %d", n, want)
		}
	}
	count(0)
	sayKeys(d.server)
	d.lets(fresh(d.server), "school")
	d.lets(fresh(d.server), "school")
	count(1)
	sayKeys(d.server, next)
	for range 5 {
		d.denies("a key that is not known, within a minute", fresh(next), access.CodeInvalidToken)
	}
	count(1)
	d.clock.Advance(time.Minute)
	d.lets(fresh(next), "school")
	d.lets(fresh(d.server), "school")
	count(2)
	sayKeys(next)
	d.clock.Advance(10 * time.Minute)
	d.denies("a key that was withdrawn", fresh(d.server), access.CodeInvalidToken)
	d.lets(fresh(next), "school")
	count(3)
	server.say(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	d.clock.Advance(59 * time.Minute)
	d.lets(fresh(next), "school")
	d.clock.Advance(time.Minute)
	if caller, err := d.Caller(fresh(next)); caller.Name != "" || !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("an hour later: %v, %v", caller, err)
	}
	sayKeys(next)
	d.clock.Advance(time.Minute)
	d.lets(fresh(next), "school")
}

// TestKeysOfNoUse: what a server has beside its keys for signatures does no
// harm; what is no set is no knowledge.
func TestKeysOfNoUse(t *testing.T) {
	server := newAsked(t)
	config := strings.Replace(withLogin, "jwks_file: keys.json", "jwks_url: "+server.URL+"/keys, ca: ca.pem", 1)
	for name, test := range map[string]struct {
		keys  func(own string) string
		known bool
	}{
		"other kinds": {func(own string) string {
			return `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"key-1"},{"kty":"new"},` + own + `]}`
		}, true},
		"a secret beside it":       {func(own string) string { return `{"keys":[{"kty":"oct","k":"AAAA"},` + own + `]}` }, true},
		"the key twice":            {func(own string) string { return `{"keys":[` + own + `,` + own + `]}` }, false},
		"a secret for a key":       {func(string) string { return `{"keys":[{"kty":"oct","k":"AAAA","kid":"key-1"}]}` }, false},
		"none":                     {func(string) string { return `{"keys":[]}` }, false},
		"no set":                   {func(own string) string { return own }, false},
		"a list":                   {func(own string) string { return `[` + own + `]` }, false},
		"more keys than there are": {func(own string) string { return `{"keys":[` + own + strings.Repeat(`,{}`, 100) + `]}` }, false},
		"a huge set":               {func(own string) string { return `{"more":"` + strings.Repeat("x", 1<<20) + `","keys":[` + own + `]}` }, false},
		"no key for signatures":    {func(own string) string { return `{"keys":[` + strings.Replace(own, `{`, `{"use":"enc",`, 1) + `]}` }, false},
		"of another algorithm":     {func(own string) string { return `{"keys":[` + strings.Replace(own, `{`, `{"alg":"ES384",`, 1) + `]}` }, false},
	} {
		d := newDoor(t, config, server.authority(t))
		own := strings.TrimSuffix(strings.TrimPrefix(string(accesstest.JWKS(t, d.server)), `{"keys":[`), `]}`)
		server.say(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(test.keys(own))) })
		caller, err := d.Caller(d.bound(d.token()))
		if (err == nil) != test.known || (caller.Name == "school") != test.known {
			t.Errorf("%s: %v, %v", name, caller, err)
		}
	}
}
