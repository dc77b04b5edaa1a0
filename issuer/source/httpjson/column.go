package httpjson

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/issuer/source"
)

// Column says where in a record a value is: At points there. If In is not
// empty, it points at an array; of that, the one element that holds what Where
// says, by pointers from the element, is chosen, and At points from there. No
// such element is a blank; more than one is refused.
type Column struct {
	At       string
	In       string
	Where    map[string]string
	Required bool // a blank is refused
}

// pointer is a JSON pointer (RFC 6901), by its tokens.
type pointer []string

func parsePointer(text string) (pointer, error) {
	if !jsontext.Pointer(text).IsValid() {
		return nil, fmt.Errorf("%q is not a JSON pointer, such as /name or /address/0/city", text)
	}
	return append(pointer{}, slices.Collect(jsontext.Pointer(text).Tokens())...), nil
}

// arrayIndex is what a pointer calls an element (RFC 6901, section 4).
var arrayIndex = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)

var errOffTheWay = errors.New("is within something that is neither object nor array, or has no such elements")

// follow returns what p points at in value; nil if nothing is there.
func (p pointer) follow(value any) (any, error) {
	for _, token := range p {
		switch within := value.(type) {
		case nil:
			return nil, nil
		case map[string]any:
			value = within[token]
		case []any:
			if !arrayIndex.MatchString(token) {
				return nil, errOffTheWay
			}
			n, _ := strconv.Atoi(token)
			if n >= len(within) {
				return nil, nil
			}
			value = within[n]
		default:
			return nil, errOffTheWay
		}
	}
	return value, nil
}

// condition is a text that must be where a pointer points.
type condition struct {
	at   pointer
	text string
}

type conditions []condition

func parseConditions(from map[string]string) (all conditions, err error) {
	for _, at := range slices.Sorted(maps.Keys(from)) {
		c := condition{text: from[at]}
		if c.at, err = parsePointer(at); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// hold tells whether value has all that conditions want.
func (all conditions) hold(value any) bool {
	for _, c := range all {
		at, err := c.at.follow(value)
		if err != nil {
			return false
		}
		if text, ok, err := textOf(at); err != nil || !ok || text != c.text {
			return false
		}
	}
	return true
}

// column is a Column, compiled.
type column struct {
	name     string
	at, in   pointer
	chosen   bool
	where    conditions
	required bool
}

func parseColumns(from map[string]Column) (map[string]column, error) {
	all := map[string]column{}
	for _, name := range slices.Sorted(maps.Keys(from)) {
		c, err := parseColumn(name, from[name])
		if err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
		all[name] = c
	}
	return all, nil
}

func optional(from *Column) (*column, error) {
	if from == nil {
		return nil, nil
	}
	c, err := parseColumn("", *from)
	return &c, err
}

func parseColumn(name string, from Column) (c column, err error) {
	c = column{name: name, chosen: from.In != "", required: from.Required}
	if c.at, err = parsePointer(from.At); err != nil {
		return c, err
	}
	if c.in, err = parsePointer(from.In); err != nil {
		return c, err
	}
	if c.where, err = parseConditions(from.Where); err != nil {
		return c, err
	}
	if c.chosen != (len(c.where) > 0) {
		return c, errors.New("in, an array, and where, by which one of its elements is chosen, go together")
	}
	return c, nil
}

// read returns the column's text in a record; false for a blank.
func (c column) read(record any) (string, bool, error) {
	text, ok, err := c.text(record)
	if err == nil && !ok && c.required {
		err = errors.New("is blank, and must not be")
	}
	if err != nil {
		return "", false, fmt.Errorf("%w: column %q %w", source.ErrShape, c.name, err)
	}
	return text, ok, nil
}

func (c column) text(record any) (string, bool, error) {
	value, err := c.value(record)
	if err != nil {
		return "", false, err
	}
	return textOf(value)
}

func (c column) value(record any) (any, error) {
	path, err := c.path(record)
	if path == nil || err != nil {
		return nil, err
	}
	return path.follow(record)
}

// path returns where in a record the column is; nil if no element was chosen.
func (c column) path(record any) (pointer, error) {
	if !c.chosen {
		return c.at, nil
	}
	within, err := c.in.follow(record)
	if within == nil || err != nil {
		return nil, err
	}
	array, ok := within.([]any)
	if !ok {
		return nil, errors.New("is chosen from an array, and there is none")
	}
	chosen := -1
	for i, element := range array {
		if !c.where.hold(element) {
			continue
		}
		if chosen >= 0 {
			return nil, errors.New("is in more than one element of the array")
		}
		chosen = i
	}
	if chosen < 0 {
		return nil, nil
	}
	return slices.Concat(c.in, pointer{strconv.Itoa(chosen)}, c.at), nil
}
