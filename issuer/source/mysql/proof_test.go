package mysql

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/servertest"
)

// provenAt is the time of all proofs here.
var provenAt = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

var births = scope.Compile("births", source.Relation{Table: "births", Key: "number", Columns: []string{"given_names", "born"}})

// createBirths makes a register, and the view of it that the scope is of.
const createBirths = `CREATE TABLE register (number varchar(20) PRIMARY KEY, given_names varchar(100), born date, remarks text);
	INSERT INTO register VALUES ('2019-000042', 'Zoë', '2019-02-03', 's3cret'), ('2019-000043', '秀英', NULL, 's3cret');
	CREATE VIEW births AS SELECT number, given_names, born FROM register`

// narrow makes a register whose account has just what the scope needs: the
// statements of a first proof are what brings that about.
func narrow(t testing.TB) (register, *DB) {
	t.Helper()
	r := emptyRegister(t)
	r.exec(t, createBirths)
	db := r.open(t)
	r.mend(t, prove(t, db))
	if proof := prove(t, db); len(proof.Findings) != 0 {
		t.Fatal(proof.Err())
	}
	return r, db
}

// mend runs the statements of a proof as the administrator.
func (r register) mend(t testing.TB, proof scope.Proof) {
	t.Helper()
	r.exec(t, proof.Statements()...)
}

func prove(t testing.TB, db *DB) scope.Proof {
	t.Helper()
	return proveOf(t, db, births)
}

func proveOf(t testing.TB, db *DB, s scope.Scope) scope.Proof {
	t.Helper()
	proof, err := db.Prove(t.Context(), s, provenAt)
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

// TestProof: a proof says who was proven where, when and how.
func TestProof(t *testing.T) {
	r, db := narrow(t)
	proof := prove(t, db)
	if proof.Source != "births" || proof.Account != r.account+"@localhost" || proof.Database != r.database || !proof.At.Equal(provenAt) ||
		!strings.HasPrefix(proof.Server, "MariaDB 1") || len(proof.Checked) == 0 || proof.Err() != nil || proof.Statements() != nil {
		t.Errorf("%+v", proof)
	}
	want := []string{"GRANT SELECT (`born`, `given_names`, `number`) ON `" + r.database + "`.`births` TO `" + r.account + "`@`localhost`"}
	if diff := cmp.Diff(want, proof.Grants); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
}

// TestFreshAccount: what everyone may do in a server as it is installed is found.
func TestFreshAccount(t *testing.T) {
	r := emptyRegister(t)
	r.exec(t, createBirths, "GRANT SELECT, INSERT, DELETE, CREATE, DROP ON test.* TO PUBLIC", `GRANT SELECT, CREATE TEMPORARY TABLES, TRIGGER ON `+"`test\\_%`.* TO PUBLIC")
	db := r.open(t)
	err := prove(t, db).Err()
	if !errors.Is(err, scope.ErrWide) {
		t.Fatal(err)
	}
	for _, want := range []string{"on DATABASE `test`, as everyone may", "on DATABASE `test\\_%`, as everyone may", "CREATE TEMPORARY TABLES", "may not SELECT the column `number`"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %s:\n%v", want, err)
		}
	}
	r.mend(t, prove(t, db))
	if err := prove(t, db).Err(); err != nil {
		t.Error(err)
	}
}

// wide is an account with one thing too much: how it gets it, with READER for
// its name and REGISTER for the database's, and what the proof says.
type wide struct {
	get  string
	kind scope.Kind
	says string
	can  string // what the account can then do; empty where that needs more than a statement
}

var wideAccounts = map[string]wide{
	"everything":              {`GRANT ALL ON *.* TO READER@localhost`, scope.Role, "ALL PRIVILEGES on the whole server", "CREATE DATABASE READER_x; DROP DATABASE READER_x"},
	"super":                   {`GRANT SUPER ON *.* TO READER@localhost`, scope.Role, "SUPER", "SET GLOBAL connect_timeout = @@global.connect_timeout"},
	"files":                   {`GRANT FILE ON *.* TO READER@localhost`, scope.Role, "FILE on the whole server", "SELECT 'x' INTO OUTFILE '../READER'"},
	"processes":               {`GRANT PROCESS ON *.* TO READER@localhost`, scope.Read, "PROCESS on the whole server", "SHOW ENGINE INNODB STATUS"},
	"makes accounts":          {`GRANT CREATE USER ON *.* TO READER@localhost`, scope.Role, "CREATE USER", "CREATE USER READER_x; DROP USER READER_x"},
	"reloads":                 {`GRANT RELOAD ON *.* TO READER@localhost`, scope.Role, "RELOAD", "FLUSH STATUS"},
	"shuts down":              {`GRANT SHUTDOWN ON *.* TO READER@localhost`, scope.Role, "SHUTDOWN", ""},
	"shows databases":         {`GRANT SHOW DATABASES ON *.* TO READER@localhost`, scope.Read, "SHOW DATABASES", ""},
	"sets the definer":        {`GRANT SET USER ON *.* TO READER@localhost`, scope.Role, "SET USER", ""},
	"ends connections":        {`GRANT CONNECTION ADMIN ON *.* TO READER@localhost`, scope.Role, "CONNECTION ADMIN", ""},
	"changes the binlog":      {`GRANT BINLOG ADMIN ON *.* TO READER@localhost`, scope.Role, "BINLOG ADMIN", "SET SESSION sql_log_bin = 0"},
	"sees the binlog":         {`GRANT BINLOG MONITOR ON *.* TO READER@localhost`, scope.Read, "BINLOG MONITOR", "SHOW BINLOG STATUS"},
	"replicates":              {`GRANT REPLICATION SLAVE ON *.* TO READER@localhost`, scope.Read, "REPLICATION SLAVE", ""},
	"writes when read-only":   {`GRANT READ_ONLY ADMIN ON *.* TO READER@localhost`, scope.Role, "READ_ONLY ADMIN", ""},
	"reads the server":        {`GRANT SELECT ON *.* TO READER@localhost`, scope.Read, "SELECT on the whole server", "SELECT authentication_string FROM mysql.user"},
	"grants all of it on":     {`GRANT USAGE ON *.* TO READER@localhost WITH GRANT OPTION`, scope.Change, "grant to others", ""},
	"reads the database":      {"GRANT SELECT ON REGISTER.* TO READER@localhost", scope.Read, "SELECT on DATABASE `REGISTER`", "SELECT remarks FROM register"},
	"reads by a pattern":      {"GRANT SELECT ON `register%`.* TO READER@localhost", scope.Read, "SELECT on DATABASE `register%`", "SELECT remarks FROM register"},
	"reads by an underscore":  {"GRANT SELECT ON `m_sql`.* TO READER@localhost", scope.Read, "SELECT on DATABASE `m_sql`", "SELECT * FROM mysql.db"},
	"changes the database":    {"GRANT INSERT, UPDATE, DELETE ON REGISTER.* TO READER@localhost", scope.Change, "INSERT, UPDATE, DELETE on DATABASE", "DELETE FROM register"},
	"makes tables":            {"GRANT CREATE ON REGISTER.* TO READER@localhost", scope.Create, "CREATE on DATABASE", "CREATE TABLE x (a int); SELECT 1"},
	"temporary tables":        {"GRANT CREATE TEMPORARY TABLES ON REGISTER.* TO READER@localhost", scope.Create, "CREATE TEMPORARY TABLES", "CREATE TEMPORARY TABLE x (a int)"},
	"locks tables":            {"GRANT LOCK TABLES ON REGISTER.* TO READER@localhost", scope.Use, "LOCK TABLES", "LOCK TABLES births READ; UNLOCK TABLES"},
	"makes events":            {"GRANT EVENT ON REGISTER.* TO READER@localhost", scope.Change, "EVENT on DATABASE", "CREATE EVENT x ON SCHEDULE EVERY 1 DAY DO SELECT 1"},
	"makes triggers":          {"GRANT TRIGGER ON REGISTER.register TO READER@localhost", scope.Change, "TRIGGER on TABLE", "CREATE TRIGGER x BEFORE INSERT ON register FOR EACH ROW SET @a = 1"},
	"makes routines":          {"GRANT CREATE ROUTINE ON REGISTER.* TO READER@localhost", scope.Create, "CREATE ROUTINE", "CREATE PROCEDURE x() SELECT 1"},
	"makes views":             {"GRANT CREATE VIEW ON REGISTER.* TO READER@localhost", scope.Create, "CREATE VIEW", "CREATE VIEW x AS SELECT 1 AS a"},
	"sees views":              {"GRANT SHOW VIEW ON REGISTER.births TO READER@localhost", scope.Read, "SHOW VIEW on TABLE", ""},
	"drops":                   {"GRANT DROP ON REGISTER.register TO READER@localhost", scope.Change, "DROP on TABLE", "TRUNCATE register"},
	"alters":                  {"GRANT ALTER ON REGISTER.register TO READER@localhost", scope.Change, "ALTER on TABLE", "ALTER TABLE register COMMENT 'x'"},
	"indexes":                 {"GRANT INDEX ON REGISTER.register TO READER@localhost", scope.Change, "INDEX on TABLE", "CREATE INDEX x ON register (born)"},
	"deletes history":         {"GRANT DELETE HISTORY ON REGISTER.register TO READER@localhost", scope.Change, "DELETE HISTORY on TABLE", ""},
	"inserts":                 {"GRANT INSERT ON REGISTER.register TO READER@localhost", scope.Change, "INSERT on TABLE", "INSERT INTO register VALUES ('x', 'x', NULL, NULL)"},
	"changes by the view":     {"GRANT UPDATE ON REGISTER.births TO READER@localhost", scope.Change, "UPDATE on TABLE", "UPDATE births SET born = NULL"},
	"updates one column":      {"GRANT UPDATE (born) ON REGISTER.births TO READER@localhost", scope.Change, "UPDATE (`born`) on TABLE", "UPDATE births SET born = NULL"},
	"inserts one column":      {"GRANT INSERT (number) ON REGISTER.register TO READER@localhost", scope.Change, "INSERT (`number`) on TABLE", "INSERT INTO register (number) VALUES ('x')"},
	"refers to one column":    {"GRANT REFERENCES (number) ON REGISTER.register TO READER@localhost", scope.Change, "REFERENCES (`number`) on TABLE", ""},
	"everyone updates":        {"GRANT UPDATE (born) ON REGISTER.register TO PUBLIC", scope.Change, "as everyone may", "UPDATE register SET born = NULL"},
	"the whole view":          {"GRANT SELECT ON REGISTER.births TO READER@localhost", scope.Read, "SELECT on TABLE", ""},
	"the table behind it":     {"GRANT SELECT ON REGISTER.register TO READER@localhost", scope.Read, "SELECT on TABLE `REGISTER`.`register`", "SELECT remarks FROM register"},
	"one column behind it":    {"GRANT SELECT (number) ON REGISTER.register TO READER@localhost", scope.Read, "SELECT (`number`) on TABLE `REGISTER`.`register`", "HANDLER register OPEN; HANDLER register READ FIRST"},
	"everyone reads":          {"GRANT SELECT ON REGISTER.register TO PUBLIC", scope.Read, "as everyone may", "SELECT remarks FROM register"},
	"another database":        {"GRANT SELECT (User) ON mysql.db TO READER@localhost", scope.Read, "SELECT (`User`) on TABLE `mysql`.`db`", "SELECT User FROM mysql.db"},
	"the statements of all":   {"GRANT SELECT ON performance_schema.* TO READER@localhost", scope.Read, "DATABASE `performance_schema`", "SELECT * FROM performance_schema.accounts"},
	"calls a procedure":       {"CREATE PROCEDURE p() SQL SECURITY DEFINER DELETE FROM register; GRANT EXECUTE ON PROCEDURE REGISTER.p TO READER@localhost", scope.Execute, "EXECUTE on PROCEDURE `REGISTER`.`p`", "CALL p()"},
	"calls a function":        {"CREATE FUNCTION f() RETURNS text RETURN (SELECT MAX(remarks) FROM register); GRANT EXECUTE ON FUNCTION REGISTER.f TO READER@localhost", scope.Execute, "EXECUTE on FUNCTION `REGISTER`.`f`", "SELECT f()"},
	"everyone calls":          {"CREATE FUNCTION f() RETURNS text RETURN (SELECT MAX(remarks) FROM register); GRANT EXECUTE ON FUNCTION REGISTER.f TO PUBLIC", scope.Execute, "as everyone may", "SELECT f()"},
	"calls everything":        {"CREATE PROCEDURE p() DELETE FROM register; GRANT EXECUTE ON REGISTER.* TO READER@localhost", scope.Execute, "EXECUTE on DATABASE", "CALL p()"},
	"alters a routine":        {"CREATE PROCEDURE p() SELECT 1; GRANT ALTER ROUTINE ON PROCEDURE REGISTER.p TO READER@localhost", scope.Change, "ALTER ROUTINE on PROCEDURE", "ALTER PROCEDURE p COMMENT 'x'"},
	"a package":               {"SET sql_mode = ORACLE; CREATE PACKAGE k AS PROCEDURE p(); END; CREATE PACKAGE BODY k AS PROCEDURE p() AS BEGIN SELECT 1; END; END; GRANT EXECUTE ON PACKAGE REGISTER.k TO READER@localhost", scope.Execute, "EXECUTE on PACKAGE `REGISTER`.`k`", ""},
	"a role":                  {"CREATE ROLE READER_r; GRANT DELETE ON REGISTER.* TO READER_r; GRANT READER_r TO READER@localhost", scope.Member, "the role `READER_r`", "SET ROLE READER_r; DELETE FROM register"},
	"a role by default":       {"CREATE ROLE READER_r; GRANT SELECT ON REGISTER.* TO READER_r; GRANT READER_r TO READER@localhost; SET DEFAULT ROLE READER_r FOR READER@localhost", scope.Member, "when it connects", "SELECT remarks FROM register"},
	"a role of a role":        {"CREATE ROLE READER_r; CREATE ROLE READER_s; GRANT SELECT ON *.* TO READER_s; GRANT READER_s TO READER_r; GRANT READER_r TO READER@localhost", scope.Member, "and by that `READER_s`", "SET ROLE READER_r; SELECT remarks FROM register"},
	"a role to give":          {"CREATE ROLE READER_r; GRANT READER_r TO READER@localhost WITH ADMIN OPTION", scope.Member, "and grant that to others", "GRANT READER_r TO root@localhost"},
	"a role for everyone":     {"CREATE ROLE READER_r; GRANT SELECT ON REGISTER.* TO READER_r; GRANT READER_r TO PUBLIC", scope.Member, "as everyone may", "SELECT remarks FROM register"},
	"a proxy":                 {"GRANT PROXY ON root@localhost TO READER@localhost", scope.Member, "act for the account `root`@`localhost`", ""},
	"a proxy of everyone":     {"GRANT PROXY ON ''@'%' TO READER@localhost WITH GRANT OPTION", scope.Member, "act for the account ``@`%`, and grant that", ""},
	"grants the database on":  {"GRANT USAGE ON REGISTER.* TO READER@localhost WITH GRANT OPTION", scope.Change, "grant to others what it may on DATABASE", ""},
	"grants a column on":      {"GRANT SELECT (number) ON REGISTER.births TO READER@localhost WITH GRANT OPTION", scope.Change, "grant to others what it may on TABLE", "GRANT SELECT (number) ON births TO root@localhost"},
	"its name, elsewhere":     {"CREATE USER READER@'%'; GRANT DELETE ON REGISTER.* TO READER@'%'", scope.Change, "DELETE on TABLE", "DELETE FROM births"},
	"its name drops":          {"CREATE USER READER@'%'; GRANT DROP ON REGISTER.* TO READER@'%'", scope.Read, "another host", "TRUNCATE register"},
	"its name makes":          {"CREATE USER READER@'%'; GRANT CREATE TEMPORARY TABLES ON REGISTER.* TO READER@'%'", scope.Create, "CREATE TEMPORARY TABLES", "CREATE TEMPORARY TABLE x (a int)"},
	"its name makes events":   {"CREATE USER READER@'%'; GRANT EVENT ON REGISTER.* TO READER@'%'", scope.Change, "EVENT", "CREATE EVENT x ON SCHEDULE EVERY 1 DAY DO SELECT 1"},
	"its name has a table":    {"CREATE USER READER@'%'; GRANT SELECT ON REGISTER.register TO READER@'%'", scope.Read, "TABLE `REGISTER`.`register`", "SELECT remarks FROM register"},
	"its name has a column":   {"CREATE USER READER@'%'; GRANT UPDATE (born) ON REGISTER.register TO READER@'%'", scope.Change, "may change TABLE", "UPDATE register SET born = NULL"},
	"its name calls":          {"CREATE FUNCTION f() RETURNS text RETURN (SELECT MAX(remarks) FROM register); CREATE USER READER@'%'; GRANT EXECUTE ON FUNCTION REGISTER.f TO READER@'%'", scope.Execute, "ROUTINE `REGISTER`.`f`", "SELECT f()"},
	"its name, another place": {"CREATE USER READER@'%'; GRANT SELECT ON mysql.* TO READER@'%'", scope.Read, "the database `mysql`", "SELECT * FROM mysql.db"},
	"nobody's rights":         {"INSERT INTO mysql.db (Host, Db, User, Select_priv) VALUES ('%', 'REGISTER', '', 'Y'); FLUSH PRIVILEGES", scope.Read, "or of everyone", "SELECT remarks FROM register"},
	"nobody's test":           {"INSERT INTO mysql.db (Host, Db, User, Insert_priv) VALUES ('%', 'test', '', 'Y'); FLUSH PRIVILEGES", scope.Read, "the database `test`", ""},
	"strange names":           {"CREATE TABLE `a``b; DROP TABLE register; -- é` (`c,d) ON` text); GRANT UPDATE (`c,d) ON`) ON REGISTER.`a``b; DROP TABLE register; -- é` TO READER@localhost", scope.Change, "`a``b; DROP TABLE register; -- é`", ""},
}

// TestWide: each account with one thing too much can do it, is refused for it by
// name, and passes once the statements that the proof prints were run; then it
// can no more.
func TestWide(t *testing.T) {
	for name, w := range wideAccounts {
		t.Run(name, func(t *testing.T) {
			r, db := narrow(t)
			fill := strings.NewReplacer("READER", r.account, "REGISTER", r.database)
			t.Cleanup(func() { r.dropOthers(t) })
			r.exec(t, fill.Replace(w.get))
			r.tries(t, fill.Replace(w.can), true)
			r.exec(t, "REPLACE INTO register VALUES ('2019-000042', 'Zoë', '2019-02-03', 's3cret')")
			again := r.open(t) // with the rights of now
			proof := prove(t, again)
			servertest.Found(t, proof, w.kind, fill.Replace(w.says))
			r.mend(t, proof)
			if proof := prove(t, db); len(proof.Findings) != 0 {
				t.Errorf("after its statements: %v", proof.Err())
			}
			r.tries(t, fill.Replace(w.can), false)
			record, err := mustSource(t, again, "births", "number", "given_names").Lookup(t.Context(), "2019-000042")
			if err != nil || record["given_names"] != "Zoë" {
				t.Errorf("the scope: %v, %v", record, err)
			}
		})
	}
}

// dropOthers removes the roles and accounts that a test made after the account's
// name, and what it may have given others.
func (r register) dropOthers(t testing.TB) {
	t.Helper()
	server.Exec(t, "", "DROP USER IF EXISTS "+r.account+"@'%'", "DELETE FROM mysql.db WHERE User = ''", "FLUSH PRIVILEGES")
	for _, role := range server.Exec(t, "", "SELECT User FROM mysql.user WHERE is_role = 'Y' AND User LIKE '"+r.account+`\_%'`) {
		server.Exec(t, "", "DROP ROLE "+role)
	}
}

// tries has the account run statements.
func (r register) tries(t *testing.T, statements string, can bool) {
	t.Helper()
	if statements == "" {
		return
	}
	_, err := server.As(context.Background(), r.account, password, r.database, statements)
	if (err == nil) != can {
		t.Errorf("%s: %v", statements, err)
	}
}

// TestHiddenColumns: columns that were not granted can be read all the same, so
// that a table which has such is refused until a view stands for it.
func TestHiddenColumns(t *testing.T) {
	r, db := narrow(t)
	r.exec(t, "GRANT SELECT (number, given_names, born) ON register TO "+r.account+"@localhost", "REVOKE SELECT (number, given_names, born) ON births FROM "+r.account+"@localhost")
	r.tries(t, "SELECT remarks FROM register", false)
	r.tries(t, "HANDLER register OPEN; HANDLER register READ FIRST", true)
	of := func(table string) scope.Scope {
		return scope.Compile("births", source.Relation{Table: table, Key: "number", Columns: []string{"given_names", "born"}})
	}
	proof := proveOf(t, db, of("register"))
	servertest.Found(t, proof, scope.Read, "HANDLER")
	r.mend(t, proof)
	if err := proveOf(t, db, of("chancery_register")).Err(); err != nil {
		t.Error(err)
	}
	r.tries(t, "HANDLER register OPEN", false)
	if err := proveOf(t, db, of("register")).Err(); err == nil {
		t.Error("the table still passes")
	}
	if record, err := mustSource(t, db, "chancery_register", "number", "born").Lookup(t.Context(), "2019-000042"); err != nil || record["born"] != "2019-02-03" {
		t.Errorf("%v, %v", record, err)
	}
}

// TestHiddenColumnsOfAView: and so of a view, whose column can be compared with.
func TestHiddenColumnsOfAView(t *testing.T) {
	r, db := narrow(t)
	r.exec(t, "CREATE OR REPLACE VIEW births AS SELECT * FROM register")
	found, err := server.As(t.Context(), r.account, password, r.database, "SELECT number FROM births NATURAL JOIN (SELECT 's3cret' AS remarks) guess")
	if err != nil || len(found) != 2 {
		t.Fatalf("the guess found %q, %v: is it time to let columns be granted?", found, err)
	}
	servertest.Found(t, prove(t, db), scope.Read, "NATURAL JOIN")
}

// TestWholeTable: a table that the scope has all columns of needs no view.
func TestWholeTable(t *testing.T) {
	r, db := narrow(t)
	r.exec(t, "CREATE TABLE plain (k int PRIMARY KEY, v text); GRANT SELECT (k, v) ON plain TO "+r.account+"@localhost")
	compiled := scope.Compile("plain", source.Relation{Table: "plain", Key: "k", Columns: []string{"v"}}, source.Relation{Table: "births", Key: "number", Columns: []string{"given_names", "born"}})
	if err := proveOf(t, db, compiled).Err(); err != nil {
		t.Error(err)
	}
}

// TestStrangeNames: whatever the names are, the statements mend the account and
// do nothing else.
func TestStrangeNames(t *testing.T) {
	server.Start(t)
	const strange = "x`; DROP TABLE births; --' é东 %I $1 _ \\ "
	const account, table = strange + "u", strange + "t"
	to := Quote(account) + "@localhost"
	server.Exec(t, "", "CREATE USER "+to+" IDENTIFIED BY '"+password+"'")
	t.Cleanup(func() { server.Exec(t, "", "DROP USER "+to) })
	server.Database(t, table)
	on := Quote(table) + "." + Quote(table)
	server.Exec(t, table, createBirths, fmt.Sprintf("CREATE TABLE %s (%s varchar(50), v text); INSERT INTO %s VALUES ('a', 'b')", on, Quote(table), on),
		"GRANT ALL ON "+on+" TO "+to, "GRANT DELETE ON "+Quote(strings.NewReplacer(`\`, `\\`, "_", `\_`, "%", `\%`).Replace(table))+".* TO "+to)
	db, err := Open(t.Context(), Options{DSN: fmt.Sprintf("%s@unix(%s)/%s", account, server.Socket(), url.PathEscape(table)), Password: given(password)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	compiled := scope.Compile("strange", source.Relation{Table: table, Key: table, Columns: []string{"v"}})
	proof := proveOf(t, db, compiled)
	if !proof.Wide() {
		t.Fatal(proof.Err())
	}
	server.Exec(t, table, proof.Statements()...)
	if err := proveOf(t, db, compiled).Err(); err != nil {
		t.Fatal(err)
	}
	if record, err := mustSource(t, db, table, table, "v").Lookup(t.Context(), "a"); err != nil || record["v"] != "b" {
		t.Errorf("%v, %v", record, err)
	}
	if n := server.Exec(t, table, "SELECT count(*) FROM births"); n[0] != "2" {
		t.Errorf("births has %s records", n[0])
	}
}

// TestMissing: an account that cannot read the scope is told what it lacks; what
// it can by a role alone it cannot.
func TestMissing(t *testing.T) {
	r, db := narrow(t)
	r.exec(t, "REVOKE SELECT (born) ON births FROM "+r.account+"@localhost")
	proof := prove(t, db)
	if err := proof.Err(); !errors.Is(err, scope.ErrNarrow) || errors.Is(err, scope.ErrWide) || !strings.Contains(err.Error(), "`born`") || strings.Contains(err.Error(), "`given_names` of") {
		t.Errorf("got %v", err)
	}
	r.mend(t, proof)
	if err := prove(t, db).Err(); err != nil {
		t.Error(err)
	}
}

// TestAnonymous: the account that everyone is taken for is no account for
// reading.
func TestAnonymous(t *testing.T) {
	r := emptyRegister(t)
	r.exec(t, createBirths, "GRANT SELECT ON births TO ''@localhost")
	t.Cleanup(func() { server.Exec(t, "", "REVOKE ALL, GRANT OPTION FROM ''@localhost") })
	db, err := Open(t.Context(), Options{DSN: fmt.Sprintf("somebody@unix(%s)/%s", server.Socket(), r.database)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := prove(t, db).Err(); !errors.Is(err, scope.ErrWide) || !strings.Contains(err.Error(), "the anonymous account") {
		t.Errorf("got %v", err)
	}
}

// TestUnseen: an account that may not see a relation is told how to be let; what
// is then too much, the proof says.
func TestUnseen(t *testing.T) {
	r := emptyRegister(t)
	r.exec(t, createBirths)
	db := r.open(t)
	_, err := db.Source(t.Context(), source.Relation{Table: "births", Key: "number", Columns: []string{"born"}})
	if !errors.Is(err, source.ErrShape) {
		t.Fatal(err)
	}
	_, statement, found := strings.Cut(err.Error(), "lets the account read it by: ")
	if !found {
		t.Fatal(err)
	}
	r.exec(t, statement)
	if record, err := mustSource(t, db, "births", "number", "born").Lookup(t.Context(), "2019-000042"); err != nil || record["born"] != "2019-02-03" {
		t.Errorf("%v, %v", record, err)
	}
}

// TestProveReads: a proof changes nothing, not by its probes either.
func TestProveReads(t *testing.T) {
	r := newRegister(t, createBirths) // which compares
	server.Exec(t, "", "GRANT ALL ON "+r.database+".* TO "+r.account+"@localhost")
	t.Cleanup(func() {
		server.Exec(t, "", "REVOKE ALL ON "+r.database+".* FROM "+r.account+"@localhost; GRANT SELECT ON "+r.database+".* TO "+r.account+"@localhost")
	})
	for range 3 {
		if err := prove(t, r.open(t)).Err(); !errors.Is(err, scope.ErrWide) {
			t.Errorf("got %v", err)
		}
	}
}
