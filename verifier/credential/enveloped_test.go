package credential

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	stdstrings "strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const baseContext = "https://www.w3.org/ns/credentials/v2"

func envelopeWith(t testing.TB, edit map[string]any) []byte {
	t.Helper()
	object := map[string]any{"@context": baseContext, "type": TypeEnvelopedCredential, "id": "data:application/vc+jwt,e30.e30.AAAA"}
	maps.Copy(object, edit)
	maps.DeleteFunc(object, func(_ string, value any) bool { return value == nil })
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParseEnveloped(t *testing.T) {
	jwt := MediaType{Name: "application/vc+jwt"}
	for name, c := range map[string]struct {
		edit map[string]any
		want Enveloped
	}{
		"plain":           {nil, Enveloped{TypeEnvelopedCredential, jwt, []byte("e30.e30.AAAA")}},
		"type in a list":  {map[string]any{"type": []any{TypeEnvelopedPresentation}}, Enveloped{TypeEnvelopedPresentation, jwt, []byte("e30.e30.AAAA")}},
		"second context":  {map[string]any{"@context": []any{baseContext, "https://example.com/x"}}, Enveloped{TypeEnvelopedCredential, jwt, []byte("e30.e30.AAAA")}},
		"base64":          {map[string]any{"id": "data:application/vc+cose;base64,0oRA"}, Enveloped{TypeEnvelopedCredential, MediaType{Name: "application/vc+cose"}, []byte{0xd2, 0x84, 0x40}}},
		"padded":          {map[string]any{"id": "data:application/vc+cose;base64,0oQ="}, Enveloped{TypeEnvelopedCredential, MediaType{Name: "application/vc+cose"}, []byte{0xd2, 0x84}}},
		"not padded":      {map[string]any{"id": "data:application/vc+cose;base64,0oQ"}, Enveloped{TypeEnvelopedCredential, MediaType{Name: "application/vc+cose"}, []byte{0xd2, 0x84}}},
		"escaped base64":  {map[string]any{"id": "data:application/vc+cose;base64,0oQ%3D"}, Enveloped{TypeEnvelopedCredential, MediaType{Name: "application/vc+cose"}, []byte{0xd2, 0x84}}},
		"escaped":         {map[string]any{"id": "data:application/vc+jwt,e30%2e"}, Enveloped{TypeEnvelopedCredential, jwt, []byte("e30.")}},
		"line at the end": {map[string]any{"id": "data:application/vc+jwt,e30\n"}, Enveloped{TypeEnvelopedCredential, jwt, []byte("e30")}},
		"parameters": {
			map[string]any{"id": "data:Application/VC+JWT;Charset=UTF-8;v=1,e30"},
			Enveloped{TypeEnvelopedCredential, MediaType{"application/vc+jwt", map[string]string{"charset": "UTF-8", "v": "1"}}, []byte("e30")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			data := envelopeWith(t, c.edit)
			got, err := ParseEnveloped(data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&c.want, got); diff != "" {
				t.Error(diff)
			}
			if !IsEnveloped(data) {
				t.Error("it does not say that it is an envelope")
			}
		})
	}
}

func TestParseEnvelopedRefuses(t *testing.T) {
	for name, edit := range map[string]map[string]any{
		"no context":             {"@context": nil},
		"other context":          {"@context": "https://example.com/x"},
		"context second":         {"@context": []any{"https://example.com/x", baseContext}},
		"context of 1.1":         {"@context": "https://www.w3.org/2018/credentials/v1"},
		"terms of its own":       {"@context": []any{baseContext, map[string]any{"id": "https://example.com/x"}}},
		"no type":                {"type": nil},
		"other type":             {"type": "VerifiableCredential"},
		"type beside":            {"type": []any{TypeEnvelopedCredential, "VerifiableCredential"}},
		"both types":             {"type": []any{TypeEnvelopedCredential, TypeEnvelopedPresentation}},
		"issuer beside":          {"issuer": "https://attacker.example"},
		"no id":                  {"id": nil},
		"id a list":              {"id": []any{"data:application/vc+jwt,e30"}},
		"id a URL":               {"id": "https://example.com/credential"},
		"javascript":             {"id": "javascript:alert(1)"},
		"scheme in capitals":     {"id": "DATA:application/vc+jwt,e30"},
		"space in it":            {"id": "data:application/vc+jwt,e30 e30"},
		"line in it":             {"id": "data:application/vc+jwt,e30\ne30"},
		"no comma":               {"id": "data:application/vc+jwt"},
		"nothing in it":          {"id": "data:application/vc+jwt,"},
		"no media type":          {"id": "data:,e30"},
		"base64 alone":           {"id": "data:;base64,e30"},
		"no subtype":             {"id": "data:application,e30"},
		"empty subtype":          {"id": "data:application/,e30"},
		"two subtypes":           {"id": "data:application/vc/jwt,e30"},
		"space in media type":    {"id": "data:application/vc jwt,e30"},
		"quotes":                 {"id": `data:application/vc+jwt;a="b",e30`},
		"parameter alone":        {"id": "data:application/vc+jwt;a,e30"},
		"parameter empty":        {"id": "data:application/vc+jwt;a=,e30"},
		"parameter twice":        {"id": "data:application/vc+jwt;a=1;A=2,e30"},
		"parameters without end": {"id": "data:application/vc+jwt" + stdstrings.Repeat(";a=1", MaxParameters+1) + ",e30"},
		"base64 first":           {"id": "data:application/vc+jwt;base64;a=1,e30="},
		"base64 in capitals":     {"id": "data:application/vc+jwt;BASE64,e30="},
		"other alphabet":         {"id": "data:application/vc+cose;base64,_-__"},
		"trailing bits":          {"id": "data:application/vc+cose;base64,0oR="},
		"trailing bits, no pad":  {"id": "data:application/vc+cose;base64,0oR"},
		"too much padding":       {"id": "data:application/vc+cose;base64,0oQ=="},
		"after the padding":      {"id": "data:application/vc+cose;base64,0oQ=0oQ="},
		"line in base64":         {"id": "data:application/vc+cose;base64,0oRA%0A0oRA"},
		"escape cut off":         {"id": "data:application/vc+jwt,e30%2"},
		"escape no digits":       {"id": "data:application/vc+jwt,e30%zz"},
		"not ASCII":              {"id": "data:application/vc+jwt,é"},
		"fragment":               {"id": "data:application/vc+jwt,e30#x"},
	} {
		if e, err := ParseEnveloped(envelopeWith(t, edit)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
	for _, text := range []string{``, `[]`, `{"id":"data:a/b,c","id":"data:a/b,d"}`, `"` + stdstrings.Repeat("x", MaxBytes) + `"`} {
		if e, err := ParseEnveloped([]byte(text)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%.40s: %+v, %v", text, e, err)
		}
		if IsEnveloped([]byte(text)) {
			t.Errorf("%.40s is an envelope", text)
		}
	}
	if _, _, err := ParseDataURL("data:a/b," + stdstrings.Repeat("x", MaxBytes)); !errors.Is(err, ErrInvalid) {
		t.Errorf("too long: %v", err)
	}
}

// TestEnvelope: what is put into an envelope is taken out of it.
func TestEnvelope(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		want := Enveloped{
			Type:      rapid.SampledFrom([]string{TypeEnvelopedCredential, TypeEnvelopedPresentation}).Draw(r, "type"),
			MediaType: MediaType{Name: rapid.SampledFrom([]string{"application/vc+jwt", "application/vp+cose"}).Draw(r, "media type")},
			Data:      rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 1, 200), rapid.Map(rapid.StringMatching(`[\w.~-]{1,50}`), func(s string) []byte { return []byte(s) })).Draw(r, "data"),
		}
		data, err := Envelope(want.Type, want.MediaType.Name, want.Data)
		if err != nil {
			r.Fatal(err)
		}
		got, err := ParseEnveloped(data)
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			r.Fatal(diff)
		}
	})
	for name, c := range map[string][3]string{
		"type":       {"VerifiableCredential", "application/vc+jwt", "x"},
		"media type": {TypeEnvelopedCredential, "vc+jwt", "x"},
		"nothing":    {TypeEnvelopedCredential, "application/vc+jwt", ""},
	} {
		if data, err := Envelope(c[0], c[1], []byte(c[2])); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %s, %v", name, data, err)
		}
	}
	with, err := Envelope(TypeEnvelopedCredential, "application/vc+jwt;b=2;a=1", []byte("x"))
	if err != nil || !stdstrings.Contains(string(with), `"data:application/vc+jwt;a=1;b=2,x"`) {
		t.Errorf("%s, %v", with, err)
	}
}

// FuzzParseDataURL: what a URL held is held by one of ours.
func FuzzParseDataURL(f *testing.F) {
	for _, text := range []string{"data:application/vc+jwt,e30.e30.AA", "data:a/b;c=d;base64,0oQ=", "data:a/b,%25", "data:,x", " data:a/b,c\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, data, err := ParseDataURL(text)
		if err != nil {
			return
		}
		again, held, err := ParseDataURL(m.dataURL(data))
		if err != nil {
			t.Fatalf("%q: %v", m.dataURL(data), err)
		}
		if diff := cmp.Diff(m, again); diff != "" || string(held) != string(data) {
			t.Errorf("%q holds %q, then %q: %s", text, data, held, diff)
		}
	})
}

// FuzzParseEnveloped: nothing that is accepted holds nothing.
func FuzzParseEnveloped(f *testing.F) {
	f.Add(envelopeWith(f, nil))
	f.Add(envelopeWith(f, map[string]any{"type": []any{TypeEnvelopedPresentation}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, err := ParseEnveloped(data); err == nil && (len(e.Data) == 0 || !IsEnveloped(data)) {
			t.Errorf("%s: %+v", data, e)
		}
	})
}

func BenchmarkParseEnveloped(b *testing.B) {
	id := "data:application/vc+cose;base64," + base64.StdEncoding.EncodeToString(make([]byte, 4096))
	data := envelopeWith(b, map[string]any{"id": id})
	for b.Loop() {
		if _, err := ParseEnveloped(data); err != nil {
			b.Fatal(err)
		}
	}
}
