package peers

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const intro = `# Peers

What other implementations make of the credentials issued here, we of theirs, and all of us of tampering. ` + "`make conformance`" + ` runs them and compares what it sees with this page. The page is made by the run; only the reasons are written by hand, in ` + "`conformance/peers`" + `.

| peer | is |
|---|---|
| digitalbazaar | @digitalbazaar/vc 7.3.0, jsonld 9.0.0, rdf-canonize 5.0.0, ecdsa-sd-2023-cryptosuite 3.4.1 and bbs-2023-cryptosuite 2.0.1 in JavaScript, in safe mode |
| trustbloc | trustbloc/vc-go 1.3.4 and its fork of json-gold in Go, with its defaults and with its strict validation |
| aries | hyperledger/aries-framework-go 0.3.2 and the same json-gold in Go, with its defaults and with its strict validation |
| go-jose | go-jose/go-jose 4.1.8 in Go, with the algorithms allowed that it signs with |
| jwx | lestrrat-go/jwx 3.3.0 in Go, with its defaults and, as strict, with its check of crit and with no null for a text |
| sd-jwt-js | @sd-jwt/sd-jwt-vc 0.19.0 and @sd-jwt/crypto-nodejs 0.19.0 in JavaScript |

The first three read embedded proofs; each knows the contexts that we know and did:key. The others read [tokens](#tokens-issued-by-one-verified-by-the-other) and [SD-JWT VCs](#sd-jwt-vcs-issued-by-one-shown-by-the-other), and are handed the keys of the issuer with each. None fetches anything. Nobody judges the status. Where strict validation makes no difference it is not named.

`

// columns are the peers that know embedded proofs.
var columns = []string{"digitalbazaar", "trustbloc", "aries"}

// section is a table of the page.
type section struct {
	title, text string
	agreed      string // heads the list of what is no difference
	table       []edit
	columns     []string
	seen        [][]seen // by each peer, in the order of the table
}

// each returns one list of every study.
func each[S any](studies []S, of func(S) []seen) (all [][]seen) {
	for _, s := range studies {
		all = append(all, of(s))
	}
	return all
}

func editsOf(showings []showing) (all []edit) {
	for _, s := range showings {
		all = append(all, s.edit)
	}
	return all
}

func sections(studies []study) []section {
	return []section{
		{
			"Tampering that a peer accepts", "Each is done to a signed credential of each suite, type of key and data model that the peer issues. We refuse every one.",
			"Refused by all", tampering, columns, each(studies, func(s study) []seen { return s.tampering }),
		},
		{
			"Changes that change nothing", "RDF cannot tell these from what was signed, so that the signature holds.",
			"Accepted by all", sameMeaning, columns, each(studies, func(s study) []seen { return s.sameMeaning }),
		},
		{
			"Unusual credentials", "Each is signed by the peer, or by us if it does not sign it.",
			"The same verdict everywhere", variants, columns, each(studies, func(s study) []seen { return s.variants }),
		},
		{
			"Presentations", "Each is signed by the peer as the holder, for a challenge and a domain. We accept only what is as it was presented.",
			"The same verdict everywhere", editsOf(showings), columns, each(studies, func(s study) []seen { return s.shown }),
		},
	}
}

// render writes the page, and wants a reason for each difference that it has.
func render(t *testing.T, studies []study, tokens []tokenStudy, sd []sdStudy) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(intro)
	renderExchange(t, &b, studies)
	renderDisclosed(t, &b, studies)
	for _, s := range sections(studies) {
		s.render(t, &b)
	}
	renderTokens(t, &b, tokens)
	renderSD(t, &b, sd)
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func (s section) render(t *testing.T, b *strings.Builder) {
	t.Helper()
	fmt.Fprintf(b, "## %s\n\n%s\n\n", s.title, s.text)
	head := fmt.Sprintf("| what | we | %s | why |\n|---|---|%s---|\n", strings.Join(s.columns, " | "), strings.Repeat("---|", len(s.columns)))
	var agreed []string
	for i, e := range s.table {
		byPeer := map[string]seen{}
		for _, one := range s.seen {
			byPeer[one[i].peer] = one[i]
		}
		different := differ(byPeer)
		if different != (e.why != "") {
			t.Errorf("%s: we differ: %t, because %q: %v", e.name, different, e.why, byPeer)
		}
		if !different {
			agreed = append(agreed, e.name)
			continue
		}
		b.WriteString(head + s.row(e, byPeer))
		head = ""
	}
	if head == "" {
		b.WriteString("\n")
	}
	fmt.Fprintf(b, "%s: %s.\n\n", s.agreed, strings.Join(agreed, "; "))
}

func (s section) row(e edit, byPeer map[string]seen) string {
	out := fmt.Sprintf("| %s | %s |", e.name, s.ours(byPeer))
	for _, name := range s.columns {
		out += fmt.Sprintf(" %s |", cell(byPeer[name], byPeer[name+" -strict"]))
	}
	return out + fmt.Sprintf(" %s |\n", e.why)
}

func differ(byPeer map[string]seen) bool {
	for _, s := range byPeer {
		if !slices.Equal(s.ours, s.theirs) {
			return true
		}
	}
	return false
}

// ours says what we make of something, by whomever it was signed.
func (s section) ours(byPeer map[string]seen) string {
	var tried, accepted []combination
	var of []string
	for _, name := range s.columns {
		by := byPeer[name]
		tried, accepted = append(tried, by.tried...), append(accepted, by.ours...)
		if len(by.ours) == len(by.tried) {
			of = append(of, name+"'s")
		}
	}
	if len(of) > 0 && len(of) < len(s.columns) {
		return "accepts " + strings.Join(of, ", ")
	}
	return verdict(tried, accepted)
}

// cell says what a peer makes of something, with and without strict
// validation.
func cell(usual, strict seen) string {
	said := verdict(usual.tried, usual.theirs)
	if strict.peer == "" {
		return said
	}
	if strictly := verdict(strict.tried, strict.theirs); strictly != said {
		said += "; strict " + strictly
	}
	return said
}

// verdict puts what was accepted of what was tried into words.
func verdict(tried, accepted []combination) string {
	switch {
	case len(tried) == 0:
		return "-"
	case len(accepted) == 0:
		return "refuses"
	case len(accepted) == len(tried):
		return "accepts"
	}
	for _, part := range []func(combination) string{
		func(c combination) string { return c.version },
		func(c combination) string { return c.suite },
		func(c combination) string { return c.version + " " + c.suite },
	} {
		if names, ok := covers(tried, accepted, part); ok {
			return "accepts " + strings.Join(names, ", ")
		}
	}
	return fmt.Sprintf("accepts %d of %d", len(accepted), len(tried))
}

// covers returns the parts of what was accepted, if nothing that was refused
// has one of them.
func covers(tried, accepted []combination, part func(combination) string) ([]string, bool) {
	var names []string
	for _, c := range accepted {
		names = append(names, part(c))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	covered := 0
	for _, c := range tried {
		if slices.Contains(names, part(c)) {
			covered++
		}
	}
	return names, covered == len(accepted)
}

// Reasons why a credential of one does not verify with the other.
var (
	theirsMissing = map[string]string{"aries 2.0": "no: the peer does not know this data model"}
	oursMissing   = map[string]string{"Ed25519Signature2020": "no: it is read here, not made"}
)

func renderExchange(t *testing.T, b *strings.Builder, studies []study) {
	t.Helper()
	b.WriteString("## Issued by one, verified by the other\n\n| peer | data model | suite | key | theirs, here | ours, there | presented by us, there |\n|---|---|---|---|---|---|---|\n")
	for _, s := range studies {
		for _, e := range s.exchange {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", e.peer, e.with.version, e.with.suite, e.with.key,
				outcome(t, e.theirs, theirsMissing[strings.TrimSuffix(e.peer, " -strict")+" "+e.with.version]),
				outcome(t, e.ours, oursMissing[e.with.suite]),
				outcome(t, e.shown, oursMissing[e.with.suite]))
		}
	}
	b.WriteString("\n")
}

func outcome(t *testing.T, err error, why string) string {
	t.Helper()
	if (err == nil) != (why == "") {
		t.Errorf("%v is not explained by %q", err, why)
	}
	if err == nil {
		return "verifies"
	}
	return why
}
