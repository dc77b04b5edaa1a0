package httpjson

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/source"
)

// Keys yields every key once, in order. An API lists records in an order of its
// own, so that all of its pages are read, and the keys held, before the first
// is yielded: [MaxKeys] at most.
func (s *Source) Keys(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		keys, err := s.keys(ctx)
		for _, key := range keys {
			if err = failure(ctx); err != nil || !yield(key, nil) {
				break
			}
		}
		if err != nil {
			yield("", fmt.Errorf("list the keys of %q: %w", s.resource.name, err))
		}
	}
}

// failure is the error of a context that is over.
func failure(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return failed(ctx, ctx.Err())
}

// keys reads all pages.
func (s *Source) keys(ctx context.Context) ([]string, error) {
	list, err := s.listing()
	if err != nil {
		return nil, err
	}
	found, seen := map[string]bool{}, map[string]bool{}
	for next := s.api.base.String() + list.path.with(""); next != ""; {
		if seen[next] || len(seen) == MaxPages || len(found) > MaxKeys {
			return nil, fmt.Errorf("%w: the list goes round in a circle, or has more than %d keys", source.ErrShape, MaxKeys)
		}
		seen[next] = true
		answer, err := s.api.ask(ctx, question{method: http.MethodGet, url: next, header: s.resource.header, mediaType: s.resource.mediaType})
		if err != nil {
			return nil, err
		}
		if err := s.collect(answer, list, found); err != nil {
			return nil, err
		}
		if next, err = s.api.next(next, list.next, answer); err != nil {
			return nil, err
		}
	}
	return sorted(found), nil
}

// listing returns how keys are listed, if they can be.
func (s *Source) listing() (*list, error) {
	list := s.resource.list
	if list == nil {
		return nil, fmt.Errorf("%w: the configuration has no list for it", source.ErrShape)
	}
	for _, condition := range s.relation.Filter {
		if _, ok := list.columns[condition.Column]; !ok {
			return nil, fmt.Errorf("%w: the list has no column %q, which the filter needs", source.ErrShape, condition.Column)
		}
	}
	return list, nil
}

// collect adds the keys of one page.
func (s *Source) collect(answer any, list *list, found map[string]bool) error {
	if !s.resource.expect.hold(answer) {
		return fmt.Errorf("%w: the answer does not hold what expect says: the API refuses, or is another", source.ErrUnavailable)
	}
	records, err := list.place.read(answer, s.resource.absent)
	if err != nil {
		return err
	}
	for _, record := range records {
		within, err := matches(s.relation.Filter, list.columns, record)
		if err != nil {
			return err
		}
		if !within {
			continue
		}
		column := list.columns[s.resource.key]
		key, ok, err := column.read(record)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("%w: a record has no key in column %q", source.ErrShape, s.resource.key)
		}
		value, _ := column.value(record)
		_, isNumber := value.(number)
		found[key] = found[key] || isNumber && integer.MatchString(key)
	}
	return nil
}

// next returns the address of the page after one; empty after the last. It
// leads to where the API is, and nowhere else.
func (a *API) next(from string, column *column, answer any) (string, error) {
	if column == nil {
		return "", nil
	}
	text, ok, err := column.text(answer)
	if err != nil {
		return "", fmt.Errorf("%w: next %w", source.ErrShape, err)
	}
	if !ok || text == "" {
		return "", nil
	}
	elsewhere := fmt.Errorf("%w: the next page is not below the url of the API", source.ErrShape)
	page, err := url.Parse(from)
	if err != nil {
		return "", elsewhere
	}
	page, err = page.Parse(text)
	if err != nil || page.User != nil || web.Origin(page) != web.Origin(a.base) || !below(page.Path, a.base.Path) {
		return "", elsewhere
	}
	page.Fragment = ""
	return page.String(), nil
}

func below(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

// integer is the decimal text of an integer.
var integer = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)

// sorted returns the keys in the order of source.Source; found tells which of
// them are integers.
func sorted(found map[string]bool) []string {
	var integers, texts []string
	for key, isInteger := range found {
		if isInteger {
			integers = append(integers, key)
		} else {
			texts = append(texts, key)
		}
	}
	slices.SortFunc(integers, compareIntegers)
	slices.Sort(texts)
	return append(integers, texts...)
}

// compareIntegers compares integers of any length by their decimal texts.
func compareIntegers(a, b string) int {
	switch negativeA, negativeB := a[0] == '-', b[0] == '-'; {
	case negativeA && negativeB:
		return compareIntegers(b[1:], a[1:])
	case negativeA:
		return -1
	case negativeB:
		return 1
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}
