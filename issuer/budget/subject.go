package budget

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"time"
)

// subject is what a caller asked about one record.
type subject struct {
	Round     uint64              `json:"round"`
	Slot      int64               `json:"slot"` // in which it was counted
	Questions []asked             `json:"questions,omitzero"`
	Intervals map[string]interval `json:"intervals,omitzero"` // by family
}

// asked is a question that was counted. Questions and families are known by
// digests, for size.
type asked struct {
	Question string   `json:"question"`
	Families []string `json:"families"`
	Time     int64    `json:"time"` // in seconds since 1970
}

// ask counts q, unless it was counted before or its answer is known.
func (s *subject) ask(q Question, t Terms, now time.Time) error {
	s.Questions = slices.DeleteFunc(s.Questions, func(a asked) bool {
		return !now.Before(time.Unix(a.Time, 0).Add(t.Questions.In))
	})
	if q.Cuts != nil {
		fresh, err := s.divide(q, t)
		if err != nil || !fresh && len(q.Columns) == 1 {
			return err
		}
	}
	return s.count(q, t.Questions.Most, now)
}

// divide divides the interval of the column that q compares, and tells whether
// it does so anew.
func (s *subject) divide(q Question, t Terms) (bool, error) {
	known := s.Intervals[family(q.Compared)]
	fresh := known.fresh(q.Cuts.At)
	if err := known.ask(fresh, t.Narrowest[q.Compared]); err != nil {
		return false, err
	}
	s.know(q.Compared, known)
	return len(fresh) > 0, nil
}

func (s *subject) know(column string, known interval) {
	if s.Intervals == nil {
		s.Intervals = map[string]interval{}
	}
	s.Intervals[family(column)] = known
}

// count counts q in each of its families.
func (s *subject) count(q Question, most int, now time.Time) error {
	this := asked{Question: digest(q.Compared + "\x00" + q.identity()), Time: now.Unix()}
	if most == 0 || slices.ContainsFunc(s.Questions, func(a asked) bool { return a.Question == this.Question }) {
		return nil
	}
	for _, column := range q.Columns {
		this.Families = append(this.Families, family(column))
		if s.asked(family(column)) >= most {
			return ErrQuestions
		}
	}
	s.Questions = append(s.Questions, this)
	return nil
}

// asked returns how many questions of a family were counted.
func (s *subject) asked(family string) (n int) {
	for _, a := range s.Questions {
		if slices.Contains(a.Families, family) {
			n++
		}
	}
	return n
}

// identity is what tells the question from others. Comparisons of one column at
// the same cuts are the same one, whatever they are called; what depends on
// another column beside tells of that, too.
func (q Question) identity() string {
	if q.Cuts == nil {
		return q.Name
	}
	text := "cuts"
	for _, at := range q.Cuts.At {
		text += " " + strconv.FormatInt(at, 10)
	}
	if len(q.Columns) > 1 {
		text = q.Name + " " + text
	}
	return text
}

func family(column string) string { return digest(column) }

// digest is short: what collides is one family, or one question, of a few dozen
// in a configuration.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}
