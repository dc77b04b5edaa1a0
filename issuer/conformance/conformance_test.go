package conformance_test

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/conformance"
	"github.com/chancery-vc/chancery/wallet/wallethttp"
)

const address = "https://127.0.0.1:40443"

func newServer(t testing.TB) *conformance.Server {
	t.Helper()
	s, err := conformance.New(conformance.Environment{
		URL: address, Now: time.Now, Random: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Derive: wallethttp.Derive,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask asks the server at one of its addresses.
func ask(s *conformance.Server, method, address, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, address, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, r)
	return recorder
}

// object returns a JSON object's members as they are written.
func object(t testing.TB, data []byte) map[string]json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return members
}

// issue returns the credential that an issuer makes of a text.
func issue(t testing.TB, s *conformance.Server, e conformance.Endpoint, credential string) string {
	t.Helper()
	r := ask(s, http.MethodPost, e.Endpoint, `{"credential":`+credential+`,"options":{}}`)
	answer := object(t, r.Body.Bytes())
	if r.Code != http.StatusCreated || len(answer) != 1 {
		t.Fatalf("%s: %d %s", e.Endpoint, r.Code, r.Body)
	}
	return string(answer["verifiableCredential"])
}

// derive returns what shows all of a credential that has a base proof, which
// nobody accepts as it is.
func derive(t testing.TB, s *conformance.Server, base string) string {
	t.Helper()
	if r := ask(s, http.MethodPost, s.Manifest.Verifiers[0].Endpoint, `{"verifiableCredential":`+base+`}`); r.Code != http.StatusUnprocessableEntity {
		t.Errorf("a base proof: %d %s", r.Code, r.Body)
	}
	r := ask(s, http.MethodPost, s.Manifest.VCHolders[0].Endpoint, `{"verifiableCredential":`+base+`,"options":{"selectivePointers":[""]}}`)
	if r.Code != http.StatusCreated {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	return string(object(t, r.Body.Bytes())["verifiableCredential"])
}

// for2 and for1 are credentials of an issuer, of data model 2.0 and 1.1.
func for2(issuer string) string {
	return `{"@context":["https://www.w3.org/ns/credentials/v2",{"own":"https://example.org/own"}],"type":["VerifiableCredential"],` +
		`"issuer":"` + issuer + `","credentialSubject":{"id":"did:example:a","own":"x"}}`
}

func for1(issuer string) string {
	return `{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],` +
		`"issuer":"` + issuer + `","credentialSubject":{"id":"did:example:a"}}`
}

func tagged(t testing.TB, endpoints []conformance.Endpoint, tag string) conformance.Endpoint {
	t.Helper()
	for _, e := range endpoints {
		if slices.Contains(e.Tags, tag) {
			return e
		}
	}
	t.Fatalf("nothing has the tag %s", tag)
	return conformance.Endpoint{}
}

// TestEveryIssuerVerifies: each suite and kind of key, both data models, in the
// issuer's own name and in another's.
func TestEveryIssuerVerifies(t *testing.T) {
	s := newServer(t)
	pairs := map[string]bool{}
	for _, e := range s.Manifest.Issuers {
		pairs[e.Cryptosuite+" "+e.KeyType] = true
		credentials := []string{for2(e.ID), for2("did:example:other"), for1(e.ID)}
		verifier := tagged(t, s.Manifest.Verifiers, e.Tags[0])
		if e.Tags[0] == "BitstringStatusList" {
			credentials = credentials[:1]
		}
		for _, credential := range credentials {
			secured := issue(t, s, e, credential)
			if e.Cryptosuite == "ecdsa-sd-2023" || e.Cryptosuite == "bbs-2023" {
				secured = derive(t, s, secured)
			}
			if r := ask(s, http.MethodPost, verifier.Endpoint, `{"verifiableCredential":`+secured+`,"options":{"checks":["proof"]}}`); r.Code != http.StatusOK {
				t.Errorf("%s: %d %s\n%s", e.Endpoint, r.Code, r.Body, secured)
			}
			altered := strings.Replace(secured, "did:example:a", "did:example:b", 1)
			if r := ask(s, http.MethodPost, verifier.Endpoint, `{"verifiableCredential":`+altered+`}`); r.Code != http.StatusBadRequest && r.Code != http.StatusUnprocessableEntity {
				t.Errorf("altered, %s: %d %s", e.Endpoint, r.Code, r.Body)
			}
		}
	}
	for _, pair := range []string{
		"eddsa-rdfc-2022 Ed25519", "eddsa-jcs-2022 Ed25519", "ecdsa-rdfc-2019 P-256", "ecdsa-rdfc-2019 P-384", "ecdsa-jcs-2019 P-256", "ecdsa-jcs-2019 P-384",
		"ecdsa-sd-2023 P-256", "bbs-2023 BLS12-381-G2",
	} {
		if !pairs[pair] {
			t.Errorf("there is no issuer with %s", pair)
		}
	}
}

// TestManifest: what the suites of tests look for is there, under their names.
func TestManifest(t *testing.T) {
	m := newServer(t).Manifest
	for _, tag := range []string{"eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019", "ecdsa-sd-2023", "bbs-2023", "vc2.0", "vc-api", "BitstringStatusList"} {
		issuer, verifier := tagged(t, m.Issuers, tag), tagged(t, m.Verifiers, tag)
		if !strings.HasPrefix(issuer.ID, "did:key:z") || !strings.HasSuffix(issuer.Endpoint, "/credentials/issue") ||
			!strings.HasSuffix(verifier.Endpoint, "/credentials/verify") || !strings.HasSuffix(tagged(t, m.VPVerifiers, tag).Endpoint, "/presentations/verify") {
			t.Errorf("%s: %+v, %+v", tag, issuer, verifier)
		}
	}
	ids := map[string]bool{}
	for _, e := range m.Issuers {
		if ids[e.ID] {
			t.Errorf("two issuers have the key of %s", e.ID)
		}
		ids[e.ID] = true
		if want := strings.HasPrefix(e.Cryptosuite, "ecdsa"); (len(e.SupportedECDSAKeyTypes) == 1) != want {
			t.Errorf("%s: %v", e.Cryptosuite, e.SupportedECDSAKeyTypes)
		}
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{"name", "implementation", "issuers", "verifiers", "vpVerifiers", "didResolvers", "vcHolders"} {
		if object(t, data)[member] == nil {
			t.Errorf("there is no %s", member)
		}
	}
}

// TestMandatoryPointers: what is mandatory is shown to whoever is shown
// anything, and what is mandatory must be there. A suite that signs the whole
// takes none.
func TestMandatoryPointers(t *testing.T) {
	s := newServer(t)
	e := tagged(t, s.Manifest.Issuers, "ecdsa-sd-2023")
	issue := func(e conformance.Endpoint, pointers string) *httptest.ResponseRecorder {
		return ask(s, http.MethodPost, e.Endpoint, `{"credential":`+for2(e.ID)+`,"options":{"mandatoryPointers":`+pointers+`}}`)
	}
	r := issue(e, `["/credentialSubject/own"]`)
	r = ask(s, http.MethodPost, s.Manifest.VCHolders[0].Endpoint, r.Body.String())
	if r.Code != http.StatusCreated || !strings.Contains(r.Body.String(), `"own":"x"`) {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	for _, pointers := range []string{`["/credentialSubject/nothing"]`, `["issuer"]`, `[""," "]`} {
		if r := issue(e, pointers); r.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", pointers, r.Code, r.Body)
		}
	}
	if r := issue(tagged(t, s.Manifest.Issuers, "eddsa-rdfc-2022"), `["/issuer"]`); r.Code != http.StatusUnprocessableEntity {
		t.Errorf("a suite that signs the whole: %d %s", r.Code, r.Body)
	}
}

// TestStatusList: the list that a credential names is there, by the same
// issuer, and signed.
func TestStatusList(t *testing.T) {
	s := newServer(t)
	e := tagged(t, s.Manifest.Issuers, "BitstringStatusList")
	var secured struct {
		Status struct {
			Type, StatusPurpose, StatusListIndex, StatusListCredential string
		} `json:"credentialStatus"`
	}
	credential := issue(t, s, e, for2(e.ID))
	if err := json.Unmarshal([]byte(credential), &secured); err != nil {
		t.Fatal(err)
	}
	if secured.Status.Type != "BitstringStatusListEntry" || secured.Status.StatusPurpose != "revocation" || secured.Status.StatusListIndex == "" {
		t.Fatalf("%+v", secured)
	}
	r := ask(s, http.MethodGet, secured.Status.StatusListCredential, "")
	if r.Code != http.StatusOK || r.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v", r.Code, r.Header())
	}
	list := object(t, r.Body.Bytes())
	if string(list["issuer"]) != `"`+e.ID+`"` || list["proof"] == nil {
		t.Errorf("%s", r.Body)
	}
	if r := ask(s, http.MethodGet, address+"/status/2", ""); r.Code != http.StatusNotFound {
		t.Errorf("a list that is not there: %d", r.Code)
	}
	verifier := tagged(t, s.Manifest.Verifiers, "BitstringStatusList").Endpoint
	if r := ask(s, http.MethodPost, verifier, `{"verifiableCredential":`+credential+`,"options":{"checks":["proof","credentialStatus"]}}`); r.Code != http.StatusOK {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	entry := strings.Replace(string(object(t, []byte(credential))["credentialStatus"]), `/status/1"`, `/status/9"`, 1)
	elsewhere := strings.Replace(for2(e.ID), `"type"`, `"credentialStatus":`+entry+`,"type"`, 1)
	unknown := issue(t, s, tagged(t, s.Manifest.Issuers, "vc2.0"), elsewhere)
	if r := ask(s, http.MethodPost, verifier, `{"verifiableCredential":`+unknown+`}`); r.Code != http.StatusUnprocessableEntity {
		t.Errorf("a list that nobody knows: %d %s", r.Code, r.Body)
	}
}

func TestIdentifiers(t *testing.T) {
	s := newServer(t)
	resolver := s.Manifest.DIDResolvers[0].Endpoint
	for _, e := range s.Manifest.Issuers {
		r := ask(s, http.MethodGet, resolver+"/"+url.PathEscape(e.ID), "")
		if r.Code != http.StatusOK || !strings.Contains(r.Body.String(), e.ID) {
			t.Errorf("%s: %d %s", e.ID, r.Code, r.Body)
		}
	}
}

// TestHostileCredentials: each endpoint refuses what is no credential, and
// never fails.
func TestHostileCredentials(t *testing.T) {
	s := newServer(t)
	id := s.Manifest.Issuers[0].ID
	with := func(member, value string) string {
		members := object(t, []byte(for2(id)))
		members[member] = json.RawMessage(value)
		data, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	bodies := []string{`{}`, `{"credential":null}`, `{"credential":"x"}`, `{"credential":[]}`, `null`, `[]`, ``, `{"verifiableCredential":` + for2(id) + `}`}
	for _, member := range []string{"@context", "type", "issuer", "credentialSubject", "proof", "id", "validFrom", "relatedResource", "credentialSchema"} {
		for _, value := range []string{"null", "4", "true", `[[]]`, `[null]`} {
			bodies = append(bodies, `{"credential":`+with(member, value)+`}`)
		}
	}
	bodies = append(bodies, `{"credential":`+strings.Replace(for2(id), `"issuer":"`+id+`",`, "", 1)+`}`) // without an issuer
	for _, e := range s.Manifest.Issuers {
		for _, body := range bodies {
			if r := ask(s, http.MethodPost, e.Endpoint, body); r.Code != http.StatusBadRequest && r.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %s\n%s", e.Endpoint, r.Code, r.Body, body)
			}
		}
	}
}

// TestFormerBaseContext: the suite of the data model relates credentials to a
// version of the base context by either kind of digest; a wrong one is refused.
func TestFormerBaseContext(t *testing.T) {
	s := newServer(t)
	e := tagged(t, s.Manifest.Issuers, "vc2.0")
	const base = "https://www.w3.org/ns/credentials/v2"
	related := func(digest string) string {
		return strings.Replace(for2(e.ID), `"type"`, `"relatedResource":{"id":"`+base+`",`+digest+`},"type"`, 1)
	}
	issue(t, s, e, related(`"digestMultibase":"uJKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k"`))
	issue(t, s, e, related(`"digestSRI":"sha384-NSOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg"`))
	wrong := related(`"digestMultibase":"uM4RgWQc3RUDtjJCSgTJtTfvpZ7SPEg_LNO0ESlovQC0"`)
	if r := ask(s, http.MethodPost, e.Endpoint, `{"credential":`+wrong+`}`); r.Code != http.StatusUnprocessableEntity {
		t.Errorf("%d %s", r.Code, r.Body)
	}
}
