package civil

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// fewest is how many names and places each language has at least.
const fewest = 8

// writing is what one language is written in, in names of package unicode.
var writing = [][]string{
	{"Arabic"},
	{"Armenian"},
	{"Bengali"},
	{"Cyrillic"},
	{"Devanagari"},
	{"Ethiopic"},
	{"Georgian"},
	{"Greek"},
	{"Gujarati"},
	{"Gurmukhi"},
	{"Han", "Hiragana", "Katakana"},
	{"Hangul"},
	{"Hebrew"},
	{"Kannada"},
	{"Khmer"},
	{"Lao"},
	{"Latin"},
	{"Malayalam"},
	{"Myanmar"},
	{"Sinhala"},
	{"Tamil"},
	{"Telugu"},
	{"Thai"},
	{"Tibetan"},
}

func TestNames(t *testing.T) {
	all, err := parse(namesText)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range all {
		t.Run(p.language, func(t *testing.T) {
			if slices.ContainsFunc(all[:i], func(q people) bool { return q.language == p.language }) {
				t.Error("the language is there twice")
			}
			checkList(t, "female", p.female)
			checkList(t, "male", p.male)
			checkList(t, "place", p.places)
			if p.families[0] != (family{}) {
				checkList(t, "family of a woman", forms(p, true))
				checkList(t, "family of a man", forms(p, false))
			}
			checkOneWriting(t, p)
		})
	}
}

func forms(p people, woman bool) []string {
	var all []string
	for _, f := range p.families {
		all = append(all, f.of(woman))
	}
	return all
}

func checkList(t *testing.T, key string, list []string) {
	t.Helper()
	if sorted := slices.Sorted(slices.Values(list)); len(slices.Compact(sorted)) < max(fewest, len(list)) {
		t.Errorf("%s: fewer than %d, or one twice: %q", key, fewest, list)
	}
	for _, item := range list {
		if item == "" || item != strings.TrimSpace(item) || strings.ContainsAny(item, ",/\\") {
			t.Errorf("%s: %q is not a name", key, item)
		}
	}
}

// checkOneWriting finds letters that only look right, such as a Latin a in a
// Cyrillic name.
func checkOneWriting(t *testing.T, p people) {
	t.Helper()
	text := strings.Join(slices.Concat(p.female, p.male, p.places, forms(p, true), forms(p, false)), "")
	for _, scripts := range writing {
		if strings.IndexFunc(text, foreignTo(scripts)) < 0 {
			return
		}
	}
	t.Errorf("letters of more than one writing: %s", text)
}

// foreignTo tells characters of other scripts; those that scripts share are of
// none.
func foreignTo(scripts []string) func(rune) bool {
	tables := []*unicode.RangeTable{unicode.Common, unicode.Inherited}
	for _, script := range scripts {
		tables = append(tables, unicode.Scripts[script])
	}
	return func(r rune) bool { return !unicode.In(r, tables...) }
}

func TestFullNames(t *testing.T) {
	for _, test := range []struct {
		order, want string
		who         person
	}{
		{"given family", "Anna Jónsdóttir", person{"Anna", "Jónsdóttir"}},
		{"family given", "Tóth Réka", person{"Réka", "Tóth"}},
		{"familygiven", "佐藤蓮", person{"蓮", "佐藤"}},
		{"given family", "Sulastri", person{"Sulastri", ""}},
		{"given family", "family given", person{"family", "given"}},
	} {
		if got := (people{order: test.order}).full(test.who); got != test.want {
			t.Errorf("%+v, %s: %q, want %q", test.who, test.order, got, test.want)
		}
	}
}

// A patronymic agrees with the father; a family name is his own.
func TestHouseholds(t *testing.T) {
	const text = `
Icelandic
female      Anna
male        Jón, Einar
patronymic  Jónsdóttir/Jónsson, Einarsdóttir/Einarsson
place       Akureyri

Czech
female      Eva
male        Jan
family      Nováková/Novák, Černá/Černý
place       Praha
`
	all, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	fathers := map[string]string{"Jónsdóttir": "Jón", "Einarsdóttir": "Einar", "Nováková": "Novák", "Černá": "Černý"}
	r := newRegistrar(all, 1)
	for n := range 40 {
		p := all[n%2]
		child, mother, father := r.household(p, "F")
		if his := fathers[child.family]; his != father.given && his != father.family {
			t.Errorf("%s: %+v is no child of %+v", p.language, child, father)
		}
		if !slices.Contains(forms(p, true), mother.family) || !slices.Contains(forms(p, false), father.family) {
			t.Errorf("%s: wrong form of a name: %+v, %+v", p.language, mother, father)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"unknown key", "Czech\nbrother Jan", `Czech: "brother Jan": unknown key`},
		{"bad escape", `Czech` + "\n" + `female E\uva`, "invalid syntax"},
		{"missing line", "Czech\nfemale Eva\nmale Jan", "Czech: a line is missing"},
		{"unknown order", "Czech\nfemale Eva\nmale Jan\nplace Praha\norder any", `order "any" is none of`},
		{"uneven patronymics", "Czech\nfemale Eva\nmale Jan, Petr\nplace Praha\npatronymic Janova", "1 patronymics for 2"},
	} {
		if _, err := parse(test.text); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}
