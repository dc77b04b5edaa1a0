package mysql

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// grant is a line of SHOW GRANTS.
type grant struct {
	kind       string // what it is on, as GRANT names it: TABLE, PROCEDURE...; or one of the next three
	object     string // of the right, as SQL: *.*, `db`.*, `db`.`table`; of a role or an account its name
	database   string // a pattern, unless name is there; empty for every database
	name       string
	privileges []privilege
	to         string // as SQL
	option     bool   // it may be granted to others
}

// Kinds of lines that grant something else than privileges.
const (
	kindRole    = "ROLE"
	kindDefault = "DEFAULT ROLE"
	kindProxy   = "PROXY"
	kindTable   = "TABLE"
)

// privilege is one, with the columns that it is for; none are the whole.
type privilege struct {
	name    string
	columns []string
}

// usage is the privilege that is none.
const usage = "USAGE"

var errGrant = errors.New("a line of SHOW GRANTS is not understood")

// token is a word, a sign, or an identifier in backticks, as SQL.
type token string

func (t token) quoted() bool { return strings.HasPrefix(string(t), "`") }

// name returns the identifier that a token quotes.
func (t token) name() string {
	s := string(t)
	if !t.quoted() {
		return s
	}
	return strings.ReplaceAll(s[1:len(s)-1], "``", "`")
}

// tokens takes a line apart. Texts, which are hashes of passwords, end it:
// nothing of interest but a grant option follows one.
func tokens(line string) (all []token, err error) {
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		n := 1
		switch {
		case line[0] == '\'':
			n = closing(line, '\'')
		case line[0] == '`':
			n = closing(line, '`')
		case !strings.ContainsRune("(),@.*", rune(line[0])):
			if n = strings.IndexAny(line, " (),@.*`'"); n < 0 {
				n = len(line)
			}
		}
		if n < 0 {
			return nil, errGrant
		}
		if line[0] != '\'' {
			all = append(all, token(line[:n]))
		}
		line = line[n:]
	}
	return all, nil
}

// closing returns the end of what is between quotes, which are doubled within;
// -1 if there is none.
func closing(s string, quote byte) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != quote:
		case i+1 < len(s) && s[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return -1
}

// parseGrant reads a line of SHOW GRANTS.
func parseGrant(line string) (g grant, err error) {
	all, err := tokens(line)
	if err != nil {
		return grant{}, err
	}
	p := grantParser{rest: all}
	switch {
	case p.take("SET", "DEFAULT", "ROLE"):
		g.kind, g.object = kindDefault, p.account()
		p.want("FOR")
	case p.take("GRANT", "PROXY", "ON"):
		g.kind, g.object = kindProxy, p.account()
		p.want("TO")
	case p.take("GRANT"):
		if len(p.rest) > 0 && p.rest[0].quoted() {
			g.kind, g.object = kindRole, p.account()
		} else {
			g.privileges = p.privileges()
			p.object(&g)
		}
		p.want("TO")
	default:
		p.failed = true
	}
	g.to = p.account()
	g.option = p.has("WITH", "GRANT", "OPTION") || p.has("WITH", "ADMIN", "OPTION")
	if p.failed {
		return grant{}, errGrant
	}
	return g, nil
}

// grantParser reads tokens one after the other; failed says that it met another
// than it wanted.
type grantParser struct {
	rest   []token
	failed bool
}

// take reads words, if they are what comes next.
func (p *grantParser) take(words ...token) bool {
	if len(p.rest) < len(words) || !slices.Equal(p.rest[:len(words)], words) {
		return false
	}
	p.rest = p.rest[len(words):]
	return true
}

func (p *grantParser) want(words ...token) {
	if !p.take(words...) {
		p.failed = true
	}
}

// has tells whether words stand somewhere in the rest.
func (p *grantParser) has(words ...token) bool {
	for i := 0; i+len(words) <= len(p.rest); i++ {
		if slices.Equal(p.rest[i:i+len(words)], words) {
			return true
		}
	}
	return false
}

func (p *grantParser) next() token {
	if len(p.rest) == 0 {
		p.failed = true
		return ""
	}
	t := p.rest[0]
	p.rest = p.rest[1:]
	return t
}

// identifier reads one in backticks.
func (p *grantParser) identifier() token {
	t := p.next()
	if !t.quoted() {
		p.failed = true
	}
	return t
}

// account reads the name of an account or a role, as SQL.
func (p *grantParser) account() string {
	if p.take("PUBLIC") {
		return public
	}
	name := string(p.identifier())
	if p.take("@") {
		name += "@" + string(p.identifier())
	}
	return name
}

// privileges reads up to ON.
func (p *grantParser) privileges() (all []privilege) {
	for !p.failed {
		var words []string
		for len(p.rest) > 0 && !slices.Contains([]token{"ON", ",", "("}, p.rest[0]) {
			words = append(words, string(p.next()))
		}
		each := privilege{name: strings.Join(words, " ")}
		if p.take("(") {
			each.columns = append(each.columns, p.identifier().name())
			for p.take(",") {
				each.columns = append(each.columns, p.identifier().name())
			}
			p.want(")")
		}
		if all = append(all, each); !p.take(",") {
			break
		}
	}
	p.want("ON")
	return all
}

// object reads what a grant is on.
func (p *grantParser) object(g *grant) {
	g.kind = kindTable
	var words []string
	for len(p.rest) > 0 && !p.rest[0].quoted() && p.rest[0] != "*" {
		words = append(words, string(p.next()))
	}
	if len(words) > 0 {
		g.kind = strings.Join(words, " ")
	}
	if p.take("*", ".", "*") {
		g.object = "*.*"
		return
	}
	database := p.identifier()
	p.want(".")
	g.database = database.name()
	if p.take("*") {
		g.object = string(database) + ".*"
		return
	}
	name := p.identifier()
	g.name, g.object = name.name(), string(database)+"."+string(name)
}

// covers tells whether a grant says something of a database; of a table of it,
// if name is one.
func (g grant) covers(database, name string) bool {
	switch {
	case g.object == "*.*":
		return true
	case g.name == "":
		return like(g.database, database)
	}
	return g.database == database && (name == "" || g.name == name)
}

// like tells whether a name fits a pattern, in which % stands for any text, _
// for any character, and a backslash has the next one stand for itself.
func like(pattern, name string) bool {
	p, n := []rune(pattern), []rune(name)
	at, retry, from := 0, -1, 0 // where it is in p; behind the last %, and what that stands for up to
	for i := 0; i < len(n); {
		width, fits := step(p[at:], n[i])
		switch {
		case at < len(p) && p[at] == '%':
			at++
			retry, from = at, i
		case fits:
			at, i = at+width, i+1
		case retry >= 0: // the % stands for one more
			from++
			at, i = retry, from
		default:
			return false
		}
	}
	return strings.Trim(string(p[at:]), "%") == ""
}

// step tells whether the first character of a pattern fits one, and how long it
// is.
func step(p []rune, c rune) (width int, fits bool) {
	switch {
	case len(p) == 0:
		return 0, false
	case p[0] == '\\' && len(p) > 1:
		return 2, p[1] == c
	}
	return 1, p[0] == '_' || p[0] == c
}

// sql is a privilege as GRANT and REVOKE have it.
func (p privilege) sql() string {
	if len(p.columns) == 0 {
		return p.name
	}
	return fmt.Sprintf("%s (%s)", p.name, quoteAll(p.columns))
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = Quote(name)
	}
	return strings.Join(quoted, ", ")
}
