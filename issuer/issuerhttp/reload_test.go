package issuerhttp_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/issuerhttp"
)

// TestReload: the operator is told what came into force, or why nothing did,
// and all else goes where it went before.
func TestReload(t *testing.T) {
	w := newWorld(t)
	want := issuerhttp.Reloaded{Configuration: "b", Formerly: "a", Changed: []string{"consult"}, Serial: 2, Approvers: []string{"Anna", "Bert"}}
	var refused error
	asked := 0
	reload := func(context.Context) (issuerhttp.Reloaded, error) {
		asked++
		return want, refused
	}
	client, _ := serve(t, issuerhttp.Reloading(issuerhttp.Operator(w.issuer, w.service, w.log.Logger()), reload))
	got, err := client.Reload(t.Context())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	refused = errors.New("nobody approved it")
	if got, err := client.Reload(t.Context()); !errors.Is(err, issuerhttp.ErrRefused) || !strings.Contains(err.Error(), "nobody approved it") || got.Configuration != "" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := client.Keys(t.Context()); err != nil || asked != 2 {
		t.Errorf("asked %d times, %v", asked, err)
	}
}

// TestReloadIsTheOperators: the public address and that of probes do not have
// it, and reading does not change anything.
func TestReloadIsTheOperators(t *testing.T) {
	w := newWorld(t)
	if r := w.do(http.MethodPost, "/reload", "application/json", "{}"); r.Code != http.StatusNotFound {
		t.Errorf("the public address answers %d", r.Code)
	}
	reloading := issuerhttp.Reloading(http.NotFoundHandler(), func(context.Context) (issuerhttp.Reloaded, error) {
		t.Error("it was changed by reading")
		return issuerhttp.Reloaded{}, nil
	})
	r := httptest.NewRecorder()
	reloading.ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/reload", nil))
	if r.Code != http.StatusNotFound {
		t.Errorf("GET answers %d", r.Code)
	}
}
