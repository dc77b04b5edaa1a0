package issuerhttp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/store"
)

const noID = "urn:uuid:00000000-0000-4000-8000-000000000000"

// serve serves a handler on a socket, and returns its client.
func serve(t *testing.T, handler http.Handler) (client *issuerhttp.Client, socket string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "c") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket = filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	if client, err = issuerhttp.Dial(socket); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client, socket
}

func newOperator(t *testing.T) (*world, *issuerhttp.Client) {
	t.Helper()
	w := newWorld(t)
	client, _ := serve(t, issuerhttp.Operator(w.issuer, w.service, w.log.Logger()))
	return w, client
}

// issue issues the credential of the record that every register has.
func (w *world) issue() string {
	w.Helper()
	a, err := w.issuer.Answer(w.Context(), issuer.Question{Caller: issuer.Operator, Profile: birth, Key: civil.KnownNumber})
	if err != nil {
		w.Fatal(err)
	}
	return a.Credential
}

func TestOperatorOffers(t *testing.T) {
	w, client := newOperator(t)
	o, err := client.Offer(t.Context(), birth, civil.KnownNumber)
	if err != nil {
		t.Fatal(err)
	}
	code := o.URI[len(o.URI)-22:]
	if r := w.do(http.MethodPost, "/token", formType, form(code, o.TransactionCode)); r.Code != http.StatusOK || o.Expires.IsZero() {
		t.Errorf("%+v: %d %s", o, r.Code, r.Body)
	}
	for _, test := range [][2]string{{birth, "2019-000043"}, {"death", civil.KnownNumber}, {"", ""}} {
		if o, err := client.Offer(t.Context(), test[0], test[1]); !errors.Is(err, issuerhttp.ErrRefused) || o.URI != "" {
			t.Errorf("%v: %+v, %v", test, o, err)
		}
	}
}

func TestOperatorRevokes(t *testing.T) {
	w, client := newOperator(t)
	first, second := w.issue(), w.issue()
	got, err := client.Revoke(t.Context(), []string{first})
	if diff := cmp.Diff(issuer.Revoked{Revoked: 1}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	got, err = client.RevokeRecords(t.Context(), birth, []string{civil.KnownNumber})
	if diff := cmp.Diff(issuer.Revoked{Revoked: 1, Before: 1}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	entries, err := client.Entries(t.Context(), birth, civil.KnownNumber)
	if err != nil || len(entries) != 2 || !entries[0].Revoked || !entries[1].Revoked {
		t.Errorf("%+v, %v", entries, err)
	}
	local, err := w.issuer.Entries(birth, civil.KnownNumber)
	if diff := cmp.Diff(local, entries); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if !strings.Contains(entries[0].Credential+entries[1].Credential, first) || !strings.Contains(entries[0].Credential+entries[1].Credential, second) {
		t.Errorf("%+v", entries)
	}
	_, err = client.Revoke(t.Context(), []string{noID})
	says(t, err, true, noID)
	_, err = client.RevokeRecords(t.Context(), birth, []string{"2019-000043"})
	says(t, err, true, "2019-000043")
	_, err = client.RevokeRecords(t.Context(), "death", []string{civil.KnownNumber})
	says(t, err, true, "death")
	_, err = client.Entries(t.Context(), "death", civil.KnownNumber)
	says(t, err, true, "death")
	if entries, err := client.Entries(t.Context(), birth, "2019-000043"); err != nil || len(entries) != 0 {
		t.Errorf("%+v, %v", entries, err)
	}
}

// says fails the test unless err names text, and is the answer "no" or not.
func says(t *testing.T, err error, no bool, text string) {
	t.Helper()
	if err == nil || errors.Is(err, issuerhttp.ErrRefused) != no || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v; it should name %s, and be a refusal: %v", err, text, no)
	}
}

func TestOperatorPublishes(t *testing.T) {
	w, client := newOperator(t)
	files, err := client.Publication(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want, err := w.issuer.Publication(t.Context())
	if diff := cmp.Diff(want, files); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestOperatorPublishesTiles(t *testing.T) {
	w, client := newOperator(t)
	w.issue()
	for _, since := range []uint64{0, 1} {
		files, err := client.LogTiles(t.Context(), since, 3)
		if err != nil || len(files) != 2 {
			t.Fatalf("%v, %v", files, err)
		}
		want, err := w.issuer.LogTiles(t.Context(), since, 3)
		if diff := cmp.Diff(want, files); err != nil || diff != "" {
			t.Error(err, diff)
		}
	}
	if files, err := client.LogTiles(t.Context(), 0, 1000); err == nil {
		t.Errorf("tiles of more than there is: %v", files)
	}
}

func TestOperatorTakesASnapshot(t *testing.T) {
	w, client := newOperator(t)
	w.issue()
	path := filepath.Join(t.TempDir(), "copy.db")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(client.Snapshot(t.Context(), file), file.Close()); err != nil {
		t.Fatal(err)
	}
	copied, err := store.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if diff := cmp.Diff(issuertest.Log(t, w.issuer.Store()), issuertest.Log(t, copied)); diff != "" {
		t.Error(diff)
	}
}

// TestSnapshotThatIsCutOff: half a copy is an error, not a copy.
func TestSnapshotThatIsCutOff(t *testing.T) {
	client, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Write(make([]byte, 999))
	}))
	var out bytes.Buffer
	if err := client.Snapshot(t.Context(), &out); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %d bytes, %v", out.Len(), err)
	}
}

func TestOperatorRequestsThatAreNone(t *testing.T) {
	w := newWorld(t)
	_, socket := serve(t, issuerhttp.Operator(w.issuer, w.service, w.log.Logger()))
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	defer client.CloseIdleConnections()
	for name, body := range map[string]io.Reader{
		"nothing":   strings.NewReader(""),
		"no JSON":   strings.NewReader("x"),
		"a list":    strings.NewReader("[]"),
		"unknown":   strings.NewReader(`{"profile":"birth","keys":["a"],"key":"b"}`),
		"twice":     strings.NewReader(`{"profile":"birth","profile":"other"}`),
		"too large": io.LimitReader(spaces{}, 64<<20+1),
	} {
		response, err := client.Post("http://issuer/revocations", jsonType, body)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusBadRequest || response.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %s %v", name, response.Status, response.Header)
		}
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for n := range p {
		p[n] = ' '
	}
	return len(p), nil
}

func TestClientOfNobody(t *testing.T) {
	dir := t.TempDir()
	if client, err := issuerhttp.Dial(filepath.Join(dir, "missing")); err == nil {
		t.Errorf("got %v", client)
	}
	stale := filepath.Join(dir, "stale")
	if err := os.WriteFile(stale, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if client, err := issuerhttp.Dial(stale); err == nil {
		t.Errorf("got %v", client)
	}
}

func TestClientOfSomethingElse(t *testing.T) {
	client, _ := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<html>", http.StatusBadGateway)
	}))
	if _, err := client.Revoke(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("got %v", err)
	}
}

// TestOperatorLogTellsNoKey: which records the operator asks for is not in the
// service's log.
func TestOperatorLogTellsNoKey(t *testing.T) {
	w, client := newOperator(t)
	if _, err := client.Entries(t.Context(), birth, civil.KnownNumber); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Offer(t.Context(), birth, civil.KnownNumber); err != nil {
		t.Fatal(err)
	}
	if text := w.log.String(); strings.Contains(text, civil.KnownNumber) || strings.Count(text, "\n") != 2 {
		t.Error(text)
	}
}
