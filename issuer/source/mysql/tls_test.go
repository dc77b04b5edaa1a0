package mysql

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/servertest"
)

// overTCP lets the server be reached at a port of this machine.
func overTCP(t *testing.T) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go pipe(client)
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func pipe(client net.Conn) {
	defer client.Close()
	conn, err := net.Dial("unix", server.Socket())
	if err != nil {
		return
	}
	defer conn.Close()
	// Either end may go away.
	go io.Copy(conn, client)
	io.Copy(client, conn)
}

// TestTLS: an account that is only let in by TLS is, if the server shows who it
// is; nothing is said to a server that shows to be another.
func TestTLS(t *testing.T) {
	r := emptyRegister(t)
	r.exec(t, people, "GRANT SELECT ON people TO "+r.account+"@localhost", "ALTER USER "+r.account+"@localhost REQUIRE SSL")
	port := overTCP(t)
	for name, c := range map[string]struct {
		host, params string
		says         string // empty if it is let in
	}{
		"certified":         {"localhost", "?tls=true&ssl-ca=" + server.Authority(), ""},
		"no TLS":            {"localhost", "", "Access denied"},
		"another's name":    {"127.0.0.1", "?ssl-ca=" + server.Authority(), "certificate"},
		"another authority": {"localhost", "?tls=true", "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := Open(t.Context(), Options{DSN: fmt.Sprintf("%s@tcp(%s:%d)/%s%s", r.account, c.host, port, r.database, c.params), Password: given(password)})
			if err == nil {
				defer db.Close()
			}
			if c.says != "" {
				if !errors.Is(err, source.ErrUnavailable) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			servertest.Answers(t, mustSource(t, db, "people", "id", "name"))
		})
	}
}
