package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
)

// maxBatch caps the questions of one request, whatever is configured.
const maxBatch = 1_000

// maxAnswer is the longest that an answer may be good for: nothing revokes it.
const maxAnswer = 24 * time.Hour

// Consult lets relying parties ask for facts, statuses and credentials, at
// /v1/facts, /v1/statuses and /v1/credentials below URL. They are served only
// if somebody may ask.
type Consult struct {
	// Callers are the relying parties' programs that may ask.
	Callers []RelyingParty `yaml:"callers"`
	// Batch is the most questions of one request. Default 20.
	Batch int `yaml:"batch"`
	// RefusalStep keeps the time that a refusal takes from telling its reason:
	// it leaves at a whole multiple of this after the question came. It should
	// be longer than an answer ever takes. Default 250ms.
	RefusalStep Duration `yaml:"refusal_step"`
}

// RelyingParty is one program that may ask, for these purposes and nothing
// else. What it is told is signed for it alone.
type RelyingParty struct {
	// Name is what answers and the log call it.
	Name string `yaml:"name"`
	// TokenSHA256 is the SHA-256, in hexadecimal, of the bearer token that it
	// shows. `chancery token` makes both. Whoever has the token is the caller.
	TokenSHA256 string `yaml:"token_sha256"`
	// Purposes are those of Config.Purposes that it may ask for. Each question
	// names one, and its answer does.
	Purposes []string `yaml:"purposes"`
	// Facts, Statuses and Credentials name the facts, statuses and profiles
	// that it may ask for.
	Facts       []string `yaml:"facts"`
	Statuses    []string `yaml:"statuses"`
	Credentials []string `yaml:"credentials"`
}

// StatusOf is a state that can be asked for: that of a record, or, with Profile
// and Validity alone, that of a credential.
type StatusOf struct {
	// Source, Table, Key and Where say which record, as those of a profile.
	Source string `yaml:"source"`
	Table  string `yaml:"table"`
	Key    string `yaml:"key"`
	Where  Where  `yaml:"where"`
	// Column holds the state in the register's own words.
	Column string `yaml:"column"`
	// States gives for each value of Column the state that is told. A record
	// with any other value gets no answer.
	States map[string]string `yaml:"states"`
	// Profile is that of the credentials whose state is told, by their
	// identifiers: valid, revoked or expired.
	Profile string `yaml:"profile"`
	// Validity is how long the answer is good for. Default 5m, at most 24h.
	Validity Duration `yaml:"validity"`
}

// ScopeTerms are the terms on which sources are held against what is
// configured.
type ScopeTerms struct {
	// Recheck is how often that is proven again while serving. Default 15m.
	Recheck Duration `yaml:"recheck"`
	// WhenWidened says what happens when the account of a source was found to
	// do more than it did: stop (the default), nothing of it is told until it
	// is mended; or warn.
	WhenWidened string `yaml:"when_widened"`
	// Lifetime is how long the signed statement about it is good for. Default
	// 24h.
	Lifetime Duration `yaml:"lifetime"`
}

// What happens when an account was widened.
const (
	WidenedStop = "stop"
	WidenedWarn = "warn"
)

func (c *Config) setConsultDefaults() {
	setDefault(&c.Consult.Batch, 20)
	setDefault(&c.Consult.RefusalStep, Duration(250*time.Millisecond))
	setDefault(&c.Scope.Recheck, Duration(15*time.Minute))
	setDefault(&c.Scope.WhenWidened, WidenedStop)
	setDefault(&c.Scope.Lifetime, Duration(24*time.Hour))
	for name, s := range c.Statuses {
		setDefault(&s.Validity, Duration(5*time.Minute))
		c.Statuses[name] = s
	}
}

func (c *Config) checkConsult() error {
	switch {
	case c.Consult.Batch < 1 || c.Consult.Batch > maxBatch:
		return invalid("consult.batch", "it must be 1 to %d", maxBatch)
	case c.Consult.RefusalStep <= 0 || c.Consult.RefusalStep.Std() > 10*time.Second:
		return invalid("consult.refusal_step", "it must be more than 0 and at most 10s")
	case c.Scope.Recheck.Std() < time.Second:
		return invalid("scope.recheck", "it must be at least 1s")
	case c.Scope.WhenWidened != WidenedStop && c.Scope.WhenWidened != WidenedWarn:
		return invalid("scope.when_widened", "%q is neither %s nor %s", c.Scope.WhenWidened, WidenedStop, WidenedWarn)
	case c.Scope.Lifetime.Std() < c.Scope.Recheck.Std():
		return invalid("scope.lifetime", "it must be at least scope.recheck")
	}
	for _, check := range []func() error{c.checkPurposes, c.checkStatuses, c.checkRelyingParties} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkPurposes() error {
	for i, purpose := range c.Purposes {
		if !name.MatchString(purpose) || slices.Contains(c.Purposes[:i], purpose) {
			return invalid("purposes", "%q is there twice, or more than letters, digits, - and _", purpose)
		}
	}
	return nil
}

func (c *Config) checkStatuses() error {
	for _, key := range slices.Sorted(maps.Keys(c.Statuses)) {
		where, s := "statuses."+key, c.Statuses[key]
		if !name.MatchString(key) {
			return invalid(where, "a status's name is letters, digits, - and _")
		}
		if s.Validity <= 0 || s.Validity.Std() > maxAnswer {
			return invalid(where, "validity must be more than 0 and at most %s", maxAnswer)
		}
		check := c.checkRecordStatus
		if s.Profile != "" {
			check = c.checkCredentialStatus
		}
		if err := check(where, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkCredentialStatus(where string, s StatusOf) error {
	if _, ok := c.Profiles[s.Profile]; !ok {
		return invalid(where, "%q is not one of profiles", s.Profile)
	}
	if s.Source+s.Table+s.Key+s.Column != "" || len(s.Where) > 0 || len(s.States) > 0 {
		return invalid(where, "with profile it is about credentials, and has validity and nothing else")
	}
	return nil
}

func (c *Config) checkRecordStatus(where string, s StatusOf) error {
	for field, value := range map[string]string{"source": s.Source, "table": s.Table, "key": s.Key, "column": s.Column} {
		if value == "" {
			return invalid(where, "%s is missing; for the status of credentials name their profile", field)
		}
	}
	if _, ok := c.Sources[s.Source]; !ok {
		return invalid(where, "source %q is not one of sources", s.Source)
	}
	if len(s.States) == 0 {
		return invalid(where, "states is missing: which state is told for each value of %s", s.Column)
	}
	for value, state := range s.States {
		if !stateName.MatchString(state) {
			return invalid(where, "states: %q, for %q, is more than letters, digits, spaces, - and _", state, value)
		}
	}
	return s.Where.check(where)
}

// stateName is what a state may be called.
var stateName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 _-]{0,63}$`)

func (c *Config) checkRelyingParties() error {
	names, digests := map[string]bool{}, map[string]bool{}
	for _, other := range c.VCAPI.Callers { // one token is one caller
		digests[other.TokenSHA256] = true
	}
	for i, caller := range c.Consult.Callers {
		where := fmt.Sprintf("consult.callers, number %d", i+1)
		if err := c.checkRelyingParty(where, caller); err != nil {
			return err
		}
		if names[caller.Name] || digests[caller.TokenSHA256] {
			return invalid(where, "another caller has its name or its token_sha256; each needs its own")
		}
		names[caller.Name], digests[caller.TokenSHA256] = true, true
	}
	return nil
}

func (c *Config) checkRelyingParty(where string, r RelyingParty) error {
	switch {
	case !name.MatchString(r.Name):
		return invalid(where, "name is missing, or more than letters, digits, - and _")
	case !sha256Hex.MatchString(r.TokenSHA256):
		return invalid(where, "token_sha256 is not 64 hexadecimal digits in lower case; `chancery token` makes a token and its SHA-256")
	case len(r.Purposes) == 0:
		return invalid(where, "purposes is missing: what it may ask for, of the configuration's purposes")
	case len(r.Facts)+len(r.Statuses)+len(r.Credentials) == 0:
		return invalid(where, "it may ask for nothing: name facts, statuses or credentials")
	}
	for _, list := range []struct {
		of    string
		names []string
		has   func(string) bool
	}{
		{"purposes", r.Purposes, func(n string) bool { return slices.Contains(c.Purposes, n) }},
		{"facts", r.Facts, has(c.Facts)},
		{"statuses", r.Statuses, has(c.Statuses)},
		{"profiles", r.Credentials, has(c.Profiles)},
	} {
		for _, n := range list.names {
			if !list.has(n) {
				return invalid(where, "%q is not one of %s", n, list.of)
			}
		}
	}
	return nil
}

func has[V any](values map[string]V) func(string) bool {
	return func(key string) bool { _, ok := values[key]; return ok }
}
