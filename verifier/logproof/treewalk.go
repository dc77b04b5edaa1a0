package logproof

import "fmt"

// leaves is the part of a walk that looks at the tree.
type leaves struct {
	tree  tree
	count uint64
	// without are the records, since the last leaf, that have no leaf and need
	// none unless a later one has: they were written before there was a tree.
	without struct{ first, last, count uint64 }
}

// takeLeaf holds an entry against the tree.
func (w *walk) takeLeaf(r *reading) {
	l := w.leaves
	if l == nil || r.Number < l.tree.size {
		return // which the chain has named
	}
	if r.Number > l.tree.size {
		l.tree.skip(r.Number)
	}
	if r.Leaf == nil {
		l.tree.add(node{}, unsaid)
		w.without(r)
		return
	}
	if none := &l.without; none.count > 0 {
		w.found(none.first, fmt.Sprintf("altered: it is not in the tree, nor is any up to record %d, and record %d is", none.last, r.Number))
		none.count = 0
	}
	l.count++
	if problem := l.add(r); problem != "" {
		w.found(r.Number, problem)
	}
}

// without notes a record that has no leaf.
func (w *walk) without(r *reading) {
	if r.recordErr == nil && r.record.Format > oldestFormat {
		w.found(r.Number, "altered: it is not in the tree")
		return
	}
	none := &w.leaves.without
	if none.count == 0 {
		none.first = r.Number
	}
	none.last = r.Number
	none.count++
}

// add adds the leaf of an entry, and returns what is wrong with it.
func (l *leaves) add(r *reading) (problem string) {
	if r.leafErr != nil {
		l.tree.add(node{}, unsaid)
		return "its leaf was altered: " + r.leafErr.Error()
	}
	var leaf node
	if r.Record != nil || r.Sealed {
		leaf.add(r.leafHash)
	}
	misfit := l.tree.add(leaf, func(level int) (Hash, bool) {
		if level >= len(r.leaf.Hashes) {
			return Hash{}, false
		}
		return r.leaf.Hashes[level], true
	})
	switch {
	case misfit == 0:
		return "altered, it or its leaf: they do not fit"
	case misfit > 0:
		return fmt.Sprintf("the tree was altered at it, or below: the hash of records %d to %d does not fit", r.Number-1<<misfit+1, r.Number)
	default:
		return ""
	}
}

// unsaid is what a log says of a node if it says nothing.
func unsaid(int) (Hash, bool) { return Hash{}, false }

// compareRoot holds the root of the tree against a checkpoint of this size.
func (w *walk) compareRoot(c Checkpoint) {
	if w.leaves == nil || !c.HasRoot() {
		return
	}
	root := w.leaves.tree.root()
	switch {
	case root.has(c.Root):
	case root.count > 0:
		w.found(c.Size-1, fmt.Sprintf("altered, it or a record before it: the checkpoint of %d records names another root", c.Size))
	case len(w.result.Findings) == 0: // else what is missing has been named
		w.found(c.Size-1, fmt.Sprintf("altered, it or a record before it: the checkpoint of %d records names a tree, and they are not all in one", c.Size))
	}
}

// compareEmpty holds the root of no records against a checkpoint of them.
func (w *walk) compareEmpty(c Checkpoint) {
	if c.HasRoot() && c.Root != HashOf(nil) {
		w.found(0, "the checkpoint of no records names another root than theirs")
	}
}

// endTree finds what only the end of the tree shows.
func (w *walk) endTree() {
	l := w.leaves
	if l == nil {
		return
	}
	w.result.Leaves = l.count
	if l.tree.size > w.result.Size {
		w.found(w.result.Size, fmt.Sprintf("cut off: the tree has leaves up to %d, the log ends before record %d", l.tree.size-1, w.result.Size))
	}
	if root := l.tree.root(); root.count > 0 {
		w.result.Root = root.values[0]
	}
}
