package sdjwt

import (
	"crypto"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// decoySize is the length in bytes of what the digest of a decoy is of.
const decoySize = 32

// hider replaces claims by their digests, the innermost first: sections 4.2.4
// and 4.2.6.
type hider struct {
	selective   map[string]bool // pointers; true once it was met
	decoys      map[string]int  // what is left to be made
	hash        crypto.Hash
	random      io.Reader
	path        []string
	disclosures []string
}

func newHider(in *Issuance, hash crypto.Hash) (*hider, error) {
	h := &hider{selective: map[string]bool{}, decoys: maps.Clone(in.Decoys), hash: hash, random: in.Random}
	for _, pointer := range in.Selective {
		tokens, err := tokensOf(pointer)
		if err != nil {
			return nil, err
		}
		if _, ok := h.selective[pointer]; ok {
			return nil, fmt.Errorf("%w: %.200q is there twice", ErrPointer, pointer)
		}
		if critical(tokens) {
			return nil, fmt.Errorf("%w: %.200q must be seen to judge whether the SD-JWT is valid", ErrPointer, pointer)
		}
		h.selective[pointer] = false
	}
	total := len(in.Selective)
	for pointer, n := range in.Decoys {
		if n < 1 || n > MaxDigests || total+n > MaxDigests {
			return nil, fmt.Errorf("%w: %d decoys at %.200q", ErrLimit, n, pointer)
		}
		total += n
	}
	return h, nil
}

// critical tells whether a claim must not be selectively disclosable: section
// 9.7. Of an audience single ones may be.
func critical(tokens []string) bool {
	if len(tokens) == 0 {
		return true
	}
	switch tokens[0] {
	case "iss", claimExpires, claimNotBefore, claimConfirmation:
		return true
	}
	return tokens[0] == claimAudience && len(tokens) == 1
}

// allUsed refuses pointers that led nowhere: what was to be hidden is not.
func (h *hider) allUsed() error {
	for _, pointer := range slices.Sorted(maps.Keys(h.selective)) {
		if !h.selective[pointer] {
			return fmt.Errorf("%w: there is no claim at %.200q", ErrPointer, pointer)
		}
	}
	for pointer := range h.decoys {
		return fmt.Errorf("%w: there is no object or array at %.200q for decoys", ErrPointer, pointer)
	}
	return nil
}

func (h *hider) value(value any, step string) (any, error) {
	h.path = append(h.path, step)
	defer func() { h.path = h.path[:len(h.path)-1] }()
	switch value := value.(type) {
	case map[string]any:
		return h.object(value)
	case []any:
		return h.array(value)
	}
	return value, nil
}

func (h *hider) object(object map[string]any) (map[string]any, error) {
	result := map[string]any{}
	var digests []string
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if reserved(name) {
			return nil, fmt.Errorf("%w: no claim can be called %s", ErrClaim, name)
		}
		value, err := h.value(object[name], name)
		if err != nil {
			return nil, err
		}
		if !h.isSelective(name) {
			result[name] = value
			continue
		}
		digest, err := h.disclose(disclosure{name: name, value: value})
		if err != nil {
			return nil, err
		}
		digests = append(digests, digest)
	}
	decoys, err := h.takeDecoys()
	if err != nil {
		return nil, err
	}
	if digests = append(digests, decoys...); len(digests) > 0 {
		slices.Sort(digests) // so that nothing of their order is left
		result[nameDigests] = digests
	}
	return result, nil
}

func (h *hider) array(array []any) ([]any, error) {
	result := []any{}
	for i, element := range array {
		step := strconv.Itoa(i)
		value, err := h.value(element, step)
		if err != nil {
			return nil, err
		}
		if h.isSelective(step) {
			digest, err := h.disclose(disclosure{element: true, value: value})
			if err != nil {
				return nil, err
			}
			value = map[string]any{nameElement: digest}
		}
		result = append(result, value)
	}
	decoys, err := h.takeDecoys()
	for _, digest := range decoys {
		result = append(result, map[string]any{nameElement: digest})
	}
	return result, err
}

// isSelective tells whether what is one step below the path can be withheld.
func (h *hider) isSelective(step string) bool {
	pointer := pointerTo(append(h.path, step))
	_, ok := h.selective[pointer]
	if ok {
		h.selective[pointer] = true
	}
	return ok
}

func (h *hider) disclose(d disclosure) (string, error) {
	text, err := newDisclosure(d, h.random)
	if err != nil {
		return "", err
	}
	h.disclosures = append(h.disclosures, text)
	return digest(h.hash, text), nil
}

// takeDecoys returns the digests for the place at the path that are of
// nothing: section 4.2.5.
func (h *hider) takeDecoys() ([]string, error) {
	pointer := pointerTo(h.path)
	var digests []string
	for range h.decoys[pointer] {
		text, err := randomText(decoySize, h.random)
		if err != nil {
			return nil, err
		}
		digests = append(digests, digest(h.hash, text))
	}
	delete(h.decoys, pointer)
	return digests, nil
}
