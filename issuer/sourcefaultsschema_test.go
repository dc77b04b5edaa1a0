package issuer_test

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/source"
)

// change is something that is done to a source under an open issuer, and what
// becomes of a question.
type change struct {
	do, undo func()
	asks     string // born-in if empty
	reason   error  // in the log
}

// faultChanged has each question after a change end in its problem, and each one
// after it was undone be answered.
func faultChanged(f *front, c change) {
	c.do()
	if c.asks == "" {
		c.asks = "born-in"
	}
	status, kind := http.StatusForbidden, "refused"
	if c.reason == source.ErrUnavailable {
		status, kind = http.StatusServiceUnavailable, "unavailable"
	}
	for range 2 {
		f.want(c.asks, status, kind)
		if got := f.reason(); got != c.reason.Error() {
			f.Errorf("the log has %q", got)
		}
	}
	c.undo()
	f.recovers()
}

func changesOfPostgres(exec func(...string)) map[string]change {
	run := func(statements ...string) func() { return func() { exec(statements...) } }
	return map[string]change{
		"another type": {
			run("ALTER TABLE births ALTER date_of_birth TYPE text"),
			run("ALTER TABLE births ALTER date_of_birth TYPE date USING date_of_birth::date"), "of-age", source.ErrShape,
		},
		"no exact type": {
			run("ALTER TABLE births ALTER place_of_birth TYPE bytea USING place_of_birth::bytea"),
			run("ALTER TABLE births ALTER place_of_birth TYPE text USING convert_from(place_of_birth, 'UTF8')"), "", source.ErrShape,
		},
		"no date": {
			run("UPDATE births SET date_of_birth = '20000-01-01'"), run("UPDATE births SET date_of_birth = '2019-02-03'"), "of-age", claims.ErrValue,
		},
		"column renamed": {
			run("ALTER TABLE births RENAME place_of_birth TO gone"), run("ALTER TABLE births RENAME gone TO place_of_birth"), "", source.ErrShape,
		},
		"table renamed": {
			run("ALTER TABLE births RENAME TO gone"), run("ALTER TABLE gone RENAME TO births"), "", source.ErrShape,
		},
		"rights taken": {
			run("REVOKE SELECT (place_of_birth) ON births FROM faults_reader"), run("GRANT SELECT (place_of_birth) ON births TO faults_reader"), "", source.ErrShape,
		},
		"account locked": {
			run("ALTER ROLE faults_reader NOLOGIN", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'faults_reader'"),
			run("ALTER ROLE faults_reader LOGIN"), "", source.ErrUnavailable,
		},
	}
}

func changesOfMariaDB(exec func(...string)) map[string]change {
	run := func(statements ...string) func() { return func() { exec(statements...) } }
	return map[string]change{
		"another type": {
			run("ALTER TABLE births MODIFY date_of_birth varchar(20)"), run("ALTER TABLE births MODIFY date_of_birth date"), "of-age", source.ErrShape,
		},
		"no exact type": {
			run("ALTER TABLE births MODIFY place_of_birth varbinary(100)"), run("ALTER TABLE births MODIFY place_of_birth varchar(100) CHARACTER SET utf8mb4"), "", source.ErrShape,
		},
		"no date": {
			run("SET sql_mode = ''", "UPDATE births SET date_of_birth = '2019-00-00'"), run("UPDATE births SET date_of_birth = '2019-02-03'"), "of-age", source.ErrShape,
		},
		"column renamed": {
			run("ALTER TABLE births RENAME COLUMN place_of_birth TO gone"), run("ALTER TABLE births RENAME COLUMN gone TO place_of_birth"), "", source.ErrShape,
		},
		"table renamed": {
			run("RENAME TABLE births TO gone"), run("RENAME TABLE gone TO births"), "", source.ErrShape,
		},
		"rights taken": {
			run("REVOKE SELECT ON births FROM reader@localhost"), run("GRANT SELECT ON births TO reader@localhost"), "", source.ErrShape,
		},
		"account locked": {
			run("ALTER USER reader@localhost ACCOUNT LOCK", "KILL USER reader@localhost"), run("ALTER USER reader@localhost ACCOUNT UNLOCK"), "", source.ErrUnavailable,
		},
	}
}

func changesOfAPI(a *api) map[string]change {
	say := func(from, to string) func() {
		return func() { a.say(strings.Replace(faultAnswer, from, to, 1)) }
	}
	status := func(code int, header ...string) func() {
		return func() {
			a.do(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				for i := 0; i < len(header); i += 2 {
					w.Header().Set(header[i], header[i+1])
				}
				w.WriteHeader(code)
				_, _ = io.WriteString(w, faultAnswer)
			})
		}
	}
	slow := func() {
		a.do(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, faultAnswer[:len(faultAnswer)/2])
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
			case <-time.After(soon):
			}
		})
	}
	back := func() { a.say(faultAnswer) }
	return map[string]change{
		"another type":     {say(`"2019-02-03"`, `1549152000`), back, "of-age", claims.ErrValue},
		"no exact type":    {say(`"`+faultPlace+`"`, `["`+faultPlace+`"]`), back, "", source.ErrShape},
		"column renamed":   {say(`"place_of_birth"`, `"gone"`), back, "", claims.ErrValue},
		"gone":             {status(http.StatusNotFound), back, "", source.ErrNone},
		"moved":            {status(http.StatusFound, "Location", "https://evil.example/"), back, "", source.ErrUnavailable},
		"rights taken":     {status(http.StatusForbidden), back, "", source.ErrUnavailable},
		"broken":           {status(http.StatusInternalServerError), back, "", source.ErrUnavailable},
		"asked too often":  {status(http.StatusTooManyRequests), back, "", source.ErrUnavailable},
		"a page":           {status(http.StatusOK, "Content-Type", "text/html"), back, "", source.ErrShape},
		"compressed":       {status(http.StatusOK, "Content-Encoding", "gzip"), back, "", source.ErrShape},
		"slow in the body": {slow, back, "", source.ErrUnavailable},
	}
}
