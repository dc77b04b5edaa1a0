package logproof

import "fmt"

// sealed is what a walk knows of the records that were moved out.
type sealed struct {
	start Checkpoint // where the records begin that are there
	next  uint64     // number of the next leaf without a record
	root  node       // of the tree over what was moved out
	told  bool       // a record tells of as many, or of more that are being moved out
	wrong uint64     // number of a record that tells of another tree, plus one
}

// readSealed reads the leaf of a record that was moved out.
func (r *reading) readSealed() {
	commitment := Hash(r.leaf.Salt)
	r.leafHash = LeafHash(commitment)
	if r.Record != nil && r.commitment(r.Salt) != commitment {
		r.recordErr = fmt.Errorf("%w: it, or its salt, is not what was sealed", ErrRecord)
	}
}

// takeSealed names what is missing of the records that were moved out: of each
// there must be a leaf, and of one that somebody says to have, the record.
func (w *walk) takeSealed(r *reading) {
	if !r.Sealed || w.leaves == nil || r.Number < w.sealed.next {
		return
	}
	if r.Number > w.sealed.next {
		w.found(w.sealed.next, fmt.Sprintf("missing: it was sealed, and the next leaf in the tree is %d", r.Number))
	}
	w.sealed.next = r.Number + 1
	if r.Number >= w.sealed.start.Size {
		w.found(r.Number, "missing: it was sealed, and is in no segment")
	}
}

// compareSealed holds the tree over what was moved out against the checkpoints
// of this size, and notes its root.
func (w *walk) compareSealed(r *reading) {
	start := w.sealed.start
	if !r.Sealed || w.leaves == nil || r.Number >= start.Size || w.leaves.tree.size != r.Number+1 {
		return
	}
	size := r.Number + 1
	for _, c := range w.checkpoints[size] {
		switch {
		case size == start.Size && c.Head != start.Head:
			w.found(c.Size-1, fmt.Sprintf("altered, it or a record before it: the checkpoint of %d records names another hash", c.Size))
		case size < start.Size && !c.HasRoot():
			w.found(c.Size-1, fmt.Sprintf("sealed: the checkpoint of %d records has no root, and can only be compared with the segments", c.Size))
		}
		w.compareRoot(c)
	}
	if size == start.Size {
		w.sealed.root = w.leaves.tree.root()
	}
}

// hear notes what a record says of what was moved out.
func (s *sealed) hear(r Record) {
	if r.Kind != Sealed || r.Size == nil || *r.Size < s.start.Size {
		return
	}
	s.told = true
	if root, err := parseHash(r.Root); *r.Size == s.start.Size && s.root.count > 0 && (err != nil || !s.root.has(root)) {
		s.wrong = r.Sequence + 1
	}
}

// endSealed finds what only the end of the log shows of what was moved out.
func (w *walk) endSealed() {
	s := &w.sealed
	if s.start.Size == 0 {
		return
	}
	if w.leaves != nil && s.next < s.start.Size {
		w.found(s.next, "missing: it was sealed, and has no leaf in the tree")
	}
	if !s.told {
		w.found(s.start.Size-1, "missing, as are those before it: no record tells that they were sealed")
	}
	if s.wrong > 0 {
		w.found(s.wrong-1, fmt.Sprintf("altered, it or one up to %d: it tells of another tree that was sealed", s.start.Size-1))
	}
}
