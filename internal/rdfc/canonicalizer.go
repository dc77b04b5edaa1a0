package rdfc

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha512"
	"hash"
	"iter"
	"slices"
)

// digest holds a hash in its first bytes. The standard orders hashes by their
// hexadecimal form, which is the order of the bytes.
type digest [sha512.Size384]byte

func (d digest) compare(e digest) int { return bytes.Compare(d[:], e[:]) }

// canonicalizer is the canonicalization state (section 4.2).
type canonicalizer struct {
	*dataset
	hash      hash.Hash
	canonical issuer
	temporary issuer
	first     []digest // by node: its first degree hash
	work      int      // steps of Hash N-Degree Quads still allowed
	input     []byte   // of Hash Related Blank Node, for use again
	output    digest   // of hash, for use again
}

func newCanonicalizer(ctx context.Context, quads []Quad, opt Options) (*canonicalizer, error) {
	hash, err := newHash(opt.Hash)
	if err != nil {
		return nil, err
	}
	d, err := newDataset(ctx, quads, opt)
	if err != nil {
		return nil, err
	}
	return &canonicalizer{
		dataset:   d,
		hash:      hash,
		canonical: newIssuer("c14n", len(d.labels)),
		temporary: newIssuer("b", len(d.labels)),
		first:     make([]digest, len(d.labels)),
		work:      cmp.Or(opt.Work, DefaultWork),
	}, nil
}

// label issues a canonical identifier to every blank node: steps 3 to 5 of the
// algorithm (section 4.4.3).
func (c *canonicalizer) label(ctx context.Context) error {
	nodes, err := c.hashFirstDegree(ctx)
	if err != nil {
		return err
	}
	for group := range c.groups(nodes) {
		if len(group) == 1 {
			c.canonical.issue(group[0])
		}
	}
	for group := range c.groups(nodes) {
		if len(group) == 1 {
			continue
		}
		if err := c.labelGroup(ctx, group); err != nil {
			return err
		}
	}
	return nil
}

// groups cuts nodes, sorted by first degree hash, where that hash changes.
func (c *canonicalizer) groups(nodes []node) iter.Seq[[]node] {
	return func(yield func([]node) bool) {
		for len(nodes) > 0 {
			end := 1
			for end < len(nodes) && c.first[nodes[end]] == c.first[nodes[0]] {
				end++
			}
			if !yield(nodes[:end]) {
				return
			}
			nodes = nodes[end:]
		}
	}
}

// hashFirstDegree is step 3: it returns all blank nodes in the order of their
// first degree hashes.
func (c *canonicalizer) hashFirstDegree(ctx context.Context) ([]node, error) {
	nodes := make([]node, len(c.labels))
	var lines [][]byte
	for i := range nodes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		nodes[i] = node(i)
		c.first[i], lines = c.hashFirstDegreeQuads(node(i), lines[:0])
	}
	slices.SortFunc(nodes, func(a, b node) int { return c.first[a].compare(c.first[b]) })
	return nodes, nil
}

// hashFirstDegreeQuads is section 4.6. It returns lines for use again.
func (c *canonicalizer) hashFirstDegreeQuads(n node, lines [][]byte) (digest, [][]byte) {
	for _, i := range c.mentions[n] {
		s := &c.statements[i]
		s.mark(n, 'a')
		lines = append(lines, s.line)
	}
	slices.SortFunc(lines, bytes.Compare)
	d := c.sum(lines...)
	for _, i := range c.mentions[n] {
		c.statements[i].mark(n, 'z')
	}
	return d, lines
}

func (c *canonicalizer) sum(parts ...[]byte) digest {
	c.hash.Reset()
	for _, part := range parts {
		c.hash.Write(part)
	}
	c.hash.Sum(c.output[:0])
	return c.output
}

// labelGroup is step 5 for the blank nodes that share one first degree hash.
func (c *canonicalizer) labelGroup(ctx context.Context, group []node) error {
	type result struct {
		hash   digest
		issued []node
	}
	var results []result
	for _, n := range group {
		if c.canonical.has(n) {
			continue
		}
		c.temporary.rewind(0)
		c.temporary.issue(n)
		hash, err := c.hashNDegreeQuads(ctx, n)
		if err != nil {
			return err
		}
		results = append(results, result{hash, slices.Clone(c.temporary.order)})
	}
	slices.SortFunc(results, func(a, b result) int { return a.hash.compare(b.hash) })
	for _, r := range results {
		c.canonical.issue(r.issued...)
	}
	return nil
}

// document is the serialized canonical form (section 5).
func (c *canonicalizer) document() []byte {
	const labelHint = len("c14n1234")
	buf := make([]byte, 0, c.size+labelHint*len(c.statements))
	lines := make([][]byte, len(c.statements))
	for i := range c.statements {
		start := len(buf)
		buf = c.appendStatement(buf, &c.statements[i])
		lines[i] = buf[start:]
	}
	slices.SortFunc(lines, bytes.Compare)
	return bytes.Join(lines, nil)
}

func (c *canonicalizer) appendStatement(dst []byte, s *statement) []byte {
	done := 0
	for i, n := range s.nodes {
		if n == noNode {
			continue
		}
		dst = append(dst, s.line[done:s.at[i]]...)
		dst = c.canonical.appendLabel(dst, n)
		done = s.at[i] + 1
	}
	return append(dst, s.line[done:]...)
}

// issued is the issued identifiers map of the canonical issuer.
func (c *canonicalizer) issued() map[string]string {
	labels := make(map[string]string, len(c.labels))
	for n, label := range c.labels {
		labels[label] = string(c.canonical.appendLabel(nil, node(n)))
	}
	return labels
}
