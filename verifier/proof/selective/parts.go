package selective

// Parts are the components of a proof value. [Parts.Next] takes them in their
// order; the other methods read one, or an item of one, and where it is not
// what it must be [Parts.End] returns the first error, which says so by name.
type Parts struct {
	rest []any
	err  error
}

// AnySize is for [Parts.Bytes] of no certain size.
const AnySize = -1

// Fail remembers an error, unless there was one before.
func (p *Parts) Fail(format string, args ...any) {
	if p.err == nil {
		p.err = malformed(format, args...)
	}
}

// Next is the next component.
func (p *Parts) Next() (part any) {
	if len(p.rest) == 0 {
		p.Fail("it has too few components")
		return nil
	}
	part, p.rest = p.rest[0], p.rest[1:]
	return part
}

// End wants nothing to be left.
func (p *Parts) End() error {
	if len(p.rest) > 0 {
		p.Fail("it has too many components")
	}
	return p.err
}

// Bytes reads a byte string.
func (p *Parts) Bytes(part any, name string, size int) []byte {
	data, ok := part.([]byte)
	if !ok || size != AnySize && len(data) != size {
		p.Fail("%s is not of bytes, or not of as many as it must have", name)
	}
	return data
}

// Text reads a text.
func (p *Parts) Text(part any, name string) string {
	text, ok := part.(string)
	if !ok {
		p.Fail("%s is not a text", name)
	}
	return text
}

// Number reads a number that is not negative.
func (p *Parts) Number(part any, name string, most uint64) uint64 {
	number, ok := part.(uint64)
	if !ok || number > most {
		p.Fail("%s is not a number of at most %d", name, most)
	}
	return number
}

// Array reads an array.
func (p *Parts) Array(part any, name string) []any {
	array, ok := part.([]any)
	if !ok {
		p.Fail("%s is not an array", name)
	}
	return array
}

// Labels reads a map by number, each entry by entry.
func Labels[V any](p *Parts, part any, entry func(number, label any) (uint64, V)) map[uint64]V {
	items, ok := part.(map[any]any)
	if !ok {
		p.Fail("the labels are not a map")
	}
	labels := make(map[uint64]V, len(items))
	for key, item := range items {
		number, label := entry(key, item)
		labels[number] = label
	}
	return labels
}

// Pointers reads mandatory pointers.
func (p *Parts) Pointers(part any) (pointers []string) {
	for _, item := range p.Array(part, "the list of mandatory pointers") {
		pointers = append(pointers, p.Text(item, "a mandatory pointer"))
	}
	return pointers
}

// Indexes reads indexes of statements, which are written in ascending order,
// each once (Data Integrity ECDSA Cryptosuites 1.0, section 3.5.4; Data
// Integrity BBS Cryptosuites 1.0, section 3.3.3).
func (p *Parts) Indexes(part any, name string, most uint64) (indexes []int) {
	last := -1
	for _, item := range p.Array(part, name) {
		index := int(p.Number(item, name, most))
		if index <= last {
			p.Fail("%s are not in ascending order", name)
		}
		last = index
		indexes = append(indexes, last)
	}
	return indexes
}

// List is items as a component: CBOR would write nil as null.
func List[T any](items []T) []T { return append([]T{}, items...) }
