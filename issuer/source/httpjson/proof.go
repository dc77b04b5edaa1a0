package httpjson

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
)

// maxNamed caps how many members of an answer a finding names.
const maxNamed = 20

// notEstablished is what no request can show, beside the account's rights.
var notEstablished = []string{
	"not what the API sends beside the records of an answer, or for other records than the probes",
	"not that a request changes nothing: that is the registry's word",
}

// unknown is a finding about every API: nobody could prove the contrary.
var unknown = scope.Finding{
	Kind: scope.Use, Object: "ACCOUNT",
	Says: "nothing shows what else it may do: an API has no catalog of rights, so that this is the registry's word",
}

// Prove holds the API against a scope as far as an API can be: by what it sends
// for the probe of each resource. A member of that record that no column of the
// scope draws on is a finding, and so is a resource without a probe. That the
// account may do nothing else cannot be proven, which is a finding too: an API is
// always wider than its scope until somebody takes it upon them. The error says
// that the API could not be asked.
func (a *API) Prove(ctx context.Context, s scope.Scope, now time.Time) (scope.Proof, error) {
	proof := scope.Proof{
		Source: s.Source, Server: "HTTP/JSON", Database: a.base.String(), Account: a.options.Credentials.account(), At: now,
		Findings: []scope.Finding{unknown},
		Checked:  []string{"requests go to " + a.base.String() + " and, by a redirect of a GET, nowhere but to the same origin; its certificate is checked"},
	}
	if a.base.Scheme == "http" {
		proof.Checked[0] = "requests go to " + a.base.String() + " on this machine, in the clear"
	}
	for _, relation := range s.Relations {
		r, ok := a.resources[relation.Table]
		if !ok {
			return scope.Proof{}, fmt.Errorf("prove the scope of source %s: %w: there is no resource %q", s.Source, source.ErrShape, relation.Table)
		}
		proof.Checked = append(proof.Checked, r.says())
		findings, err := a.probe(ctx, r, relation)
		if err != nil {
			return scope.Proof{}, fmt.Errorf("prove the scope of source %s: %w", s.Source, err)
		}
		proof.Findings = append(proof.Findings, findings...)
	}
	proof.Checked = append(proof.Checked, notEstablished...)
	return proof, nil
}

// says tells what is sent for a resource.
func (r *resource) says() string {
	said := fmt.Sprintf("%s: a lookup by %s is %s %s", r.name, r.key, r.method(), r.path)
	if _, ok := r.columns[r.key]; !ok {
		said += "; its answer does not say whose record it is"
	}
	if r.list != nil {
		said += fmt.Sprintf("; keys are listed by GET %s", r.list.path)
	}
	return said
}

func (p path) String() string {
	if p.keyed {
		return p.before + keyMark + p.after
	}
	return p.before
}

func (a *API) probe(ctx context.Context, r *resource, relation scope.Relation) ([]scope.Finding, error) {
	finding := scope.Finding{Kind: scope.Read, Object: "RESOURCE " + strconv.Quote(r.name)}
	if r.probe == "" {
		finding.Says = fmt.Sprintf("nothing shows what it may read of %s: name, as probe, the key of a record that the API can be asked for", finding.Object)
		return []scope.Finding{finding}, nil
	}
	record, err := a.probed(ctx, r, relation)
	if errors.Is(err, source.ErrUnavailable) {
		return nil, err
	}
	if err != nil {
		finding.Kind, finding.Says = scope.Missing, fmt.Sprintf("the probe of %s does not have it read the scope: %v", finding.Object, err)
		return []scope.Finding{finding}, nil
	}
	if excess := r.excess(record, relation.Columns); len(excess) > 0 {
		finding.Says = fmt.Sprintf("it reads of %s more than the scope: %s; have the API leave it out, with a parameter or a view for this account", finding.Object, some(excess))
		return []scope.Finding{finding}, nil
	}
	return nil, nil
}

// probed returns the record of a probe if the columns can be read in it.
func (a *API) probed(ctx context.Context, r *resource, relation scope.Relation) (any, error) {
	records, err := a.find(ctx, r, r.probe)
	switch {
	case err != nil:
		return nil, err
	case len(records) == 0:
		return nil, source.ErrNone
	case len(records) > 1:
		return nil, source.ErrMany
	}
	for _, name := range relation.Columns {
		column, ok := r.columns[name]
		if !ok {
			continue // the key, which answers do not hold
		}
		if _, _, err := column.read(records[0]); err != nil {
			return nil, err
		}
	}
	return records[0], nil
}

// excess returns, as pointers with * for the elements of arrays, the members of
// a record that hold something and that none of the columns is, or is chosen
// by.
func (r *resource) excess(record any, columns []string) []string {
	allowed := map[string]bool{}
	allow := func(p pointer) { allowed[p.String()] = true }
	for _, c := range r.place.where {
		allow(c.at)
	}
	for _, name := range columns {
		c := r.columns[name]
		path, err := c.path(record)
		if path == nil || err != nil {
			continue
		}
		allow(path)
		if !c.chosen {
			continue
		}
		for _, condition := range c.where {
			allow(slices.Concat(path[:len(c.in)+1], condition.at))
		}
	}
	excess := map[string]bool{}
	leaves(record, nil, nil, func(path, shown pointer) {
		if !allowed[path.String()] {
			excess[shown.String()] = true
		}
	})
	return slices.Sorted(maps.Keys(excess))
}

// leaves visits each text, number and truth value in value.
func leaves(value any, path, shown pointer, visit func(path, shown pointer)) {
	switch value := value.(type) {
	case nil:
	case map[string]any:
		for name, member := range value {
			leaves(member, append(slices.Clone(path), name), append(slices.Clone(shown), name), visit)
		}
	case []any:
		for i, element := range value {
			leaves(element, append(slices.Clone(path), strconv.Itoa(i)), append(slices.Clone(shown), "*"), visit)
		}
	default:
		visit(path, shown)
	}
}

func (p pointer) String() string {
	var text jsontext.Pointer
	for _, token := range p {
		text = text.AppendToken(token)
	}
	return string(text)
}

func some(names []string) string {
	if len(names) <= maxNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
}

// account says who the API takes us for.
func (c Credentials) account() string {
	switch {
	case len(c.Certificates) > 0:
		return c.Certificates[0].Leaf.Subject.String()
	case c.Token != nil:
		return "bearer token"
	}
	return "anybody"
}
