package wallet

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// Pointers returns pointers to the claims of the credential: to its members
// and to those of its subjects, in the order of their names, without what goes
// with any of them. In an SD-JWT they are to the claims that have a disclosure.
func (e Entry) Pointers() []string {
	if e.form.token != nil {
		contents := e.form.contents()
		return contents.Disclosed()
	}
	object, err := strictjson.ParseObject(e.form.data, strictjson.Limits{Bytes: credential.MaxBytes})
	if err != nil {
		return nil // not reached: it was parsed when it was read
	}
	var pointers []string
	for _, name := range claimNames(object) {
		if name == "credentialSubject" {
			pointers = append(pointers, subjectPointers(object[name])...)
		} else {
			pointers = append(pointers, pointer(name))
		}
	}
	return pointers
}

func subjectPointers(value any) []string {
	const path = "/credentialSubject"
	subjects, several := value.([]any)
	if !several {
		return memberPointers(path, value)
	}
	var pointers []string
	for i, subject := range subjects {
		pointers = append(pointers, memberPointers(path+pointer(strconv.Itoa(i)), subject)...)
	}
	return pointers
}

func memberPointers(path string, value any) []string {
	object, _ := value.(map[string]any)
	var pointers []string
	for _, name := range claimNames(object) {
		pointers = append(pointers, path+pointer(name))
	}
	return pointers
}

// claimNames leaves out what goes with any claim.
func claimNames(object map[string]any) []string {
	names := slices.Sorted(maps.Keys(object))
	return slices.DeleteFunc(names, func(name string) bool {
		return slices.Contains([]string{"@context", "id", "type", "issuer", "proof"}, name)
	})
}

var escape = strings.NewReplacer("~", "~0", "/", "~1")

func pointer(name string) string { return "/" + escape.Replace(name) }
