package verifierhttp_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// TestMalformedRequests: whatever is posted, the answer is that it is the
// caller's mistake, and what to send.
func TestMalformedRequests(t *testing.T) {
	s := serve(t)
	good := string(s.issuer.Signed(t))
	const parsing, malformed = "PARSING_ERROR", "MALFORMED_VALUE_ERROR"
	for name, test := range map[string]struct {
		body            string // DOC stands for the member of the endpoint
		problem, detail string
	}{
		"empty":              {``, parsing, `send {"DOC": {…}}`},
		"white space":        {" \n", parsing, ""},
		"not JSON":           {`verify this`, parsing, ""},
		"cut off":            {`{"DOC":{"a":`, parsing, ""},
		"two values":         {`{"DOC":{}}{}`, parsing, "more data"},
		"a form":             {`DOC=1`, parsing, ""},
		"invalid UTF-8":      {"{\"DOC\":\"\xff\"}", parsing, ""},
		"a list":             {`[]`, parsing, "not an object"},
		"null":               {`null`, parsing, "not an object"},
		"a member twice":     {`{"DOC":{},"DOC":{}}`, parsing, ""},
		"twice further in":   {`{"DOC":{"id":1,"id":2}}`, parsing, ""},
		"a number too large": {`{"DOC":{"n":1e999}}`, parsing, ""},
		"deep":               {`{"DOC":` + strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100) + `}`, parsing, "nested deeper than"},
		"deeper":             {`{"DOC":` + strings.Repeat(`[`, 1_000_000), parsing, ""},
		"10 MB":              {`{"DOC":{"a":"` + strings.Repeat("a", 10<<20) + `"}}`, parsing, "it has more than 3211264 bytes"},
		"10 MB of space":     {strings.Repeat(" ", 10<<20), parsing, "it has more than 3211264 bytes"},
		"missing":            {`{}`, malformed, "is missing"},
		"only options":       {`{"options":{}}`, malformed, "is missing"},
		"a string":           {`{"DOC":"eyJ.e30.x"}`, malformed, "is a string"},
		"a list of it":       {`{"DOC":[` + good + `]}`, malformed, "is a list"},
		"null document":      {`{"DOC":null}`, malformed, "is null"},
		"a number":           {`{"DOC":7}`, malformed, "is a number"},
		"true":               {`{"DOC":true}`, malformed, "is a boolean"},
		"bare":               {good, malformed, "has no place in it; send DOC"},
		"misspelt options":   {`{"DOC":` + good + `,"option":{}}`, malformed, `"option" has no place`},
		"options a list":     {`{"DOC":` + good + `,"options":[]}`, malformed, "options is not an object"},
		"options a string":   {`{"DOC":` + good + `,"options":"proof"}`, malformed, "options is not an object"},
		"checks a string":    {`{"DOC":` + good + `,"options":{"checks":"proof"}}`, malformed, "options.checks is not a list"},
		"checks of numbers":  {`{"DOC":` + good + `,"options":{"checks":[1]}}`, malformed, "options.checks is not a list"},
		"unknown check":      {`{"DOC":` + good + `,"options":{"checks":["proof","taste"]}}`, malformed, `options.checks has "taste"; what can be asked for is credentialSchema, credentialStatus, `},
		"domain a list":      {`{"DOC":` + good + `,"options":{"domain":["a"]}}`, malformed, "options.domain is not a string"},
		"domain empty":       {`{"DOC":` + good + `,"options":{"domain":""}}`, malformed, "leave it out if any will do"},
		"challenge a number": {`{"DOC":` + good + `,"options":{"challenge":1}}`, malformed, "options.challenge is not a string"},
		"challenge long":     {`{"DOC":` + good + `,"options":{"challenge":"` + strings.Repeat("c", 1025) + `"}}`, malformed, "1 to 1024 bytes"},
		"many options":       {`{"DOC":` + good + `,"options":{` + manyOptions(33) + `}}`, malformed, "at most 32"},
	} {
		for path, member := range map[string]string{credentialsVerify: "verifiableCredential", presentationsVerify: "verifiablePresentation"} {
			t.Run(name+path, func(t *testing.T) {
				s := *s
				s.TB = t
				use := strings.NewReplacer("DOC", member)
				f := s.post(path, strings.NewReader(use.Replace(test.body)))
				s.wantRefused(f, http.StatusBadRequest, test.problem, use.Replace(test.detail))
				if f.Report != nil {
					t.Errorf("a report about nothing: %v", f.Report)
				}
			})
		}
	}
}

func manyOptions(n int) string {
	var all []string
	for i := range n {
		all = append(all, `"o`+strings.Repeat("o", i)+`":1`)
	}
	return strings.Join(all, ",")
}

// counted counts what is read of a body that never ends.
type counted struct{ read int64 }

func (c *counted) Read(p []byte) (int, error) {
	c.read += int64(len(p))
	return len(p), nil
}

// TestBodyWithoutEnd: it is answered, and read no further than to let go of it.
func TestBodyWithoutEnd(t *testing.T) {
	s, body := serve(t), &counted{}
	s.wantRefused(s.post(credentialsVerify, body), http.StatusBadRequest, "PARSING_ERROR", "more than")
	if body.read > 64<<20 {
		t.Errorf("%d bytes were read", body.read)
	}
}

// TestBrokenBody: a connection that breaks off is answered all the same.
func TestBrokenBody(t *testing.T) {
	s := serve(t)
	body := io.MultiReader(strings.NewReader(`{"verifiableCredential":`), errorReader{})
	s.wantRefused(s.post(credentialsVerify, body), http.StatusBadRequest, "PARSING_ERROR", "")
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// FuzzVerify: no body makes the service fail, and only a credential that the
// verifier accepts is answered with 200.
func FuzzVerify(f *testing.F) {
	s := serve(f)
	good := s.issuer.Signed(f)
	for _, options := range []string{"", `{"checks":["proof"]}`, `{"domain":"a","challenge":"b"}`, `{"checks":["holder"],"x":1}`, "null"} {
		body, err := io.ReadAll(request("verifiableCredential", good, options))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, false)
	}
	body, err := io.ReadAll(request("verifiablePresentation", s.presentation(good), ""))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(body, true)
	for _, text := range []string{`{}`, `{"verifiableCredential":{"proof":null}}`, `{"verifiablePresentation":{"type":"VerifiablePresentation"}}`} {
		f.Add([]byte(text), false)
	}
	f.Fuzz(func(t *testing.T, body []byte, presented bool) {
		s := *s
		s.TB = t
		path := credentialsVerify
		if presented {
			path = presentationsVerify
		}
		answer := s.post(path, bytes.NewReader(body))
		switch answer.code {
		case http.StatusBadRequest, http.StatusUnprocessableEntity:
		case http.StatusOK:
			wantSigned(t, body, good)
		default:
			t.Errorf("status %d", answer.code)
		}
	})
}

// wantSigned wants a body that was accepted to hold the one credential that
// was ever signed, with its very claims.
func wantSigned(t *testing.T, body, signed []byte) {
	t.Helper()
	var members struct {
		Credential   json.RawMessage `json:"verifiableCredential"`
		Presentation struct {
			Credentials []json.RawMessage `json:"verifiableCredential"`
		} `json:"verifiablePresentation"`
	}
	if err := json.Unmarshal(body, &members); err != nil {
		t.Fatal(err)
	}
	all := members.Presentation.Credentials
	if members.Credential != nil {
		all = append(all, members.Credential)
	}
	want := credtest.Unmarshal(t, signed)
	for _, one := range all {
		got := credtest.Unmarshal(t, one)
		if !slices.Equal(credtest.Marshal(t, got["credentialSubject"]), credtest.Marshal(t, want["credentialSubject"])) {
			t.Errorf("accepted: %s", one)
		}
	}
}

// TestLargestCredential: what the verifier takes gets through to it.
func TestLargestCredential(t *testing.T) {
	s := serve(t)
	good := s.issuer.Signed(t)
	padded := append(bytes.Repeat([]byte(" "), credential.MaxBytes-len(good)), good...)
	s.wantAccepted(s.verify(padded, ""))
}
