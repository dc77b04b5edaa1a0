package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Grant is what a caller may ask for, on which terms. A question must fit
// exactly one of its caller's grants; there is no answer to it otherwise.
type Grant struct {
	// Name is what the log calls it, with the caller.
	Name string `yaml:"name"`
	// Purposes, Facts, Statuses and Credentials are as those of a caller.
	Purposes    []string `yaml:"purposes"`
	Facts       []string `yaml:"facts"`
	Statuses    []string `yaml:"statuses"`
	Credentials []string `yaml:"credentials"`
	// Keys says which records it is for, by their keys. Default: all.
	Keys Keys `yaml:"keys"`
	// NotBefore and Until are when it holds, by RFC 3339. Default: always.
	NotBefore Moment `yaml:"not_before"`
	Until     Moment `yaml:"until"`
	// Rate is how many questions it is for in how long, such as 100/1h. They can
	// come at once, or spread over the time; what was not used does not add up
	// further. It is counted with the question in the log, over restarts, and
	// where the state is shared, for all replicas together. Default: any number.
	Rate Rate `yaml:"rate"`
}

// Keys selects records by their keys, in one of two ways.
type Keys struct {
	// Prefix is what a key begins with.
	Prefix Text `yaml:"prefix"`
	// File holds keys, one a line.
	File string `yaml:"file"`
}

// Moment is a time by RFC 3339, such as 2027-01-01T00:00:00Z.
type Moment struct{ time.Time }

// UnmarshalText reads a moment.
func (m *Moment) UnmarshalText(text []byte) (err error) {
	if m.Time, err = time.Parse(time.RFC3339, string(text)); err != nil {
		return fmt.Errorf("%.40q is not a time such as 2027-01-01T00:00:00Z", text)
	}
	return nil
}

// Rate is a number of questions in a time; the zero value is any number.
type Rate struct {
	Questions int
	In        time.Duration
}

// Bounds of a rate.
const (
	maxRateQuestions = 1_000_000
	maxRateTime      = 31 * 24 * time.Hour
)

// UnmarshalText reads a rate such as 100/1h.
func (r *Rate) UnmarshalText(text []byte) error {
	count, in, _ := strings.Cut(string(text), "/")
	questions, err := strconv.Atoi(count)
	var each Duration
	if err != nil || each.UnmarshalText([]byte(in)) != nil {
		return fmt.Errorf("%.40q is not a rate such as 100/1h", text)
	}
	if questions < 1 || questions > maxRateQuestions || each.Std() < time.Second || each.Std() > maxRateTime {
		return fmt.Errorf("%.40q: a rate is 1 to %d questions in 1s to 31d", text, maxRateQuestions)
	}
	*r = Rate{questions, each.Std()}
	return nil
}

// AllGrants returns what a caller may ask for. One that has no grants has what
// stands beside its name as one that is called as it is.
func (r RelyingParty) AllGrants() []Grant {
	if len(r.Grants) > 0 {
		return r.Grants
	}
	return []Grant{{Name: r.Name, Purposes: r.Purposes, Facts: r.Facts, Statuses: r.Statuses, Credentials: r.Credentials}}
}

// Covers tells whether the grant is for a question of this kind (fact, status or
// credential), called so, for this purpose, at any time.
func (g Grant) Covers(kind, name, purpose string) bool {
	names := map[string][]string{"fact": g.Facts, "status": g.Statuses, "credential": g.Credentials}[kind]
	return slices.Contains(names, name) && slices.Contains(g.Purposes, purpose)
}

func (c *Config) checkGrants(where string, r RelyingParty) error {
	if len(r.Grants) > 0 && len(r.Purposes)+len(r.Facts)+len(r.Statuses)+len(r.Credentials) > 0 {
		return invalid(where, "purposes, facts, statuses and credentials stand either in grants or beside them, not both")
	}
	grants := r.AllGrants()
	for i, g := range grants {
		at := where
		if len(r.Grants) > 0 {
			at = fmt.Sprintf("%s, grant %d", where, i+1)
		}
		if err := c.checkGrant(at, g); err != nil {
			return err
		}
		for _, other := range grants[:i] {
			if other.Name == g.Name {
				return invalid(at, "another grant is called %s, too", g.Name)
			}
			if other.overlaps(g) {
				return invalid(at, "a question can fit both %s and %s: give them other keys, purposes, questions or times", other.Name, g.Name)
			}
		}
	}
	return nil
}

func (c *Config) checkGrant(where string, g Grant) error {
	switch {
	case !name.MatchString(g.Name):
		return invalid(where, "name is missing, or more than letters, digits, - and _")
	case len(g.Purposes) == 0:
		return invalid(where, "purposes is missing: what it may ask for, of the configuration's purposes")
	case len(g.Facts)+len(g.Statuses)+len(g.Credentials) == 0:
		return invalid(where, "it may ask for nothing: name facts, statuses or credentials")
	case g.Keys.Prefix != "" && g.Keys.File != "":
		return invalid(where, "keys: name either prefix or file")
	case !g.NotBefore.IsZero() && !g.Until.IsZero() && !g.NotBefore.Before(g.Until.Time):
		return invalid(where, "it ends (until) before it begins (not_before)")
	}
	for _, list := range []struct {
		of    string
		names []string
		has   func(string) bool
	}{
		{"purposes", g.Purposes, func(n string) bool { return slices.Contains(c.Purposes, n) }},
		{"facts", g.Facts, has(c.Facts)},
		{"statuses", g.Statuses, has(c.Statuses)},
		{"profiles", g.Credentials, has(c.Profiles)},
	} {
		for _, n := range list.names {
			if !list.has(n) {
				return invalid(where, "%q is not one of %s", n, list.of)
			}
		}
	}
	return nil
}

// overlaps tells whether a question could fit both. Of keys in files that is
// found when they are read.
func (g Grant) overlaps(other Grant) bool { return g.AsksAsWell(other) && g.Keys.overlap(other.Keys) }

// AsksAsWell tells whether the same could be asked under both, of whatever
// record.
func (g Grant) AsksAsWell(other Grant) bool {
	asks := share(g.Facts, other.Facts) || share(g.Statuses, other.Statuses) || share(g.Credentials, other.Credentials)
	return asks && share(g.Purposes, other.Purposes) && g.before(other) && other.before(g)
}

func share(a, b []string) bool {
	return slices.ContainsFunc(a, func(one string) bool { return slices.Contains(b, one) })
}

// before tells whether g begins before other ends.
func (g Grant) before(other Grant) bool {
	return other.Until.IsZero() || g.NotBefore.Before(other.Until.Time)
}

// overlap tells whether a key is among both, as far as that shows without files.
func (k Keys) overlap(other Keys) bool {
	if k == (Keys{}) || other == (Keys{}) {
		return true
	}
	if k.File != "" || other.File != "" {
		return k == other
	}
	return strings.HasPrefix(string(k.Prefix), string(other.Prefix)) || strings.HasPrefix(string(other.Prefix), string(k.Prefix))
}
