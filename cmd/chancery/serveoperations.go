package main

import (
	"fmt"
	"net/http"

	"github.com/chancery-vc/chancery/internal/web"
)

// operationsServer returns what serves probes and metrics on listen, or nil if
// that is empty.
func operationsServer(k *keeper, listen string) *http.Server {
	if listen == "" {
		return nil
	}
	handler := k.gate.handler(func(g *generation) http.Handler { return g.operations })
	server := web.NewServer(web.Loopback(handler, nil, k.log), k.log)
	server.Addr = listen
	return server
}

func serveOperations(server *http.Server) error {
	return fmt.Errorf("operations.listen: %w; choose another address or port there, or stop what uses it", server.ListenAndServe())
}
