package rdfc

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"slices"
)

// Work that is no step but could be made to cost more than one.
const (
	bytesPerStep = 1 << 8 // of predicate in Hash Related Blank Node
	nodesPerStep = 1 << 6 // of issuer kept while other permutations are tried
)

// spend takes steps off the work that is left. Every loop below spends before
// it works, in proportion to what it is about to do, and so none outlasts the
// limit or the context by more than a step.
func (c *canonicalizer) spend(ctx context.Context, steps int) error {
	if c.work -= steps; c.work < 0 {
		return ErrTooComplex
	}
	return ctx.Err()
}

// related is an entry of Hn, the map of section 4.8.3 step 1.
type related struct {
	hash digest
	node node
}

// hashNDegreeQuads is section 4.8. The issuer it is passed and returns in the
// standard is always c.temporary.
func (c *canonicalizer) hashNDegreeQuads(ctx context.Context, n node) (digest, error) {
	entries, err := c.relatedTo(ctx, n)
	if err != nil {
		return digest{}, err
	}
	var data []byte
	for len(entries) > 0 {
		hash := entries[0].hash
		var list []node
		for len(entries) > 0 && entries[0].hash == hash {
			list = append(list, entries[0].node)
			entries = entries[1:]
		}
		data = hex.AppendEncode(data, hash[:c.hash.Size()])
		path, err := c.choosePath(ctx, list)
		if err != nil {
			return digest{}, err
		}
		data = append(data, path...)
	}
	return c.sum(data), nil
}

// relatedTo is step 3: the other blank nodes in the mention set of n, sorted by
// related hash. A node stands there once a mention, as often as that is.
func (c *canonicalizer) relatedTo(ctx context.Context, n node) ([]related, error) {
	if err := c.spend(ctx, 1); err != nil {
		return nil, err
	}
	var entries []related
	for _, i := range c.mentions[n] {
		s := &c.statements[i]
		for j, m := range s.nodes {
			if m == noNode || m == n {
				continue
			}
			if err := c.spend(ctx, 1+len(s.predicate)/bytesPerStep); err != nil {
				return nil, err
			}
			entries = append(entries, related{c.hashRelated(m, s.predicate, positions[j]), m})
		}
	}
	slices.SortFunc(entries, func(a, b related) int {
		return cmp.Or(a.hash.compare(b.hash), cmp.Compare(a.node, b.node))
	})
	return entries, nil
}

// hashRelated is Hash Related Blank Node, section 4.7.
func (c *canonicalizer) hashRelated(n node, predicate string, position byte) digest {
	input := append(c.input[:0], position)
	if position != 'g' {
		input = appendIRI(input, predicate)
	}
	if c.canonical.has(n) || c.temporary.has(n) {
		input = c.appendIdentifier(input, n)
	} else {
		input = hex.AppendEncode(input, c.first[n][:c.hash.Size()])
	}
	c.input = input
	return c.sum(input)
}

// appendIdentifier writes the identifier issued to n, the canonical one if it
// has one.
func (c *canonicalizer) appendIdentifier(dst []byte, n node) []byte {
	dst = append(dst, "_:"...)
	if c.canonical.has(n) {
		return c.canonical.appendLabel(dst, n)
	}
	return c.temporary.appendLabel(dst, n)
}

// choosePath is steps 5.2 to 5.6: of the paths through list in any order it
// returns the least, and leaves in the issuer what that path issued.
func (c *canonicalizer) choosePath(ctx context.Context, list []node) ([]byte, error) {
	var chosen []byte
	var issued []node // by the chosen path, unless that is the one just tried
	before := len(c.temporary.order)
	for more := true; more; {
		c.temporary.rewind(before)
		path, err := c.pathThrough(ctx, list, chosen)
		if err != nil {
			return nil, err
		}
		more = nextPermutation(list)
		if path == nil {
			continue
		}
		chosen, issued = path, nil
		if more {
			issued = slices.Clone(c.temporary.order[before:])
			if err := c.spend(ctx, len(issued)/nodesPerStep); err != nil {
				return nil, err
			}
		}
	}
	if issued != nil {
		c.temporary.rewind(before)
		c.temporary.issue(issued...)
	}
	return chosen, nil
}

// pathThrough is steps 5.4.1 to 5.4.6 for one permutation: it returns its path,
// or nil if that is not less than the one chosen so far.
func (c *canonicalizer) pathThrough(ctx context.Context, permutation []node, chosen []byte) ([]byte, error) {
	if err := c.spend(ctx, len(permutation)); err != nil {
		return nil, err
	}
	p := contender{chosen: chosen}
	before := len(c.temporary.order)
	for _, n := range permutation {
		if !c.canonical.has(n) {
			c.temporary.issue(n)
		}
		p.path = c.appendIdentifier(p.path, n)
	}
	for _, n := range c.temporary.order[before:] {
		if p.lost() {
			return nil, nil
		}
		hash, err := c.hashNDegreeQuads(ctx, n)
		if err != nil {
			return nil, err
		}
		p.path = append(c.appendIdentifier(p.path, n), '<')
		p.path = append(hex.AppendEncode(p.path, hash[:c.hash.Size()]), '>')
	}
	if chosen != nil && bytes.Compare(p.path, chosen) >= 0 {
		return nil, nil
	}
	return p.path, nil
}

// contender is a path under construction that would have to be less than the
// chosen one.
type contender struct {
	path, chosen []byte
	equal        int  // leading bytes known to be the same in both
	won          bool // path is less, whatever may follow
}

// lost reports whether path is greater than chosen whatever may follow, which
// is when steps 5.4.4.3 and 5.4.5.5 let the permutation go. It looks at each
// byte once: paths can be long and very much alike.
func (p *contender) lost() bool {
	if p.won || p.chosen == nil {
		return false
	}
	end := min(len(p.path), len(p.chosen))
	order := bytes.Compare(p.path[p.equal:end], p.chosen[p.equal:end])
	p.equal = end
	p.won = order < 0
	return order > 0 || order == 0 && len(p.path) > len(p.chosen)
}

// nextPermutation puts list, sorted to begin with, into its next order, and
// reports false after the last. Equal elements do not trade places: that would
// only repeat a path.
func nextPermutation(list []node) bool {
	i := len(list) - 2
	for i >= 0 && list[i] >= list[i+1] {
		i--
	}
	if i < 0 {
		return false
	}
	j := len(list) - 1
	for list[j] <= list[i] {
		j--
	}
	list[i], list[j] = list[j], list[i]
	slices.Reverse(list[i+1:])
	return true
}
