package httpjson

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/issuer/source"
)

var _ source.Source = (*Source)(nil)

// Source reads one relation of an API by requests that were fixed when it was
// made.
type Source struct {
	api      *API
	resource *resource
	relation source.Relation
}

// Source compiles a relation, whose table is the name of a resource. The API is
// asked nothing: whether it has what the configuration says, the first answers
// show, or [API.Prove] does.
func (a *API) Source(r source.Relation) (*Source, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	found, ok := a.resources[r.Table]
	if !ok {
		return nil, fmt.Errorf("%w: there is no resource %q; there is %s", source.ErrShape, r.Table, quoted(a.resources))
	}
	if r.Key != found.key {
		return nil, fmt.Errorf("%w: records of %q are looked up by %q, not by %q", source.ErrShape, r.Table, found.key, r.Key)
	}
	r = clone(r)
	named := slices.Clone(r.Columns)
	for _, condition := range r.Filter {
		named = append(named, condition.Column)
	}
	for _, column := range named {
		if _, ok := found.columns[column]; !ok {
			return nil, fmt.Errorf("%w: %q has no column %q; it has %s", source.ErrShape, r.Table, column, quoted(found.columns))
		}
	}
	return &Source{api: a, resource: found, relation: r}, nil
}

// clone returns a relation that does not change with r.
func clone(r source.Relation) source.Relation {
	r.Columns, r.Filter = slices.Clone(r.Columns), slices.Clone(r.Filter)
	for i := range r.Filter {
		r.Filter[i].Values = slices.Clone(r.Filter[i].Values)
	}
	return r
}

func quoted[T any](named map[string]T) string {
	if len(named) == 0 {
		return "nothing"
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(named)) {
		names = append(names, fmt.Sprintf("%q", name))
	}
	return strings.Join(names, ", ")
}

// Lookup returns the one record that has exactly this key.
func (s *Source) Lookup(ctx context.Context, key string) (source.Record, error) {
	record, err := s.lookup(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("look up in %q: %w", s.resource.name, err)
	}
	return record, nil
}

func (s *Source) lookup(ctx context.Context, key string) (source.Record, error) {
	records, err := s.api.find(ctx, s.resource, key)
	if err != nil {
		return nil, err
	}
	return s.only(records)
}

// only returns the one record that the filter leaves.
func (s *Source) only(records []any) (source.Record, error) {
	var found []any
	for _, record := range records {
		within, err := matches(s.relation.Filter, s.resource.columns, record)
		if err != nil {
			return nil, err
		}
		if within {
			found = append(found, record)
		}
	}
	switch len(found) {
	case 0:
		return nil, source.ErrNone
	case 1:
		return s.record(found[0])
	}
	return nil, source.ErrMany
}

func (s *Source) record(from any) (source.Record, error) {
	record := make(source.Record, len(s.relation.Columns))
	for _, name := range s.relation.Columns {
		text, ok, err := s.resource.columns[name].read(from)
		if err != nil {
			return nil, err
		}
		if ok {
			record[name] = text
		}
	}
	return record, nil
}

// matches tells whether a record is one that a filter leaves in.
func matches(filter []source.Condition, columns map[string]column, record any) (bool, error) {
	for _, condition := range filter {
		text, ok, err := columns[condition.Column].read(record)
		if err != nil {
			return false, err
		}
		if !ok || !slices.Contains(condition.Values, text) {
			return false, nil
		}
	}
	return true, nil
}

// find returns the records of the answer to one lookup that have exactly this
// key.
func (a *API) find(ctx context.Context, r *resource, key string) ([]any, error) {
	// No record that could be returned has such a key.
	if len(key) > MaxKey || !utf8.ValidString(key) || !r.path.takes(key) || r.pattern != nil && !r.pattern.MatchString(key) {
		return nil, source.ErrNone
	}
	q := question{method: r.method(), url: a.base.String() + r.path.with(key), header: r.header, mediaType: r.mediaType, none: r.noStatus}
	if r.body != nil {
		var err error
		if q.body, err = r.body.with(key, a.options.Now(), a.options.Random); err != nil {
			return nil, fmt.Errorf("%w: %w", source.ErrUnavailable, err)
		}
	}
	answer, err := a.ask(ctx, q)
	if err != nil {
		return nil, err
	}
	return r.read(answer, key)
}

// read returns the records of the answer to a lookup that have exactly this key.
func (r *resource) read(answer any, key string) ([]any, error) {
	if len(r.none) > 0 && r.none.hold(answer) {
		return nil, source.ErrNone
	}
	if !r.expect.hold(answer) {
		return nil, fmt.Errorf("%w: the answer does not hold what expect says: the API refuses, or is another", source.ErrUnavailable)
	}
	if r.more != nil {
		if _, more, err := r.more.text(answer); err != nil {
			return nil, fmt.Errorf("%w: more %w", source.ErrShape, err)
		} else if more {
			return nil, source.ErrMany
		}
	}
	records, err := r.place.read(answer, r.absent)
	if err != nil {
		return nil, err
	}
	return r.keyed(records, key)
}

// read returns the records that are at a place in an answer.
func (p place) read(answer any, absent bool) ([]any, error) {
	at, err := p.at.follow(answer)
	if err != nil {
		return nil, fmt.Errorf("%w: what records points at %w", source.ErrShape, err)
	}
	switch at := at.(type) {
	case []any:
		return slices.DeleteFunc(at, func(record any) bool { return !p.where.hold(record) }), nil
	case map[string]any:
		if !p.where.hold(at) {
			return nil, nil
		}
		return []any{at}, nil
	case nil:
		if absent {
			return nil, nil
		}
	}
	return nil, fmt.Errorf("%w: records points at neither a record nor an array of records", source.ErrShape)
}

// keyed returns the records that have exactly this key. A record that does not
// say which it is could be any.
func (r *resource) keyed(records []any, key string) ([]any, error) {
	column, ok := r.columns[r.key]
	if !ok {
		return records, nil
	}
	var found []any
	for _, record := range records {
		text, ok, err := column.read(record)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, fmt.Errorf("%w: a record has no key in column %q", source.ErrShape, r.key)
		}
		if text == key {
			found = append(found, record)
		}
	}
	return found, nil
}
