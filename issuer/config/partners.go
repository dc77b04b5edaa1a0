package config

import "time"

// Partners bound what can be granted to partners, who are in no configuration:
// a grant is signed for each, by the operator's command, and ends by itself.
// What is taken out of here is granted no more, by the grants that are out
// either.
type Partners struct {
	// MaxLifetime is the longest that a grant can hold. Default 24h, at most 7d.
	MaxLifetime Duration `yaml:"max_lifetime"`
	// MaxRecords is how many different records a grant can be for. Default 100, at
	// most 1000.
	MaxRecords int `yaml:"max_records"`
	// Purposes, Facts, Statuses and Credentials are what can be granted, as those
	// of a caller.
	Purposes    []string `yaml:"purposes"`
	Facts       []string `yaml:"facts"`
	Statuses    []string `yaml:"statuses"`
	Credentials []string `yaml:"credentials"`
}

// Bounds of what can be granted to partners.
const (
	maxPartnerLifetime = 7 * 24 * time.Hour
	maxPartnerRecords  = 1000 // each is remembered until the grant ends
)

func (p *Partners) setDefaults() {
	if p != nil {
		setDefault(&p.MaxLifetime, Duration(24*time.Hour))
		setDefault(&p.MaxRecords, 100)
	}
}

func (c *Config) checkPartners() error {
	p := c.Partners
	switch {
	case p == nil:
		return nil
	case p.MaxLifetime.Std() < time.Minute || p.MaxLifetime.Std() > maxPartnerLifetime:
		return invalid("partners", "max_lifetime must be 1m to 7d")
	case p.MaxRecords < 1 || p.MaxRecords > maxPartnerRecords:
		return invalid("partners", "max_records must be 1 to %d", maxPartnerRecords)
	}
	return c.checkGrant("partners", p.All())
}

// All returns all that can be granted as one grant.
func (p *Partners) All() Grant {
	return Grant{Name: "partners", Purposes: p.Purposes, Facts: p.Facts, Statuses: p.Statuses, Credentials: p.Credentials}
}

// Covers tells whether a question of this kind, called so, can be granted for
// this purpose.
func (p *Partners) Covers(kind, name, purpose string) bool {
	return p != nil && p.All().Covers(kind, name, purpose)
}
