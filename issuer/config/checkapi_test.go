package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/config"
)

var digest = strings.Repeat("0a", 32)

// caller is a caller of the VC API with each of its fields on a line.
var caller = `vc_api:
  callers:
    - name: civil-office
      token_sha256: ` + digest + `
      types: [BirthRegistration, DeathRegistration]
      validity: 365d
`

func TestAPICallers(t *testing.T) {
	c, err := config.Parse([]byte(least+caller), "")
	if err != nil {
		t.Fatal(err)
	}
	want := config.VCAPI{Callers: []config.APICaller{{
		Name: "civil-office", TokenSHA256: digest, Types: []string{"BirthRegistration", "DeathRegistration"},
		Validity: config.Duration(365 * 24 * time.Hour),
	}}}
	if diff := cmp.Diff(want, c.VCAPI); diff != "" {
		t.Error(diff)
	}
	if c, err = config.Parse([]byte(least), ""); err != nil || len(c.VCAPI.Callers) != 0 {
		t.Errorf("without being configured: %+v, %v", c, err)
	}
}

func TestAPICallersRefused(t *testing.T) {
	for name, test := range map[string]struct{ from, to, want string }{
		"no name":                {"civil-office", `""`, "name"},
		"a name with a space":    {"civil-office", "civil office", "name"},
		"no digest":              {digest, `""`, "chancery token"},
		"the token itself":       {digest, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "chancery token"},
		"a digest in upper case": {digest, strings.ToUpper(digest), "lower case"},
		"a short digest":         {digest, digest[1:], "64"},
		"no types":               {"[BirthRegistration, DeathRegistration]", "[]", "types"},
		"an empty type":          {"DeathRegistration", `""`, "types"},
		"the type of every one":  {"DeathRegistration", "VerifiableCredential", "VerifiableCredential"},
		"the type of our lists":  {"DeathRegistration", "BitstringStatusListCredential", "BitstringStatusListCredential"},
		"no validity":            {"      validity: 365d\n", "", "validity"},
		"negative validity":      {"365d", "-5m", "validity"},
		"an unknown field":       {"      validity", "      audience: all\n      validity", `"audience"`},
		"the same one twice":     {"vc_api:\n  callers:\n", strings.TrimSuffix(caller, "\n") + "\n", "its own"},
		"the same token for two": {"vc_api:\n  callers:\n", strings.Replace(caller, "civil-office", "other", 1), "its own"},
		"the same name for two":  {"vc_api:\n  callers:\n", strings.Replace(caller, digest, strings.Repeat("0b", 32), 1), "its own"},
	} {
		edited := strings.Replace(caller, test.from, test.to, 1)
		if edited == caller {
			t.Fatalf("%s: nothing was edited", name)
		}
		c, err := config.Parse([]byte(least+edited), "")
		if !errors.Is(err, config.ErrInvalid) || c != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}
