package civil

import (
	_ "embed"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"
)

//go:embed remarks.txt
var remarksText string

// First and last year in which anything happens in the register.
const firstYear, lastYear = 1950, 2025

// Births returns a register of the given number of rows: [Known], then made-up
// people, the same for the same seed.
func Births(rows int, seed uint64) (iter.Seq[Birth], error) {
	if rows < 1 || rows > MaxRows {
		return nil, fmt.Errorf("%w: %d is not between 1 and %d", ErrRows, rows, MaxRows)
	}
	peoples, err := parse(namesText)
	if err != nil {
		return nil, fmt.Errorf("read the names: %w", err)
	}
	return func(yield func(Birth) bool) {
		r := newRegistrar(peoples, seed)
		more := yield(Known())
		for n := 1; more && n < rows; n++ {
			more = yield(r.birth())
		}
	}, nil
}

// registrar makes up one record after the other.
type registrar struct {
	random  *rand.Rand
	peoples []people
	remarks []string
	last    map[int]int // the running number given out last in each year
}

func newRegistrar(peoples []people, seed uint64) *registrar {
	return &registrar{
		random:  rand.New(rand.NewPCG(seed, 0)),
		peoples: peoples,
		remarks: strings.Split(strings.TrimSpace(remarksText), "\n"),
		last:    map[int]int{},
	}
}

func (r *registrar) birth() Birth {
	p := pick(r.random, r.peoples)
	sex := r.sex()
	child, mother, father := r.household(p, sex)
	born, registered := r.dates()
	b := Birth{
		RegistrationNumber: r.number(registered.Year()),
		GivenNames:         child.given,
		FamilyName:         child.family,
		DateOfBirth:        born.Format(time.DateOnly),
		PlaceOfBirth:       pick(r.random, p.places),
		Sex:                sex,
		MotherName:         p.full(mother),
		RegisteredOn:       registered.Format(time.DateOnly),
		Informant:          pick(r.random, []string{"mother", "mother", "midwife", "hospital", "grandparent"}),
	}
	if !r.chance(8) {
		b.FatherName = p.full(father)
		b.Informant = pick(r.random, []string{b.Informant, "father"})
	}
	if r.chance(25) {
		b.Remarks = r.remark(registered.Year())
	}
	return b
}

// household makes up a child and its parents. A family name is the father's; a
// patronymic is made of his given name, and so his own is another.
func (r *registrar) household(p people, sex string) (child, mother, father person) {
	girl := sex == "F" || sex != "M" && r.chance(50)
	i := r.random.IntN(len(p.families))
	child = person{pick(r.random, p.given(girl)), p.families[i].of(girl)}
	mother = person{pick(r.random, p.female), pick(r.random, p.families).of(true)}
	father = person{pick(r.random, p.male), p.families[i].of(false)}
	if p.patronymic {
		father = person{p.male[i], pick(r.random, p.families).of(false)}
	}
	return child, mother, father
}

func (r *registrar) sex() string {
	switch n := r.random.IntN(100); {
	case n < 49:
		return "F"
	case n < 97:
		return "M"
	case n < 98:
		return "X"
	}
	return ""
}

// dates makes up a day of birth and the day of registration: mostly within a
// month, now and then years later.
func (r *registrar) dates() (born, registered time.Time) {
	first := time.Date(firstYear, time.January, 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(lastYear, time.December, 31, 0, 0, 0, 0, time.UTC)
	span := int(last.Sub(first).Hours() / 24)
	delay := r.random.IntN(31)
	if r.chance(3) {
		delay = r.random.IntN(20 * 365)
	}
	day := r.random.IntN(span + 1)
	return first.AddDate(0, 0, day), first.AddDate(0, 0, min(day+delay, span))
}

// number gives out the next registration number of a year. Numbers are left
// out, as in a register of which one holds a part.
func (r *registrar) number(year int) string {
	r.last[year] += 1 + r.random.IntN(50)
	number := fmt.Sprintf("%04d-%06d", year, r.last[year])
	if number == KnownNumber {
		return r.number(year)
	}
	return number
}

func (r *registrar) remark(year int) string {
	file := fmt.Sprintf("%d/%d", 1+r.random.IntN(9999), year)
	return strings.ReplaceAll(pick(r.random, r.remarks), "#", file)
}

// chance is true so many times in a hundred.
func (r *registrar) chance(percent int) bool {
	return r.random.IntN(100) < percent
}

func pick[T any](random *rand.Rand, from []T) T {
	return from[random.IntN(len(from))]
}
