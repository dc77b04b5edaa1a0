package civil_test

import (
	"errors"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/examples/births/civil"
)

// rows is the size of the demo's register, in which all of the below is seen.
const rows = 3000

func births(t testing.TB, rows int, seed uint64) iter.Seq[civil.Birth] {
	t.Helper()
	all, err := civil.Births(rows, seed)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSameSeedSameRegister(t *testing.T) {
	all := births(t, rows, 7)
	first := slices.Collect(all)
	if len(first) != rows {
		t.Fatalf("%d births, want %d", len(first), rows)
	}
	if diff := cmp.Diff(first, slices.Collect(all)); diff != "" {
		t.Errorf("read again, the register is another (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(first[:100], slices.Collect(births(t, 100, 7))); diff != "" {
		t.Errorf("a shorter register is not the beginning of a longer one (-long +short):\n%s", diff)
	}
	if cmp.Equal(first, slices.Collect(births(t, rows, 8))) {
		t.Error("two seeds made the same register")
	}
}

func TestBirthsStopsWhenAsked(t *testing.T) {
	seen := 0
	for range births(t, rows, 1) {
		if seen++; seen == 5 {
			break
		}
	}
	if seen != 5 {
		t.Errorf("%d births, want 5", seen)
	}
}

func TestRefusesImpossibleRows(t *testing.T) {
	for _, rows := range []int{-1, 0, civil.MaxRows + 1} {
		if _, err := civil.Births(rows, 1); !errors.Is(err, civil.ErrRows) {
			t.Errorf("%d rows: %v, want ErrRows", rows, err)
		}
	}
}

func TestEveryRecordIsWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, err := civil.Births(300, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for b := range all {
			if seen[b.RegistrationNumber] {
				t.Fatalf("%s was given out twice", b.RegistrationNumber)
			}
			seen[b.RegistrationNumber] = true
			if fault := fault(b); fault != "" {
				t.Fatalf("%s: %+v", fault, b)
			}
		}
		if !seen[civil.KnownNumber] {
			t.Fatalf("no record %s", civil.KnownNumber)
		}
	})
}

var registrationNumber = regexp.MustCompile(`^(19[5-9]|20[0-2])\d-\d{6}$`)

// fault says what is wrong with a record.
func fault(b civil.Birth) string {
	born, err := time.Parse(time.DateOnly, b.DateOfBirth)
	registered, err2 := time.Parse(time.DateOnly, b.RegisteredOn)
	text := text(b)
	switch {
	case err != nil || err2 != nil:
		return "a date is not YYYY-MM-DD"
	case born.Year() < 1950 || registered.Year() > 2025:
		return "a date is out of range"
	case registered.Before(born):
		return "registered before birth"
	case !registrationNumber.MatchString(b.RegistrationNumber):
		return "bad registration number"
	case b.RegistrationNumber[:4] != b.RegisteredOn[:4]:
		return "the number is of another year"
	case b.GivenNames == "" || b.PlaceOfBirth == "" || b.MotherName == "" || b.Informant == "":
		return "a field that each birth has is blank"
	case b.Informant == "father" && b.FatherName == "":
		return "reported by a father who was not entered"
	case !slices.Contains([]string{"F", "M", "X", ""}, b.Sex):
		return "unknown sex"
	case !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError):
		return "not UTF-8"
	case strings.ContainsFunc(text, unicode.IsControl):
		return "a control character"
	}
	return ""
}

// text is every word of a record.
func text(b civil.Birth) string {
	return strings.Join([]string{
		b.GivenNames, b.FamilyName, b.PlaceOfBirth, b.MotherName, b.FatherName, b.Informant, b.Remarks,
	}, " ")
}

func TestLargestRegisterHasUniqueNumbers(t *testing.T) {
	seen := make(map[string]bool, civil.MaxRows)
	for b := range births(t, civil.MaxRows, 1) {
		seen[b.RegistrationNumber] = len(b.RegistrationNumber) == len(civil.KnownNumber)
	}
	if len(seen) != civil.MaxRows {
		t.Errorf("%d numbers for %d births", len(seen), civil.MaxRows)
	}
	for number, fits := range seen {
		if !fits {
			t.Errorf("%s has not six digits", number)
		}
	}
}

func TestHoldsWhatIsHardAboutNames(t *testing.T) {
	all := slices.Collect(births(t, rows, 1))
	for what, is := range map[string]func(b civil.Birth) bool{
		"a composed name":         func(b civil.Birth) bool { return b.GivenNames == "Jos\u00e9" },
		"the same one decomposed": func(b civil.Birth) bool { return b.GivenNames == "Jose\u0301" },
		"decomposed Hangul":       func(b civil.Birth) bool { return b.GivenNames == "\u1112\u1161\u1102\u1173\u11af" },
		"a person with one name":  func(b civil.Birth) bool { return b.FamilyName == "" },
		"an ASCII apostrophe":     func(b civil.Birth) bool { return strings.Contains(b.FamilyName, "'") },
		"a typographic one":       func(b civil.Birth) bool { return strings.Contains(b.FamilyName, "’") },
		"a letter apostrophe":     func(b civil.Birth) bool { return strings.Contains(b.FamilyName, "ʻ") },
		"a hyphen":                func(b civil.Birth) bool { return strings.Contains(b.FamilyName, "-") },
		"a space":                 func(b civil.Birth) bool { return strings.Contains(b.FamilyName, " ") },
		"a joiner":                func(b civil.Birth) bool { return strings.Contains(b.FamilyName, "\u200d") },
		"a non-joiner":            func(b civil.Birth) bool { return strings.Contains(b.FamilyName, "\u200c") },
		"four bytes a letter":     func(b civil.Birth) bool { return strings.Contains(b.FamilyName, "\U00020bb7") },
		"one letter":              func(b civil.Birth) bool { return utf8.RuneCountInString(b.FamilyName) == 1 },
		"a long name":             func(b civil.Birth) bool { return utf8.RuneCountInString(b.GivenNames) > 40 },
		"no father":               func(b civil.Birth) bool { return b.FatherName == "" },
		"sex not entered":         func(b civil.Birth) bool { return b.Sex == "" },
		"sex X":                   func(b civil.Birth) bool { return b.Sex == "X" },
		"a quote in the remarks":  func(b civil.Birth) bool { return strings.Contains(b.Remarks, `"`) },
		"adoption":                func(b civil.Birth) bool { return strings.HasPrefix(b.Remarks, "Adopted by order ") },
		"no remarks":              func(b civil.Birth) bool { return b.Remarks == "" },
		"a late registration":     isLate,
	} {
		if !slices.ContainsFunc(all, is) {
			t.Errorf("nobody in %d: %s", rows, what)
		}
	}
}

// isLate tells a birth that was registered more than five years after.
func isLate(b civil.Birth) bool {
	born, err := time.Parse(time.DateOnly, b.DateOfBirth)
	return err == nil && born.AddDate(5, 0, 0).Format(time.DateOnly) < b.RegisteredOn
}

func TestHoldsManyScripts(t *testing.T) {
	seen := map[string]bool{}
	for b := range births(t, rows, 1) {
		maps.Copy(seen, scripts(b.GivenNames+b.FamilyName))
	}
	want := []string{
		"Arabic", "Armenian", "Bengali", "Cyrillic", "Devanagari", "Ethiopic", "Georgian", "Greek", "Gujarati",
		"Gurmukhi", "Han", "Hangul", "Hebrew", "Hiragana", "Kannada", "Katakana", "Khmer", "Lao", "Latin",
		"Malayalam", "Myanmar", "Sinhala", "Tamil", "Telugu", "Thai", "Tibetan",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(seen))); diff != "" {
		t.Errorf("scripts (-want +got):\n%s", diff)
	}
}

// scripts names the scripts of a text by Unicode's property of that name,
// without those that others share.
func scripts(text string) map[string]bool {
	found := map[string]bool{}
	for _, r := range text {
		for name, table := range unicode.Scripts {
			if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
				found[name] = true
			}
		}
	}
	return found
}
