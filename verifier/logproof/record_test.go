package logproof_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// drawRecord returns any record that a log may hold.
func drawRecord(t *rapid.T) logproof.Record {
	text := rapid.StringN(0, 40, 200)
	number := rapid.Uint64Range(0, 1<<53)
	r := logproof.Record{
		Format: logproof.Format, Sequence: number.Draw(t, "sequence"), Time: text.Draw(t, "time"), Previous: text.Draw(t, "previous"),
		Kind: logproof.Kind(text.Draw(t, "kind")), Caller: text.Draw(t, "caller"), Profile: text.Draw(t, "profile"), Subject: text.Draw(t, "subject"),
		Configuration: text.Draw(t, "configuration"), Credential: text.Draw(t, "credential"), StatusList: text.Draw(t, "list"),
		Released: text.Draw(t, "released"), Status: text.Draw(t, "status"), Reason: text.Draw(t, "reason"),
	}
	if rapid.Bool().Draw(t, "answers") {
		question := number.Draw(t, "question")
		r.Question = &question
	}
	if rapid.Bool().Draw(t, "anchored") {
		size := number.Draw(t, "size")
		r.Anchor, r.Root, r.Size = text.Draw(t, "anchor"), text.Draw(t, "root"), &size
	}
	if rapid.Bool().Draw(t, "has an index") {
		index := rapid.IntRange(0, 1<<40).Draw(t, "index")
		r.StatusIndex = &index
	}
	if rapid.Bool().Draw(t, "read") {
		r.Columns, r.Disclosed = rapid.SliceOfN(text, 1, 5).Draw(t, "columns"), rapid.SliceOfN(text, 1, 5).Draw(t, "disclosed")
	}
	return r
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		record := drawRecord(t)
		data, err := logproof.Encode(record)
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := jcs.Transform(data)
		if diff := cmp.Diff(string(canonical), string(data)); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
		again, err := logproof.Decode(data)
		if err != nil {
			t.Fatalf("%v: %s", err, data)
		}
		if diff := cmp.Diff(record, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestEncode(t *testing.T) {
	question := uint64(3)
	got, err := logproof.Encode(logproof.Record{
		Format: 1, Sequence: 4, Time: "2026-07-01T12:00:00Z", Previous: "x", Kind: logproof.Answered, Question: &question, Disclosed: []string{"b", "a"}, Reason: "<é>",
	})
	want := `{"disclosed":["b","a"],"format":1,"kind":"answered","previous":"x","question":3,"reason":"<é>","sequence":4,"time":"2026-07-01T12:00:00Z"}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestEncodeRefuses(t *testing.T) {
	tooMuch := uint64(1<<53 + 1)
	for name, r := range map[string]logproof.Record{
		"sequence above 2^53": {Format: 1, Sequence: tooMuch},
		"question above 2^53": {Format: 1, Question: &tooMuch},
		"invalid UTF-8":       {Format: 1, Caller: "\xff"},
		"too large":           {Format: 1, Caller: strings.Repeat("x", logproof.MaxRecordBytes)},
	} {
		t.Run(name, func(t *testing.T) {
			if data, err := logproof.Encode(r); !errors.Is(err, logproof.ErrRecord) || data != nil {
				t.Errorf("got %s, %v", data, err)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	const good = `{"format":1,"kind":"asked","previous":"","sequence":0,"time":""}`
	if _, err := logproof.Decode([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":              ``,
		"null":                 `null`,
		"array":                `[]`,
		"another order":        `{"kind":"asked","format":1,"previous":"","sequence":0,"time":""}`,
		"a space":              good + " ",
		"a duplicate":          strings.Replace(good, `"format":1`, `"format":1,"format":1`, 1),
		"an escape":            strings.Replace(good, `asked`, `\u0061sked`, 1),
		"another number":       strings.Replace(good, `"sequence":0`, `"sequence":0.0`, 1),
		"a negative number":    strings.Replace(good, `"sequence":0`, `"sequence":-1`, 1),
		"a number above":       strings.Replace(good, `"sequence":0`, `"sequence":9007199254740993`, 1),
		"an unknown member":    strings.Replace(good, `"time"`, `"thing":1,"time"`, 1),
		"an empty member":      `{"caller":"",` + good[1:],
		"a null member":        `{"caller":null,` + good[1:],
		"another format":       strings.Replace(good, `"format":1`, `"format":4`, 1),
		"a member of format 3": strings.Replace(good, `"kind"`, `"grant":"x","kind"`, 1),
		"no format":            strings.Replace(good, `"format":1,`, ``, 1),
		"two records":          good + good,
		"a comma at the end":   strings.Replace(good, `""}`, `"",}`, 1),
		"a comma at the start": `{,` + good[1:],
		"no end":               good[:len(good)-1],
		"a leading zero":       strings.Replace(good, `"sequence":0`, `"sequence":00`, 1),
		"no number":            strings.Replace(good, `"sequence":0`, `"sequence":`, 1),
		"an open list":         `{"columns":["a",],` + good[1:],
		"a comma in a list":    `{"columns":[,"a"],` + good[1:],
		"too large":            `{"caller":"` + strings.Repeat("x", logproof.MaxRecordBytes) + `",` + good[1:],
	} {
		t.Run(name, func(t *testing.T) {
			if r, err := logproof.Decode([]byte(text)); !errors.Is(err, logproof.ErrRecord) {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
}

// FuzzDecode wants what is read to have been written in its one form.
func FuzzDecode(f *testing.F) {
	for _, e := range chain(f, 4) {
		f.Add(e.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := logproof.Decode(data)
		if err != nil {
			if !errors.Is(err, logproof.ErrRecord) {
				t.Fatal(err)
			}
			return
		}
		if again, err := logproof.Encode(r); err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%s is written as %s, %v", data, again, err)
		}
	})
}

// TestEachMember: a record with every member is what another program makes of
// the same fields, so that no field is forgotten and none is out of order.
func TestEachMember(t *testing.T) {
	var r logproof.Record
	fields := reflect.ValueOf(&r).Elem()
	number, index := uint64(7), 8
	for i := range fields.NumField() {
		switch v := fields.Field(i).Addr().Interface().(type) {
		case *string:
			*v = fmt.Sprint("text ", i)
		case *logproof.Kind:
			*v = "kind"
		case *[]string:
			*v = []string{fmt.Sprint(i), "é"}
		case *uint64:
			*v = 9
		case *int:
			*v = logproof.Format
		case **uint64:
			*v = &number
		case **int:
			*v = &index
		default:
			t.Fatalf("field %d is a %T", i, v)
		}
	}
	plain, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want, err := jcs.Transform(plain)
	if err != nil {
		t.Fatal(err)
	}
	got, err := logproof.Encode(r)
	if diff := cmp.Diff(string(want), string(got)); err != nil || diff != "" {
		t.Error(err, diff)
	}
	again, err := logproof.Decode(got)
	if diff := cmp.Diff(r, again); err != nil || diff != "" {
		t.Error(err, diff)
	}
}
