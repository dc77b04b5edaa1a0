package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// pointers returns the JSON Pointers for the paths of a suite, such as
// a.b[0].c, which come as a list in JSON.
func pointers(list string) ([]string, error) {
	if list == "" {
		return nil, nil
	}
	var paths []string
	if err := json.Unmarshal([]byte(list), &paths); err != nil {
		return nil, fmt.Errorf("%w: --sd is not a list of texts in JSON", errIndeterminate)
	}
	for i, path := range paths {
		path = strings.NewReplacer("[", ".", "]", "").Replace(path)
		paths[i] = ""
		for step := range strings.SplitSeq(path, ".") {
			paths[i] = string(jsontext.Pointer(paths[i]).AppendToken(step))
		}
	}
	return paths, nil
}

// modelled are the members that the data model has at the top of credentials
// and presentations, 2.0, sections 4 and 5.
var modelled = []string{
	"@context", "id", "type", "name", "description", "issuer", "holder", "validFrom", "validUntil",
	"credentialSubject", "credentialStatus", "credentialSchema", "relatedResource", "refreshService",
	"termsOfUse", "evidence", "verifiableCredential", "confidenceMethod", "renderMethod", "proof",
}

// checkMembers refuses what the suite has as an unknown extension. The text
// leaves it to issuers whether they sign such members; verifiers ignore them.
func checkMembers(document []byte) error {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(document, &members); err != nil {
		return fmt.Errorf("the input is not an object of JSON: %w", err)
	}
	for name := range members {
		if !slices.Contains(modelled, name) {
			return fmt.Errorf("the data model has no member %.40q", name)
		}
	}
	return nil
}
