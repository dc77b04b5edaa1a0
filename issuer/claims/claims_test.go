package claims_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

func TestApply(t *testing.T) {
	rules := []config.Claim{
		{Claim: "name", Column: "name", As: config.AsText, Required: true},
		{Claim: "types", Column: "types", As: config.AsList, Separator: "; "},
		{Claim: "established", Column: "year", As: config.AsInteger},
		{Claim: "born", Column: "born", As: config.AsDate},
		{Claim: "alias", Column: "name", As: config.AsText},
	}
	record := source.Record{"name": "Þórdís", "types": "education; facility", "born": "2019-03-07", "remarks": "not to be seen"}
	got, err := claims.Apply(rules, record)
	if err != nil {
		t.Fatal(err)
	}
	want := []claims.Claim{
		{Name: "name", Value: "Þórdís"},
		{Name: "types", Value: []string{"education", "facility"}},
		{Name: "born", Value: "2019-03-07"},
		{Name: "alias", Value: "Þórdís"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestValues(t *testing.T) {
	tests := []struct {
		as, text string
		want     any // nil: refused
	}{
		{config.AsText, "  spaces stay ", "  spaces stay "},
		{config.AsText, "", ""},
		{config.AsText, "<b>&\u2028\x00", "<b>&\u2028\x00"},

		{config.AsInteger, "0", int64(0)},
		{config.AsInteger, "-7", int64(-7)},
		{config.AsInteger, "9007199254740991", int64(9007199254740991)},
		{config.AsInteger, "-9007199254740991", int64(-9007199254740991)},
		{config.AsInteger, "9007199254740992", nil},
		{config.AsInteger, "-9007199254740992", nil},
		{config.AsInteger, "99999999999999999999", nil},
		{config.AsInteger, "", nil},
		{config.AsInteger, "+7", nil},
		{config.AsInteger, "07", nil},
		{config.AsInteger, "-0", nil},
		{config.AsInteger, "7.0", nil},
		{config.AsInteger, "7e1", nil},
		{config.AsInteger, " 7", nil},
		{config.AsInteger, "7_000", nil},
		{config.AsInteger, "٧", nil},

		{config.AsDate, "2019-03-07", "2019-03-07"},
		{config.AsDate, "2020-02-29", "2020-02-29"},
		{config.AsDate, "2019-02-29", nil},
		{config.AsDate, "2019-13-01", nil},
		{config.AsDate, "2019-3-7", nil},
		{config.AsDate, "07.03.2019", nil},
		{config.AsDate, "2019-03-07T00:00:00Z", nil},
		{config.AsDate, "2019-03-07 ", nil},
		{config.AsDate, "", nil},

		{config.AsList, "one", []string{"one"}},
		{config.AsList, "one; two", []string{"one", "two"}},
		{config.AsList, "one;two", []string{"one;two"}},
		{config.AsList, "one; one", nil},
		{config.AsList, "one; ", nil},
		{config.AsList, "; one", nil},
		{config.AsList, "one; ; two", nil},
		{config.AsList, "", nil},
	}
	for _, test := range tests {
		rules := []config.Claim{{Claim: "c", Column: "col", As: test.as, Separator: "; "}}
		got, err := claims.Apply(rules, source.Record{"col": test.text})
		if test.want == nil {
			refused(t, test.as+" "+test.text, test.text, got, err)
			continue
		}
		if err != nil {
			t.Errorf("%s %q: %v", test.as, test.text, err)
			continue
		}
		if diff := cmp.Diff([]claims.Claim{{Name: "c", Value: test.want}}, got); diff != "" {
			t.Errorf("%s %q: %s", test.as, test.text, diff)
		}
	}
}

// refused wants an error that names the column and no value.
func refused(t *testing.T, what, value string, got []claims.Claim, err error) {
	t.Helper()
	if !errors.Is(err, claims.ErrValue) || got != nil {
		t.Errorf("%s: got %v, %v", what, got, err)
		return
	}
	if !strings.Contains(err.Error(), "column col ") || len(value) > 2 && strings.Contains(err.Error(), value) {
		t.Errorf("%s: the error is %q", what, err)
	}
}

func TestBlankColumns(t *testing.T) {
	rules := []config.Claim{
		{Claim: "a", Column: "a", As: config.AsText},
		{Claim: "b", Column: "col", As: config.AsInteger, Required: true},
	}
	got, err := claims.Apply(rules, source.Record{"a": "CANARY"})
	refused(t, "a required column", "CANARY", got, err)
	if got, err := claims.Apply(rules[:1], source.Record{"col": "1"}); !errors.Is(err, claims.ErrValue) || got != nil {
		t.Errorf("every column: %v, %v", got, err)
	}
}

func TestColumns(t *testing.T) {
	got := claims.Columns([]config.Claim{{Claim: "a", Column: "z"}, {Claim: "b", Column: "a"}, {Claim: "c", Column: "z"}})
	if diff := cmp.Diff([]string{"z", "a"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestIntegersKeepTheirText: an integer that is accepted is written as it was.
func TestIntegersKeepTheirText(t *testing.T) {
	rule := []config.Claim{{Claim: "n", Column: "col", As: config.AsInteger}}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[-+ ]?[0-9]{0,18}`).Draw(t, "text")
		got, err := claims.Apply(rule, source.Record{"col": text})
		if err != nil {
			if !errors.Is(err, claims.ErrValue) {
				t.Fatal(err)
			}
			return
		}
		if n := got[0].Value.(int64); strconv.FormatInt(n, 10) != text {
			t.Errorf("%q became %d", text, n)
		}
	})
}

// TestListsKeepTheirText: the items of a list, joined, are what was there.
func TestListsKeepTheirText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		separator := rapid.SampledFrom([]string{"; ", ",", "|", "ab"}).Draw(t, "separator")
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab;,| ")), 0, 12, -1).Draw(t, "text")
		got, err := claims.Apply([]config.Claim{{Claim: "l", Column: "col", As: config.AsList, Separator: separator}}, source.Record{"col": text})
		if err != nil {
			return
		}
		items := got[0].Value.([]string)
		seen := map[string]bool{}
		for _, item := range items {
			if item == "" || seen[item] {
				t.Errorf("%q has the items %q", text, items)
			}
			seen[item] = true
		}
		if strings.Join(items, separator) != text {
			t.Errorf("%q became %q", text, items)
		}
	})
}
