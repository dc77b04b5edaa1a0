package verifier

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier/credential"
)

// WriteText writes the report for a person at a counter: the verdict, each
// check with its reason, and what the credential says if it was accepted. The
// reports about the credentials of a presentation follow.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	r.writeText(&b, r.Verdict() == VerdictAccepted)
	for i, one := range r.Credentials {
		fmt.Fprintf(&b, "\nCredential %d of %d: ", i+1, len(r.Credentials))
		one.writeText(&b, r.Verdict() == VerdictAccepted)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeText writes one report. What the credential says of itself is in it
// only if all is accepted.
func (r *Report) writeText(b *strings.Builder, all bool) {
	fmt.Fprintf(b, "%s  %s\n", strings.ToUpper(string(r.Verdict())), Printable(r.title(all)))
	if reason := r.Reason(); reason != "" {
		fmt.Fprintf(b, "  %s\n", Printable(reason))
	}
	b.WriteString("\n")
	for _, c := range r.Checks {
		fmt.Fprintf(b, "  %s %-10s %s\n", mark(c), c.Name, Printable(r.line(c)))
	}
	if v := r.Verified(); v != nil && all {
		b.WriteString("\n  What it says:\n")
		for _, subject := range v.Subjects() {
			writeClaims(b, subject)
		}
	}
}

// title is the name that the credential gives itself only if all is accepted.
func (r *Report) title(all bool) string {
	switch u := r.unverified; {
	case r.presentation != nil:
		return "presentation"
	case u == nil:
		return "not a credential"
	case u.Name != "" && r.Verified() != nil && all:
		return u.Name
	default:
		return u.Types[len(u.Types)-1]
	}
}

// Reason says in one line why the verdict is not accepted, and is empty if it
// is.
func (r *Report) Reason() string {
	verdict := r.Verdict()
	if verdict == VerdictAccepted {
		return ""
	}
	for _, c := range r.Checks {
		if string(c.Outcome) == string(verdict) && (c.Required || c.Outcome == Refused) {
			return fmt.Sprintf("because of %s: %s", c.Name, r.line(c))
		}
	}
	for i, one := range r.Credentials {
		if one.Verdict() == verdict {
			return fmt.Sprintf("credential %d: %s", i+1, one.Reason())
		}
	}
	return ""
}

func (r *Report) line(c Check) string {
	line := c.Detail
	if !c.AsOf.IsZero() {
		line += fmt.Sprintf(", as known at %s, %s ago", credential.FormatTime(c.AsOf), Span(r.now.Sub(c.AsOf)))
	}
	if c.Outcome == Stale {
		line += fmt.Sprintf("; that is %s too old", Span(c.StaleBy))
	}
	return line
}

func mark(c Check) string {
	switch {
	case c.Outcome == Established:
		return "ok     "
	case c.Outcome == Refused:
		return "REFUSED"
	case c.Outcome == Stale && c.Required:
		return "STALE  "
	case c.Required:
		return "MISSING"
	default:
		return "-      "
	}
}

func writeClaims(b *strings.Builder, subject map[string]any) {
	width := 0
	for name := range subject {
		width = max(width, len(name))
	}
	for _, name := range slices.Sorted(maps.Keys(subject)) {
		for i, line := range claimLines(subject[name]) {
			if i > 0 {
				name = "" // of the line above
			}
			fmt.Fprintf(b, "    %-*s  %s\n", width, Printable(name), Printable(line))
		}
	}
}

// wide is how long the items of a list may be together to stand on one line.
const wide = 80

// claimLines returns the lines of a value: more than one only of a long list.
func claimLines(value any) []string {
	text := claimText(value)
	items, ok := value.([]any)
	if !ok || len(text) <= wide {
		return []string{text}
	}
	lines := make([]string, len(items))
	for i, item := range items {
		lines[i] = claimText(item)
	}
	return lines
}

func claimText(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	if items, ok := value.([]any); ok {
		texts := make([]string, len(items))
		for i, item := range items {
			texts[i] = claimText(item)
		}
		return strings.Join(texts, "; ")
	}
	text, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return "?"
	}
	return string(text)
}

// Printable returns text without what could move a terminal's cursor or turn
// the direction of the line: such characters are shown as U+FFFD.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// Span writes a duration in its two largest units, such as "3 d 4 h".
func Span(d time.Duration) string {
	d = max(d, 0).Round(time.Second)
	units := []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	var parts []string
	for _, unit := range units {
		if n := d / unit.size; n > 0 && len(parts) < 2 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
			d %= unit.size
		} else if len(parts) == 1 {
			break // the next unit down is zero
		}
	}
	if len(parts) == 0 {
		return "0 s"
	}
	return strings.Join(parts, " ")
}
