package logproof

import "slices"

// tree rebuilds a Merkle tree leaf by leaf, beside what a log says that the
// tree is. It keeps only the roots of the complete subtrees that a tree of its
// size consists of: one for each 1 bit of the size, largest first.
type tree struct {
	size  uint64
	roots []node
}

// maxValues is how many values of one node are held at a time. Two come from
// one fault; more would not tell more.
const maxValues = 4

// node is a hash in the tree. It has no value if what it is made of is missing,
// and more than one below a fault: what the log says and what was computed. The
// node above tells which of them was meant, so that one fault is found once.
type node struct {
	values [maxValues]Hash
	count  int
}

func (n *node) add(value Hash) {
	if n.count < maxValues && !n.has(value) {
		n.values[n.count] = value
		n.count++
	}
}

func (n *node) has(value Hash) bool { return slices.Contains(n.values[:n.count], value) }

// join returns the node above two.
func join(left, right *node) (above node) {
	for i := range left.count {
		for j := range right.count {
			above.add(nodeHash(left.values[i], right.values[j]))
		}
	}
	return above
}

// add adds the next leaf, which has no value if it is not known. What the log
// says of the nodes that it completes, starting with the leaf, comes from
// stored. It returns how far above the leaf the first of them is that does not
// fit what is below it, or -1.
func (t *tree) add(leaf node, stored func(level int) (Hash, bool)) (misfit int) {
	misfit = -1
	for level := 0; ; level++ {
		if said, ok := stored(level); ok {
			if leaf.count > 0 && !leaf.has(said) {
				if misfit < 0 {
					misfit = level
				}
				leaf = node{values: [maxValues]Hash{said, leaf.values[0]}, count: 2}
			} else {
				leaf = node{values: [maxValues]Hash{said}, count: 1}
			}
		}
		if t.size>>level&1 == 0 {
			break
		}
		last := len(t.roots) - 1
		leaf = join(&t.roots[last], &leaf)
		t.roots = t.roots[:last]
	}
	t.roots = append(t.roots, leaf)
	t.size++
	return misfit
}

// skip makes the tree one of size leaves, of which those that were not added
// are not known.
func (t *tree) skip(size uint64) {
	roots, same := []node(nil), true
	for level, next := 63, 0; level >= 0; level-- {
		bit := uint64(1) << level
		same = same && t.size&bit == size&bit
		if size&bit == 0 {
			continue
		}
		var root node
		if same {
			root = t.roots[next]
		}
		next++
		roots = append(roots, root)
	}
	t.size, t.roots = size, roots
}

// root returns the root of the tree, which has no value if it is not known.
func (t *tree) root() (root node) {
	if t.size == 0 {
		root.add(HashOf(nil))
		return root
	}
	root = t.roots[len(t.roots)-1]
	for _, left := range slices.Backward(t.roots[:len(t.roots)-1]) {
		root = join(&left, &root)
	}
	return root
}
