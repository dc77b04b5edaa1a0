package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chancery-vc/chancery/internal/web"
)

const servedToken = "c2VydmVkIHRva2VuIG9mIGEgdGVzdA=="

// served is what a service is started with, and asked.
func (f fixtures) served() {
	certificate, key, err := web.SelfSigned("localhost", time.Now(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.write("tls.pem", certificate)
	f.write("tls-key.pem", key)
	f.write("token", []byte(servedToken+"\n"))
	f.write("short.token", []byte("secret\n"))
	for _, name := range []string{"birth", "altered", "domain"} {
		document, err := os.ReadFile(filepath.Join(f.dir, name+".json"))
		if err != nil {
			f.Fatal(err)
		}
		f.write(name+".request", fmt.Appendf(nil, `{"verifiableCredential":%s,"options":{"checks":["proof"]}}`, document))
	}
}

// request STATUS URL OUT [NAME: VALUE]... asks, as soon as there is a service,
// wants it to answer with a status and writes what it says to a file. Names are
// those of headers, or Body for a file to post. The certificate is in tls.pem.
func request(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	roots, err := web.Roots([]byte(ts.ReadFile("tls.pem")))
	ts.Check(err)
	client := web.NewClient(roots, 10*time.Second)
	if strings.HasPrefix(args[1], "http:") {
		client = http.DefaultClient
	}
	response := ask(ts, client, args[1], args[3:])
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), data, 0o600))
	if response.StatusCode != want {
		ts.Fatalf("%s, want %d: %s", response.Status, want, data)
	}
}

func ask(ts *testscript.TestScript, client *http.Client, url string, headers []string) *http.Response {
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		r, err := http.NewRequest(http.MethodGet, url, nil)
		ts.Check(err)
		for _, header := range headers {
			name, value, _ := strings.Cut(header, ": ")
			if name == "Body" {
				r.Method, r.Body = http.MethodPost, io.NopCloser(strings.NewReader(ts.ReadFile(value)))
				continue
			}
			r.Header.Set(name, value)
		}
		response, err := client.Do(r)
		if err == nil {
			return response
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%v", err)
		}
	}
}
