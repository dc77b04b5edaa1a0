package jsonld

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/rdfc"
)

// checkNames wants each member to be named by a term. The same statement can
// also be made with an IRI or a keyword for a name: whoever reads the JSON
// would then miss it, an end of validity say, while the signature still fits.
// The one object with keywords is a text with its language; a context stands
// where checkContexts lets it.
func checkNames(value any) error {
	switch value := value.(type) {
	case map[string]any:
		if isText(value) {
			return nil
		}
		for name, member := range value {
			if name == "@context" {
				continue
			}
			if name == "" || strings.HasPrefix(name, "@") || strings.Contains(name, ":") {
				return fmt.Errorf("%w: the member %.80q is not named by a term", ErrInvalid, name)
			}
			if err := checkNames(member); err != nil {
				return err
			}
		}
	case []any:
		for _, item := range value {
			if err := checkNames(item); err != nil {
				return err
			}
		}
	}
	return nil
}

// isText tells whether object is a text with its language, its direction, or
// both (VC Data Model 2.0, section 11.1). With neither it would make the same
// statement as the text alone.
func isText(object map[string]any) bool {
	_, ok := object["@value"].(string)
	ok = ok && len(object) > 1
	for name, member := range object {
		_, text := member.(string)
		ok = ok && text && (name == "@value" || name == "@language" || name == "@direction")
	}
	return ok
}

const (
	credentialsNS = "https://www.w3.org/2018/credentials#"
	securityNS    = "https://w3id.org/security#"
)

// own has the terms, of a credential and of a proof, that limit what may be
// accepted.
var own = map[string]string{
	"credentialSchema":     credentialsNS + "credentialSchema",
	"credentialStatus":     credentialsNS + "credentialStatus",
	"credentialSubject":    credentialsNS + "credentialSubject",
	"expirationDate":       credentialsNS + "expirationDate",
	"holder":               credentialsNS + "holder",
	"issuanceDate":         credentialsNS + "issuanceDate",
	"issuer":               credentialsNS + "issuer",
	"relatedResource":      credentialsNS + "relatedResource",
	"termsOfUse":           credentialsNS + "termsOfUse",
	"validFrom":            credentialsNS + "validFrom",
	"validUntil":           credentialsNS + "validUntil",
	"verifiableCredential": credentialsNS + "verifiableCredential",
	"challenge":            securityNS + "challenge",
	"domain":               securityNS + "domain",
	"expires":              securityNS + "expiration",
	"previousProof":        securityNS + "previousProof",
}

// checkOwn wants the document to say those things, and its id, where they are
// read: in members of its own, by their terms. The same statements can come
// from a second description of the document inside of it, or from an alias or
// an @nest that some context defines.
func checkOwn(body map[string]any, root rdfc.Term, quads []rdfc.Quad) error {
	if slices.ContainsFunc(quads, func(q rdfc.Quad) bool { return q.Graph == root }) {
		return fmt.Errorf("%w: it is a graph", ErrInvalid)
	}
	if _, ok := body["id"]; !ok && root.Kind == rdfc.IRI {
		return fmt.Errorf("%w: it says its id in another place than its member of that name", ErrInvalid)
	}
	said := map[string]int{}
	for _, q := range quads {
		if q.Subject == root {
			said[q.Predicate.Value]++
		}
	}
	for term, iri := range own {
		read := 0
		if value, ok := body[term]; ok {
			read = len(asArray(value))
		}
		if said[iri] != read {
			return fmt.Errorf("%w: it says %s in another place than its member of that name", ErrInvalid, term)
		}
	}
	return nil
}
