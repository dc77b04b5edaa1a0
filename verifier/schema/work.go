package schema

import (
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Caps on one validation.
const (
	maxSteps = 250_000 // about one a schema that is applied to a value
	maxDepth = 500     // of schemas applied within schemas
)

// within tells whether the library can validate value in bounded work. The
// library visits a schema again for each way that leads to it, so that n
// schemas that name the next one twice take 2^n steps, and has no limit. Here
// each pair of schema and value is visited once, and the steps add up.
func within(s *jsonschema.Schema, value any, anchors anchors) error {
	w := work{anchors: anchors, seen: map[visit]*estimate{}}
	_, err := w.visit(visit{s, newNode(value)}, 0)
	return err
}

type work struct {
	anchors anchors
	seen    map[visit]*estimate
}

type visit struct {
	schema *jsonschema.Schema
	at     *node
}

// estimate is at least what a visit costs the library.
type estimate struct {
	steps, depth int
}

func (e *estimate) add(part *estimate) {
	e.steps += part.steps
	e.depth = max(e.depth, part.depth+1)
}

func (w *work) visit(v visit, depth int) (*estimate, error) {
	if known, ok := w.seen[v]; ok {
		if known == nil {
			return nil, fmt.Errorf("%w: %.200s leads back to itself without going into the document", ErrSchema, v.schema.Location)
		}
		return known, checkWork(known, depth)
	}
	if len(w.seen) >= maxSteps {
		return nil, errWork
	}
	w.seen[v] = nil
	e := &estimate{steps: own(v), depth: 1}
	if err := checkWork(e, depth); err != nil {
		return nil, err
	}
	for next := range applied(v) {
		part, err := w.visit(next, depth+1)
		if err != nil {
			return nil, err
		}
		e.add(part)
		if err := checkWork(e, depth); err != nil {
			return nil, err
		}
	}
	if err := w.dynamic(v, e, depth); err != nil {
		return nil, err
	}
	w.seen[v] = e
	return e, nil
}

// dynamic adds the dearest of the schemas that a $dynamicRef can lead to.
func (w *work) dynamic(v visit, e *estimate, depth int) error {
	if v.schema.DynamicRef == nil || !typeFits(v) {
		return nil
	}
	ref := v.schema.DynamicRef
	candidates := []*jsonschema.Schema{ref.Ref}
	if ref.Anchor != "" && ref.Ref.DynamicAnchor == ref.Anchor {
		candidates = w.anchors[ref.Anchor]
	}
	dearest := &estimate{}
	for _, candidate := range candidates {
		part, err := w.visit(visit{candidate, v.at}, depth+1)
		if err != nil {
			return err
		}
		dearest = &estimate{max(dearest.steps, part.steps), max(dearest.depth, part.depth)}
	}
	e.add(dearest)
	return checkWork(e, depth)
}

var errWork = fmt.Errorf("%w: more than %d steps, or %d schemas within each other", ErrLimit, maxSteps, maxDepth)

func checkWork(e *estimate, depth int) error {
	if e.steps > maxSteps || e.depth+depth > maxDepth {
		return errWork
	}
	return nil
}
