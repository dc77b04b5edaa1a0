package httpjson

import (
	"bytes"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/issuer/source"
)

// FuzzAnswer: whatever an API sends, a record that is taken holds the very key;
// its values are texts that can be had from the answer as they are; and the rest
// is refused with one of the four errors.
func FuzzAnswer(f *testing.F) {
	a, err := Open(Options{URL: "https://api.example", Resources: map[string]Resource{"things": {
		Get: "/things/{key}", Key: "k", Records: "/items", None: None{Absent: true, Where: map[string]string{"/found": "false"}}, Expect: map[string]string{"/ok": "true"},
		More: &Column{At: "/more"}, Where: map[string]string{"/kind": "thing"},
		Columns: map[string]Column{
			"k": {At: "/k"}, "v": {At: "/v/0"}, "state": {At: "/state"},
			"id": {In: "/ids", Where: map[string]string{"/type": "x"}, At: "/value", Required: true},
		},
	}}})
	if err != nil {
		f.Fatal(err)
	}
	s, err := a.Source(source.Relation{Table: "things", Key: "k", Columns: []string{"k", "v", "id"}, Filter: []source.Condition{{Column: "state", Values: []string{"1.0", "true", "a"}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		record, err := s.taken(data, "key")
		if err != nil {
			if record != nil || !errors.Is(err, source.ErrNone) && !errors.Is(err, source.ErrMany) && !errors.Is(err, source.ErrShape) && !errors.Is(err, source.ErrUnavailable) {
				t.Fatalf("got %v and %v", record, err)
			}
			return
		}
		if record["k"] != "key" || record["id"] == "" && !hasEmpty(record, "id") || len(record) > 3 {
			t.Fatalf("took %v", record)
		}
		written := tokens(t, data)
		for name, value := range record {
			if !utf8.ValidString(value) || len(value) > source.MaxValue || !written[value] {
				t.Errorf("%s is %q, which the answer does not hold", name, value)
			}
		}
	})
}

func hasEmpty(record source.Record, name string) bool {
	value, ok := record[name]
	return ok && value == ""
}

// taken reads an answer as a lookup does.
func (s *Source) taken(data []byte, key string) (source.Record, error) {
	answer, err := parse(data)
	if err != nil {
		return nil, err
	}
	records, err := s.resource.read(answer, key)
	if err != nil {
		return nil, err
	}
	return s.only(records)
}

// tokens returns each text, number and truth value of a JSON text, as another
// reader has them.
func tokens(t *testing.T, data []byte) map[string]bool {
	all := map[string]bool{}
	decoder := jsontext.NewDecoder(bytes.NewReader(data))
	for {
		token, err := decoder.ReadToken()
		if err != nil {
			return all
		}
		all[token.String()] = true
	}
}
