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
	// KeyHash is, instead, the slow hash of a key that people chose: argon2id,
	// in the PHC string format. `chancery token --slow` makes it. The caller
	// shows its name and the key (RFC 7617).
	KeyHash string `yaml:"key_hash"`
	// Client is, instead, who it is at one of access.issuers.
	Client *Client `yaml:"client"`
	// Certificate is, instead, its client certificate.
	Certificate *Certificate `yaml:"certificate"`
	// Grants are what it may ask for. Left out, the next four are one grant.
	Grants []Grant `yaml:"grants"`
	// Budget is what it may learn, over all its grants, where that is not as
	// [Config.Budget] has it.
	Budget Budget `yaml:"budget"`
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
	digests := map[string]bool{}
	for _, other := range c.VCAPI.Callers { // one token is one caller
		digests[other.TokenSHA256] = true
	}
	for i, caller := range c.Consult.Callers {
		where := fmt.Sprintf("consult.callers, number %d", i+1)
		if err := c.checkRelyingParty(where, caller); err != nil {
			return err
		}
		for _, other := range c.Consult.Callers[:i] {
			if other.Name == caller.Name || sameCaller(other, caller) {
				return invalid(where, "another caller has its name or its token_sha256, client or certificate; each needs its own")
			}
		}
		if digests[caller.TokenSHA256] {
			return invalid(where, "a caller of vc_api has its token_sha256; each needs its own")
		}
	}
	return nil
}

func (c *Config) checkRelyingParty(where string, r RelyingParty) error {
	if !name.MatchString(r.Name) {
		return invalid(where, "name is missing, or more than letters, digits, - and _")
	}
	if err := c.checkKnown(where, r); err != nil {
		return err
	}
	return c.checkGrants(where, r)
}

func has[V any](values map[string]V) func(string) bool {
	return func(key string) bool { _, ok := values[key]; return ok }
}
