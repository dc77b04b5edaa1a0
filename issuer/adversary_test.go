package issuer_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/source"
)

// planted is in what an adversary sends, and must be nowhere after.
const planted = "c4nary"

// hostileKeys are keys that are not the one that there is, however like it they
// look or whatever a source would do with them.
func hostileKeys() []string {
	const k = faultKey
	return []string{
		"' OR '1'='1", `" OR ""="`, "') OR TRUE --", "'; DELETE FROM births; --", "' UNION SELECT remarks FROM births --", `\' OR 1=1 #`, "/*!50000 OR 1=1 */", "1 OR SLEEP(5)", "' || pg_sleep(5) || '",
		"; COPY births TO PROGRAM 'id'", "%", "_", "%27", "0x27", "0", "\\", "\x00", k + "\x00", k + "\x00' OR 1=1", k + " ", " " + k, k + "\t", k + "\n", k + "\u200b", "\u202e" + k,
		"\ufeff" + k, k + "\u0301", "２０１９-000042", strings.ReplaceAll(k, "-", "\u2010"), strings.ReplaceAll(k, "-", "%2d"), k + "'", k + ";", k + "--", k + "#", k + "/", k + "/..", k + "?x=" + k, k + "&key=" + k,
		"../births/" + k, "..%2f" + k, "%2e%2e/" + k, ".", "..", "//", "@evil.example/" + k, k + "\r\nHost: evil.example", "{key}", "$1", "?", ":key", "\ud7ff\ue000", "\U0010ffff", "\uffff",
		strings.Repeat("\U0010ffff", 1024), strings.Repeat("'", 1024), "NULL", "null", "true", "[]", `{"$ne":null}`, "*", "(&(a=*))",
	}
}

// injected asks for records whose keys are more than keys: each is one that
// there is not.
func injected(f *front) {
	for _, key := range hostileKeys() {
		for _, name := range []string{"born-in", "place"} {
			if got := f.askOf(f.Context(), name, key); got.status != http.StatusForbidden || got.kind != "refused" {
				f.Errorf("%.40q: %+v", key, got)
			}
		}
		if got := f.reason(); got != source.ErrNone.Error() {
			f.Errorf("%.40q: the log has %q", key, got)
		}
	}
	f.recovers()
}

// TestLyingAPI: what an API answers with that was not asked for, or that is not
// what it should be, is not taken for the record, and nobody is told of it.
func TestLyingAPI(t *testing.T) {
	a, dir, p := onHTTP(t)
	f := newFront(t, dir, p, false)
	f.recovers()
	whole := strings.TrimSuffix(faultAnswer, "}")
	with := func(from, to string) string { return strings.Replace(faultAnswer, from, to, 1) }
	many := "[" + strings.Repeat(faultAnswer+",", 3000) + faultAnswer + "]"
	for name, c := range map[string]struct {
		says, want string
		reason     error
	}{
		"more columns":          {whole + `,"registered_by":"c4nary","` + strings.Repeat("x", 1000) + `":{"a":[1,2]}}`, "", nil},
		"an array of one":       {"[" + faultAnswer + "]", "", nil},
		"beside others":         {"[" + with(faultKey, "2019-000043") + "," + faultAnswer + "," + with(faultKey, "c4nary") + "]", "", nil},
		"the record twice":      {"[" + faultAnswer + "," + faultAnswer + "]", "refused", source.ErrMany},
		"the record very often": {many, "refused", source.ErrMany},
		"more than may be":      {"[" + strings.Repeat(faultAnswer+",", 10_000) + faultAnswer + "]", "refused", source.ErrShape},
		"another record":        {with(faultKey, "2019-000043"), "refused", source.ErrNone},
		"one of another case":   {with(`"`+faultKey, `"`+strings.ToLower("K")+faultKey), "refused", source.ErrNone},
		"a key with a blank":    {with(faultKey, faultKey+" "), "refused", source.ErrNone},
		"a key with a NUL":      {with(faultKey, faultKey+`\u0000`), "refused", source.ErrNone},
		"a key of numbers":      {with(`"`+faultKey+`"`, "2019"), "refused", source.ErrNone},
		"no key":                {with(`"registration_number":"`+faultKey+`",`, ""), "refused", source.ErrShape},
		"a key that is null":    {with(`"`+faultKey+`"`, "null"), "refused", source.ErrShape},
		"a member twice":        {with(`"place_of_birth":"`, `"place_of_birth":"c4nary","place_of_birth":"`), "refused", source.ErrShape},
		"an object for a text":  {with(`"`+faultPlace+`"`, `{"c4nary":1}`), "refused", source.ErrShape},
		"no place":              {with(`"`+faultPlace+`"`, `null`), "refused", claims.ErrValue},
		"a value of 64 KiB":     {with(faultPlace, strings.Repeat("c4nary", 11000)), "refused", source.ErrShape},
		"half a surrogate":      {with(faultPlace, `c4nary\ud800`), "refused", source.ErrShape},
		"no UTF-8":              {with(faultPlace, "c4nary\xff"), "refused", source.ErrShape},
		"no JSON":               {"c4nary", "refused", source.ErrShape},
		"nothing":               {"", "refused", source.ErrShape},
		"deep":                  {strings.Repeat("[", 1<<19), "refused", source.ErrShape},
		"an empty array":        {"[]", "refused", source.ErrNone},
		"null":                  {"null", "refused", source.ErrShape},
	} {
		a.say(c.says)
		got := f.ask(t.Context(), "born-in")
		if got.kind != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		if c.reason != nil && f.reason() != c.reason.Error() {
			t.Errorf("%s: the log has %q, not %q", name, f.reason(), c.reason)
		}
	}
	a.say(with("2019-02-03", "c4nary"))
	if f.want("of-age", http.StatusForbidden, "refused"); f.reason() != claims.ErrValue.Error() {
		t.Errorf("a date that is none: the log has %q", f.reason())
	}
	a.say(faultAnswer)
	f.recovers()
}

// TestHostileValues: a value with marks in it that readers of JSON, of logs or of
// terminals go by comes out as it is, in what is signed and nowhere else.
func TestHostileValues(t *testing.T) {
	dir, clock := issuertest.Folder(t, 1, withRelyingParties), issuertest.NewClock()
	i := issuertest.Open(t, dir, clock)
	q := query(func(q *issuer.Query) { q.Kind, q.Name = issuer.Fact, "born-in" })
	for _, value := range []string{
		"c4nary\nX: y", "c4nary\r\n\r\n", "c4nary\x1b[2J", "c4nary\u0085\u2028\u2029", "\u202ec4nary", `c4nary","state":"first`, "c4nary</script>", "c4nary\\u0000", "c4nary\x7f\x01", "\ufeffc4nary", "c4nary\uffff\U0010ffff",
		"c4nary é e\u0301", " c4nary ", `c4nary"^^<x> .`, "c4nary\t_:b0", "@id", "c4nary\U000e0041",
	} {
		if _, err := issuertest.Register(t, dir).Exec("UPDATE births SET place_of_birth = ?", value); err != nil {
			t.Fatal(err)
		}
		s := stated(t, i, dir, clock, q)
		if got := string(s.Fact.Value); got != jsonOf(t, value) {
			t.Errorf("%q came out as %s", value, got)
		}
		credential := consult(t, i, query(func(q *issuer.Query) { q.Kind, q.Name = issuer.Credential, birth }))
		accepted(t, credential.Bytes, bundleOf(t, i, dir), clock.Now())
		if !bytes.Contains(credential.Bytes, []byte(`"birthPlace":`+jsonOf(t, value))) {
			t.Errorf("%q is not in %s", value, credential.Bytes)
		}
	}
	state, err := os.ReadFile(stateFile(dir))
	must(t, err)
	if bytes.Contains(state, []byte(planted)) {
		t.Error("the state has a value")
	}
}

// TestHostileConfiguration: what a configuration names in a source is a name
// there, whatever is in it, or is refused at the start; a value to compare with
// is a value. The register stays as it is.
func TestHostileConfiguration(t *testing.T) {
	dir := issuertest.Folder(t, 3, withRelyingParties)
	path := filepath.Join(dir, issuertest.ConfigFile)
	text, err := os.ReadFile(path)
	must(t, err)
	register := filepath.Join(dir, issuertest.RegisterFile)
	before := fileHash(t, register)
	for _, hostile := range []string{
		`births"; DROP TABLE births; --`, `births; DELETE FROM births`, "births\x00", `(SELECT * FROM births)`, "births, sqlite_master", "sqlite_master", "main.births", `"births"`, "births -- ", "pragma_table_info('births')",
		"births AS x", "1", "*", "?", "?1", `x" OR 1=1 --`, "births\u200b", "ｂirths", "BIRTHS", "json_each('[1]')", "load_extension('x')", strings.Repeat("x", 100_000), "rowid", "\n", "'", `\`,
	} {
		if testing.Short() && len(hostile)%3 > 0 {
			continue
		}
		value := fmt.Sprintf("%q", hostile)
		for what, edit := range map[string][2]string{
			"table":  {"table: births\n    key: registration_number\n    column: sex", "table: " + value + "\n    key: registration_number\n    column: sex"},
			"key":    {"key: registration_number\n    column: sex", "key: " + value + "\n    column: sex"},
			"column": {"column: sex", "column: " + value},
			"rule":   {"rule: {field: {column: father_name}}", "rule: {field: {column: " + value + "}}"},
			"filter": {"where: {sex: [F, M]}", "where: {" + value + ": [F]}"},
			"claim":  {"column: place_of_birth\n", "column: " + value + "\n"},
		} {
			must(t, os.WriteFile(path, []byte(strings.Replace(string(text), edit[0], edit[1], 1)), 0o600))
			begun := time.Now()
			if err := open(issuertest.Load(t, dir), rand.Reader); err == nil {
				t.Errorf("%s %.60q is taken", what, hostile)
			} else if took := time.Since(begun); took > soon {
				t.Errorf("%s %.60q took %s", what, hostile, took)
			}
		}
	}
	for _, hostile := range []string{"F' OR '1'='1", `F" OR ""="`, "F'; DROP TABLE births; --", "%", "_", "*", "f", "F ", "Ｆ", "F\u200b", "?1", strings.Repeat("'", 1000)} {
		must(t, os.WriteFile(path, []byte(strings.Replace(string(text), "where: {sex: [F, M]}", fmt.Sprintf("where: {sex: [%q]}", hostile), 1)), 0o600))
		clock := issuertest.NewClock()
		i := issuertest.Open(t, dir, clock)
		s := stated(t, i, dir, clock, query(func(q *issuer.Query) { q.Kind, q.Name = issuer.Fact, "registered" }))
		if string(s.Fact.Value) != "false" {
			t.Errorf("a filter for %.60q leaves %s in", hostile, civil.KnownNumber)
		}
		must(t, i.Close())
	}
	if fileHash(t, register) != before {
		t.Error("the register has changed")
	}
}

func fileHash(t *testing.T, path string) [sha256.Size]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return sha256.Sum256(data)
}

func jsonOf(t *testing.T, text string) string {
	t.Helper()
	data, err := json.Marshal(text)
	must(t, err)
	return string(data)
}
