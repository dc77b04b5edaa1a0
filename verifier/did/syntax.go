package did

import (
	"regexp"
	"strings"
)

// maxID caps the length of an identifier; only a did:jwk is long.
const maxID = 4096

// The rules did and did-url of Decentralized Identifiers 1.0, sections 3.1
// and 3.2, whose path, query and fragment are those of RFC 3986.
const (
	escaped = `%[0-9A-Fa-f]{2}`
	ruleDID = `did:[a-z0-9]+:(?:[A-Za-z0-9._:-]|` + escaped + `)*(?:[A-Za-z0-9._-]|` + escaped + `)`
	inPath  = `(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|` + escaped + `)*`
	inQuery = `(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|` + escaped + `)*`
)

var (
	syntaxDID = regexp.MustCompile(`^` + ruleDID + `$`)
	syntaxURL = regexp.MustCompile(`^(` + ruleDID + `)(/` + inPath + `)?(?:\?(` + inQuery + `))?(?:#(` + inQuery + `))?$`)
)

func isDID(id string) bool { return len(id) <= maxID && syntaxDID.MatchString(id) }

// notMine is the error of a resolver that is asked for an identifier of
// another kind than its own.
func notMine(id string) error {
	if isDID(id) {
		return coded(MethodNotSupported, ErrUnknown, "the method of %.120s is not resolved here", id)
	}
	return coded(InvalidDID, ErrUnknown, "%.120q is not resolved here", id)
}

// URL is a DID URL taken apart. Path is empty or starts with "/"; Query and
// Fragment are without their mark.
type URL struct{ DID, Path, Query, Fragment string }

// ParseURL takes a DID URL apart; a DID is one.
func ParseURL(text string) (URL, error) {
	if len(text) <= 2*maxID {
		if parts := syntaxURL.FindStringSubmatch(text); parts != nil {
			return URL{DID: parts[1], Path: parts[2], Query: parts[3], Fragment: parts[4]}, nil
		}
	}
	return URL{}, coded(InvalidDIDURL, ErrInvalid, "%.120q is not a DID URL", text)
}

// Controller returns the identifier whose document lists the method at url.
func Controller(url string) string {
	id, _, _ := strings.Cut(url, "#")
	return id
}

// absolute returns the URL that reference stands for in the document of id. A
// relative one is a fragment only.
func absolute(id, reference string) string {
	if strings.HasPrefix(reference, "#") {
		return id + reference
	}
	return reference
}
