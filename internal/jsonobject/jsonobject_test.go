package jsonobject

import "testing"

func TestKeepsOrderAndBytes(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                                  `{}`,
		`{"b":[1, 2.50],"a":{"x" :"\u00e9"}}`: `{"b":[1, 2.50],"a":{"x" :"\u00e9"}}`,
		" { \"b\" : 1 ,\n\"a\" : null } \n":   `{"b":1,"a":null}`,
		`{"":0,"with \"quotes\"":"\u2028"}`:   `{"":0,"with \"quotes\"":"\u2028"}`,
	} {
		all, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Join(all); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v", text, got, err)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, text := range []string{``, `[]`, `null`, `"x"`, `{`, `{"a"`, `{"a":`, `{"a":1,}`, `{"a":1}x`, `{"a":1}{}`, `{"a":1,"a":2}`, "{\"a\":\"\xff\"}"} {
		if all, err := Parse([]byte(text)); err == nil || all != nil {
			t.Errorf("%s: got %v, %v", text, all, err)
		}
	}
}
