package config

import "time"

// minPeriod is the shortest time that a key of pseudonyms is in use: shorter
// ones would only make many.
const minPeriod = 24 * time.Hour

// Retention are the terms of `chancery log seal`, which moves old records of
// the issuance log into files of their own. Nothing else does.
type Retention struct {
	// SealAfter is how old a record is when it is moved out, such as 365d.
	// Default: none is, unless --before or --size says so.
	SealAfter Duration `yaml:"seal_after"`
	// Folder is where they go. Whoever has it can read those records, as whoever
	// has the state can read the others. Default: sealed.
	Folder string `yaml:"folder"`
}

// Pseudonyms are the terms of the keys by which the log calls records and
// callers. Whoever has a key and the log can test guesses at whom it names.
type Pseudonyms struct {
	// Period is how long one key is in use, such as 30d. At least 24h. Default:
	// one key is in use for good.
	Period Duration `yaml:"period"`
	// Keep is how long a key is kept after its period, such as 400d. Then it is
	// destroyed: nobody can tell any more whom the records of its period name,
	// nor revoke what was issued in it by the record. It cannot be shorter than
	// any credential is valid. Default: for good.
	Keep Duration `yaml:"keep"`
}

func (c *Config) setRetentionDefaults() { setDefault(&c.Retention.Folder, "sealed") }

func (c *Config) checkRetention() error {
	p := c.Pseudonyms
	switch {
	case c.Retention.SealAfter < 0:
		return invalid("retention", "seal_after is less than nothing")
	case p.Period != 0 && p.Period.Std() < minPeriod:
		return invalid("pseudonyms", "period must be at least %s, such as 30d", minPeriod)
	case p.Keep < 0:
		return invalid("pseudonyms", "keep is less than nothing")
	case p.Keep > 0 && p.Period == 0:
		return invalid("pseudonyms", "keep says how long a key is kept after its period: say under period how long that is")
	}
	for name, profile := range c.Profiles {
		if p.Keep > 0 && p.Keep < profile.Validity {
			return invalid("pseudonyms", "keep is shorter than a credential of profile %s is valid: it could not be revoked by its record", name)
		}
	}
	return nil
}
