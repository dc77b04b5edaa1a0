package verifier_test

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
)

// TestAlteredAtRandom moves, renames and wraps members of a signed credential
// at random. What is still accepted makes the statements that were signed.
func TestAlteredAtRandom(t *testing.T) {
	issuer, document, policy := rich(t)
	signed := issuer.Sign(t, document, issuer.Proof())
	v, err := verifier.New(policy)
	if err != nil {
		t.Fatal(err)
	}
	accepted := 0
	rapid.Check(t, func(t *rapid.T) {
		var object credtest.Object
		if err := json.Unmarshal(signed, &object); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 3).Draw(t, "alterations") {
			alter(t, object)
		}
		data, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		report, err := v.Verify(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		if report.Verified() != nil {
			accepted++
			wantSigned(t, report, data, [][]byte{signed}, issuer.Contexts)
		}
	})
	if accepted == 0 {
		t.Error("nothing was accepted: the alterations are too wild to show anything")
	}
}

// names that make a member look like another.
var names = []string{
	"@context", "id", "type", "issuer", "validUntil", "validFrom", "credentialStatus", "credentialSubject", "evidence", "expires", "about",
	"licence", "permit", "until", "more", "items", "also", "holds", "steps", "notes", "data", "@id", "@nest", "@graph", "@included", "@reverse",
	"cred:validUntil", "https://www.w3.org/2018/credentials#validUntil", "https://www.w3.org/2018/credentials#credentialStatus",
}

func alter(t *rapid.T, object credtest.Object) {
	paths := memberPaths(object, nil)
	path := rapid.SampledFrom(paths).Draw(t, "path")
	from, name := at(object, path[:len(path)-1]).(credtest.Object), path[len(path)-1]
	target := rapid.SampledFrom(paths).Draw(t, "target")
	to, _ := at(object, target).(credtest.Object)
	if slices.Equal(path, target[:min(len(path), len(target))]) {
		to = nil // not into itself
	}
	other := rapid.SampledFrom(names).Draw(t, "name")
	value := from[name]
	switch rapid.IntRange(0, 6).Draw(t, "kind") {
	case 0: // move
		if to != nil {
			delete(from, name)
			to[name] = value
		}
	case 1: // copy
		if to != nil {
			to[name] = clone(value)
		}
	case 2: // rename
		delete(from, name)
		from[other] = value
	case 3: // wrap in an object
		from[name] = credtest.Object{other: value}
	case 4: // wrap by moving into a new member
		delete(from, name)
		from[other] = credtest.Object{name: value}
	case 5: // an array of one
		from[name] = []any{value}
	case 6: // other contexts
		object["@context"] = append([]any{schemas.CredentialsV2}, rapid.Permutation([]any{schemas.CivilV1, richContextURL}).Draw(t, "contexts")...)
	}
}

// clone returns a copy of a JSON value.
func clone(value any) any {
	switch value := value.(type) {
	case credtest.Object:
		copied := credtest.Object{}
		for name, member := range value {
			copied[name] = clone(member)
		}
		return copied
	case []any:
		copied := make([]any, len(value))
		for i, item := range value {
			copied[i] = clone(item)
		}
		return copied
	default:
		return value
	}
}
