package mysql

import (
	"fmt"
	"strings"
	"testing"
)

// rights are the tables of what accounts may do, and of code.
const rights = "'global_priv', 'db', 'tables_priv', 'columns_priv', 'procs_priv', 'proxies_priv', 'roles_mapping', 'proc', 'event', 'plugin', 'servers'"

// digest maps each table of a database, and each table of rights, to its columns
// and a hash of all that is in it.
func digest(t testing.TB, database string) map[string]string {
	t.Helper()
	columns := map[string][]string{}
	for _, line := range server.Exec(t, "", fmt.Sprintf(`SELECT CONCAT(TABLE_SCHEMA, '\t', TABLE_NAME, '\t', COLUMN_NAME, '\t', COLUMN_TYPE)
		FROM information_schema.COLUMNS JOIN information_schema.TABLES USING (TABLE_SCHEMA, TABLE_NAME)
		WHERE TABLE_TYPE = 'BASE TABLE' AND (TABLE_SCHEMA = %s OR TABLE_SCHEMA = 'mysql' AND TABLE_NAME IN (%s)) ORDER BY TABLE_NAME, ORDINAL_POSITION`, hexed(database), rights)) {
		part := strings.Split(line, "\t")
		name := Quote(part[0]) + "." + Quote(part[1])
		columns[name] = append(columns[name], fmt.Sprintf("COALESCE(HEX(CAST(%s AS BINARY)), '-')", Quote(part[2])))
	}
	if len(columns) < 11 {
		t.Fatalf("only %d tables", len(columns))
	}
	sums := map[string]string{}
	for name, quoted := range columns {
		all := strings.Join(quoted, ", ")
		sums[name] = all + server.Exec(t, "", fmt.Sprintf("SELECT CONCAT(COUNT(*), ' ', COALESCE(SUM(CAST(CONV(LEFT(MD5(CONCAT_WS(',', %s)), 15), 16, 10) AS UNSIGNED)), 0)) FROM %s", all, name))[0]
	}
	return sums
}
