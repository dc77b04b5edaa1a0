package witness

import "log/slog"

// Routes returns METHOD, a space and the path of each endpoint.
func Routes(w *Witness) (routes []string) {
	for path, e := range w.endpoints(slog.New(slog.DiscardHandler)) {
		routes = append(routes, e.method+" "+path)
	}
	return routes
}
