package claims_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/source"
)

func TestCompare(t *testing.T) {
	for _, test := range []struct {
		as, value, is string
		to            []string
		want          bool
	}{
		{"text", "NO", "equal", []string{"NO"}, true},
		{"text", "no", "equal", []string{"NO"}, false},
		{"text", "1.5", "equal", []string{"1.50"}, false},
		{"text", "no", "not equal", []string{"NO"}, true},
		{"text", "SE", "one of", []string{"NO", "SE"}, true},
		{"text", "se", "one of", []string{"NO", "SE"}, false},
		{"text", "", "one of", []string{"NO", ""}, true},
		{"integer", "10", "more than", []string{"9"}, true}, // as texts it would be less
		{"integer", "-1", "less than", []string{"0"}, true},
		{"integer", "5", "one of", []string{"5"}, true},
		{"date", "2026-11-22", "equal", []string{"today"}, true},
		{"date", "2026-11-22", "less than", []string{"today"}, false},
		{"date", "2026-11-21", "one of", []string{"today", "today - 1 day"}, true},
		{"date", "2026-12-06", "at least", []string{"today + 2 weeks"}, true},
		{"date", "2026-12-05", "at least", []string{"today + 2 weeks"}, false},
		{"date", "1899-12-31", "at most", []string{"1900-01-01"}, true},
	} {
		got := answer(t, compile(t, compareRule("a", test.as, test.is, test.to...)), source.Record{"a": test.value}, now)
		if got != test.want {
			t.Errorf("%s is %s %q: %v", test.value, test.is, test.to, got)
		}
	}
}

// TestOfAge: whose 18th birthday is on the day, or was before, is of age. Who
// was born on 29 February is on 1 March, in a year without that day.
func TestOfAge(t *testing.T) {
	rule := compile(t, compareRule("born", "date", "at most", "today - 18 years"))
	for _, test := range []struct {
		born, today string
		want        bool
	}{
		{"2008-11-22", "2026-11-21", false},
		{"2008-11-22", "2026-11-22", true},
		{"2008-02-29", "2026-02-28", false},
		{"2008-02-29", "2026-03-01", true},
		{"2004-02-29", "2022-02-28", false},
		{"2010-02-28", "2028-02-28", true},
		{"2010-02-28", "2028-02-29", true},
		{"2010-03-01", "2028-02-29", false}, // not of age early, although 2010 has no 29 February
		{"2010-03-01", "2028-03-01", true},
		{"2008-03-01", "2026-02-28", false},
	} {
		today, err := time.Parse(time.DateOnly, test.today)
		if err != nil {
			t.Fatal(err)
		}
		if got := answer(t, rule, source.Record{"born": test.born}, today); got != test.want {
			t.Errorf("born %s, on %s: %v", test.born, test.today, got)
		}
	}
}

// TestMonthsEnd: a month before or after a day that the other month does not
// have is its last day.
func TestMonthsEnd(t *testing.T) {
	for _, test := range []struct{ today, to, want string }{
		{"2026-03-31", "today - 1 month", "2026-02-28"},
		{"2028-03-31", "today - 1 month", "2028-02-29"},
		{"2026-11-30", "today + 3 months", "2027-02-28"},
		{"2026-12-31", "today + 1 month", "2027-01-31"},
		{"2026-01-31", "today - 1 month", "2025-12-31"},
		{"2026-01-15", "today - 13 months", "2024-12-15"},
		{"2028-02-29", "today - 1 year", "2027-02-28"},
		{"2028-02-29", "today - 4 years", "2024-02-29"},
		{"2100-03-31", "today - 1 month", "2100-02-28"},
		{"2026-03-01", "today - 1 days", "2026-02-28"},
	} {
		today, err := time.Parse(time.DateOnly, test.today)
		if err != nil {
			t.Fatal(err)
		}
		rule := compile(t, compareRule("a", "date", "equal", test.to))
		if answer(t, rule, source.Record{"a": test.want}, today) != true {
			t.Errorf("on %s, %s is not %s", test.today, test.to, test.want)
		}
	}
}

// TestZones: which day it is depends on the zone of the rule, and not on that
// of the clock.
func TestZones(t *testing.T) {
	instant := time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC)
	for zone, want := range map[string]string{
		"": "2026-11-22", "UTC": "2026-11-22", "Pacific/Auckland": "2026-11-23", "America/New_York": "2026-11-22", "Asia/Kathmandu": "2026-11-23",
	} {
		r := compareRule("a", "date", "equal", "today")
		r.Zone = zone
		for _, clock := range []*time.Location{time.UTC, time.FixedZone("", 14*3600), time.FixedZone("", -12*3600)} {
			if answer(t, compile(t, r), source.Record{"a": want}, instant.In(clock)) != true {
				t.Errorf("in %q today is not %s, by a clock at %s", zone, want, instant.In(clock))
			}
		}
	}
}

// asked tells, by the words alone, whether a comparison is to hold.
func asked(is string, less, equal bool) bool {
	return map[string]bool{
		"less than": less, "at most": less || equal, "equal": equal, "one of": equal,
		"not equal": !equal, "at least": !less, "more than": !less && !equal,
	}[is]
}

var allWords = []string{"less than", "at most", "equal", "not equal", "at least", "more than", "one of"}

func TestIntegersCompare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.OneOf(rapid.Int64Range(-3, 3), rapid.Int64Range(-1<<53+1, 1<<53-1))
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		is := rapid.SampledFrom(allWords).Draw(t, "is")
		rule := compile(t, compareRule("n", "integer", is, strconv.FormatInt(b, 10)))
		if got := answer(t, rule, source.Record{"n": strconv.FormatInt(a, 10)}, now); got != asked(is, a < b, a == b) {
			t.Errorf("%d is %s %d: %v", a, is, b, got)
		}
	})
}

// ymd is a date as three numbers, for an oracle that knows no time.Time.
type ymd struct{ year, month, day int }

func (d ymd) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day) }

func daysIn(year, month int) int {
	leap := year%4 == 0 && year%100 != 0 || year%400 == 0
	if month == 2 && leap {
		return 29
	}
	return []int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

// months moves month by month, and takes the last day at the end if it must.
func (d ymd) months(n int) ymd {
	for ; n < 0; n++ {
		if d.month--; d.month == 0 {
			d.year, d.month = d.year-1, 12
		}
	}
	for ; n > 0; n-- {
		if d.month++; d.month == 13 {
			d.year, d.month = d.year+1, 1
		}
	}
	d.day = min(d.day, daysIn(d.year, d.month))
	return d
}

// days moves day by day.
func (d ymd) days(n int) ymd {
	for ; n < 0; n++ {
		if d.day--; d.day == 0 {
			first := ymd{d.year, d.month, 1}.months(-1)
			d = ymd{first.year, first.month, daysIn(first.year, first.month)}
		}
	}
	for ; n > 0; n-- {
		if d.day++; d.day > daysIn(d.year, d.month) {
			d = ymd{d.year, d.month, 1}.months(1)
		}
	}
	return d
}

func drawDate(t *rapid.T, label string) ymd {
	year := rapid.IntRange(1890, 2110).Draw(t, label+" year")
	month := rapid.IntRange(1, 12).Draw(t, label+" month")
	last := daysIn(year, month)
	return ymd{year, month, rapid.OneOf(rapid.IntRange(1, last), rapid.Just(last)).Draw(t, label+" day")}
}

// drawn is a question how a date compares with one relative to today, and what
// the oracle says.
type drawn struct {
	today, date, bound ymd
	is, unit           string
	n                  int
	want               bool
}

func draw(t *rapid.T) drawn {
	d := drawn{
		today: drawDate(t, "today"), is: rapid.SampledFrom(allWords).Draw(t, "is"), n: rapid.IntRange(-400, 400).Draw(t, "n"),
		unit: rapid.SampledFrom([]string{"day", "week", "month", "year"}).Draw(t, "unit"),
	}
	switch d.unit {
	case "day":
		d.bound = d.today.days(d.n)
	case "week":
		d.bound = d.today.days(7 * d.n)
	case "month":
		d.bound = d.today.months(d.n)
	case "year":
		d.bound = d.today.months(12 * d.n)
	}
	d.date = d.bound.days(rapid.IntRange(-2, 2).Draw(t, "off by"))
	d.want = asked(d.is, d.date.String() < d.bound.String(), d.date == d.bound)
	return d
}

func (d drawn) noon() time.Time {
	return time.Date(d.today.year, time.Month(d.today.month), d.today.day, 12, 0, 0, 0, time.UTC)
}

// relative is the date that the date is compared with, in words.
func (d drawn) relative() string {
	switch {
	case d.n == 0:
		return "today"
	case d.n < 0:
		return fmt.Sprintf("today - %d %ss", -d.n, d.unit)
	default:
		return fmt.Sprintf("today + %d %s", d.n, d.unit)
	}
}

// TestDatesCompare: dates compare with fixed and relative ones as the oracle
// says.
func TestDatesCompare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		for _, to := range []string{d.bound.String(), d.relative()} {
			rule := compile(t, compareRule("d", "date", d.is, to))
			if got := answer(t, rule, source.Record{"d": d.date.String()}, d.noon()); got != d.want {
				t.Errorf("on %s, %s is %s %s: %v", d.today, d.date, d.is, to, got)
			}
		}
	})
}
