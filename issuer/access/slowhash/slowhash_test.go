package slowhash_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/access/slowhash"
)

func TestHash(t *testing.T) {
	const key = "a key that people chose"
	h, err := slowhash.New(key, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	again, err := slowhash.Parse(h.String())
	if err != nil || again.String() != h.String() {
		t.Fatalf("%s, %s: %v", h, again, err)
	}
	if !again.Is(key) {
		t.Error("it is not of its key")
	}
	for _, other := range []string{key + " ", h.String()} {
		if again.Is(other) {
			t.Errorf("it is of %q, too", other)
		}
	}
	if other, err := slowhash.New(key, rand.Reader); err != nil || other.String() == h.String() {
		t.Errorf("the same salt came twice: %v", err)
	}
	if _, err := slowhash.New(key, bytes.NewReader(nil)); err == nil {
		t.Error("a hash without a salt")
	}
}

func TestParse(t *testing.T) {
	const (
		salt = "c2FsdHNhbHRzYWx0c2FsdA"
		sum  = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		good = "$argon2id$v=19$m=65536,t=3,p=1$" + salt + "$" + sum
	)
	if h, err := slowhash.Parse(good); err != nil || h.String() != good {
		t.Errorf("%s, %v", h, err)
	}
	for name, edit := range map[string][2]string{
		"argon2i":                  {"argon2id", "argon2i"},
		"bcrypt":                   {good, "$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"},
		"another version":          {"v=19", "v=16"},
		"little memory":            {"m=65536", "m=65535"},
		"much memory":              {"m=65536", "m=262145"},
		"more memory than numbers": {"m=65536", "m=99999999999999"},
		"few passes":               {"t=3", "t=2"},
		"many passes":              {"t=3", "t=11"},
		"no lane":                  {"p=1", "p=0"},
		"many lanes":               {"p=1", "p=5"},
		"a short salt":             {salt, "c2FsdA"},
		"a short sum":              {sum, sum[4:]},
		"padding":                  {salt, salt + "=="},
		"bits that are left":       {sum, sum[:42] + "B"},
		"more":                     {sum, sum + "\n"},
		"nothing":                  {good, ""},
	} {
		if h, err := slowhash.Parse(strings.Replace(good, edit[0], edit[1], 1)); !errors.Is(err, slowhash.ErrMalformed) {
			t.Errorf("%s: %s, %v", name, h, err)
		}
	}
}
