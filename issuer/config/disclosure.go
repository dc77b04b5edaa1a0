package config

import (
	"maps"
	"slices"
)

// What of a credential its holder shows.
const (
	DisclosureWhole     = "whole"
	DisclosureSelective = "selective"
)

func (c *Config) checkDisclosure() error {
	if c.SelectiveKey != "" && c.Issuer == IssuerDIDKey {
		return invalid("selective_key", "an issuer named did:key is its one key and cannot list a second: leave out issuer, so that it is named by its url, or leave out selective_key")
	}
	for _, key := range slices.Sorted(maps.Keys(c.Profiles)) {
		if err := c.checkDisclosed("profiles."+key, c.Profiles[key]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkDisclosed(where string, p Profile) error {
	switch {
	case p.Disclosure != DisclosureWhole && p.Disclosure != DisclosureSelective:
		return invalid(where, "disclosure %q is neither %s nor %s", p.Disclosure, DisclosureWhole, DisclosureSelective)
	case p.Disclosure == DisclosureWhole && len(p.Mandatory) > 0:
		return invalid(where, "mandatory is for disclosure: %s; of a credential that is shown as a whole nothing can be withheld", DisclosureSelective)
	case p.Disclosure == DisclosureSelective && c.SelectiveKey == "":
		return invalid(where, "disclosure: %s needs selective_key, the file of a second key: `chancery init FOLDER --selective` makes one, also in the folder of an issuer that is set up", DisclosureSelective)
	}
	for _, name := range p.Mandatory {
		if !slices.ContainsFunc(p.Claims, func(c Claim) bool { return c.Claim == name }) {
			return invalid(where, "mandatory: %q is not one of its claims", name)
		}
	}
	return nil
}
