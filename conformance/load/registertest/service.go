package registertest

import (
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
)

// Service is an issuer that is served.
type Service struct {
	*issuer.Issuer
	Address string // host and port
}

// Serve serves the issuer of a folder until the test ends. What it writes to
// its log is made, and thrown away.
func Serve(t testing.TB, dir string) Service {
	t.Helper()
	i, err := issuer.Open(t.Context(), issuertest.Load(t, dir), issuer.Environment{Now: time.Now, Random: rand.Reader})
	must(t, err)
	t.Cleanup(func() { must(t, i.Close()) })
	service, err := oid4vci.New(i)
	must(t, err)
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	handler, err := issuerhttp.Public(i, service, log)
	must(t, err)
	server := web.NewServer(handler, log)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	t.Cleanup(func() {
		must(t, server.Close())
		if err := <-stopped; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return Service{i, listener.Addr().String()}
}
