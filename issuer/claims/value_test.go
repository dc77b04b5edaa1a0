package claims_test

import (
	"encoding/json"
	"errors"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

// value returns a value of each kind as a rule makes it.
func value(t *testing.T, as, text string) claims.Value {
	t.Helper()
	v, err := compile(t, fieldRule("a", as)).Evaluate(source.Record{"a": text}, true, now)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func yes(t *testing.T) claims.Value {
	t.Helper()
	v, err := compile(t, config.Rule{Exists: true}).Evaluate(nil, true, now)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDisclose(t *testing.T) {
	for _, test := range []struct {
		value      claims.Value
		disclosure string
		want       string // "": refused
	}{
		{value(t, "text", "<Þ>\""), "value", `{"disclosure":"value","value":"<Þ>\""}`},
		{value(t, "text", ""), "value", `{"disclosure":"value","value":""}`},
		{value(t, "integer", "9007199254740991"), "value", `{"disclosure":"value","value":9007199254740991}`},
		{value(t, "integer", "0"), "value", `{"disclosure":"value","value":0}`},
		{value(t, "date", "0999-03-07"), "value", `{"disclosure":"value","value":"0999-03-07"}`},
		{value(t, "list", "b; a"), "value", `{"disclosure":"value","value":["b","a"]}`},
		{yes(t), "value", `{"disclosure":"value","value":true}`},
		{yes(t), "predicate", `{"disclosure":"predicate","value":true}`},
		{yes(t), "redacted", `{"disclosure":"redacted"}`},
		{value(t, "text", "CANARY"), "redacted", `{"disclosure":"redacted"}`},
		{value(t, "text", "true"), "predicate", ""},
		{value(t, "integer", "1"), "predicate", ""},
		{yes(t), "", ""},
		{yes(t), "whole", ""},
		{claims.Value{}, "value", ""},
		{claims.Value{}, "redacted", ""},
	} {
		result, err := claims.Disclose(test.value, test.disclosure)
		if test.want == "" {
			if err == nil || result != (claims.Result{}) {
				t.Errorf("%v as %q: %v, %v", test.value.Any(), test.disclosure, result, err)
			}
			continue
		}
		got, failed := jsonv2.Marshal(result)
		if err != nil || failed != nil || string(got) != test.want {
			t.Errorf("%v as %q: %s, %v, %v", test.value.Any(), test.disclosure, got, err, failed)
		}
	}
}

// TestNoValueIsNoJSON: what was never evaluated is not written as null.
func TestNoValueIsNoJSON(t *testing.T) {
	if got, err := json.Marshal(claims.Value{}); err == nil {
		t.Errorf("got %s", got)
	}
	if k := (claims.Value{}).Kind(); k != "" {
		t.Errorf("its kind is %q", k)
	}
}

func TestFits(t *testing.T) {
	for _, test := range []struct {
		rule config.Rule
		fits map[string]bool
	}{
		{config.Rule{Exists: true}, map[string]bool{"predicate": true, "value": true, "redacted": true, "": false}},
		{fieldRule("a", "text"), map[string]bool{"predicate": false, "value": true, "redacted": true, "whole": false}},
	} {
		rule := compile(t, test.rule)
		for disclosure, want := range test.fits {
			if err := rule.Fits(disclosure); (err == nil) != want || err != nil && !errors.Is(err, config.ErrInvalid) {
				t.Errorf("%+v as %q: %v", test.rule, disclosure, err)
			}
		}
	}
}
