package sdjwt

import (
	"crypto"
	"slices"
)

// Contents are the claims of a token, and what can be known of how they came:
// which by a disclosure, and where others could be that are not shown. Its
// zero value has no claims.
type Contents struct {
	root        map[string]any // hidden stands where an element is not shown
	disclosed   []disclosed
	selective   map[string]bool // pointers of disclosed
	withheld    []Withheld
	withholding map[string]bool // pointers of the objects in withheld
}

// hidden is an array element of which there is only a digest.
type hidden struct{}

// disclosed is a claim that came by a disclosure.
type disclosed struct {
	pointer string
	index   int // of the disclosure in the token
}

// Withheld is a place with digests for which the token has no disclosure: of
// claims that are not shown, or of decoys. Which of the two cannot be told.
type Withheld struct {
	Pointer string // of the object, or of the array element
	Element bool
	Digests int // 1 for an element
}

// Claims returns a copy of the claims that are shown: the Processed SD-JWT
// Payload of section 7.1. The values have the shapes of encoding/json.
func (c *Contents) Claims() map[string]any {
	claims, _ := shown(c.root).(map[string]any)
	return claims
}

func shown(value any) any {
	switch value := value.(type) {
	case map[string]any:
		object := make(map[string]any, len(value))
		for name, member := range value {
			object[name] = shown(member)
		}
		return object
	case []any:
		array := make([]any, 0, len(value))
		for _, element := range value {
			if _, ok := element.(hidden); !ok {
				array = append(array, shown(element))
			}
		}
		return array
	}
	return value
}

// Claim returns a copy of the claim called name, at the top level.
func (c *Contents) Claim(name string) (value any, ok bool) {
	value, ok = c.root[name]
	return shown(value), ok
}

// Holder returns the key that can make key bindings: the jwk in cnf.
func (c *Contents) Holder() (crypto.PublicKey, error) { return holderKey(c.root[claimConfirmation]) }

// Disclosed returns the pointers of the claims that came by a disclosure, in
// order.
func (c *Contents) Disclosed() []string {
	var pointers []string
	for _, d := range c.disclosed {
		pointers = append(pointers, d.pointer)
	}
	slices.Sort(pointers)
	return pointers
}

// Withheld returns the places where something may not be shown.
func (c *Contents) Withheld() []Withheld { return slices.Clone(c.withheld) }
