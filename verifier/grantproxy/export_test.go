package grantproxy

// Routes returns METHOD, a space and a path of each thing that a proxy answers.
func Routes() []string {
	routes := []string{"GET /"}
	for path := range kinds {
		routes = append(routes, "POST "+path)
	}
	return routes
}
