package config

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/status"
)

// sha256Hex is a SHA-256 as `chancery token` writes it.
var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ownTypes are types that no caller's credential may have: every credential
// has the first, and the second would speak for the issuer's status lists.
var ownTypes = []string{credential.TypeCredential, status.TypeCredential}

func (c *Config) checkAPICallers() error {
	names, digests := map[string]bool{}, map[string]bool{}
	for i, caller := range c.VCAPI.Callers {
		where := fmt.Sprintf("vc_api.callers, number %d", i+1)
		if err := caller.check(where); err != nil {
			return err
		}
		if names[caller.Name] || digests[caller.TokenSHA256] {
			return invalid(where, "another caller has its name or its token_sha256; each needs its own")
		}
		names[caller.Name], digests[caller.TokenSHA256] = true, true
	}
	return nil
}

func (a APICaller) check(where string) error {
	switch {
	case !name.MatchString(a.Name):
		return invalid(where, "name is missing, or more than letters, digits, - and _")
	case !sha256Hex.MatchString(a.TokenSHA256):
		return invalid(where, "token_sha256 is not 64 hexadecimal digits in lower case; `chancery token` makes a token and its SHA-256")
	case len(a.Types) == 0 || slices.Contains(a.Types, ""):
		return invalid(where, "types is missing, or has an empty one: the types beside %s that it may use", credential.TypeCredential)
	case a.Validity <= 0:
		return invalid(where, "validity is missing: how long a credential may be valid, such as 365d")
	}
	for _, own := range ownTypes {
		if slices.Contains(a.Types, own) {
			return invalid(where, "types has %s, which is not for a caller to use", own)
		}
	}
	return nil
}
