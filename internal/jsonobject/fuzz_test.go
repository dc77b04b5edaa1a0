package jsonobject

import (
	"encoding/json"
	"slices"
	"testing"
)

// FuzzParse: what is taken apart is put together to an object of the same
// members, in order and with the same bytes, that holds each of them once.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"b":[1, 2.50],"a":{"x" :"\u00e9"}}`))
	f.Add([]byte(" { \"b\" : 1 ,\n\"\\u0061\" : null } \n"))
	f.Add([]byte(`{"a":1,"\u0061":2}`))
	f.Add([]byte(`{"a":1}x`))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := Parse(data)
		if err != nil {
			if all != nil {
				t.Fatalf("got %v with %v", all, err)
			}
			return
		}
		written, err := Join(all)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(written)
		if err != nil || !slices.EqualFunc(all, again, func(a, b Member) bool { return a.Name == b.Name && string(a.Value) == string(b.Value) }) {
			t.Fatalf("%s became %s, %v", data, written, err)
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(data, &members); err != nil || len(members) != len(all) {
			t.Fatalf("%s has %d members here, %d elsewhere, %v", data, len(all), len(members), err)
		}
	})
}
