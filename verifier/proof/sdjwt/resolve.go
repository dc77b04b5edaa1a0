package sdjwt

import (
	"crypto"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// resolver puts disclosures where their digests are: section 7.1, steps 3 to
// 5. It changes the claims that it was given.
type resolver struct {
	byDigest map[string]int // to the index of a disclosure
	texts    []string
	used     int
	seen     map[string]bool // digests
	path     []string
	written  int // bytes of pointers
	contents *Contents
}

func resolve(claims map[string]any, texts []string, hash crypto.Hash) (*Contents, error) {
	r := &resolver{
		byDigest: make(map[string]int, len(texts)),
		texts:    texts,
		seen:     make(map[string]bool, len(texts)),
		contents: &Contents{selective: make(map[string]bool, len(texts)), withholding: map[string]bool{}},
	}
	for i, text := range texts {
		d := digest(hash, text)
		if _, ok := r.byDigest[d]; ok {
			return nil, fmt.Errorf("%w: disclosure %d is there twice", ErrDisclosure, i)
		}
		r.byDigest[d] = i
	}
	delete(claims, nameHash)
	if err := r.object(claims); err != nil {
		return nil, err
	}
	if r.used != len(texts) {
		return nil, fmt.Errorf("%w: %d of %d disclosures have no digest in what was signed", ErrDisclosure, len(texts)-r.used, len(texts))
	}
	r.contents.root = claims
	return r.contents, nil
}

// value resolves what is at one step below the path.
func (r *resolver) value(value any, step string) (any, error) {
	if len(r.path) == MaxDepth {
		return nil, fmt.Errorf("%w: the claims are nested deeper than %d", ErrLimit, MaxDepth)
	}
	r.path = append(r.path, step)
	defer func() { r.path = r.path[:len(r.path)-1] }()
	switch value := value.(type) {
	case map[string]any:
		return value, r.object(value)
	case []any:
		return value, r.array(value)
	}
	return value, nil
}

func (r *resolver) object(object map[string]any) error {
	digests, err := takeDigests(object)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if reserved(name) {
			return fmt.Errorf("%w: the claim %s is where it must not be, in %.200q", ErrDisclosure, name, pointerTo(r.path))
		}
		if object[name], err = r.value(object[name], name); err != nil {
			return err
		}
	}
	missing := 0
	for _, d := range digests {
		found, err := r.property(object, d)
		if err != nil {
			return err
		}
		if !found {
			missing++
		}
	}
	if missing > 0 {
		pointer := r.pointer()
		r.contents.withheld = append(r.contents.withheld, Withheld{Pointer: pointer, Digests: missing})
		r.contents.withholding[pointer] = true
	}
	return nil
}

// takeDigests removes the digests from an object.
func takeDigests(object map[string]any) ([]string, error) {
	value, ok := object[nameDigests]
	if !ok {
		return nil, nil
	}
	delete(object, nameDigests)
	values, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("%w: %s is not an array", ErrDisclosure, nameDigests)
	}
	digests := make([]string, len(values))
	for i, value := range values {
		if digests[i], ok = value.(string); !ok {
			return nil, fmt.Errorf("%w: %s has a digest that is not a text", ErrDisclosure, nameDigests)
		}
	}
	return digests, nil
}

// property puts the property that a digest stands for into its object: step
// 3.c.ii.
func (r *resolver) property(object map[string]any, digest string) (found bool, err error) {
	i, d, err := r.find(digest)
	if err != nil || i < 0 {
		return false, err
	}
	if d.element {
		return false, fmt.Errorf("%w: disclosure %d is of an array element, and its digest of a property", ErrDisclosure, i)
	}
	if _, ok := object[d.name]; ok {
		return false, fmt.Errorf("%w: disclosure %d has a name that its object has already", ErrDisclosure, i)
	}
	value, err := r.value(d.value, d.name)
	if err != nil {
		return false, err
	}
	object[d.name] = value
	r.record(i, d.name)
	return true, nil
}

func (r *resolver) array(array []any) error {
	for i, value := range array {
		step := strconv.Itoa(i)
		digest, ok, err := elementDigest(value)
		if err != nil {
			return err
		}
		if ok {
			array[i], err = r.element(digest, step)
		} else {
			array[i], err = r.value(value, step)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// elementDigest returns the digest of an array element that is one: section
// 4.2.4.2.
func elementDigest(value any) (digest string, ok bool, err error) {
	object, isObject := value.(map[string]any)
	content, marked := object[nameElement]
	if !isObject || !marked {
		return "", false, nil
	}
	digest, ok = content.(string)
	if !ok || len(object) != 1 {
		return "", false, fmt.Errorf("%w: the object of %s has more than a digest, or another thing", ErrDisclosure, nameElement)
	}
	return digest, true, nil
}

// element returns the array element that a digest stands for: step 3.c.iii.
func (r *resolver) element(digest, step string) (any, error) {
	i, d, err := r.find(digest)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		r.contents.withheld = append(r.contents.withheld, Withheld{Pointer: r.pointer(step), Element: true, Digests: 1})
		return hidden{}, nil
	}
	if !d.element {
		return nil, fmt.Errorf("%w: disclosure %d is of a property, and its digest of an array element", ErrDisclosure, i)
	}
	value, err := r.value(d.value, step)
	if err != nil {
		return nil, err
	}
	r.record(i, step)
	return value, nil
}

// find returns the disclosure that has a digest, or -1, and sees to it that
// each digest is met once: step 4.
func (r *resolver) find(digest string) (int, disclosure, error) {
	if r.seen[digest] {
		return -1, disclosure{}, fmt.Errorf("%w: a digest is there twice", ErrDisclosure)
	}
	if len(r.seen) == MaxDigests {
		return -1, disclosure{}, fmt.Errorf("%w: more than %d digests", ErrLimit, MaxDigests)
	}
	if r.written > maxPointers {
		return -1, disclosure{}, fmt.Errorf("%w: the names of claims that digests are in are too long", ErrLimit)
	}
	r.seen[digest] = true
	i, ok := r.byDigest[digest]
	if !ok {
		return -1, disclosure{}, nil
	}
	r.used++
	d, err := parseDisclosure(r.texts[i])
	if err != nil {
		return -1, disclosure{}, fmt.Errorf("disclosure %d: %w", i, err)
	}
	return i, d, nil
}

// pointer returns the pointer to what is some steps below the path.
func (r *resolver) pointer(steps ...string) string {
	pointer := pointerTo(append(r.path, steps...))
	r.written += len(pointer)
	return pointer
}

func (r *resolver) record(index int, step string) {
	pointer := r.pointer(step)
	r.contents.disclosed = append(r.contents.disclosed, disclosed{pointer, index})
	r.contents.selective[pointer] = true
}
