package civil

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// namesText says at its head how it is written.
//
//go:embed names.txt
var namesText string

// people are those who bear names of one language.
type people struct {
	language   string
	order      string // how a full name is written, of the words given and family
	female     []string
	male       []string
	families   []family
	patronymic bool // families[i] is the name of a child whose father is male[i]
	places     []string
}

// family is a family name, in the form a woman and a man bear.
type family struct{ female, male string }

func (f family) of(woman bool) string {
	if woman {
		return f.female
	}
	return f.male
}

// person is a name in its two parts; a person with one name has no family.
type person struct{ given, family string }

func (p people) given(girl bool) []string {
	if girl {
		return p.female
	}
	return p.male
}

// full writes a name as its language does.
func (p people) full(who person) string {
	parts := strings.NewReplacer("given", who.given, "family", who.family)
	return strings.TrimSpace(parts.Replace(p.order))
}

// parse reads the paragraphs of a text of names.
func parse(text string) ([]people, error) {
	var all []people
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		paragraph = strings.TrimSpace(paragraph)
		if strings.HasPrefix(paragraph, "#") {
			continue
		}
		p, err := parsePeople(paragraph)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func parsePeople(paragraph string) (people, error) {
	lines := strings.Split(paragraph, "\n")
	p := people{language: lines[0], order: "given family"}
	for _, line := range lines[1:] {
		if err := p.read(line); err != nil {
			return p, fmt.Errorf("%s: %q: %w", p.language, line, err)
		}
	}
	if p.families == nil {
		p.families = []family{{}}
	}
	if err := p.valid(); err != nil {
		return p, fmt.Errorf("%s: %w", p.language, err)
	}
	return p, nil
}

// read takes in one line: a key, then items apart by commas.
func (p *people) read(line string) error {
	key, rest, _ := strings.Cut(line, " ")
	// The quoted form brings the \u escapes.
	rest, err := strconv.Unquote(`"` + strings.TrimSpace(rest) + `"`)
	if err != nil {
		return err
	}
	items := strings.Split(rest, ", ")
	switch key {
	case "female":
		p.female = items
	case "male":
		p.male = items
	case "family", "patronymic":
		p.families, p.patronymic = families(items), key == "patronymic"
	case "order":
		p.order = rest
	case "place":
		p.places = items
	default:
		return errors.New("unknown key")
	}
	return nil
}

func families(items []string) []family {
	var all []family
	for _, item := range items {
		female, male, gendered := strings.Cut(item, "/")
		if !gendered {
			male = female
		}
		all = append(all, family{female, male})
	}
	return all
}

func (p people) valid() error {
	switch orders := []string{"given family", "family given", "familygiven"}; {
	case p.female == nil, p.male == nil, p.places == nil:
		return errors.New("a line is missing of female, male, place")
	case p.patronymic && len(p.families) != len(p.male):
		return fmt.Errorf("%d patronymics for %d male names", len(p.families), len(p.male))
	case !slices.Contains(orders, p.order):
		return fmt.Errorf("order %q is none of %q", p.order, orders)
	}
	return nil
}
