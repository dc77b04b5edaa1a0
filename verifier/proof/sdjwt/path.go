package sdjwt

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Caps on one path.
const (
	MaxSelected  = 10_000  // claims that it selects on its way
	maxPathNames = 4 << 10 // bytes of the names in it
)

// Place is a claim that a path selects.
type Place struct {
	Pointer   string
	Value     any  // a copy; nil if it is not shown
	Shown     bool // false for an array element of which there is only a digest
	Selective bool // it came by a disclosure of its own, or is not shown
}

// Selection is what a path selects. Complete is false if a claim on the path
// may be one that is not shown.
type Selection struct {
	Places   []Place
	Complete bool
}

// Select returns the claims at a claims path: a string is the name of a member,
// nil stands for all elements of an array, and a whole number that is not
// negative, a float64, for one, counted as it was issued. Nothing to select is
// no error; a step that does not fit the claim it is taken from is.
//
// Source: SD-JWT VC, section "Claim Path"; OpenID4VP 1.0, section 7.
func (c *Contents) Select(path []any) (*Selection, error) {
	if len(path) == 0 || len(path) > MaxDepth {
		return nil, fmt.Errorf("%w: a claims path has 1 to %d steps", ErrPointer, MaxDepth)
	}
	if names := lengthOfNames(path); names > maxPathNames {
		return nil, fmt.Errorf("%w: %d bytes of names in a path", ErrLimit, names)
	}
	s := &selector{contents: c, spots: []spot{{value: c.root}}, complete: true}
	for _, step := range path {
		if err := s.step(step); err != nil {
			return nil, err
		}
	}
	selection := &Selection{Complete: s.complete}
	for _, spot := range s.spots {
		pointer := pointerTo(spot.tokens)
		_, notShown := spot.value.(hidden)
		place := Place{Pointer: pointer, Shown: !notShown, Selective: notShown || c.selective[pointer]}
		if !notShown {
			place.Value = shown(spot.value)
		}
		selection.Places = append(selection.Places, place)
	}
	return selection, nil
}

func lengthOfNames(path []any) (total int) {
	for _, step := range path {
		name, _ := step.(string)
		total += len(name)
	}
	return total
}

type selector struct {
	contents *Contents
	spots    []spot
	complete bool
}

type spot struct {
	tokens []string
	value  any
}

func (s spot) below(step string, value any) spot {
	return spot{append(slices.Clone(s.tokens), step), value}
}

func (s *selector) step(step any) error {
	var next []spot
	for _, spot := range s.spots {
		if _, ok := spot.value.(hidden); ok {
			s.complete = false
			continue
		}
		found, err := s.from(spot, step)
		if err != nil {
			return err
		}
		if next = append(next, found...); len(next) > MaxSelected {
			return fmt.Errorf("%w: a path selects more than %d claims", ErrLimit, MaxSelected)
		}
	}
	s.spots = next
	return nil
}

func (s *selector) from(from spot, step any) ([]spot, error) {
	switch step := step.(type) {
	case string:
		return s.named(from, step)
	case nil, float64:
		return elements(from, step)
	}
	return nil, fmt.Errorf("%w: a step of a path is a name, null or a number, not a %T", ErrPointer, step)
}

func (s *selector) named(from spot, name string) ([]spot, error) {
	object, ok := from.value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: %.200q is not an object", ErrPointer, pointerTo(from.tokens))
	}
	value, ok := object[name]
	if !ok {
		if s.contents.withholding[pointerTo(from.tokens)] {
			s.complete = false
		}
		return nil, nil
	}
	return []spot{from.below(name, value)}, nil
}

func elements(from spot, step any) ([]spot, error) {
	array, ok := from.value.([]any)
	if !ok {
		return nil, fmt.Errorf("%w: %.200q is not an array", ErrPointer, pointerTo(from.tokens))
	}
	if number, ok := step.(float64); ok {
		if number < 0 || number != math.Trunc(number) {
			return nil, fmt.Errorf("%w: %v is not the number of an element", ErrPointer, number)
		}
		if number >= float64(len(array)) {
			return nil, nil
		}
		return []spot{from.below(strconv.Itoa(int(number)), array[int(number)])}, nil
	}
	var all []spot
	for i, value := range array {
		all = append(all, from.below(strconv.Itoa(i), value))
	}
	return all, nil
}
