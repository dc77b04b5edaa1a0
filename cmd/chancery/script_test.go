package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/did"
)

// register FILE ROWS makes a register of births.
func register(ts *testscript.TestScript, _ bool, args []string) {
	rows, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(civil.Write(context.Background(), ts.MkAbs(args[0]), rows, 1))
}

// sql FILE STATEMENT changes a register.
func sql(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(issuertest.Exec(context.Background(), ts.MkAbs(args[0]), args[1]))
}

// mode MODE FILE... wants files to have a mode.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
			ts.Fatalf("%s has mode %s, not %s", name, got, args[0])
		}
	}
}

// edit FILE OLD NEW changes a text file.
func edit(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	edited := strings.Replace(text, args[1], args[2], 1)
	if edited == text {
		ts.Fatalf("%s does not have %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(edited), 0o600))
}

// credential VARIABLE FOLDER sets a variable to the identifier of a credential
// in a folder, and VARIABLE_FILE to its file.
func credentialID(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[1]), "*-*.json"))
	ts.Check(err)
	for _, file := range files {
		if name := filepath.Base(file); !strings.HasPrefix(name, ".") {
			ts.Setenv(args[0], "urn:uuid:"+strings.TrimSuffix(name, ".json"))
			ts.Setenv(args[0]+"_FILE", file)
			return
		}
	}
	ts.Fatalf("there is no credential in %s", args[1])
}

// publickey VARIABLE FILE sets a variable to the did:key of a signing key.
func publicKey(ts *testscript.TestScript, _ bool, args []string) {
	signer, err := key.Load(ts.MkAbs(args[1]))
	ts.Check(err)
	id, _, err := did.FromKey(signer.Public())
	ts.Check(err)
	ts.Setenv(args[0], id)
}

// method VARIABLE FILE sets a variable to the verification method of a signing
// key of registry.example.
func method(ts *testscript.TestScript, negated bool, args []string) {
	publicKey(ts, negated, args)
	ts.Setenv(args[0], "did:web:registry.example#"+strings.TrimPrefix(ts.Getenv(args[0]), "did:key:"))
}

// records runs change on the log of a state file.
func records(ts *testscript.TestScript, file string, change func(tx *store.Tx) error) {
	s, err := store.Open(ts.MkAbs(file))
	ts.Check(err)
	ts.Check(errors.Join(s.Update(context.Background(), change), s.Close()))
}

func sequence(ts *testscript.TestScript, text string) []byte {
	n, err := strconv.ParseUint(text, 10, 64)
	ts.Check(err)
	return binary.BigEndian.AppendUint64(nil, n)
}

// alter FILE NUMBER OLD NEW changes a record of the log; alter FILE leaf NUMBER
// changes its salt, and alter FILE drop NUMBER takes its leaf away.
func alter(ts *testscript.TestScript, _ bool, args []string) {
	records(ts, args[0], func(tx *store.Tx) error {
		switch args[1] {
		case "leaf":
			leaf := tx.Get("log-tree", sequence(ts, args[2]))
			leaf[0] ^= 1
			return tx.Put("log-tree", sequence(ts, args[2]), leaf)
		case "drop":
			return tx.Delete("log-tree", sequence(ts, args[2]))
		}
		old := tx.Get("log", sequence(ts, args[1]))
		altered := bytes.Replace(old, []byte(args[2]), []byte(args[3]), 1)
		if bytes.Equal(old, altered) {
			return fmt.Errorf("record %s does not have %q: %s", args[1], args[2], old)
		}
		return tx.Put("log", sequence(ts, args[1]), altered)
	})
}

// cut FILE NUMBER cuts off a record of the log, its leaf, and all after them.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	from := sequence(ts, args[1])
	records(ts, args[0], func(tx *store.Tx) error {
		for _, bucket := range []string{"log", "log-tree"} {
			for last, _ := tx.Last(bucket); bytes.Compare(last, from) >= 0; last, _ = tx.Last(bucket) {
				if err := tx.Delete(bucket, last); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// samestart SHORT LONG wants a file to begin with all of another one.
func sameStart(ts *testscript.TestScript, _ bool, args []string) {
	if !strings.HasPrefix(ts.ReadFile(args[1]), ts.ReadFile(args[0])) {
		ts.Fatalf("%s does not begin with %s", args[1], args[0])
	}
}

// hold FILE keeps a state file open until the script ends.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	s, err := store.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Defer(func() { s.Close() })
}

// waitfor FILE waits until a file is there.
func waitFor(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("waited in vain for %s", args[0])
}

// fetch URL CERTIFICATE FILE writes what is at an address to a file, as soon as
// it is there. The certificate is - for an address without TLS.
func fetch(ts *testscript.TestScript, _ bool, args []string) {
	client := http.DefaultClient
	if args[1] != "-" {
		roots, err := web.Roots([]byte(ts.ReadFile(args[1])))
		ts.Check(err)
		client = web.NewClient(roots, 10*time.Second)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		data, err := web.Get(context.Background(), client, args[0], 1<<20)
		if err == nil {
			ts.Check(os.WriteFile(ts.MkAbs(args[2]), data, 0o600))
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%v", err)
		}
	}
}

// post URL CERTIFICATE TOKEN BODY STATUS FILE posts a file with a bearer token
// as soon as the server is there, wants a status, and writes the answer to a
// file. The certificate is - for a server that nobody vouches for.
func post(ts *testscript.TestScript, _ bool, args []string) {
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	if args[1] != "-" {
		roots, err := web.Roots([]byte(ts.ReadFile(args[1])))
		ts.Check(err)
		client = web.NewClient(roots, 10*time.Second)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		request, err := http.NewRequest(http.MethodPost, args[0], strings.NewReader(ts.ReadFile(args[3])))
		ts.Check(err)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+args[2])
		response, err := client.Do(request)
		if err != nil && time.Now().Before(deadline) {
			continue
		}
		ts.Check(err)
		body, err := web.ReadBody(response.Body, 1<<20)
		ts.Check(errors.Join(err, response.Body.Close(), os.WriteFile(ts.MkAbs(args[5]), body, 0o600)))
		if got := strconv.Itoa(response.StatusCode); got != args[4] {
			ts.Fatalf("%s answers %s, not %s: %s", args[0], got, args[4], body)
		}
		return
	}
}

// postgres DATABASE ACCOUNT PASSWORD VARIABLE makes a database and an account,
// and sets a variable to the connection string.
func postgres(ts *testscript.TestScript, _ bool, args []string) {
	_, err := server.Query(context.Background(), "postgres",
		fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", args[1], args[2]), "CREATE DATABASE "+args[0])
	ts.Check(err)
	ts.Setenv(args[3], server.Address(args[0], args[1]))
}

// psql DATABASE FILE runs, as an administrator, the statements of a file: of
// what a program said, the lines that begin with two spaces and end with ;.
func psql(ts *testscript.TestScript, _ bool, args []string) {
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if !strings.HasPrefix(line, "  ") || !strings.HasSuffix(line, ";\n") {
			continue
		}
		_, err := server.Query(context.Background(), args[0], line)
		ts.Check(err)
	}
}

// append FILE LINE adds a line to a text file.
func appendTo(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ts.ReadFile(args[0])+args[1]+"\n"), 0o600))
}

// fromfile VARIABLE FILE sets a variable to the line in a file.
func fromFile(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSuffix(ts.ReadFile(args[1]), "\n"))
}
