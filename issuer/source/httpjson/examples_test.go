package httpjson_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/httpjson"
)

// example opens the API that an example configures at another place.
func example(t *testing.T, file, name string, handler http.Handler) *httpjson.API {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("examples", file))
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse(data, "")
	if err != nil {
		t.Fatal(err)
	}
	o := c.Sources[name].HTTP.Options()
	was, err := url.Parse(o.URL)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(http.StripPrefix(was.Path, handler))
	t.Cleanup(server.Close)
	o.URL, o.Now, o.Random = server.URL+was.Path, time.Now, rand.Reader
	o.Credentials.Roots = x509.NewCertPool()
	o.Credentials.Roots.AddCert(server.Certificate())
	o.Credentials.Token = func(context.Context) (string, error) { return "t0ken", nil }
	a, err := httpjson.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func wantLookups(t *testing.T, a *httpjson.API, r source.Relation, want map[string]any) {
	t.Helper()
	s, err := a.Source(r)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range want {
		got, err := s.Lookup(t.Context(), key)
		switch want := want.(type) {
		case error:
			if !errors.Is(err, want) || got != nil {
				t.Errorf("%s: got %v and %v, want %v", key, got, err, want)
			}
		case source.Record:
			if err != nil {
				t.Errorf("%s: %v", key, err)
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", key, diff)
			}
		}
	}
}

// envelope is what SP-DCI requires of a search by an identifier.
type envelope struct {
	Header struct {
		MessageID string    `json:"message_id"`
		MessageTS time.Time `json:"message_ts"`
		Action    string    `json:"action"`
		SenderID  string    `json:"sender_id"`
	} `json:"header"`
	Message struct {
		TransactionID string `json:"transaction_id"`
		SearchRequest []struct {
			ReferenceID    string    `json:"reference_id"`
			Timestamp      time.Time `json:"timestamp"`
			SearchCriteria struct {
				QueryType string `json:"query_type"`
				Query     struct {
					Type  string `json:"type"`
					Value string `json:"value"`
				} `json:"query"`
			} `json:"search_criteria"`
		} `json:"search_request"`
	} `json:"message"`
}

func identifiers(pairs ...string) []any {
	var all []any
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, map[string]any{"@type": "Identifier", "identifier_type": pairs[i], "identifier_value": pairs[i+1]})
	}
	return all
}

var persons = []map[string]any{
	{
		"@type": "CRVS_Person", "identifier": identifiers("UIN", "847951632", "BRN", "BRN-0001"), "sex": "female",
		"name": map[string]any{"surname": "พุ่มชัย", "given_name": "Sudarat", "second_name": ""}, "birth_date": "1995-09-21T23:20:00+07:00",
		"birth_place": map[string]any{"geo": map[string]any{"latitude": 9.5604}}, "phone_number": []any{"+1 (425) 555-1212"},
	},
	{"identifier": identifiers("BRN", "BRN-0002"), "name": map[string]any{"surname": "A", "given_name": nil}, "birth_date": "1990-01-01"},
	{"identifier": identifiers("BRN", "TWIN-1"), "birth_date": "2000-01-01"},
	{"identifier": identifiers("BRN", "TWIN-1"), "birth_date": "2000-01-01"},
	{"identifier": identifiers("BRN", "BRN-0003"), "name": map[string]any{"surname": "B"}, "birth_date": nil},
	{"identifier": identifiers("BRN", "BRN-0004", "BRN", "BRN-0005"), "birth_date": "2000-01-01"},
}

// crvs is a civil register after SP-DCI 1.0.0, /registry/sync/search.
type crvs struct {
	t    *testing.T
	seen map[string]bool // message identifiers, each of which is there once
}

func (c crvs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var e envelope
	err := json.UnmarshalRead(r.Body, &e)
	switch {
	case r.Method != http.MethodPost || r.URL.Path != "/registry/sync/search" || r.Header.Get("Content-Type") != "application/json":
		http.NotFound(w, r)
		return
	case r.Header.Get("Authorization") != "Bearer t0ken":
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	case err != nil || e.Header.MessageID == "" || c.seen[e.Header.MessageID] || time.Since(e.Header.MessageTS) > time.Minute,
		e.Header.Action != "search" || e.Message.TransactionID == "" || len(e.Message.SearchRequest) != 1,
		e.Message.SearchRequest[0].ReferenceID == "" || e.Message.SearchRequest[0].Timestamp.IsZero():
		c.t.Errorf("not an envelope of SP-DCI, or one seen before: %+v, %v", e, err)
	}
	c.seen[e.Header.MessageID] = true
	asked := e.Message.SearchRequest[0]
	answer := map[string]any{"reference_id": asked.ReferenceID, "timestamp": "2026-11-22T09:00:00+07:00", "status": "succ"}
	criteria := asked.SearchCriteria
	switch {
	case criteria.QueryType != "idtype-value" || criteria.Query.Type != "BRN":
		answer["status"], answer["status_reason_code"] = "rjct", "rjct.search_criteria.invalid"
	case criteria.Query.Value == "REJECTED":
		answer["status"], answer["status_reason_code"] = "rjct", "rjct.search.too_many_records_found"
	case criteria.Query.Value != "NO-DATA":
		answer["data"] = map[string]any{"version": "1.0.0", "reg_record_type": "spdci-extensions-dci:Person", "reg_records": c.with(criteria.Query.Value)}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.MarshalWrite(w, map[string]any{
		"signature": "", "header": map[string]any{"version": "1.0.0", "message_id": e.Header.MessageID, "action": "on-search", "status": "succ", "total_count": 1},
		"message": map[string]any{"transaction_id": e.Message.TransactionID, "correlation_id": "9876543210", "search_response": []any{answer}},
	})
}

// with finds loosely: one register takes a number's beginning for the number.
func (c crvs) with(value string) []any {
	found := []any{}
	for _, p := range persons {
		for _, id := range p["identifier"].([]any) {
			if strings.HasPrefix(id.(map[string]any)["identifier_value"].(string), value) {
				found = append(found, p)
				break
			}
		}
	}
	return found
}

func TestSPDCI(t *testing.T) {
	a := example(t, "spdci.yaml", "crvs", crvs{t, map[string]bool{}})
	wantLookups(t, a, source.Relation{Table: "persons", Key: "brn", Columns: []string{"uin", "given_name", "surname", "birth_date", "sex"}}, map[string]any{
		"BRN-0001": source.Record{"uin": "847951632", "given_name": "Sudarat", "surname": "พุ่มชัย", "birth_date": "1995-09-21T23:20:00+07:00", "sex": "female"},
		"BRN-0002": source.Record{"surname": "A", "birth_date": "1990-01-01"},
		"BRN-9999": source.ErrNone, "NO-DATA": source.ErrNone,
		"TWIN": source.ErrNone, "TWIN-1": source.ErrMany,
		"REJECTED":   source.ErrUnavailable,
		"BRN-0003":   source.ErrShape, // no date of birth
		"BRN-0004":   source.ErrShape, // two numbers of birth
		`"}, "x": "`: source.ErrNone, "": source.ErrNone,
	})
}

// fhir is a server of HL7 FHIR R4 with patients by number; each has an
// identifier of another system that is its neighbour's number.
type fhir struct{ base string }

const healthID = "https://health.example/id"

func patient(number, family string) map[string]any {
	return map[string]any{
		"resourceType": "Patient", "id": "p" + number, "meta": map[string]any{"versionId": "1"}, "birthDate": "1985-05-20", "deceasedBoolean": false,
		"identifier": []any{
			map[string]any{"system": "urn:oid:1.2.36.146.595.217.0.1", "value": "0000000002"},
			map[string]any{"system": healthID, "value": number, "use": "official"},
		},
		"name": []any{
			map[string]any{"use": "maiden", "family": "Before"},
			map[string]any{"use": "official", "family": family, "given": []any{"Åse", "Marie"}},
		},
	}
}

var patients = []map[string]any{patient("0000000001", "Bjørnstad"), patient("0000000002", "O'Hara"), patient("0000000003", "Twin"), patient("0000000003", "Twin"), patient("0000000003", "Twin")}

func (f fhir) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	found := patients
	if token := q.Get("identifier"); token != "" {
		// Servers there are that take a value for the same in any system.
		_, value, _ := strings.Cut(token, "|")
		found = slices.DeleteFunc(slices.Clone(patients), func(p map[string]any) bool {
			return !slices.ContainsFunc(p["identifier"].([]any), func(id any) bool { return id.(map[string]any)["value"] == value })
		})
	}
	const page = 2
	from := len(q.Get("page")) * page
	bundle := map[string]any{"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": []any{map[string]any{"relation": "self", "url": "https://fhir.example" + r.URL.String()}}}
	if rest := found[min(from, len(found)):]; len(rest) > page && q.Get("identifier") != healthID+"|0000000002" {
		q.Set("page", q.Get("page")+"+")
		bundle["link"] = append(bundle["link"].([]any), map[string]any{"relation": "next", "url": f.base + "?" + q.Encode()})
		found = rest[:page]
	} else {
		found = rest
	}
	var entries []any
	for _, p := range found {
		entries = append(entries, map[string]any{"fullUrl": "urn:x", "resource": p, "search": map[string]any{"mode": "match"}})
	}
	if len(entries) > 0 { // an array cannot be empty in FHIR
		entries = append(entries, map[string]any{"resource": map[string]any{"resourceType": "OperationOutcome"}, "search": map[string]any{"mode": "outcome"}})
		bundle["entry"] = entries
	}
	w.Header().Set("Content-Type", "application/fhir+json; charset=UTF-8")
	_ = json.MarshalWrite(w, bundle)
}

func TestFHIR(t *testing.T) {
	a := example(t, "fhir.yaml", "patients", fhir{"/r4/Patient"})
	relation := source.Relation{Table: "Patient", Key: "health_id", Columns: []string{"family", "given", "born", "deceased"}}
	wantLookups(t, a, relation, map[string]any{
		"0000000001": source.Record{"family": "Bjørnstad", "given": "Åse", "born": "1985-05-20", "deceased": "false"},
		"0000000002": source.Record{"family": "O'Hara", "given": "Åse", "born": "1985-05-20", "deceased": "false"},
		"0000000003": source.ErrMany, // and there is a next page
		"0000000004": source.ErrNone,
		"0000000001,https://health.example/id|0000000002": source.ErrNone,
	})
	s, err := a.Source(relation)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for key, err := range s.Keys(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	if diff := cmp.Diff([]string{"0000000001", "0000000002", "0000000003"}, keys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFHIRElsewhere: a list that leads off the API is not followed.
func TestFHIRElsewhere(t *testing.T) {
	reached := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer elsewhere.Close()
	for _, base := range []string{elsewhere.URL, "/r5/Patient", "https://user@127.0.0.1/r4/Patient", "/r4/../r5"} {
		s, err := example(t, "fhir.yaml", "patients", fhir{base}).Source(source.Relation{Table: "Patient", Key: "health_id", Columns: []string{"born"}})
		if err != nil {
			t.Fatal(err)
		}
		var end error
		for _, end = range s.Keys(t.Context()) {
		}
		if !errors.Is(end, source.ErrShape) || !strings.Contains(end.Error(), "next page") {
			t.Errorf("%s: ended with %v", base, end)
		}
	}
	if reached {
		t.Error("another origin was asked")
	}
}

// TestManual: the configuration in the operator's manual can be used.
func TestManual(t *testing.T) {
	page, err := os.ReadFile("../../../docs/operator.md")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(page), "```") {
		sources, ok := strings.CutPrefix(block, "yaml\n")
		if !ok || !strings.Contains(sources, "driver: httpjson") {
			continue
		}
		c, err := config.Parse([]byte("url: https://registry.example\nsigning_key: a\n"+sources), "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := httpjson.Open(c.Sources["companies"].HTTP.Options()); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Error("the manual has no configuration for httpjson")
}
