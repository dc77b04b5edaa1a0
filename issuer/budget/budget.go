// Package budget bounds what a caller can learn from answers that are each
// allowed: by walking over many records, or by many questions about one.
//
// # Subjects
//
// Each record that a caller asks about, of whatever question, counts once, when
// the question is asked and whether there is such a record or not. A count is
// kept for a window, which slides in sixteenths of itself: a record that was
// counted is free until its sixteenth leaves.
//
// # Questions about one subject
//
// Questions about the same record are a family if the answers depend on the same
// column of the register, by the structure of their rules; a question that
// depends on several columns is of each one's family. In a family each question
// counts once a window. A question that depends on the time is another one at
// another time.
//
// # Comparisons over one column
//
// A comparison of an integer or a date divides its values at cuts
// ([claims.Cuts]): those of "at least 18" are below 18 and from 18 on. Dates are
// counted in days, and a rule relative to today has the cut of the day on which
// it is asked, so that asking again on another day is another step of the same
// ladder. Of each column is kept
//
//   - the interval that the values can be in by the answers that the caller was
//     given, and
//   - the cuts within it of questions whose answer is not known to have been
//     given, such as those under way when the issuer was killed, and of those that
//     do not divide in two, such as "equal".
//
// A question all of whose cuts are outside of the interval, or were asked
// before, tells nothing new, and costs nothing. Any other divides the interval
// anew; it is refused if one of the parts next to its cuts would have fewer
// values than the column's width. So whatever the answers are, the caller cannot
// tell fewer values than that apart from the true one.
//
// A refusal tells nothing itself: it depends on the questions and answers before
// alone, which the caller knows, and never on the record, which was not read. A
// caller could work out each refusal beforehand. (Had it depended on the answer
// to come, being refused would have been that answer.) When an answer shows that
// the register was changed, the interval is that of this answer.
//
// # Durability
//
// A question is charged in the transaction that logs it as asked: a crash leaves
// both or neither. The answer narrows the interval in the transaction that logs
// it as answered. Where replicas share the state, charging comes before the log,
// and narrowing after it: a crash between leaves a question that is charged and
// was not asked, or a cut that counts as if its answer were not known. Two
// replicas that ask about one new record at the same time may count it twice.
//
// # What it does not bound
//
// What several callers tell each other; what a fact of the column's value or a
// credential says; records that are found by another key column or table, which
// are other subjects; and memory beyond the window: what is kept of a subject
// ends when nothing was asked about it for so long.
//
// Whoever can read the state learns how many records a caller asked about, and
// of a record whose key they guess and whose pseudonym key they have, what; the
// log tells that, too. Whoever can write it can ask on.
package budget

import (
	"time"

	"github.com/chancery-vc/chancery/issuer/claims"
)

// Terms are what one caller may learn. A zero Most is any number.
type Terms struct {
	Subjects  Allowance
	Questions Allowance // about one subject, in one family
	// Narrowest is the fewest values that a caller may narrow a column down to,
	// by the column.
	Narrowest map[string]int64
}

// Allowance is so many in a time.
type Allowance struct {
	Most int
	In   time.Duration
}

// Question is what is asked about a record, by the structure of its rule.
type Question struct {
	Name    string // what tells it from others: its kind, its name, and the time if its answer depends on it
	Columns []string
	// Cuts are those of a comparison, and Compared the one of Columns that it
	// compares; nil of other rules.
	Cuts     *claims.Cuts
	Compared string
}

// Asker is who asks about what. It has no name of either.
type Asker struct {
	Caller string // digest of the caller
	// Subjects are digests of caller and record under each key that there is,
	// newest first.
	Subjects []string
}

// Exhausted says that a caller's budget does not allow a question. It depends on
// what the caller asked and was answered before, and on no record.
type Exhausted string

// What is exhausted.
const (
	ErrSubjects  Exhausted = "the caller's budget of records is used up for now"
	ErrQuestions Exhausted = "the caller's budget of questions about one record is used up for now"
	ErrNarrow    Exhausted = "the answer could narrow a value down further than the caller's budget lets it"
)

// Error returns what is exhausted.
func (e Exhausted) Error() string { return string(e) }

// LogReason returns it for the log.
func (e Exhausted) LogReason() string { return string(e) }
