package access_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/access/slowhash"
)

const chosen = "correct horse battery: staple"

func withKey(t *testing.T) string {
	t.Helper()
	hash, err := slowhash.New(chosen, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return "consult:\n  callers:\n    - {name: school, key_hash: \"" + hash.String() + `"` + may
}

func basic(name, key string) *http.Request {
	return request("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(name+":"+key)))
}

func TestKey(t *testing.T) {
	d := newDoor(t, withKey(t))
	d.denies("a wrong key, first", basic("school", chosen+"!"), access.CodeInvalidToken)
	d.lets(basic("school", chosen), "school")
	d.lets(basic("school", chosen), "school")
	for name, r := range map[string]*http.Request{
		"a wrong key":          basic("school", chosen+" "),
		"another name":         basic("clinic", chosen),
		"no key":               basic("school", ""),
		"no name":              basic("", chosen),
		"a huge key":           basic("school", strings.Repeat("x", access.MaxKey+1)),
		"no colon":             request("Authorization", "Basic c2Nob29s"),
		"no base64":            request("Authorization", "Basic school:"+chosen),
		"the key as a token":   request("Authorization", "Bearer "+chosen),
		"no text":              basic("school", "\xff\xfe"),
		"the name in the key":  basic("schoo", "l"+chosen),
		"base64 with its tail": request("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("school:"+chosen))+"AA"),
	} {
		denied := d.denies(name, r, access.CodeInvalidToken)
		if strings.Contains(denied.Error(), "horse") {
			t.Errorf("%s: %v", name, denied)
		}
		if got := strings.Join(d.Challenges(denied), "|"); !strings.HasSuffix(got, `|Basic realm="chancery", charset="UTF-8"`) {
			t.Errorf("%s: %s", name, got)
		}
	}
	d.lets(basic("school", chosen), "school")
}

// TestFloodOfKeys: wrong keys are checked few at a time, those that come beyond
// are told to wait, and whose key is known waits for nobody.
func TestFloodOfKeys(t *testing.T) {
	d := newDoor(t, withKey(t))
	d.lets(basic("school", chosen), "school")
	ctx, cancel := context.WithCancel(t.Context())
	var flood sync.WaitGroup
	errs := make(chan error, 200)
	for range cap(errs) {
		flood.Go(func() {
			_, err := d.Caller(basic("school", rand.Text()).WithContext(ctx))
			errs <- err
		})
	}
	d.lets(basic("school", chosen), "school")
	cancel()
	flood.Wait()
	close(errs)
	later := 0
	for err := range errs {
		var denied *access.Denied
		switch {
		case errors.Is(err, access.ErrUnavailable):
			later++
		case !errors.As(err, &denied):
			t.Errorf("%v", err)
		}
	}
	if later == 0 {
		t.Error("nobody was told to come later")
	}
}
