package config_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
)

func TestPartners(t *testing.T) {
	const block = "partners: {purposes: [enrolment], facts: [of-age]}\n"
	parse := func(text string) (*config.Config, error) { return config.Parse([]byte(least+budgeted+text), "") }
	c, err := parse(block)
	if err != nil {
		t.Fatal(err)
	}
	if p := c.Partners; p.MaxLifetime.Std() != 24*time.Hour || p.MaxRecords != 100 {
		t.Errorf("%+v", p)
	}
	if p := c.Partners; !p.Covers("fact", "of-age", "enrolment") || p.Covers("status", "of-age", "enrolment") || p.Covers("fact", "of-age", "checkup") || p.Covers("fact", "name", "enrolment") {
		t.Error("what can be granted is not what is written")
	}
	if c, err = parse(""); err != nil || c.Partners.Covers("fact", "of-age", "enrolment") {
		t.Errorf("without partners: %v", err)
	}
	for name, c := range map[string]struct{ from, to, want string }{
		"no purposes":     {"purposes: [enrolment], ", "", "partners: purposes is missing"},
		"of nothing":      {", facts: [of-age]", "", "may ask for nothing"},
		"no such fact":    {"of-age", "rich", `partners: "rich" is not one of facts`},
		"no such purpose": {"enrolment", "fun", `partners: "fun" is not one of purposes`},
		"for ever":        {"{", "{max_lifetime: 8d, ", "max_lifetime must be 1m to 7d"},
		"for a second":    {"{", "{max_lifetime: 1s, ", "max_lifetime must be 1m to 7d"},
		"of too many":     {"{", "{max_records: 1001, ", "max_records must be 1 to 1000"},
		"of fewer":        {"{", "{max_records: -1, ", "max_records must be 1 to 1000"},
	} {
		if _, err := parse(strings.Replace(block, c.from, c.to, 1)); !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
