package verifier_test

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// FuzzVerify wants whatever is accepted to make the very statements that were
// signed, and what checks read from it to be what was signed.
func FuzzVerify(f *testing.F) {
	issuer, document, policy := rich(f)
	signed := [][]byte{issuer.Signed(f), issuer.Sign(f, document, issuer.Proof())}
	for _, data := range signed {
		f.Add(data)
		f.Add(bytes.Replace(data, []byte(`"validUntil":"2026-07-02T12:00:00Z"`), []byte(`"until":"2026-07-02T12:00:00Z"`), 1))
		f.Add(bytes.Replace(data, []byte(`"O'Brien"`), []byte(`{"@value":"O'Brien"}`), 1))
		f.Add(bytes.Replace(data, []byte(`"credentialStatus":`), []byte(`"more":{"a":1},"credentialStatus":`), 1))
		f.Add(bytes.Replace(data, []byte(`"proof":{`), []byte(`"proof":[{"id":"_:b",`), 1))
	}
	v, err := verifier.New(policy)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		report, err := v.Verify(t.Context(), data)
		if err != nil {
			t.Fatal(err)
		}
		if report.Verified() == nil {
			return
		}
		wantSigned(t, report, data, signed, issuer.Contexts)
	})
}

// fataler is what testing.TB and rapid.T have in common here.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// wantSigned wants the accepted data to make the statements of one of signed,
// and what checks read from both to be the same.
func wantSigned(t fataler, report *verifier.Report, data []byte, signed [][]byte, contexts *schemas.Contexts) {
	t.Helper()
	said := statements(t, data, contexts)
	i := slices.IndexFunc(signed, func(original []byte) bool { return said == statements(t, original, contexts) })
	if i < 0 {
		t.Fatalf("accepted what nobody signed:\n%s", said)
	}
	original, err := credential.Parse(signed[i])
	if err != nil {
		t.Fatalf("%v", err)
	}
	ignore := cmpopts.IgnoreFields(credential.Unverified{}, "Contexts", "Types", "Name", "Subjects")
	if diff := cmp.Diff(original, report.Unverified(), ignore, cmpopts.IgnoreUnexported(credential.Unverified{})); diff != "" {
		t.Fatalf("%s\n%s", diff, data)
	}
}

// statements returns the canonical form of a credential and of its proofs.
func statements(t fataler, data []byte, contexts *schemas.Contexts) string {
	t.Helper()
	var object credtest.Object
	if err := json.Unmarshal(data, &object); err != nil {
		t.Fatalf("%v", err)
	}
	proofs, ok := object["proof"].([]any)
	if !ok {
		proofs = []any{object["proof"]}
	}
	delete(object, "proof")
	all := [][]byte{canonical(t, object, contexts)}
	for _, proof := range proofs {
		options := maps.Clone(proof.(credtest.Object))
		options["@context"] = object["@context"]
		all = append(all, canonical(t, options, contexts))
	}
	return string(bytes.Join(all, []byte("\n")))
}

func canonical(t fataler, object credtest.Object, contexts *schemas.Contexts) []byte {
	t.Helper()
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatalf("%v", err)
	}
	nquads, err := jsonld.Canonicalize(context.Background(), data, contexts, crypto.SHA256)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return nquads
}
