package verifierhttp

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// Caps on a request: the largest document, as deep as one may be, and what is
// around it. More than that is thrown away unread, up to a cap as well, so that
// who writes all before reading gets to see the answer.
const (
	maxBytes     = credential.MaxBytes + 64<<10
	maxDepth     = strictjson.DefaultDepth + 1
	maxDiscarded = 32 << 20
	maxOption    = 1 << 10 // bytes of a domain or a challenge
	maxOptions   = 32      // members of the options, or checks
)

// kind is what an endpoint verifies.
type kind struct {
	member string // that holds the document
	name   string
}

var (
	credentials   = kind{"verifiableCredential", "credential"}
	presentations = kind{"verifiablePresentation", "presentation"}
)

// request is a document to verify, and what is wanted of it.
type request struct {
	document          jsontext.Value
	domain, challenge string   // empty if any will do
	checks            []string // rows that must be established
	ignored           []string // options that are not known here
}

// Errors about a request: its text, or the value of a member.
var (
	errParsing = errors.New("the request cannot be read")
	errValue   = errors.New("the request cannot be used")
)

// read reads a request for an endpoint.
func read(body io.Reader, k kind) (*request, error) {
	data, err := web.ReadBody(body, maxBytes)
	if errors.Is(err, web.ErrTooLarge) {
		_, _ = io.CopyN(io.Discard, body, maxDiscarded)
		return nil, fmt.Errorf("%w: it has more than %d bytes, which no %s needs", errParsing, maxBytes, k.name)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errParsing, err)
	}
	if _, err := strictjson.ParseObject(data, strictjson.Limits{Bytes: maxBytes, Depth: maxDepth}); err != nil {
		return nil, fmt.Errorf(`%w: %w; send {"%s": {…}}`, errParsing, err, k.member)
	}
	var members map[string]jsontext.Value
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, fmt.Errorf("%w: %w", errParsing, err)
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if name != k.member && name != "options" {
			return nil, fmt.Errorf("%w: %.80q has no place in it; send %s, and options if there are any", errValue, name, k.member)
		}
	}
	r := &request{document: members[k.member]}
	if r.document.Kind() != '{' {
		return nil, fmt.Errorf("%w: %s is %s; send the %s itself, a JSON object with its proof", errValue, k.member, named(r.document), k.name)
	}
	return r, r.readOptions(members["options"])
}

// named says in a word what a value is.
func named(value jsontext.Value) string {
	switch value.Kind() {
	case '"':
		return "a string"
	case '[':
		return "a list"
	case '0':
		return "a number"
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	}
	return "missing"
}

// readOptions reads the options that say what to verify. The API lets others
// be there; the answer names them.
func (r *request) readOptions(value jsontext.Value) (err error) {
	if absent(value) {
		return nil
	}
	var options map[string]jsontext.Value
	if err := json.Unmarshal(value, &options); err != nil || len(options) > maxOptions {
		return fmt.Errorf("%w: options is not an object of at most %d members", errValue, maxOptions)
	}
	for _, name := range slices.Sorted(maps.Keys(options)) {
		switch value := options[name]; name {
		case "domain":
			r.domain, err = text(name, value)
		case "challenge":
			r.challenge, err = text(name, value)
		case "checks":
			r.checks, err = rows(value)
		default:
			r.ignored = append(r.ignored, fmt.Sprintf("the option %.80q is not known here and was ignored", name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// absent: an option that is null is as good as none (Data Integrity 1.0,
// section 4.4).
func absent(value jsontext.Value) bool { return len(value) == 0 || value.Kind() == 'n' }

func text(name string, value jsontext.Value) (text string, err error) {
	if absent(value) {
		return "", nil
	}
	if err := json.Unmarshal(value, &text); err != nil || text == "" || len(text) > maxOption {
		return "", fmt.Errorf("%w: options.%s is not a string of 1 to %d bytes; leave it out if any will do", errValue, name, maxOption)
	}
	return text, nil
}

// rowOf gives the row of the report for each check that a caller can name: the
// row's own name, or the member of the credential that it is about.
func rowOf() map[string]string {
	names := map[string]string{
		"credentialStatus": verifier.CheckStatus, "credentialSchema": verifier.CheckSchema, "relatedResource": verifier.CheckResources,
	}
	for _, row := range []string{
		verifier.CheckModel, verifier.CheckProof, verifier.CheckIssuer, verifier.CheckValidity, verifier.CheckStatus,
		verifier.CheckSchema, verifier.CheckResources, verifier.CheckLog, verifier.CheckHolder,
	} {
		names[row] = row
	}
	return names
}

// rows reads the checks that a caller wants to be made. One that nobody makes
// here is an error: a good answer without it would say too much.
func rows(value jsontext.Value) ([]string, error) {
	if absent(value) {
		return nil, nil
	}
	var names []string
	if err := json.Unmarshal(value, &names); err != nil || len(names) > maxOptions {
		return nil, fmt.Errorf("%w: options.checks is not a list of at most %d strings", errValue, maxOptions)
	}
	known := rowOf()
	for i, name := range names {
		row, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("%w: options.checks has %.40q; what can be asked for is %s", errValue, name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
		names[i] = row
	}
	return names, nil
}
