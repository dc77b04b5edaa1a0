package mysql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseGrant(t *testing.T) {
	for line, want := range map[string]grant{
		"GRANT USAGE ON *.* TO `a`@`%` IDENTIFIED BY PASSWORD '*AB' REQUIRE SSL WITH MAX_USER_CONNECTIONS 9": {
			kind: kindTable, object: "*.*", privileges: []privilege{{name: usage}}, to: "`a`@`%`",
		},
		"GRANT ALL PRIVILEGES ON *.* TO `a`@`h` IDENTIFIED VIA ed25519 USING 'it''s WITH GRANT OPTION' OR unix_socket WITH GRANT OPTION MAX_QUERIES_PER_HOUR 1": {
			kind: kindTable, object: "*.*", privileges: []privilege{{name: "ALL PRIVILEGES"}}, to: "`a`@`h`", option: true,
		},
		"GRANT USAGE ON *.* TO `a`@`h` IDENTIFIED BY PASSWORD ' WITH GRANT OPTION '": {
			kind: kindTable, object: "*.*", privileges: []privilege{{name: usage}}, to: "`a`@`h`",
		},
		"GRANT SELECT, CREATE TEMPORARY TABLES ON `test\\_%`.* TO PUBLIC": {
			kind: kindTable, object: "`test\\_%`.*", database: `test\_%`, privileges: []privilege{{name: "SELECT"}, {name: "CREATE TEMPORARY TABLES"}}, to: public,
		},
		"GRANT SELECT (`a``b`, `c) ON`), UPDATE (`d`) ON `x.y`.`TO ``z` TO ``@`localhost` WITH GRANT OPTION": {
			kind: kindTable, object: "`x.y`.`TO ``z`", database: "x.y", name: "TO `z",
			privileges: []privilege{{"SELECT", []string{"a`b", "c) ON"}}, {"UPDATE", []string{"d"}}}, to: "``@`localhost`", option: true,
		},
		"GRANT EXECUTE, ALTER ROUTINE ON PACKAGE BODY `d`.`p` TO `r`": {
			kind: "PACKAGE BODY", object: "`d`.`p`", database: "d", name: "p", privileges: []privilege{{name: "EXECUTE"}, {name: "ALTER ROUTINE"}}, to: "`r`",
		},
		"GRANT `r` TO `a`@`h` WITH ADMIN OPTION":             {kind: kindRole, object: "`r`", to: "`a`@`h`", option: true},
		"GRANT `r`@`%` TO `a`@`h`":                           {kind: kindRole, object: "`r`@`%`", to: "`a`@`h`"},
		"GRANT `r` TO PUBLIC":                                {kind: kindRole, object: "`r`", to: public},
		"GRANT PROXY ON ``@`%` TO `a`@`h` WITH GRANT OPTION": {kind: kindProxy, object: "``@`%`", to: "`a`@`h`", option: true},
		"SET DEFAULT ROLE `r` FOR `a`@`h`":                   {kind: kindDefault, object: "`r`", to: "`a`@`h`"},
		"GRANT SELECT ON `a`.* TO `a`@`h` IDENTIFIED BY 'x'": {kind: kindTable, object: "`a`.*", database: "a", privileges: []privilege{{name: "SELECT"}}, to: "`a`@`h`"},
		"GRANT USAGE ON *.* TO `a`@`h` WITH GRANT OPTION":    {kind: kindTable, object: "*.*", privileges: []privilege{{name: usage}}, to: "`a`@`h`", option: true},
		"GRANT NEW ONE ON SOMETHING `d`.`p` TO `a`@`h`":      {kind: "SOMETHING", object: "`d`.`p`", database: "d", name: "p", privileges: []privilege{{name: "NEW ONE"}}, to: "`a`@`h`"},
	} {
		got, err := parseGrant(line)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(grant{}, privilege{})); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", line, err, diff)
		}
	}
}

// TestParseGrantRefused: what is not understood is not passed over.
func TestParseGrantRefused(t *testing.T) {
	for _, line := range []string{
		"", "REVOKE SELECT ON `a`.* FROM `b`", "GRANT", "GRANT SELECT", "GRANT SELECT ON", "GRANT SELECT ON `a`.*", "GRANT SELECT ON `a`.* TO", "GRANT SELECT ON a.* TO `b`",
		"GRANT SELECT (a) ON `a`.`b` TO `c`", "GRANT SELECT (`a` ON `a`.`b` TO `c`", "GRANT SELECT ON `a`.* TO 'b'@'c'", "GRANT SELECT ON `a TO `b`", "GRANT `r` TO", "GRANT PROXY ON `a`@",
		"GRANT SELECT ON `a`.* TO `b`@", "SET DEFAULT ROLE", "GRANT SELECT ON `a`.* TO `b` IDENTIFIED BY 'x",
	} {
		if g, err := parseGrant(line); err == nil {
			t.Errorf("%s: %+v", line, g)
		}
	}
}

// TestParseGrantNames: whatever the names are, they are read as they are.
func TestParseGrantNames(t *testing.T) {
	name := rapid.StringN(1, 20, -1)
	rapid.Check(t, func(t *rapid.T) {
		column, database, table, user, host := name.Draw(t, "column"), name.Draw(t, "database"), name.Draw(t, "table"), name.Draw(t, "user"), name.Draw(t, "host")
		to := Quote(user) + "@" + Quote(host)
		got, err := parseGrant(fmt.Sprintf("GRANT SELECT (%s) ON %s.%s TO %s", Quote(column), Quote(database), Quote(table), to))
		if err != nil || got.database != database || got.name != table || got.privileges[0].columns[0] != column || got.to != to {
			t.Errorf("%+v, %v", got, err)
		}
		if line := name.Draw(t, "line"); strings.Count(line, "`") < 4 {
			if _, err := parseGrant("GRANT " + line); err == nil && !strings.Contains(line, "PUBLIC") {
				t.Errorf("%q is no grant", line)
			}
		}
	})
}

func TestLike(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"civil", "civil", true},
		{"civil", "Civil", false},
		{"civil", "civil2", false},
		{"", "", true},
		{"", "a", false},
		{"%", "", true},
		{"%", "a", true},
		{"c%l", "civil", true},
		{"c%v", "civil", false},
		{"%vi%", "civil", true},
		{"c_vil", "civil", true},
		{"c_vil", "cvil", false},
		{"test_%", "testing", true},
		{`test\_%`, "testing", false},
		{`test\_%`, "test_1", true},
		{`a\%`, "a%", true},
		{`a\%`, "ab", false},
		{"_", "東", true},
		{"%a%a%b", "aaab", true},
		{strings.Repeat("%a", 32) + "b", strings.Repeat("a", 64), false},
	} {
		if like(c.pattern, c.name) != c.want {
			t.Errorf("%q like %q: want %v", c.name, c.pattern, c.want)
		}
	}
}
