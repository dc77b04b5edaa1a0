package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/config"
)

// consulted is what relying parties can ask, with each field on a line.
const consulted = `purposes: [enrolment, checkup]
statuses:
  registration:
    source: births
    table: births
    key: number
    column: state
    states: {R: registered, C: cancelled}
    validity: 10m
  birth-credential:
    profile: birth
consult:
  batch: 7
  callers:
    - name: school
      token_sha256: 1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a
      purposes: [enrolment]
      statuses: [registration]
      credentials: [birth]
scope:
  recheck: 1h
`

func TestConsult(t *testing.T) {
	c, err := config.Parse([]byte(least+consulted), "")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]config.StatusOf{
		"registration": {
			Source: "births", Table: "births", Key: "number", Column: "state",
			States: map[string]string{"R": "registered", "C": "cancelled"}, Validity: config.Duration(10 * time.Minute),
		},
		"birth-credential": {Profile: "birth", Validity: config.Duration(5 * time.Minute)},
	}
	if diff := cmp.Diff(want, c.Statuses); diff != "" {
		t.Error(diff)
	}
	caller := config.RelyingParty{
		Name: "school", TokenSHA256: strings.Repeat("1a", 32), Purposes: []string{"enrolment"},
		Statuses: []string{"registration"}, Credentials: []string{"birth"},
	}
	if diff := cmp.Diff(config.Consult{Callers: []config.RelyingParty{caller}, Batch: 7, RefusalStep: config.Duration(250 * time.Millisecond)}, c.Consult); diff != "" {
		t.Error(diff)
	}
	if c.Scope.Recheck.Std() != time.Hour || c.Scope.WhenWidened != config.WidenedStop {
		t.Errorf("%+v", c.Scope)
	}
}

func TestConsultRefused(t *testing.T) {
	for name, test := range map[string]struct{ from, to, want string }{
		"a purpose twice":              {"[enrolment, checkup]", "[enrolment, enrolment]", `"enrolment"`},
		"a purpose of two words":       {"[enrolment, checkup]", "[enrolment, check up]", `"check up"`},
		"a status of two words":        {"  registration:", "  of registration:", "letters"},
		"no source":                    {"    source: births\n", "", "source"},
		"a source that there is not":   {"source: births", "source: deaths", `"deaths"`},
		"no table":                     {"    table: births\n", "", "table"},
		"no key":                       {"    key: number\n", "", "key"},
		"no column":                    {"    column: state\n", "", "column"},
		"no states":                    {"    states: {R: registered, C: cancelled}\n", "", "states"},
		"a state with a line":          {"registered", `"a\nb"`, "states"},
		"a state of nothing":           {"registered", `""`, "states"},
		"a profile that there is not":  {"profile: birth", "profile: death", `"death"`},
		"a profile and a column":       {"profile: birth", "profile: birth\n    column: state", "credentials"},
		"an answer for ever":           {"10m", "25h", "validity"},
		"an answer for less than that": {"10m", "-10m", "validity"},
		"no batch":                     {"batch: 7", "batch: -1", "batch"},
		"a batch of all":               {"batch: 7", "batch: 100000", "batch"},
		"a long refusal":               {"batch: 7", "refusal_step: 1m", "refusal_step"},
		"no name":                      {"name: school", `name: ""`, "name"},
		"the token itself":             {strings.Repeat("1a", 32), strings.Repeat("A", 43), "chancery token"},
		"no purposes":                  {"      purposes: [enrolment]\n", "", "purposes"},
		"a purpose of nobody":          {"purposes: [enrolment]", "purposes: [marketing]", `"marketing"`},
		"a status that there is not":   {"[registration]", "[marriage]", `"marriage"`},
		"a credential that is none":    {"credentials: [birth]", "credentials: [passport]", `"passport"`},
		"nothing to ask":               {"      statuses: [registration]\n      credentials: [birth]\n", "", "nothing"},
		"the same caller twice":        {"    - name: school", "    - {name: school, token_sha256: " + strings.Repeat("1b", 32) + ", purposes: [checkup], credentials: [birth]}\n    - name: school", "its own"},
		"a token twice":                {"    - name: school", "    - {name: clinic, token_sha256: " + strings.Repeat("1a", 32) + ", purposes: [checkup], credentials: [birth]}\n    - name: school", "its own"},
		"a recheck all the time":       {"recheck: 1h", "recheck: 1ms", "recheck"},
		"another word for stopping":    {"recheck: 1h", "when_widened: ignore", "when_widened"},
		"a statement that is too old":  {"recheck: 1h", "recheck: 48h", "lifetime"},
	} {
		edited := strings.Replace(consulted, test.from, test.to, 1)
		if edited == consulted {
			t.Fatalf("%s: nothing was edited", name)
		}
		c, err := config.Parse([]byte(least+edited), "")
		if !errors.Is(err, config.ErrInvalid) || c != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOneTokenOneCaller: a token of the VC API is not one of relying parties.
func TestOneTokenOneCaller(t *testing.T) {
	shared := strings.Replace(caller, digest, strings.Repeat("1a", 32), 1)
	if c, err := config.Parse([]byte(least+consulted+shared), ""); !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), "its own") {
		t.Errorf("%v, %v", c, err)
	}
}
