// Package postgres_test runs the commands of the README with the real programs,
// against a real PostgreSQL server.
package postgres_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/postgrestest"
	"github.com/chancery-vc/chancery/internal/readmetest"
)

var server postgrestest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// The README's blocks of commands, in their order.
const (
	makeRegister = iota
	makeTokens
	check
	mend
	serve
	handOver
	ofAge
	forAnother
	others
	notThere
	log
	scope
	widen
	blockCount
)

// example is the copy that a test works in.
type example struct{ *readmetest.Example }

// setUp copies the example, for a port of its own and for the test's server.
func setUp(t *testing.T) example {
	t.Helper()
	socket := server.Start(t)
	return example{readmetest.SetUp(t, readmetest.Setup{
		Needs:   []string{"psql", "createdb", "curl"},
		Builds:  []string{"../../../cmd/chancery", "../../../cmd/chancery-verifier"},
		Files:   []string{"schema.sql", "account.sql", "chancery.yaml", "ask.sh", "verify.sh"},
		Replace: []string{"8445", readmetest.FreePort(t), "/run/postgresql", socket, "recheck: 1m", "recheck: 1s"},
		Env:     []string{"PGHOST=" + socket, "PGUSER=" + postgrestest.Admin},
		Blocks:  blockCount,
	})}
}

func TestREADME(t *testing.T) {
	p := setUp(t)
	p.Run(0, p.Blocks[makeRegister])
	p.Run(0, p.Blocks[makeTokens])
	p.Says(p.Run(2, p.Blocks[check]), "the account can do more than read the configured columns", "TEMPORARY ON DATABASE civil FROM PUBLIC;")
	p.Says(p.Run(0, p.Blocks[mend]), "which can read the columns below and do nothing else")
	before := p.contents()
	p.Serve(p.Blocks[serve])
	p.Run(0, p.Blocks[handOver])

	t.Run("answers", p.answers)
	t.Run("refusals", p.refusals)
	t.Run("log", p.log)
	t.Run("scope", p.scope)
	if diff := cmp.Diff(before, p.contents()); diff != "" {
		t.Errorf("the register is another (-before +after):\n%s", diff)
	}
}

// contents is every row of the register.
func (p example) contents() string {
	return p.Run(0, "psql civil --no-psqlrc --command 'TABLE births ORDER BY 1' --command 'TABLE adoptions'")
}

func (p example) answers(t *testing.T) {
	p = example{p.With(t)}
	said := p.Run(0, p.Blocks[ofAge])
	p.Says(said, "ACCEPTED  Fact", "fact     of-age", "value    true", "purpose  child-benefit")
	p.Says(p.Run(1, p.Blocks[forAnother]), "REFUSED", `it is for another: aud is "benefits-office"`)

	said = p.Run(0, p.Blocks[others])
	p.Says(said, "two-parents", "state    current", "Kristín Ósk Sigurðardóttir", "Jón Einarsson", "ACCEPTED  Birth registration", "birthDate     2019-03-07")
	p.Hides(said, "amended", "Paternity", "Pétursdóttir", "Njeri", "1990")
	subjects := regexp.MustCompile(`urn:chancery:subject:\S+`).FindAllString(said, -1)
	if len(subjects) != 4 || len(slices.Compact(slices.Sorted(slices.Values(subjects)))) != 3 || subjects[2] != subjects[3] {
		t.Errorf("two offices, or the same one of two people, are told of the same subject: %q", subjects)
	}
}

// refusals wants four questions, each without an answer for another reason, to
// be refused alike.
func (p example) refusals(t *testing.T) {
	p = example{p.With(t)}
	said := map[string]int{}
	for line := range strings.Lines(p.Run(0, p.Blocks[notThere])) {
		said[strings.TrimSpace(line)]++
	}
	want := map[string]int{
		`{"type":"urn:chancery:problem:refused","title":"Forbidden","status":403,"detail":"there is no answer to this question for you"}`: 4,
		"curl: (22) The requested URL returned error: 403": 4,
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// log wants the log to say who was told what, and of nobody who it was about.
func (p example) log(t *testing.T) {
	p = example{p.With(t)}
	said := p.Run(0, p.Blocks[log])
	p.Says(said, "consult:benefits-office", "fact of-age", "child-benefit", "date_of_birth")
	p.Hides(said, "2019-000042", "1990-000007", "Jónsdóttir", "1990-05-21")
}

// scope has the published scope judged, and then the account widened.
func (p example) scope(t *testing.T) {
	p = example{p.With(t)}
	p.Says(p.Run(0, p.Blocks[scope]), "ACCEPTED  Scope", "mother_name", "found by registration_number")
	p.Run(0, p.Blocks[widen])
	p.Until("nobody noticed that the account was widened", func() bool { return p.Shell(p.Blocks[scope]).Run() != nil })
	p.Says(p.Run(1, p.Blocks[scope]), "NOT ESTABLISHED  Scope", "civil")
	p.Says(p.Run(1, p.Blocks[ofAge]), "503")
	p.Says(p.Run(2, p.Blocks[check]), "it may SELECT on TABLE public.births", "REVOKE SELECT ON TABLE public.births")
	p.Run(0, p.Blocks[mend])
	p.Until("the answers do not come back", func() bool { return p.Shell(p.Blocks[ofAge]).Run() == nil })
	p.Says(p.Run(0, p.Blocks[scope]), "ACCEPTED  Scope")
}
