package statement_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// grant returns one for two records.
func grant() statement.Statement {
	s := answer()
	s.Audience, s.Subject, s.Nonce, s.Purpose = "https://registry.example", "partner:registrar-b", "", ""
	s.NotBefore, s.Confirmation = s.Issued, &statement.Confirmation{Thumbprint: base64url(make([]byte, 32))}
	s.Grant = &statement.Grant{Purposes: []string{"transfer"}, Facts: []string{"transferable"}, Keys: []string{base64url(make([]byte, 16)), base64url([]byte(strings.Repeat("k", 16)))}, Count: 2}
	return s
}

// TestGrantForms: a grant that leaves a bound out is none, signed or not.
func TestGrantForms(t *testing.T) {
	key := credtest.Key("registry")
	for name, edit := range map[string]func(*statement.Statement){
		"no partner":            func(s *statement.Statement) { s.Subject = "" },
		"no address":            func(s *statement.Statement) { s.Audience = "" },
		"a purpose beside":      func(s *statement.Statement) { s.Purpose = "transfer" },
		"no begin":              func(s *statement.Statement) { s.NotBefore = 0 },
		"ends before it begins": func(s *statement.Statement) { s.NotBefore = s.Expires },
		"no key":                func(s *statement.Statement) { s.Confirmation = nil },
		"a short thumbprint":    func(s *statement.Statement) { s.Confirmation.Thumbprint = base64url(make([]byte, 31)) },
		"a padded thumbprint":   func(s *statement.Statement) { s.Confirmation.Thumbprint += "=" },
		"no purposes":           func(s *statement.Statement) { s.Grant.Purposes = nil },
		"of nothing":            func(s *statement.Statement) { s.Grant.Facts = nil },
		"no count":              func(s *statement.Statement) { s.Grant.Keys, s.Grant.Count = nil, 0 },
		"more than its keys":    func(s *statement.Statement) { s.Grant.Count = 3 },
		"a key in clear":        func(s *statement.Statement) { s.Grant.Keys[0] = "1990-00042" },
		"too many keys": func(s *statement.Statement) {
			s.Grant.Keys = slices.Repeat(s.Grant.Keys[:1], statement.MaxGrantKeys+1)
			s.Grant.Count = len(s.Grant.Keys)
		},
		"a fact beside": func(s *statement.Statement) { s.Fact = every()[statement.TypeFact].Fact },
	} {
		s := grant()
		edit(&s)
		if token, err := statement.Sign(&s, statement.Signer{Key: key, KeyID: method}); !errors.Is(err, statement.ErrMalformed) {
			t.Errorf("%s: %s, %v", name, token, err)
		}
		token := forge(t, `{"alg":"EdDSA","typ":"chancery-grant+jwt","kid":"`+method+`"}`, string(credtest.Marshal(t, s)), key)
		if got, err := statement.Verify(token, key.Public(), jose.Recommended()); !errors.Is(err, statement.ErrMalformed) || got != nil {
			t.Errorf("%s, signed: %+v, %v", name, got, err)
		}
	}
	fact := every()[statement.TypeFact]
	fact.NotBefore = fact.Issued
	if _, err := statement.Sign(&fact, statement.Signer{Key: key, KeyID: method}); !errors.Is(err, statement.ErrMalformed) {
		t.Errorf("a fact with nbf: %v", err)
	}
}

// TestGrantCovers: what is not named is not granted.
func TestGrantCovers(t *testing.T) {
	g := grant().Grant
	for _, c := range []struct {
		kind, name, purpose string
		want                bool
	}{
		{"fact", "transferable", "transfer", true},
		{"fact", "transferable", "research", false},
		{"fact", "holder", "transfer", false},
		{"status", "transferable", "transfer", false},
		{"facts", "transferable", "transfer", false},
		{"", "", "", false},
	} {
		if got := g.Covers(c.kind, c.name, c.purpose); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
