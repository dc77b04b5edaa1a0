package issuerhttp_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

const officeToken = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

// withOffice is the edit of an issuer with a caller of the VC API.
func withOffice(text string) string {
	return text + "\nvc_api:\n  callers:\n    - name: civil-office\n      token_sha256: " + access.Digest(officeToken) +
		"\n      types: [BirthRegistration]\n      validity: 30d\n"
}

const worded = `{"@context":["https://www.w3.org/ns/credentials/v2","https://chancery-vc.github.io/contexts/civil/v1"],` +
	`"type":["VerifiableCredential","BirthRegistration"],"credentialSubject":{"id":"did:example:child","givenNames":"Anna"}}`

func (w *world) post(path, body string) *httptest.ResponseRecorder {
	w.Helper()
	return w.do(http.MethodPost, path, jsonType, body, "Authorization", "Bearer "+officeToken)
}

func (w *world) askFor(body string) *httptest.ResponseRecorder {
	w.Helper()
	return w.post("/credentials/issue", body)
}

// issued returns the credential of an answer, which must be the one member.
func (w *world) issued(r *httptest.ResponseRecorder) string {
	w.Helper()
	var answer map[string]json.RawMessage
	w.decode(r, http.StatusCreated, &answer)
	if len(answer) != 1 || answer["verifiableCredential"] == nil {
		w.Fatalf("got %s", r.Body)
	}
	return string(answer["verifiableCredential"])
}

// problem returns the problem of an answer of this status.
func (w *world) problem(r *httptest.ResponseRecorder, status int) issuerhttp.Problem {
	w.Helper()
	var p issuerhttp.Problem
	if err := json.Unmarshal(r.Body.Bytes(), &p); err != nil || r.Code != status || p.Status != status || p.Title == "" ||
		p.Detail == "" || !strings.HasPrefix(p.Type, "https://") || r.Header().Get("Content-Type") != "application/problem+json" {
		w.Errorf("%d %v: %s", r.Code, r.Header(), r.Body)
	}
	return p
}

func TestIssueCredential(t *testing.T) {
	w := newWorld(t, withOffice)
	for body, id := range map[string]string{
		`{"credential":` + worded + `}`:                                                 "",
		`{"credential":` + worded + `,"options":{}}`:                                    "",
		`{"credential":` + worded + `,"options":null}`:                                  "",
		`{"credential":` + worded + `,"options":{"mandatoryPointers":[]}}`:              "",
		`{"options":{"credentialId":"urn:x:1"},"credential":` + worded + `}`:            `"id":"urn:x:1"`,
		` { "credential" : ` + worded + ` , "options" : {"credentialId": ""} } ` + "\n": "",
	} {
		credential := w.issued(w.askFor(body))
		if !strings.HasPrefix(credential, strings.TrimSuffix(worded, "}")) || !strings.Contains(credential, id) {
			t.Errorf("%s became %s", body, credential)
		}
		records := issuertest.Log(t, w.issuer.Store())
		last := records[len(records)-1]
		if last.Kind != logproof.Answered || last.Released != logproof.HashOf([]byte(credential)).String() {
			t.Errorf("the log has %+v", last)
		}
		r := w.post("/credentials/verify", `{"verifiableCredential":`+credential+`}`)
		if r.Code != http.StatusOK {
			t.Errorf("%d: %s", r.Code, r.Body)
		}
	}
}

// hostile are requests that are no requests, by what is wrong with them.
var hostile = map[string]string{
	"nothing":               ``,
	"null":                  `null`,
	"a string":              `"credential"`,
	"a list":                `[{"credential":` + worded + `}]`,
	"no credential":         `{}`,
	"another member":        `{"verifiableCredential":` + worded + `}`,
	"null credential":       `{"credential":null}`,
	"a string credential":   `{"credential":"x"}`,
	"a list of credentials": `{"credential":[` + worded + `]}`,
	"a number":              `{"credential":7}`,
	"a boolean":             `{"credential":true}`,
	"options of a string":   `{"credential":` + worded + `,"options":"x"}`,
	"options of a list":     `{"credential":` + worded + `,"options":[]}`,
	"an unknown option":     `{"credential":` + worded + `,"options":{"selectivePointers":[]}}`,
	"pointers of a string":  `{"credential":` + worded + `,"options":{"mandatoryPointers":"/issuer"}}`,
	"pointers of numbers":   `{"credential":` + worded + `,"options":{"mandatoryPointers":[1]}}`,
	"pointers of an object": `{"credential":` + worded + `,"options":{"mandatoryPointers":{}}}`,
	"an id of a number":     `{"credential":` + worded + `,"options":{"credentialId":7}}`,
	"a member more":         `{"credential":` + worded + `,"x":1}`,
	"the credential twice":  `{"credential":` + worded + `,"credential":` + worded + `}`,
	"unfinished":            `{"credential":` + worded,
	"two":                   `{"credential":` + worded + `}{}`,
	"not UTF-8":             "{\"credential\":{\"a\":\"\xff\"}}",
	"deep":                  `{"credential":` + strings.Repeat(`{"a":`, 20_000) + `1` + strings.Repeat(`}`, 20_000) + `}`,
	"large":                 `{"credential":{"a":"` + strings.Repeat("x", 2<<20) + `"}}`,
}

// hostileCredentials are requests with credentials that are none.
func hostileCredentials() map[string]string {
	bodies := map[string]string{"empty": `{}`, "deep in JSON": strings.Repeat(`{"a":`, 200) + `1` + strings.Repeat(`}`, 200)}
	for _, member := range []string{"@context", "type", "credentialSubject", "issuer", "id", "proof", "validUntil", "credentialStatus", "name", "evidence"} {
		for _, value := range []string{`null`, `"x"`, `7`, `true`, `[]`, `{}`, `[null]`, `[[]]`, `""`} {
			name := member + " " + value
			if strings.Contains(worded, `"`+member+`":`) {
				bodies[name] = replaceMember(worded, member, value)
			} else {
				bodies[name] = strings.Replace(worded, "{", `{"`+member+`":`+value+`,`, 1)
			}
		}
	}
	for _, good := range []string{`name "x"`, `name ""`, `issuer {}`} {
		delete(bodies, good)
	}
	for name, body := range bodies {
		bodies[name] = `{"credential":` + body + `}`
	}
	return bodies
}

func replaceMember(object, name, value string) string {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &members); err != nil {
		return err.Error()
	}
	members[name] = json.RawMessage(value)
	data, err := json.Marshal(members)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func TestHostileRequests(t *testing.T) {
	w := newWorld(t, withOffice)
	before := len(issuertest.Log(t, w.issuer.Store()))
	for _, body := range hostile {
		w.problem(w.askFor(body), http.StatusBadRequest)
	}
	if after := len(issuertest.Log(t, w.issuer.Store())); after != before {
		t.Errorf("%d records were written for what nobody asked", after-before)
	}
	for name, body := range hostileCredentials() {
		switch r := w.askFor(body); r.Code {
		case http.StatusUnprocessableEntity:
			w.problem(r, http.StatusUnprocessableEntity)
		default:
			t.Errorf("%s: %d %s", name, r.Code, r.Body)
		}
	}
}

func TestRefusalSaysWhatIsWrongWithTheCredential(t *testing.T) {
	w := newWorld(t, withOffice)
	for edit, want := range map[string]string{
		`"BirthRegistration"|"https://example.org/Licence"`: "https://example.org/Licence",
		`"givenNames"|"nicknames"`:                          "cannot be signed",
		`"type"|"issuer":"did:example:other","type"`:        "left out",
		`"type"|"proof":{},"type"`:                          "proof",
		`"type"|"validUntil":"2126-07-01T00:00:00Z","type"`: "30 d",
	} {
		from, to, _ := strings.Cut(edit, "|")
		p := w.problem(w.askFor(`{"credential":`+strings.Replace(worded, from, to, 1)+`}`), http.StatusUnprocessableEntity)
		if !strings.Contains(p.Detail, want) {
			t.Errorf("%s: %s", edit, p.Detail)
		}
	}
}

// TestMandatoryPointersWantASelectiveSuite: what cannot be kept is not promised.
func TestMandatoryPointersWantASelectiveSuite(t *testing.T) {
	w := newWorld(t, withOffice)
	p := w.problem(w.askFor(`{"credential":`+worded+`,"options":{"mandatoryPointers":["/issuer"]}}`), http.StatusUnprocessableEntity)
	if !strings.Contains(p.Detail, "leave mandatoryPointers out") || !strings.HasSuffix(p.Type, "#PROOF_GENERATION_ERROR") {
		t.Errorf("%+v", p)
	}
	records := issuertest.Log(t, w.issuer.Store())
	if last := records[len(records)-1]; last.Kind != logproof.Refused || last.Reason != mint.ErrNotSelective.Error() {
		t.Errorf("the log has %+v", last)
	}
}

// TestMandatoryPointers: who names some gets a base proof, which nobody takes as
// it is; a pointer to nothing is an error.
func TestMandatoryPointers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "selective.key")
	if _, err := key.CreateP256(path, rand.Reader); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, withOffice, issuertest.Replace("# selective_key: selective.key", "selective_key: "+path))
	base := w.issued(w.askFor(`{"credential":` + worded + `,"options":{"mandatoryPointers":["/credentialSubject/id"]}}`))
	if !strings.Contains(base, `"cryptosuite":"ecdsa-sd-2023"`) || !strings.Contains(base, `"credentialStatus"`) {
		t.Errorf("got %s", base)
	}
	records := issuertest.Log(t, w.issuer.Store())
	if last := records[len(records)-1]; last.Kind != logproof.Answered || last.Released != logproof.HashOf([]byte(base)).String() {
		t.Errorf("the log has %+v", last)
	}
	if r := w.post("/credentials/verify", `{"verifiableCredential":`+base+`}`); strings.Contains(r.Body.String(), `"verified":true`) || !strings.Contains(r.Body.String(), "base proof") {
		t.Errorf("%d: %s", r.Code, r.Body)
	}
	if whole := w.issued(w.askFor(`{"credential":` + worded + `}`)); !strings.Contains(whole, `"cryptosuite":"eddsa-rdfc-2022"`) {
		t.Errorf("got %s", whole)
	}
	p := w.problem(w.askFor(`{"credential":`+worded+`,"options":{"mandatoryPointers":["/credentialSubject/nothing"]}}`), http.StatusUnprocessableEntity)
	if !strings.Contains(p.Detail, "/credentialSubject/nothing") {
		t.Errorf("%+v", p)
	}
}

// TestStrangersLearnNothing: without a token everything is the same, also what
// is not there to be asked for.
func TestStrangersLearnNothing(t *testing.T) {
	w := newWorld(t, withOffice)
	before := len(issuertest.Log(t, w.issuer.Store()))
	same := w.do(http.MethodPost, "/credentials/issue", jsonType, "").Body.String()
	for _, header := range []string{"", "Bearer", "Bearer ", "Bearer x", "Basic " + officeToken, officeToken, "Bearer " + access.Digest(officeToken), "Bearer " + officeToken + "x"} {
		for _, path := range []string{"/credentials/issue", "/credentials/verify", "/presentations/verify"} {
			r := w.do(http.MethodPost, path, jsonType, `{"credential":`+worded+`}`, "Authorization", header)
			if r.Code != http.StatusUnauthorized || r.Body.String() != same || r.Header().Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s with %q: %d %s", path, header, r.Code, r.Body)
			}
		}
		r := w.do(http.MethodGet, "/identifiers/did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b", "", "", "Authorization", header)
		if r.Code != http.StatusUnauthorized {
			t.Errorf("an identifier with %q: %d", header, r.Code)
		}
	}
	if after := len(issuertest.Log(t, w.issuer.Store())); after != before {
		t.Errorf("strangers wrote %d records", after-before)
	}
	if strings.Contains(w.log.String(), officeToken) {
		t.Error("the token is in the service's log")
	}
}

func TestNoCallersNoVCAPI(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/credentials/issue", "/credentials/verify", "/presentations/verify"} {
		if r := w.post(path, `{"credential":`+worded+`}`); r.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.Code)
		}
	}
}

func TestVCAPIBelowAPath(t *testing.T) {
	w := newWorld(t, withPath, withOffice)
	credential := w.issued(w.post("/civil/vc/credentials/issue", `{"credential":`+worded+`}`))
	if r := w.post("/civil/vc/credentials/verify", `{"verifiableCredential":`+credential+`}`); r.Code != http.StatusOK {
		t.Errorf("%d: %s", r.Code, r.Body)
	}
	const key = "did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b"
	r := w.do(http.MethodGet, "/civil/vc/identifiers/"+url.PathEscape(key), "", "", "Authorization", "Bearer "+officeToken)
	if r.Code != http.StatusOK || !strings.Contains(r.Body.String(), key) {
		t.Errorf("%d: %s", r.Code, r.Body)
	}
}

// TestOnlyOwnCredentialsVerify: a revoked one does not, and nobody else's.
func TestOnlyOwnCredentialsVerify(t *testing.T) {
	w, other := newWorld(t, withOffice), newWorld(t, withOffice, withPath)
	credential := w.issued(w.askFor(`{"credential":` + worded + `}`))
	foreign := other.issued(other.post("/civil/vc/credentials/issue", `{"credential":`+worded+`}`))
	if r := w.post("/credentials/verify", `{"verifiableCredential":`+foreign+`}`); r.Code == http.StatusOK {
		t.Errorf("another's: %s", r.Body)
	}
	var c struct {
		Status struct{ ID string } `json:"credentialStatus"`
	}
	if err := json.Unmarshal([]byte(credential), &c); err != nil {
		t.Fatal(err)
	}
	if _, err := w.issuer.Revoke(t.Context(), []string{c.Status.ID}); err != nil {
		t.Fatal(err)
	}
	if r := w.post("/credentials/verify", `{"verifiableCredential":`+credential+`}`); r.Code != http.StatusUnprocessableEntity {
		t.Errorf("revoked: %d %s", r.Code, r.Body)
	}
}

// FuzzIssue: whatever the body is, it is a credential that is signed, or the
// caller's mistake.
func FuzzIssue(f *testing.F) {
	f.Add(`{"credential":` + worded + `}`)
	f.Add(`{"credential":` + worded + `,"options":{"credentialId":"urn:x:1"}}`)
	for _, body := range hostileCredentials() {
		f.Add(body)
	}
	handler := issuerhttp.Issue(minting(f), (&issuertest.Lines{}).Logger())
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRecorder()
		handler.ServeHTTP(r, httptest.NewRequest(http.MethodPost, "/credentials/issue", strings.NewReader(body)))
		w := &world{T: t}
		switch r.Code {
		case http.StatusCreated:
			w.issued(r)
		case http.StatusBadRequest, http.StatusUnprocessableEntity:
			w.problem(r, r.Code)
		default:
			t.Errorf("%d: %s", r.Code, r.Body)
		}
	})
}

// minting secures whatever has the form of a credential.
func minting(f *testing.F) issuerhttp.Secure {
	holder := issuertest.NewHolder(f, "issuer")
	contexts, err := schemas.Embedded()
	if err != nil {
		f.Fatal(err)
	}
	minter, err := mint.New(holder.DID, holder.Key, eddsa.RDFC2022{}, contexts)
	if err != nil {
		f.Fatal(err)
	}
	return func(ctx context.Context, credential []byte, o issuerhttp.Options) ([]byte, error) {
		document, _, err := mint.Complete(credential, mint.Additions{Now: issuertest.Start, ID: o.CredentialID, Issuer: holder.DID})
		if err != nil {
			return nil, err
		}
		return minter.Secure(ctx, document, issuertest.Start)
	}
}
