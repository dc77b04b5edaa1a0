package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// vkey returns the verifier key of a witness.
func vkey(t *testing.T, name string) string {
	t.Helper()
	w, err := logproof.NewWitness(name, credtest.Key(name).Public())
	if err != nil {
		t.Fatal(err)
	}
	return w.String()
}

// witnessed returns the configuration of two witnesses.
func witnessed(t *testing.T) string {
	return least + `anchors:
  - name: county
    kind: witness
    every: 1m
    stop_after: 24h
    witnesses:
      - url: https://a.example/w
        key: ` + vkey(t, "a.example/w") + `
        ca: a.pem
      - url: https://b.example
        key: ` + vkey(t, "b.example") + `
`
}

func TestWitnesses(t *testing.T) {
	c, err := config.Parse([]byte(witnessed(t)), "")
	if err != nil {
		t.Fatal(err)
	}
	want := []config.Anchor{{
		Name: "county", Kind: "witness", Every: config.Duration(time.Minute), StopAfter: config.Duration(24 * time.Hour), Need: 2,
		Witnesses: []config.Witness{
			{URL: "https://a.example/w", Key: config.Text(vkey(t, "a.example/w")), CA: "a.pem"},
			{URL: "https://b.example", Key: config.Text(vkey(t, "b.example"))},
		},
	}}
	if diff := cmp.Diff(want, c.Anchors); diff != "" {
		t.Error(diff)
	}
	if c, err = config.Parse([]byte(witnessed(t)+"    need: 1\n"), ""); err != nil || c.Anchors[0].Need != 1 {
		t.Errorf("one of two: %+v, %v", c, err)
	}
}

func TestWitnessesRefused(t *testing.T) {
	text := witnessed(t)
	for name, test := range map[string]struct{ from, to, want string }{
		"none":                {text[strings.Index(text, "    witnesses:"):], "", "witnesses is missing"},
		"more than there are": {"    every: 1m\n", "    need: 3\n", "3 of 2"},
		"fewer than none":     {"    every: 1m\n", "    need: -1\n", "-1 of 2"},
		"in the clear":        {"https://b.example", "http://b.example", "https"},
		"with a secret":       {"https://b.example", "https://a:b@b.example", "https"},
		"no key":              {"        key: " + vkey(t, "b.example") + "\n", "", "verifier key"},
		"another's key":       {vkey(t, "b.example"), "c" + vkey(t, "b.example"), "id"},
		"the same one twice":  {vkey(t, "b.example"), vkey(t, "a.example/w"), "same key"},
		"a path":              {"    every: 1m\n", "    path: a\n", "nothing else"},
		"an unknown field":    {"        ca: a.pem\n", "        cat: a.pem\n", `"cat"`},
		"of a file":           {"kind: witness", "kind: file\n    path: a", "nothing else"},
	} {
		edited := strings.Replace(text, test.from, test.to, 1)
		if edited == text {
			t.Fatalf("%s: nothing was edited", name)
		}
		c, err := config.Parse([]byte(edited), "")
		if !errors.Is(err, config.ErrInvalid) || c != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}
