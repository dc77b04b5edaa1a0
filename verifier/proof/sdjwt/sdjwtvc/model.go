package sdjwtvc

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// plain are the claims that cannot be withheld, nor anything in them: "Registered
// JWT Claims".
var plain = []string{claimIssuer, "nbf", "exp", "cnf", claimType, claimIntegrity, claimTypes, claimStatus}

// model are the claims of a credential that have a meaning here.
type model struct {
	issuer      string // "" if there is none
	credential  string // the vct
	alsoKnownAs []string
	integrity   string // "" if there is none
	status      *Status
}

// Status is what a credential says of where its status is known. Nothing of it
// has been looked up.
type Status struct {
	List   *StatusList
	Others []string // mechanisms that are not known here, by name
}

// StatusList is a place in a Token Status List: draft-ietf-oauth-status-list,
// "Referenced Token".
type StatusList struct {
	URI   string
	Index int
}

func readModel(c *sdjwt.Contents) (*model, error) {
	if err := checkPlain(c); err != nil {
		return nil, err
	}
	var m model
	var err error
	if m.credential, err = text(c, claimType); err != nil {
		return nil, err
	}
	if m.credential == "" {
		return nil, fmt.Errorf("%w: vct is missing", ErrModel)
	}
	if m.issuer, err = text(c, claimIssuer); err != nil {
		return nil, err
	}
	if m.integrity, err = text(c, claimIntegrity); err != nil {
		return nil, err
	}
	if m.alsoKnownAs, err = alsoKnownAs(c, m.credential); err != nil {
		return nil, err
	}
	m.status, err = status(c)
	return &m, err
}

func checkPlain(c *sdjwt.Contents) error {
	pointers := c.Disclosed()
	for _, w := range c.Withheld() {
		pointers = append(pointers, w.Pointer)
	}
	for _, pointer := range pointers {
		name, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		if slices.Contains(plain, name) {
			return fmt.Errorf("%w: %s must not be selectively disclosable, nor anything in it", ErrModel, name)
		}
	}
	return nil
}

// text returns a claim that is a text, or "" if it is not there.
func text(c *sdjwt.Contents, name string) (string, error) {
	value, ok := c.Claim(name)
	if !ok {
		return "", nil
	}
	text, _ := value.(string)
	if text == "" {
		return "", fmt.Errorf("%w: %s is not a text", ErrModel, name)
	}
	return text, nil
}

// alsoKnownAs reads the claim of that name: "Other Credential Types".
func alsoKnownAs(c *sdjwt.Contents, credential string) ([]string, error) {
	value, ok := c.Claim(claimTypes)
	if !ok {
		return nil, nil
	}
	array, _ := value.([]any)
	if len(array) == 0 || len(array) > MaxAKATypes {
		return nil, fmt.Errorf("%w: aka_vcts is not an array of 1 to %d types", ErrModel, MaxAKATypes)
	}
	var types []string
	for _, element := range array {
		name, _ := element.(string)
		if name == "" || name == credential || slices.Contains(types, name) {
			return nil, fmt.Errorf("%w: aka_vcts has what is not a text, the vct, or a type twice", ErrModel)
		}
		types = append(types, name)
	}
	return types, nil
}

func status(c *sdjwt.Contents) (*Status, error) {
	value, ok := c.Claim(claimStatus)
	if !ok {
		return nil, nil
	}
	members, ok := value.(map[string]any)
	if !ok || len(members) == 0 {
		return nil, fmt.Errorf("%w: status is not an object with a mechanism", ErrModel)
	}
	s := &Status{}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if name != "status_list" {
			s.Others = append(s.Others, name)
			continue
		}
		var err error
		if s.List, err = statusList(members[name]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func statusList(value any) (*StatusList, error) {
	members, _ := value.(map[string]any)
	index, isNumber := members["idx"].(float64)
	uri, _ := members["uri"].(string)
	if !isNumber || index < 0 || index > math.MaxInt32 || index != math.Trunc(index) || uri == "" {
		return nil, fmt.Errorf("%w: status_list has not an index and a URI", ErrModel)
	}
	return &StatusList{URI: uri, Index: int(index)}, nil
}
