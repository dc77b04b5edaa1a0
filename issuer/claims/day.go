package claims

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
)

// maxAway caps how many days, weeks, months or years a date is from today.
const maxAway = 10_000

// day is a day of the Gregorian calendar: its midnight in UTC.
type day struct{ time.Time }

// dayOf returns the day that t is in its own time zone.
func dayOf(t time.Time) day { return date(t.Date()) }

func date(year int, month time.Month, of int) day {
	return day{time.Date(year, month, of, 0, 0, 0, 0, time.UTC)}
}

func parseDay(text string) (day, error) {
	t, err := time.Parse(time.DateOnly, text)
	return day{t}, err
}

func (d day) String() string { return d.Format(time.DateOnly) }

func (d day) addDays(n int) day { return day{d.AddDate(0, 0, n)} }

// addMonths moves d by whole months. If the month has no such day, it is the
// last day of the month: a year before 29 February 2028 is 28 February 2027.
// So who was born on 29 February is 18 years old, by the rule that the birth is
// at most today - 18 years, on 1 March of a year without that day.
func (d day) addMonths(n int) day {
	year, month, of := d.Date()
	last := date(year, month+time.Month(n)+1, 0)
	return last.addDays(min(of-last.Day(), 0))
}

// moment is a date, or so many days and months from today.
type moment struct {
	fixed        day
	relative     bool
	days, months int
}

// fromToday is how a date relative to today is written.
var fromToday = regexp.MustCompile(`^today(?: ([+-]) ([1-9][0-9]{0,5}) (day|week|month|year)s?)?$`)

func parseMoment(text string) (moment, error) {
	if d, err := parseDay(text); err == nil {
		return moment{fixed: d}, nil
	}
	parts := fromToday.FindStringSubmatch(text)
	if parts == nil {
		return moment{}, fmt.Errorf(`%w: %q is no date; write YYYY-MM-DD, today, or such as "today - 18 years"`, config.ErrInvalid, text)
	}
	m := moment{relative: true}
	if parts[1] == "" {
		return m, nil
	}
	n, err := strconv.Atoi(parts[2])
	if err != nil || n > maxAway {
		return moment{}, fmt.Errorf("%w: %q is more than %d %ss away", config.ErrInvalid, text, maxAway, parts[3])
	}
	if parts[1] == "-" {
		n = -n
	}
	switch parts[3] {
	case "day":
		m.days = n
	case "week":
		m.days = 7 * n
	case "month":
		m.months = n
	case "year":
		m.months = 12 * n
	}
	return m, nil
}

func (m moment) on(today day) day {
	if !m.relative {
		return m.fixed
	}
	return today.addMonths(m.months).addDays(m.days)
}
