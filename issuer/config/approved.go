package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
)

// MaxFileBytes caps a file that a configuration names.
const MaxFileBytes = 64 << 20

// Approval says who approved a configuration (package approval).
type Approval struct {
	// Serial counts the approved configurations of an issuer.
	Serial uint64
	// Approvers are those who did, each by name and with the fingerprint of the
	// key.
	Approvers []string
	// Ends says that configurations after this one need no approval.
	Ends bool
	// Manifest is what was signed, and Signatures are what was found beside it.
	Manifest, Signatures []byte
	// Terms is the SHA-256, in hexadecimal, of the file that says who approves.
	Terms string
}

// Approval returns who approved the configuration, or nil if nobody was asked.
func (c *Config) Approval() *Approval { return c.approval }

// Approve has c be approved with these files, by their configured paths: they
// are what [Config.Read] returns from then on.
func (c *Config) Approve(a Approval, files map[string][]byte) {
	c.approval, c.files = &a, files
}

// Read returns what the file at a configured path holds, at most so many bytes.
// Of an approved configuration these are the bytes that were approved, whatever
// is on the disk by now.
func (c *Config) Read(path string, most int) ([]byte, error) {
	data, approved := c.files[path]
	switch {
	case c.approval == nil:
		return ReadFile(c.Path(path), most)
	case !approved:
		return nil, fmt.Errorf("%s was not approved with the configuration", path)
	case len(data) > most:
		return nil, fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return data, nil
}

// Files returns the configured paths of the files that say, with the
// configuration, what the issuer does: contexts, keys of records, and those who
// vouch for others. Secrets, certificates of its own and the state are not among
// them.
func (c *Config) Files() []string {
	files := map[string]bool{c.Access.ClientCA: true}
	if c.Vault != nil {
		files[c.Vault.CA] = true
	}
	for _, source := range c.Sources {
		if source.HTTP != nil {
			files[source.HTTP.CA] = true
		}
	}
	for _, profile := range c.Profiles {
		files[profile.Context.File] = true
	}
	for _, anchor := range c.Anchors {
		files[anchor.CA], files[anchor.Roots] = true, true
		for _, witness := range anchor.Witnesses {
			files[witness.CA] = true
		}
	}
	for _, issuer := range c.Access.Issuers {
		files[issuer.JWKSFile], files[issuer.CA] = true, true
		if issuer.Introspection != nil {
			files[issuer.Introspection.CA] = true
		}
	}
	for _, caller := range c.Consult.Callers {
		for _, grant := range caller.Grants {
			files[grant.Keys.File] = true
		}
	}
	delete(files, "")
	return slices.Sorted(maps.Keys(files))
}

// LogName returns the name of the issuance log: host and path of the address,
// and the path of the replica.
func (c *Config) LogName() string {
	u, err := url.Parse(c.URL)
	if err != nil {
		return "log" // not reached: the URL was checked
	}
	return u.Host + u.Path + "/" + c.Shard() + "log"
}
