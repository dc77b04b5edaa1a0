package web

import (
	"net/url"
	"testing"
)

// TestSpelled: only an identifier may be escaped, and nothing before it.
func TestSpelled(t *testing.T) {
	for _, c := range []struct {
		path, route string
		want        bool
	}{
		{"/v1/facts", "/v1/facts", true},
		{"/v1/%66acts", "/v1/facts", false},
		{"/v1%2ffacts", "", false},
		{"/identifiers/did:web:a", "/identifiers/*did", true},
		{"/identifiers/did%3Aweb%3Aa", "/identifiers/*did", true},
		{"/%69dentifiers/did%3Aweb%3Aa", "/identifiers/*did", false},
		{"/offers/%61", "/offers/:code", false},
	} {
		u, err := url.Parse(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if got := Spelled(u, c.route); got != c.want {
			t.Errorf("%s for %s: %t", c.path, c.route, got)
		}
	}
}
