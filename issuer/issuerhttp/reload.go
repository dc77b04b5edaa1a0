package issuerhttp

import (
	"context"
	"net/http"

	"github.com/go-json-experiment/json"
)

const pathReload = "/reload"

// Reloaded is what became of a configuration that was read again.
type Reloaded struct {
	Configuration string   `json:"configuration"`    // SHA-256 of the file
	Formerly      string   `json:"formerly"`         // and of the one before it
	Changed       []string `json:"changed,omitzero"` // parts of the file that are others now
	Serial        uint64   `json:"serial,omitzero"`  // if it had to be approved
	Approvers     []string `json:"approvers,omitzero"`
}

// Reloading is the operator's handler with a path more, which has the
// configuration be read again. That is not one of the issuer's own paths: it
// ends the issuer, and begins the next one.
func Reloading(operator http.Handler, reload func(context.Context) (Reloaded, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != pathReload || r.URL.RawPath != "" {
			operator.ServeHTTP(w, r)
			return
		}
		reloaded, err := reload(r.Context())
		if err != nil {
			writeProblem(w, Problem{Status: http.StatusConflict, Detail: err.Error()})
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.MarshalWrite(w, reloaded) // who asked may have gone away
	})
}

// Reload has the running issuer read its configuration again, and returns when
// that is in force. [ErrRefused] says that the former one stays.
func (c *Client) Reload(ctx context.Context) (reloaded Reloaded, err error) {
	err = c.post(ctx, pathReload, struct{}{}, &reloaded)
	return reloaded, err
}
