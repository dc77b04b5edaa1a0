package status_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/internal/bitstring"
	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/status"
)

func read(t *testing.T, object credtest.Object) (*status.List, error) {
	t.Helper()
	u, err := credential.Parse(credtest.Marshal(t, object))
	if err != nil {
		t.Fatal(err)
	}
	return status.Read(u)
}

func TestGet(t *testing.T) {
	list, err := read(t, credtest.NewIssuer(t, "registry").List(t, credtest.Now, status.Revocation, 0, 7, 8, bitstring.MinLength-1))
	if err != nil {
		t.Fatal(err)
	}
	entry := func(purpose string, index int) credential.StatusEntry {
		return credential.StatusEntry{Purpose: purpose, Index: index}
	}
	for index, want := range map[int]bool{0: true, 1: false, 6: false, 7: true, 8: true, 9: false, bitstring.MinLength - 2: false, bitstring.MinLength - 1: true} {
		if got, err := list.Get(entry(status.Revocation, index)); err != nil || got != want {
			t.Errorf("%d: got %v, %v", index, got, err)
		}
	}
	for _, e := range []credential.StatusEntry{
		entry("suspension", 0), entry("", 0), entry(status.Revocation, -1), entry(status.Revocation, bitstring.MinLength), entry(status.Revocation, 1<<62),
	} {
		if got, err := list.Get(e); !errors.Is(err, status.ErrList) {
			t.Errorf("%+v: got %v, %v", e, got, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	subject := func(name string, value any) func(credtest.Object) {
		return func(o credtest.Object) { o["credentialSubject"].(credtest.Object)[name] = value }
	}
	short, err := bitstring.New(bitstring.MinLength - 8).Encode()
	if err != nil {
		t.Fatal(err)
	}
	long, err := bitstring.New(bitstring.MaxBytes*8 + 8).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(credtest.Object){
		"another type":           credtest.With("type", "VerifiableCredential"),
		"another type inside":    subject("type", "StatusList2021"),
		"no type inside":         subject("type", nil),
		"no purpose":             subject("statusPurpose", nil),
		"an empty purpose":       subject("statusPurpose", ""),
		"no purpose of several":  subject("statusPurpose", []any{}),
		"a purpose that is none": subject("statusPurpose", []any{1, ""}),
		"no list":                subject("encodedList", nil),
		"an empty list":          subject("encodedList", ""),
		"a list of another base": subject("encodedList", "z123"),
		"a list that is no text": subject("encodedList", 1),
		"a short list":           subject("encodedList", short),
		"a list that explodes":   subject("encodedList", long),
		"two lists":              credtest.With("credentialSubject", []any{credtest.Object{"a": 1}, credtest.Object{"b": 1}}),
	} {
		t.Run(name, func(t *testing.T) {
			object := issuer.List(t, credtest.Now, status.Revocation)
			edit(object)
			if list, err := read(t, object); !errors.Is(err, status.ErrList) || list != nil {
				t.Errorf("got %v, %v", list, err)
			}
		})
	}
}

// TestLargestList signs and reads a list that does not compress and is as long
// as is allowed.
func TestLargestList(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	bits := bitstring.New(bitstring.MaxBytes * 8)
	if _, err := rand.Read(bits); err != nil {
		t.Fatal(err)
	}
	encoded, err := bits.Encode()
	if err != nil {
		t.Fatal(err)
	}
	object := issuer.List(t, credtest.Now, status.Revocation)
	object["credentialSubject"].(credtest.Object)["encodedList"] = encoded
	u, err := credential.Parse(issuer.SignList(t, object))
	if err != nil {
		t.Fatal(err)
	}
	list, err := status.Read(u)
	if err != nil {
		t.Fatal(err)
	}
	want, err := bits.Get(bits.Len() - 1)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := list.Get(credential.StatusEntry{Purpose: status.Revocation, Index: bits.Len() - 1}); err != nil || got != want {
		t.Errorf("got %v, %v", got, err)
	}
}
