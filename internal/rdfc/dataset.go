package rdfc

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
)

// node is a blank node: its index in dataset.labels.
type node int32

const noNode node = -1

// positions are where a quad can hold a blank node, as Hash Related Blank Node
// (section 4.7) writes them: subject, object, graph name.
const positions = "sog"

// statement is a quad serialized once, with the one-byte label z for each of
// its blank nodes. Hash First Degree Quads wants just those bytes with some z
// made a; the document wants other labels in their place.
type statement struct {
	line      []byte
	predicate string
	nodes     [len(positions)]node // noNode where there is no blank node
	at        [len(positions)]int  // where in line the label of nodes[i] stands
}

// mark writes a one-byte label wherever n is mentioned.
func (s *statement) mark(n node, label byte) {
	for i, m := range s.nodes {
		if m == n {
			s.line[s.at[i]] = label
		}
	}
}

// compareStatements is zero for two of the same quad only.
func compareStatements(a, b statement) int {
	return cmp.Or(bytes.Compare(a.line, b.line), slices.Compare(a.nodes[:], b.nodes[:]))
}

// dataset is a set of quads and the mention set of each blank node, which is
// the blank node to quads map of section 4.2.
type dataset struct {
	statements []statement
	size       int       // bytes in all lines
	labels     []string  // by node: its label in the input
	mentions   [][]int32 // by node: the statements that mention it, once each
}

func newDataset(ctx context.Context, quads []Quad, opt Options) (*dataset, error) {
	if most := cmp.Or(opt.MaxQuads, DefaultMaxQuads); len(quads) > most {
		return nil, fmt.Errorf("%d quads, at most %d: %w", len(quads), most, ErrTooLarge)
	}
	w := newWriter(quads, cmp.Or(opt.MaxBytes, DefaultMaxBytes))
	statements := make([]statement, len(quads))
	for i := range quads {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := w.write(&statements[i], &quads[i]); err != nil {
			return nil, fmt.Errorf("quad %d: %w", i, err)
		}
	}
	slices.SortFunc(statements, compareStatements)
	d := &dataset{labels: w.labels, size: len(w.buf)}
	d.statements = slices.CompactFunc(statements, func(a, b statement) bool { return compareStatements(a, b) == 0 })
	d.collectMentions()
	return d, nil
}

func (d *dataset) collectMentions() {
	d.mentions = make([][]int32, len(d.labels))
	for i := range d.statements {
		for j, n := range d.statements[i].nodes {
			if n != noNode && !slices.Contains(d.statements[i].nodes[:j], n) {
				d.mentions[n] = append(d.mentions[n], int32(i))
			}
		}
	}
}

// writer serializes quads one after the other into one buffer.
type writer struct {
	buf        []byte
	labelBytes int // of the labels given, less those of the z written for them
	most       int // bytes allowed in all
	index      map[string]node
	labels     []string
}

func newWriter(quads []Quad, most int) *writer {
	const punctuation = len("<> <> <> <> .\n")
	size := 0
	for i := range quads {
		q := &quads[i]
		size += len(q.Subject.Value) + len(q.Predicate.Value) + len(q.Object.Value) +
			len(q.Object.Datatype) + len(q.Graph.Value) + punctuation
	}
	return &writer{buf: make([]byte, 0, min(size, max(most, 0))), most: most, index: map[string]node{}}
}

// write serializes q into the writer's buffer and describes it in s.
func (w *writer) write(s *statement, q *Quad) error {
	if err := q.validate(); err != nil {
		return err
	}
	start := len(w.buf)
	s.predicate = q.Predicate.Value
	s.nodes[0], s.at[0] = w.term(&q.Subject, start)
	w.buf = append(appendIRI(w.buf, s.predicate), ' ')
	s.nodes[1], s.at[1] = w.term(&q.Object, start)
	s.nodes[2] = noNode
	if q.Graph.Kind != 0 {
		s.nodes[2], s.at[2] = w.term(&q.Graph, start)
	}
	w.buf = append(w.buf, ".\n"...)
	if len(w.buf)+w.labelBytes > w.most {
		return fmt.Errorf("more than %d bytes: %w", w.most, ErrTooLarge)
	}
	s.line = w.buf[start:len(w.buf):len(w.buf)]
	return nil
}

// term writes t and a space. Of a blank node it returns the index, and where
// its label stands counted from start.
func (w *writer) term(t *Term, start int) (n node, at int) {
	n = noNode
	switch t.Kind {
	case IRI:
		w.buf = appendIRI(w.buf, t.Value)
	case Literal:
		w.buf = appendLiteral(w.buf, t)
	case Blank:
		n = w.intern(t.Value)
		w.labelBytes += len(t.Value) - 1
		w.buf = append(w.buf, "_:z"...)
		at = len(w.buf) - 1 - start
	}
	w.buf = append(w.buf, ' ')
	return n, at
}

func (w *writer) intern(label string) node {
	n, ok := w.index[label]
	if !ok {
		n = node(len(w.labels))
		w.index[label] = n
		w.labels = append(w.labels, label)
	}
	return n
}
