package jsonld

import (
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/internal/rdfc"
)

// checkContexts refuses contexts that are not URLs: what they say is not under
// the signature.
func checkContexts(value any) error {
	for _, entry := range asArray(value) {
		if _, ok := entry.(string); !ok {
			return fmt.Errorf("%w: each @context must be a URL", ErrInvalid)
		}
	}
	return nil
}

// checkNames wants each member to be named by a term. The same statement can
// also be made with an IRI or a keyword for a name: whoever reads the JSON
// would then miss it, an end of validity say, while the signature still fits.
// The one object with keywords is a text with its language; a context stands
// at the top level only, which is not part of value.
func checkNames(value any) error {
	switch value := value.(type) {
	case map[string]any:
		if isLanguageText(value) {
			return nil
		}
		for name, member := range value {
			if strings.HasPrefix(name, "@") || strings.Contains(name, ":") {
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

func isLanguageText(object map[string]any) bool {
	_, text := object["@value"].(string)
	_, language := object["@language"].(string)
	return text && language && len(object) == 2
}

const (
	credentialsNS = "https://www.w3.org/2018/credentials#"
	securityNS    = "https://w3id.org/security#"
)

// own has the terms, of a credential and of a proof, that limit what may be
// accepted.
var own = map[string]string{
	"credentialStatus":  credentialsNS + "credentialStatus",
	"credentialSubject": credentialsNS + "credentialSubject",
	"issuer":            credentialsNS + "issuer",
	"validFrom":         credentialsNS + "validFrom",
	"validUntil":        credentialsNS + "validUntil",
	"challenge":         securityNS + "challenge",
	"domain":            securityNS + "domain",
	"expires":           securityNS + "expiration",
	"previousProof":     securityNS + "previousProof",
}

// checkOwn wants the document to say those things, and its id, where they are
// read: in members of its own, by their terms. The same statements can come
// from a second description of the document inside of it, or from an alias or
// an @nest that some context defines.
func checkOwn(body map[string]any, root rdfc.Term, quads []rdfc.Quad) error {
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
