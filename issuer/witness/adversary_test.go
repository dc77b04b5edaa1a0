package witness_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/adversarytest"
	"github.com/chancery-vc/chancery/issuer/witness"
)

// TestAdversary: every endpoint of a witness against the list of attacks, each of
// which is in its log, and none of which moves it.
func TestAdversary(t *testing.T) {
	w, _ := open(t, filepath.Join(t.TempDir(), "witness.db"))
	nodes, log := grown(t, 5, 5, ""), &adversarytest.Log{}
	asked := nodes.request(t, 0, 5)
	if _, err := w.Add(t.Context(), asked); err != nil {
		t.Fatal(err)
	}
	before, err := w.Last(origin)
	if err != nil {
		t.Fatal(err)
	}
	adversarytest.Attack(t, adversarytest.Server{
		Handler: witness.Handler(w, log.Logger()), Routes: witness.Routes(w), Log: log.Logger(), Logged: log,
		Endpoints: func(testing.TB) []adversarytest.Endpoint {
			read := witness.CheckpointPath(origin)
			return []adversarytest.Endpoint{
				{Method: http.MethodPost, Route: witness.PathAdd, Target: witness.PathAdd, Body: string(nodes.request(t, 5, 5)), Good: http.StatusOK, Most: witness.MaxRequestBytes},
				{Method: http.MethodGet, Route: read, Target: read, Good: http.StatusOK},
			}
		},
	})
	if after, err := w.Last(origin); err != nil || string(after) != string(before) {
		t.Errorf("it was moved: %s, %v", after, err)
	}
	for _, said := range []string{`"status":404`, `"status":405`, `"status":400`} {
		if !strings.Contains(log.String(), said) {
			t.Errorf("the log has no request that ended with %s", said)
		}
	}
}
