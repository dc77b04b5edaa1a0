package issuerhttp_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/chancery-vc/chancery/schemas"
)

// described is schemas/openapi.yaml, as what requests and answers are held
// against.
func described(t testing.TB) routers.Router {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(schemas.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// exchange is a request and its answer, as the description sees them.
type exchange struct {
	input *openapi3filter.RequestValidationInput
	body  string
}

func newExchange(t testing.TB, router routers.Router, r *http.Request, body string) exchange {
	t.Helper()
	seen := r.Clone(t.Context())
	seen.URL.Scheme, seen.URL.Host, seen.Host = "https", "registry.example", "registry.example"
	route, parameters, err := router.FindRoute(seen)
	if err != nil {
		t.Fatalf("%s %s is not described: %v", r.Method, r.URL.Path, err)
	}
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}
	return exchange{&openapi3filter.RequestValidationInput{Request: seen, PathParams: parameters, Route: route, Options: options}, body}
}

// asked tells whether the request is as described.
func (e exchange) asked(t testing.TB) error {
	e.input.Request.Body = http.NoBody
	if e.body != "" {
		e.input.Request.Body = readCloser{strings.NewReader(e.body)}
	}
	return openapi3filter.ValidateRequest(t.Context(), e.input)
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// answered tells whether the answer is.
func (e exchange) answered(t testing.TB, answer *httptest.ResponseRecorder) error {
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: e.input, Status: answer.Code, Header: answer.Header(), Options: e.input.Options,
	}
	return openapi3filter.ValidateResponse(t.Context(), response.SetBodyBytes(bytes.Clone(answer.Body.Bytes())))
}

// TestDescribedRoutes: each route below /v1 is described, and each that is
// described is there.
func TestDescribedRoutes(t *testing.T) {
	w := newWorld(t, withSchool)
	document, err := openapi3.NewLoader().LoadFromData(schemas.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			paths = append(paths, method+" "+path)
			want := http.StatusBadRequest
			if path == "/v1/grant" {
				want = http.StatusNotFound // for a caller without one
			}
			if r := w.do(method, path, jsonType, "{}", "Authorization", "Bearer "+schoolToken); r.Code != want {
				t.Errorf("%s %s: %d", method, path, r.Code)
			}
		}
	}
	slices.Sort(paths)
	if want := []string{"GET /v1/grant", "POST /v1/credentials", "POST /v1/facts", "POST /v1/statuses"}; !slices.Equal(paths, want) {
		t.Errorf("described: %v", paths)
	}
}
