package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/config"
)

// selective returns least with a second key and with terms of disclosure.
func selective(terms string) string {
	text := strings.Replace(least, "signing.key\n", "signing.key\nselective_key: selective.key\n", 1)
	return strings.Replace(text, "callers:", terms+"callers:", 1)
}

func TestSelective(t *testing.T) {
	c, err := config.Parse([]byte(selective("    disclosure: selective\n    mandatory: [givenNames]\n")), "")
	if err != nil {
		t.Fatal(err)
	}
	p := c.Profiles["birth"]
	if diff := cmp.Diff([]string{"givenNames"}, p.Mandatory); diff != "" || p.Disclosure != config.DisclosureSelective || c.SelectiveKey != "selective.key" {
		t.Errorf("%s %s %s", p.Disclosure, c.SelectiveKey, diff)
	}
	for _, terms := range []string{"    disclosure: selective\n", "    disclosure: whole\n", ""} {
		if _, err := config.Parse([]byte(selective(terms)), ""); err != nil {
			t.Errorf("%q: %v", terms, err)
		}
	}
}

// TestDisclosureRefused: what cannot be, and what to do about it.
func TestDisclosureRefused(t *testing.T) {
	without := strings.NewReplacer("selective_key: selective.key\n", "")
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"no second key":          {without.Replace(selective("    disclosure: selective\n")), []string{"profiles.birth", "selective_key", "chancery init FOLDER --selective"}},
		"of no kind":             {selective("    disclosure: part\n"), []string{"profiles.birth", `"part"`, "whole", "selective"}},
		"mandatory of the whole": {selective("    mandatory: [givenNames]\n"), []string{"profiles.birth", "mandatory", "disclosure: selective"}},
		"mandatory and whole":    {selective("    disclosure: whole\n    mandatory: [givenNames]\n"), []string{"profiles.birth", "mandatory"}},
		"mandatory but no claim": {selective("    disclosure: selective\n    mandatory: [given_names]\n"), []string{"profiles.birth", "mandatory", `"given_names"`}},
		"a mandatory member":     {selective("    disclosure: selective\n    mandatory: [issuer]\n"), []string{"profiles.birth", `"issuer"`}},
		"a second key of did:key": {
			selective("") + "issuer: did:key\n", []string{"selective_key", "did:key", "leave out issuer"},
		},
	} {
		c, err := config.Parse([]byte(test.text), "")
		if !errors.Is(err, config.ErrInvalid) || c != nil {
			t.Errorf("%s: got %+v, %v", name, c, err)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error does not say %s: %v", name, want, err)
			}
		}
	}
}

// TestSelectiveTemplate: as it is written nothing is selective yet, and with
// its own comments taken away the profile is.
func TestSelectiveTemplate(t *testing.T) {
	text, err := config.Template(config.Start{URL: "https://registry.example", Listen: "127.0.0.1:8443", Selective: true})
	if err != nil {
		t.Fatal(err)
	}
	uncommented := strings.NewReplacer("# disclosure:", "disclosure:", "# mandatory:", "mandatory:").Replace(text)
	for text, want := range map[string]string{text: config.DisclosureWhole, uncommented: config.DisclosureSelective} {
		c, err := config.Parse([]byte(text), "")
		if err != nil {
			t.Fatal(err)
		}
		if c.SelectiveKey != "selective.key" || c.Profiles["birth"].Disclosure != want {
			t.Errorf("%s, %+v", c.SelectiveKey, c.Profiles["birth"])
		}
	}
	if text, err = config.Template(config.Start{URL: "https://registry.example", Listen: "127.0.0.1:8443"}); err != nil || !strings.Contains(text, "# selective_key:") {
		t.Errorf("without: %v", err)
	}
}
