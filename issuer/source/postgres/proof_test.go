package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/servertest"
)

// provenAt is the time of all proofs here.
var provenAt = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

var births = scope.Compile("births", source.Relation{Table: "births", Key: "number", Columns: []string{"given_names", "born"}})

const createBirths = `CREATE TABLE births (number text PRIMARY KEY, given_names text, born date, remarks text);
	INSERT INTO births VALUES ('2019-000042', 'Zoë', '2019-02-03', 's3cret'), ('2019-000043', '秀英', NULL, 's3cret')`

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
	proof, err := db.Prove(t.Context(), births, provenAt)
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

// TestProof: a proof says who was proven where, when and how.
func TestProof(t *testing.T) {
	r, db := narrow(t)
	proof := prove(t, db)
	if proof.Source != "births" || proof.Account != r.account || proof.Database != r.database || !proof.At.Equal(provenAt) ||
		!strings.HasPrefix(proof.Server, "PostgreSQL 1") || len(proof.Checked) == 0 || proof.Err() != nil || proof.Statements() != nil {
		t.Errorf("%+v", proof)
	}
	want := []string{
		`GRANT CONNECT ON DATABASE "` + r.database + `" TO "` + r.account + `"`,
		`GRANT USAGE ON SCHEMA "public" TO "` + r.account + `"`,
		`GRANT SELECT ("born", "given_names", "number") ON TABLE "public"."births" TO "` + r.account + `"`,
	}
	if diff := cmp.Diff(want, proof.Grants); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
}

// TestFreshAccount: what every account may do from the beginning is found.
func TestFreshAccount(t *testing.T) {
	r := emptyRegister(t)
	r.exec(t, createBirths)
	err := prove(t, r.open(t)).Err()
	if !errors.Is(err, scope.ErrWide) {
		t.Fatal(err)
	}
	for _, want := range []string{
		`TEMPORARY on DATABASE ` + r.database, `CONNECT on DATABASE postgres`, `CONNECT on DATABASE template1`,
		`EXECUTE on ROUTINE pg_catalog.lo_create(oid)`, `EXECUTE on ROUTINE pg_catalog.lo_creat(integer)`,
		`EXECUTE on ROUTINE pg_catalog.lo_from_bytea(oid, bytea)`, `pg_logical_emit_message(boolean, text, text)`,
		`may not SELECT the column "number"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %s:\n%v", want, err)
		}
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
	"superuser":               {`ALTER ROLE READER SUPERUSER`, scope.Role, "superuser", "CREATE TABLE x ()"},
	"makes roles":             {`ALTER ROLE READER CREATEROLE`, scope.Role, "make and change roles", "CREATE ROLE READER_other"},
	"makes databases":         {`ALTER ROLE READER CREATEDB`, scope.Role, "make databases", ""},
	"replicates":              {`ALTER ROLE READER REPLICATION`, scope.Role, "replication", "SELECT pg_create_physical_replication_slot('x'); SELECT pg_drop_replication_slot('x')"},
	"no row security":         {`ALTER ROLE READER BYPASSRLS`, scope.Role, "row security", ""},
	"member":                  {`CREATE ROLE READER_clerks; GRANT READER_clerks TO READER`, scope.Member, `member of "READER_clerks"`, "SET ROLE READER_clerks"},
	"member without inherit":  {`CREATE ROLE READER_clerks; GRANT UPDATE ON births TO READER_clerks; ALTER ROLE READER NOINHERIT; GRANT READER_clerks TO READER`, scope.Member, `member of "READER_clerks"`, "SET ROLE READER_clerks; UPDATE births SET born = NULL"},
	"member of a member":      {`CREATE ROLE READER_clerks; CREATE ROLE READER_chiefs SUPERUSER; GRANT READER_chiefs TO READER_clerks; GRANT READER_clerks TO READER`, scope.Member, `by that of READER_chiefs, and can become a superuser`, "SET ROLE READER_chiefs"},
	"member with admin":       {`CREATE ROLE READER_clerks; GRANT READER_clerks TO READER WITH ADMIN OPTION`, scope.Member, "may make others members", "GRANT READER_clerks TO pg_monitor"},
	"reads all data":          {`GRANT pg_read_all_data TO READER`, scope.Member, "pg_read_all_data", "SELECT remarks FROM births"},
	"writes all data":         {`GRANT pg_write_all_data TO READER`, scope.Member, "pg_write_all_data", "INSERT INTO births VALUES ('x')"},
	"writes the server":       {`GRANT pg_write_server_files TO READER`, scope.Member, "pg_write_server_files", ""},
	"runs programs":           {`GRANT pg_execute_server_program TO READER`, scope.Member, "pg_execute_server_program", "COPY (SELECT 1) TO PROGRAM 'cat > /dev/null'"},
	"monitors":                {`GRANT pg_monitor TO READER`, scope.Member, "by that of pg_read_all_settings", "SHOW data_directory"},
	"owns the table":          {`ALTER TABLE births OWNER TO READER`, scope.Owner, "TABLE public.births", "ALTER TABLE births ADD COLUMN x text"},
	"owns a view":             {`CREATE VIEW one AS SELECT 1; ALTER VIEW one OWNER TO READER`, scope.Owner, "VIEW public.one", ""},
	"owns a schema":           {`CREATE SCHEMA own AUTHORIZATION READER`, scope.Owner, "SCHEMA own", "CREATE TABLE own.x ()"},
	"owns the database":       {`ALTER DATABASE REGISTER OWNER TO READER`, scope.Owner, "DATABASE REGISTER", "CREATE SCHEMA x"},
	"owns a function":         {`CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION f() OWNER TO READER`, scope.Owner, "FUNCTION public.f()", ""},
	"owns a large object":     {`SELECT lo_create(4711); ALTER LARGE OBJECT 4711 OWNER TO READER`, scope.Owner, "LARGE OBJECT 4711", "SELECT lo_put(4711, 0, 'x')"},
	"inserts":                 {`GRANT INSERT ON births TO READER`, scope.Change, "INSERT on TABLE public.births", "INSERT INTO births VALUES ('x')"},
	"updates":                 {`GRANT UPDATE ON births TO READER`, scope.Change, "UPDATE on TABLE public.births", "UPDATE births SET born = NULL"},
	"deletes":                 {`GRANT DELETE ON births TO READER`, scope.Change, "DELETE on TABLE public.births", "DELETE FROM births"},
	"truncates":               {`GRANT TRUNCATE ON births TO READER`, scope.Change, "TRUNCATE on TABLE public.births", "TRUNCATE births"},
	"refers":                  {`GRANT REFERENCES ON births TO READER`, scope.Change, "REFERENCES on TABLE public.births", ""},
	"sets triggers":           {`GRANT TRIGGER ON births TO READER`, scope.Change, "TRIGGER on TABLE public.births", ""},
	"everything on a table":   {`GRANT ALL ON births TO READER`, scope.Change, "DELETE, INSERT, REFERENCES, TRIGGER, TRUNCATE, UPDATE on TABLE public.births", "DELETE FROM births"},
	"updates one column":      {`GRANT UPDATE (born) ON births TO READER`, scope.Change, `UPDATE on the column "born" of TABLE public.births`, "UPDATE births SET born = NULL"},
	"inserts one column":      {`GRANT INSERT (number) ON births TO READER`, scope.Change, `INSERT on the column "number"`, "INSERT INTO births (number) VALUES ('x')"},
	"refers to one column":    {`GRANT REFERENCES (number) ON births TO READER`, scope.Change, `REFERENCES on the column "number"`, ""},
	"everyone updates":        {`GRANT UPDATE (born) ON births TO PUBLIC`, scope.Change, "as everyone may", "UPDATE births SET born = NULL"},
	"read-only by a setting":  {`GRANT UPDATE ON births TO READER; ALTER ROLE READER SET default_transaction_read_only = on`, scope.Change, "UPDATE on TABLE public.births", "UPDATE births SET born = NULL"},
	"another table":           {`CREATE TABLE deaths (number text); GRANT SELECT ON deaths TO READER`, scope.Read, "SELECT on TABLE public.deaths", "SELECT * FROM deaths"},
	"another column":          {`GRANT SELECT (remarks) ON births TO READER`, scope.Read, `SELECT on the column "remarks"`, "SELECT remarks FROM births"},
	"the whole table":         {`GRANT SELECT ON births TO READER`, scope.Read, "SELECT on TABLE public.births", "SELECT * FROM births"},
	"a column of a view":      {`CREATE VIEW every AS SELECT * FROM births; GRANT SELECT (remarks) ON every TO READER`, scope.Read, `column "remarks" of TABLE public.every`, "SELECT remarks FROM every"},
	"a materialized view":     {`CREATE MATERIALIZED VIEW every AS SELECT * FROM births; GRANT SELECT ON every TO READER`, scope.Read, "SELECT on TABLE public.every", "SELECT * FROM every"},
	"everyone reads":          {`CREATE TABLE deaths (number text); GRANT SELECT ON deaths TO PUBLIC`, scope.Read, "as everyone may", "SELECT * FROM deaths"},
	"another schema":          {`CREATE SCHEMA other; CREATE TABLE other.births (number text); GRANT USAGE ON SCHEMA other TO READER; GRANT SELECT (number) ON other.births TO READER`, scope.Read, "TABLE other.births", "SELECT number FROM other.births"},
	"a catalog of secrets":    {`GRANT SELECT ON pg_authid TO READER`, scope.Read, "TABLE pg_catalog.pg_authid", "SELECT rolpassword FROM pg_authid"},
	"secrets for everyone":    {`GRANT SELECT (rolpassword) ON pg_authid TO PUBLIC`, scope.Read, `column "rolpassword" of TABLE pg_catalog.pg_authid`, "SELECT rolpassword FROM pg_authid"},
	"reads a sequence":        {`CREATE SEQUENCE counter; GRANT SELECT ON SEQUENCE counter TO READER`, scope.Read, "SELECT on SEQUENCE public.counter", "SELECT last_value FROM counter"},
	"counts":                  {`CREATE SEQUENCE counter; GRANT USAGE ON SEQUENCE counter TO READER`, scope.Change, "USAGE on SEQUENCE public.counter", "SELECT nextval('counter')"},
	"sets a sequence":         {`CREATE SEQUENCE counter; GRANT UPDATE ON SEQUENCE counter TO READER`, scope.Change, "UPDATE on SEQUENCE public.counter", "SELECT setval('counter', 7)"},
	"makes tables":            {`GRANT CREATE ON SCHEMA public TO READER`, scope.Create, "CREATE on SCHEMA public", "CREATE TABLE x ()"},
	"everyone makes tables":   {`GRANT CREATE ON SCHEMA public TO PUBLIC`, scope.Create, "CREATE on SCHEMA public", "CREATE TABLE x ()"},
	"makes schemas":           {`GRANT CREATE ON DATABASE REGISTER TO READER`, scope.Create, "CREATE on DATABASE REGISTER", "CREATE SCHEMA x"},
	"temporary tables":        {`GRANT TEMPORARY ON DATABASE REGISTER TO READER`, scope.Create, "TEMPORARY on DATABASE REGISTER", "CREATE TEMPORARY TABLE x ()"},
	"uses another schema":     {`CREATE SCHEMA other; GRANT USAGE ON SCHEMA other TO READER`, scope.Use, "USAGE on SCHEMA other", ""},
	"another database":        {`GRANT CONNECT ON DATABASE template1 TO READER`, scope.Connect, "CONNECT on DATABASE template1", ""},
	"another for everyone":    {`GRANT CONNECT ON DATABASE postgres TO PUBLIC`, scope.Connect, "CONNECT on DATABASE postgres", ""},
	"makes large objects":     {`GRANT EXECUTE ON FUNCTION lo_create(oid) TO READER`, scope.Execute, "ROUTINE pg_catalog.lo_create(oid)", "SELECT lo_create(0)"},
	"everyone makes them":     {`GRANT EXECUTE ON FUNCTION lo_from_bytea(oid, bytea) TO PUBLIC`, scope.Execute, "ROUTINE pg_catalog.lo_from_bytea(oid, bytea)", "SELECT lo_from_bytea(0, 'x')"},
	"writes a large object":   {`SELECT lo_create(4711); GRANT SELECT, UPDATE ON LARGE OBJECT 4711 TO READER`, scope.Change, "UPDATE on LARGE OBJECT 4711", "SELECT lo_put(4711, 0, 'x')"},
	"reads a large object":    {`SELECT lo_create(4711); GRANT SELECT ON LARGE OBJECT 4711 TO PUBLIC`, scope.Read, "SELECT on LARGE OBJECT 4711", "SELECT lo_get(4711)"},
	"every large object":      {`ALTER DATABASE REGISTER SET lo_compat_privileges = on; SELECT lo_create(4711)`, scope.Setting, "lo_compat_privileges", "SELECT lo_put(4711, 0, 'x')"},
	"security definer":        {`CREATE FUNCTION f() RETURNS text SECURITY DEFINER LANGUAGE sql AS 'SELECT max(remarks) FROM births'`, scope.Execute, "ROUTINE public.f()", "SELECT f()"},
	"definer with arguments":  {`CREATE DOMAIN "a d" AS text; CREATE FUNCTION "q""f"(VARIADIC a text[], OUT b int) SECURITY DEFINER LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION g("a d") RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1'`, scope.Execute, `public.g(public."a d")`, `SELECT "q""f"('x')`},
	"definer for the account": {`CREATE PROCEDURE f() SECURITY DEFINER LANGUAGE sql AS 'DELETE FROM births'; REVOKE EXECUTE ON PROCEDURE f() FROM PUBLIC; GRANT EXECUTE ON PROCEDURE f() TO READER`, scope.Execute, "ROUTINE public.f()", "CALL f()"},
	"reads files":             {`GRANT EXECUTE ON FUNCTION pg_read_file(text) TO READER`, scope.Execute, "pg_catalog.pg_read_file(text)", "SELECT pg_read_file('PG_VERSION')"},
	"everyone reads files":    {`GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO PUBLIC`, scope.Execute, "pg_catalog.pg_ls_dir(text)", "SELECT pg_ls_dir('.')"},
	"untrusted code":          {`CREATE FUNCTION f(internal) RETURNS internal LANGUAGE c AS '$libdir/dict_snowball', 'dsnowball_init'`, scope.Execute, "ROUTINE public.f(internal)", ""},
	"writes to the log":       {`GRANT EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text) TO READER`, scope.Execute, "pg_logical_emit_message", "SELECT pg_logical_emit_message(false, 'a', 'b')"},
	"a language":              {`GRANT USAGE ON LANGUAGE plpgsql TO READER`, scope.Use, "LANGUAGE plpgsql", ""},
	"a foreign server":        {`CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; GRANT USAGE ON FOREIGN SERVER s TO READER`, scope.Use, "FOREIGN SERVER s", "CREATE USER MAPPING FOR CURRENT_USER SERVER s"},
	"a wrapper":               {`CREATE FOREIGN DATA WRAPPER w; GRANT USAGE ON FOREIGN DATA WRAPPER w TO READER`, scope.Use, "FOREIGN DATA WRAPPER w", ""},
	"a foreign table":         {`CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE far (a text) SERVER s; GRANT SELECT ON far TO READER`, scope.Read, "TABLE public.far", ""},
	"a setting":               {`GRANT SET ON PARAMETER session_replication_role TO READER`, scope.Setting, "SET on PARAMETER session_replication_role", "SET session_replication_role = replica"},
	"the server's settings":   {`GRANT ALTER SYSTEM ON PARAMETER work_mem TO READER`, scope.Setting, "ALTER SYSTEM on PARAMETER work_mem", ""},
	"tables to come":          {`ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO READER`, scope.Future, "SELECT on future TABLES", ""},
	"tables of a schema":      {`ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT, UPDATE ON TABLES TO PUBLIC`, scope.Future, "INSERT, UPDATE on future TABLES", ""},
	"grants on":               {`GRANT SELECT (number) ON births TO READER WITH GRANT OPTION`, scope.Read, "and grant that to others", ""},
	"granted by another":      {`CREATE ROLE READER_chief; GRANT UPDATE ON births TO READER_chief WITH GRANT OPTION; SET ROLE READER_chief; GRANT UPDATE ON births TO READER; RESET ROLE`, scope.Change, "UPDATE on TABLE public.births", "UPDATE births SET born = NULL"},
	"strange names":           {`CREATE TABLE "a""b; DROP TABLE births; --é" ("c""d" text); GRANT UPDATE ("c""d") ON "a""b; DROP TABLE births; --é" TO READER`, scope.Change, `"a""b; DROP TABLE births; --é"`, ""},
}

// TestWide: each account with one thing too much can do it, is refused for it
// by name, and passes once the statements that the proof prints were run; then
// it can no more.
func TestWide(t *testing.T) {
	r, db := narrow(t)
	fill := strings.NewReplacer("READER", r.account, "REGISTER", r.database)
	for name, w := range wideAccounts {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(w.get, "PARAMETER") && r.exec(t, "SHOW server_version_num")[0] < "150000" {
				return // there is no such right
			}
			r.exec(t, fill.Replace(w.get))
			r.tries(t, fill.Replace(w.can), true)
			again := r.open(t) // with the settings of now
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
			r.exec(t, strings.ReplaceAll(removeAll, "READER", r.account), createBirths)
			r.exec(t, proof.Grants...)
		})
	}
}

// removeAll removes all that a case may have made.
const removeAll = `DO $$ DECLARE name text; BEGIN
	FOR name IN SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema' LOOP EXECUTE format('DROP SCHEMA %I CASCADE', name); END LOOP;
	FOR name IN SELECT fdwname FROM pg_foreign_data_wrapper LOOP EXECUTE format('DROP FOREIGN DATA WRAPPER %I CASCADE', name); END LOOP;
	PERFORM lo_unlink(oid) FROM pg_largeobject_metadata;
	FOR name IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'READER\_%' LOOP EXECUTE format('DROP OWNED BY %I; DROP ROLE %1$I', name); END LOOP;
	ALTER ROLE READER INHERIT; ALTER ROLE READER RESET ALL; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC;
END $$`

// TestStrangeNames: whatever the names are, the statements mend the account and
// do nothing else.
func TestStrangeNames(t *testing.T) {
	server.Start(t)
	const strange = `x"; DROP TABLE "births"; --' é东 %I $1 \ `
	quoted := Quote(strange)
	server.Exec(t, "postgres", "CREATE ROLE "+quoted+" LOGIN PASSWORD '"+password+"'")
	t.Cleanup(func() {
		server.Exec(t, "postgres", "DROP OWNED BY "+quoted)
		server.Exec(t, "postgres", "DROP ROLE "+quoted+"; GRANT CONNECT ON DATABASE postgres, template1 TO PUBLIC")
	})
	server.Database(t, strange)
	r := register{strange, strange}
	r.exec(t, fmt.Sprintf(`%s; CREATE SCHEMA %[2]s; CREATE TABLE %[2]s.%[2]s (%[2]s text, v text, w text); INSERT INTO %[2]s.%[2]s VALUES ('a', 'b', 'c');
		GRANT ALL ON %[2]s.%[2]s TO %[2]s; ALTER SCHEMA %[2]s OWNER TO %[2]s; ALTER DEFAULT PRIVILEGES IN SCHEMA %[2]s GRANT SELECT ON TABLES TO %[2]s`, createBirths, quoted))
	options := r.options()
	options.Schema = strange
	db, err := Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	compiled := scope.Compile("strange", source.Relation{Table: strange, Key: strange, Columns: []string{"v"}})
	proof, err := db.Prove(t.Context(), compiled, provenAt)
	if err != nil || !proof.Wide() {
		t.Fatal(proof.Err(), err)
	}
	r.mend(t, proof)
	if proof, err = db.Prove(t.Context(), compiled, provenAt); err != nil || proof.Err() != nil {
		t.Fatal(proof.Err(), err)
	}
	if record, err := mustSource(t, db, strange, strange, "v").Lookup(t.Context(), "a"); err != nil || record["v"] != "b" {
		t.Errorf("%v, %v", record, err)
	}
	if n := r.exec(t, "SELECT count(*) FROM births"); n[0] != "2" {
		t.Errorf("births has %s records", n[0])
	}
}

// TestMissing: an account that cannot read the scope is told what it lacks.
func TestMissing(t *testing.T) {
	r, db := narrow(t)
	r.exec(t, "REVOKE SELECT (born) ON births FROM "+r.account)
	proof := prove(t, db)
	if err := proof.Err(); !errors.Is(err, scope.ErrNarrow) || errors.Is(err, scope.ErrWide) || !strings.Contains(err.Error(), `"born"`) || strings.Contains(err.Error(), `"given_names" of`) {
		t.Errorf("got %v", err)
	}
	r.mend(t, proof)
	if err := prove(t, db).Err(); err != nil {
		t.Error(err)
	}
}

// TestProveReads: a proof changes nothing.
func TestProveReads(t *testing.T) {
	r := newRegister(t, createBirths) // which compares
	for range 3 {
		prove(t, r.open(t))
	}
}

// tries has the account run statements, which are undone.
func (r register) tries(t *testing.T, statements string, can bool) {
	t.Helper()
	if statements == "" {
		return
	}
	ctx := context.Background()
	conn, err := pgconn.Connect(ctx, server.Address(r.database, r.account)+fmt.Sprintf(" password='%s'", password))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	// The setting is no guard: whoever is to write turns it off.
	_, off := conn.Exec(ctx, "SET default_transaction_read_only = off").ReadAll()
	_, err = conn.Exec(ctx, "BEGIN; "+statements+"; ROLLBACK").ReadAll()
	if off != nil || (err == nil) != can {
		t.Errorf("%s: %v", statements, err)
	}
}
