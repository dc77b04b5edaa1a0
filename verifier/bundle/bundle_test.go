package bundle_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/bundle"
)

func TestRoundTrip(t *testing.T) {
	issuer := credtest.NewWebIssuer(t, "did:web:registry.example", "web")
	context := []byte(`{"@context":{}}`)
	content := issuer.Content(t, credtest.Now, issuer.SignedList(t, credtest.Now, 3))
	content.Contexts = []bundle.Context{{URL: "https://a.example/v1", SHA256: schemas.Digest(context), Document: context}}
	content.Checkpoint = "a checkpoint"
	b := issuer.OpenBundle(t, content)
	if b.Issuer != issuer.ID || !b.Created.Equal(credtest.Now) || b.Checkpoint != "a checkpoint" {
		t.Errorf("got %+v", b)
	}
	if len(b.Controllers) != 1 || b.Controllers[0].ID != issuer.ID {
		t.Errorf("controllers %+v", b.Controllers)
	}
	if list := b.StatusLists[issuer.ListURL()]; len(b.StatusLists) != 1 || list == nil || list.Issuer != issuer.ID {
		t.Errorf("status lists %+v", b.StatusLists)
	}
	embedded, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	contexts, err := b.AddContexts(embedded)
	if err != nil || !contexts.Has("https://a.example/v1") || !contexts.Has(schemas.CredentialsV2) || len(b.Contexts()) != 1 {
		t.Errorf("contexts %+v, %v", contexts, err)
	}
}

// TestContents signs contents that are not those of a bundle.
func TestContents(t *testing.T) {
	issuer, other := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "other")
	list := jsontext.Value(issuer.SignedList(t, credtest.Now))
	document, err := issuer.Document(t).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := other.Document(t).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	lists := make([]jsontext.Value, 1001)
	for i := range lists {
		lists[i] = bytes.Replace(list, []byte("/status/1\""), fmt.Appendf(nil, "/status/%d\"", i), 1)
	}
	unnamed := credtest.Unmarshal(t, list)
	delete(unnamed, "id")
	for name, c := range map[string]struct {
		edit func(*bundle.Content)
		want string
	}{
		"no time":                   {func(c *bundle.Content) { c.Created = "" }, "created"},
		"a time without zone":       {func(c *bundle.Content) { c.Created = "2026-07-01T12:00:00" }, "created"},
		"document of another":       {func(c *bundle.Content) { c.Controllers = []jsontext.Value{document, foreign} }, "holds a document of"},
		"document that is none":     {func(c *bundle.Content) { c.Controllers = []jsontext.Value{[]byte("[]")} }, "controller document"},
		"many documents":            {func(c *bundle.Content) { c.Controllers = make([]jsontext.Value, 17) }, "too many"},
		"list that is no list":      {func(c *bundle.Content) { c.StatusLists = []jsontext.Value{[]byte("{}")} }, "status list"},
		"list that is named twice":  {func(c *bundle.Content) { c.StatusLists = []jsontext.Value{list, list} }, "twice"},
		"list that is not named":    {func(c *bundle.Content) { c.StatusLists = []jsontext.Value{credtest.Marshal(t, unnamed)} }, "without an id"},
		"many lists":                {func(c *bundle.Content) { c.StatusLists = lists }, "too many"},
		"many contexts":             {func(c *bundle.Content) { c.Contexts = make([]bundle.Context, 65) }, "too many"},
		"nearly too many documents": {func(c *bundle.Content) { c.StatusLists = lists[:1000] }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			content := issuer.Content(t, credtest.Now)
			c.edit(&content)
			for i := range content.Controllers {
				if content.Controllers[i] == nil {
					content.Controllers[i] = document
				}
			}
			b, err := bundle.Open(issuer.SignBundle(t, content), issuer.Key.Public())
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, bundle.ErrInvalid) || !strings.Contains(err.Error(), c.want) || b != nil {
				t.Errorf("got %v, %v, want %q", b, err, c.want)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	issuer, other := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "other")
	data := issuer.Bundle(t, credtest.Now)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keys []crypto.PublicKey
		good bool
	}{
		"its own":             {[]crypto.PublicKey{issuer.Key.Public()}, true},
		"its own as second":   {[]crypto.PublicKey{other.Key.Public(), issuer.Key.Public()}, true},
		"another":             {[]crypto.PublicKey{other.Key.Public()}, false},
		"of another kind":     {[]crypto.PublicKey{curve.Public()}, false},
		"nil":                 {[]crypto.PublicKey{nil}, false},
		"none":                {nil, false},
		"the private, by key": {[]crypto.PublicKey{issuer.Key}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if b, err := bundle.Open(data, c.keys...); (err == nil) != c.good || (err != nil && !errors.Is(err, bundle.ErrInvalid)) {
				t.Errorf("got %v, %v", b, err)
			}
		})
	}
}

func TestSignWithAnotherKind(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := bundle.Sign(bundle.Content{}, curve); !errors.Is(err, bundle.ErrInvalid) {
		t.Errorf("got %s, %v", data, err)
	}
}
