package sdjwtvc

import (
	"fmt"
	"math"
	"regexp"
	"slices"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// Values of sd: "Claim Selective Disclosure Metadata".
const (
	Always  = "always"
	Allowed = "allowed"
	Never   = "never"
)

// Claim is what is true of the claims at a path: "Claim Metadata".
type Claim struct {
	Path      []any // strings, nil and float64, as sdjwt.Contents.Select takes them
	Display   []Label
	Mandatory bool
	Selective string // Always, Allowed or Never
	SVGID     string // "" if it has none
}

// Label is how a claim is called in a language.
type Label struct {
	Locale      string `json:"locale"`
	Label       string `json:"label"`
	Description string `json:"description"`
}

// claim is an element of claims, as it is written.
type claim struct {
	Path      []any    `json:"path"`
	Display   *[]Label `json:"display"`
	Mandatory *bool    `json:"mandatory"`
	Selective *string  `json:"sd"`
	SVGID     *string  `json:"svg_id"`
}

var svgID = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// check holds a claim against the form that its metadata must have.
func (c *claim) check() error {
	if len(c.Path) == 0 || len(c.Path) > sdjwt.MaxDepth || slices.ContainsFunc(c.Path, notStep) {
		return fmt.Errorf("%w: the path %.200v is not of names, null and numbers", ErrTypeMetadata, c.Path)
	}
	if c.Selective != nil && !slices.Contains([]string{Always, Allowed, Never}, *c.Selective) {
		return fmt.Errorf("%w: sd is %.20q at %.200v", ErrTypeMetadata, *c.Selective, c.Path)
	}
	if c.SVGID != nil && !svgID.MatchString(*c.SVGID) {
		return fmt.Errorf("%w: svg_id is %.40q at %.200v", ErrTypeMetadata, *c.SVGID, c.Path)
	}
	if c.Display != nil && slices.ContainsFunc(*c.Display, func(l Label) bool { return l.Locale == "" || l.Label == "" }) {
		return fmt.Errorf("%w: a display without locale or label at %.200v", ErrTypeMetadata, c.Path)
	}
	return nil
}

func notStep(step any) bool {
	switch step := step.(type) {
	case nil, string:
		return false
	case float64:
		return step < 0 || step != math.Trunc(step)
	}
	return true
}

// add adds the claims of a document to those of the types that it extends:
// "Extending Claim Metadata".
func (m *TypeMetadata) add(d *document) error {
	if d.Claims == nil {
		return nil
	}
	if len(*d.Claims) > MaxClaims {
		return fmt.Errorf("%w: more than %d claims", ErrTypeMetadata, MaxClaims)
	}
	var own [][]any
	for _, c := range *d.Claims {
		if err := c.check(); err != nil {
			return err
		}
		samePath := func(path []any) bool { return slices.Equal(path, c.Path) }
		if slices.ContainsFunc(own, samePath) {
			return fmt.Errorf("%w: the path %.200v is there twice", ErrTypeMetadata, c.Path)
		}
		own = append(own, c.Path)
		i := slices.IndexFunc(m.Claims, func(base Claim) bool { return samePath(base.Path) })
		if i < 0 {
			i = len(m.Claims)
			m.Claims = append(m.Claims, Claim{Path: c.Path, Selective: Allowed})
		}
		if err := m.Claims[i].override(c); err != nil {
			return err
		}
	}
	return nil
}

// override takes over the properties of c, within "Limitations for sd and
// mandatory".
func (base *Claim) override(c claim) error {
	if c.Selective != nil {
		if base.Selective != Allowed && *c.Selective != base.Selective {
			return fmt.Errorf("%w: sd at %.200v is %s in the extended type", ErrTypeMetadata, c.Path, base.Selective)
		}
		base.Selective = *c.Selective
	}
	if c.Mandatory != nil {
		if base.Mandatory && !*c.Mandatory {
			return fmt.Errorf("%w: the claim at %.200v is mandatory in the extended type", ErrTypeMetadata, c.Path)
		}
		base.Mandatory = *c.Mandatory
	}
	if c.Display != nil {
		base.Display = *c.Display
	}
	if c.SVGID != nil {
		base.SVGID = *c.SVGID
	}
	return nil
}

// checkIDs sees to it that no two claims have one svg_id.
func (m *TypeMetadata) checkIDs() error {
	seen := map[string]bool{}
	for _, c := range m.Claims {
		if seen[c.SVGID] {
			return fmt.Errorf("%w: the svg_id %s is there twice", ErrTypeMetadata, c.SVGID)
		}
		seen[c.SVGID] = c.SVGID != ""
	}
	return nil
}
