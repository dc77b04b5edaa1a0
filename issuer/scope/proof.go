package scope

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

var (
	// ErrWide says that the account of a source can do more than the scope.
	ErrWide = errors.New("the account can do more than read the configured columns")
	// ErrNarrow says that it cannot even read the scope.
	ErrNarrow = errors.New("the account cannot read the configured columns")
)

// Kind is a kind of finding.
type Kind string

// The kinds of findings. All but the last say what the account can do too much.
const (
	Role    Kind = "role"    // an attribute of the account, such as superuser
	Member  Kind = "member"  // it is a member of another role
	Owner   Kind = "owner"   // it owns something, and can do anything to it
	Change  Kind = "change"  // it can change records, or what they are made of
	Create  Kind = "create"  // it can make something, for a moment or for good
	Read    Kind = "read"    // it can read beyond the scope
	Execute Kind = "execute" // it can call code that does more than it may itself
	Connect Kind = "connect" // it can reach another database
	Use     Kind = "use"     // it can use something else that it does not need
	Setting Kind = "setting" // a setting that it can change, or that lets it do more
	Future  Kind = "future"  // it will have rights on what does not exist yet
	Missing Kind = "missing" // it lacks what the scope needs
)

// Finding is one thing that an account can do too much, or too little.
type Finding struct {
	Kind   Kind     `json:"kind"`
	Object string   `json:"object"` // what it is about, such as TABLE public.births
	Says   string   `json:"says"`   // the finding as a sentence
	Mend   []string `json:"mend"`   // statements that take it away
}

// Proof is what was found out about the account of one source at one time.
type Proof struct {
	Source   string    `json:"source"`
	Server   string    `json:"server"`   // product and version
	Database string    `json:"database"` // in which the statements are to be run
	Account  string    `json:"account"`  // empty if the source has no accounts
	At       time.Time `json:"at"`
	Checked  []string  `json:"checked"` // what was looked at
	Findings []Finding `json:"findings"`
	// Grants are the statements that give the account what the scope needs and
	// nothing else. They can be run again.
	Grants []string `json:"grants"`
}

// Wide tells whether the account can do too much.
func (p Proof) Wide() bool {
	return slices.ContainsFunc(p.Findings, func(f Finding) bool { return f.Kind != Missing })
}

// Narrow tells whether the account can do too little.
func (p Proof) Narrow() bool {
	return slices.ContainsFunc(p.Findings, func(f Finding) bool { return f.Kind == Missing })
}

// Statements returns what an administrator runs, in this order, to mend all
// findings; none if there are none. What is taken away can take along what the
// scope needs, so that the grants come last.
func (p Proof) Statements() []string {
	if len(p.Findings) == 0 {
		return nil
	}
	var statements []string
	for _, finding := range p.Findings {
		for _, statement := range finding.Mend {
			if !slices.Contains(statements, statement) {
				statements = append(statements, statement)
			}
		}
	}
	return append(statements, p.Grants...)
}

// Err returns nil if the scope is proven, or else an error that lists each
// finding and the statements that mend them.
func (p Proof) Err() error {
	switch {
	case p.Wide():
		return fmt.Errorf("%w: %s", ErrWide, p.Text())
	case p.Narrow():
		return fmt.Errorf("%w: %s", ErrNarrow, p.Text())
	}
	return nil
}

// Text lists each finding, and the statements that mend them.
func (p Proof) Text() string {
	var b strings.Builder
	if p.Account != "" {
		fmt.Fprintf(&b, "account %q of ", p.Account)
	}
	fmt.Fprintf(&b, "database %q, source %s:\n", p.Database, p.Source)
	for _, f := range p.Findings {
		fmt.Fprintf(&b, "  %-8s %s\n", f.Kind, f.Says)
	}
	if len(p.Statements()) == 0 {
		return b.String()
	}
	fmt.Fprintf(&b, "To mend that, run as an administrator in the database %q:\n", p.Database)
	for _, statement := range p.Statements() {
		fmt.Fprintf(&b, "  %s;\n", statement)
	}
	return b.String()
}
