package verifier_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/bbs"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
)

// TestUnlinkable: what two verifiers get of one credential has nothing in
// common that it has not in common with what is derived of another person's, if
// the same is disclosed: VC DI BBS, Derived Proof Security Properties. That
// what looks for links finds them is seen on ecdsa-sd-2023, which has some.
func TestUnlinkable(t *testing.T) {
	bls, err := bbs.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		suites [3]proof.SelectiveSuite // of each who is shown something
		key    crypto.Signer
		linked bool
	}{
		{[3]proof.SelectiveSuite{fresh("a"), fresh("b"), fresh("c")}, bls, false},
		{[3]proof.SelectiveSuite{bbs.BBS2023{}, bbs.BBS2023{}, bbs.BBS2023{}}, bls, false},
		{[3]proof.SelectiveSuite{ecdsasd.SD2023{}, ecdsasd.SD2023{}, ecdsasd.SD2023{}}, p256, true},
	} {
		t.Run(c.suites[0].Cryptosuite(), func(t *testing.T) {
			anna, bea := residenceOf(t, c.suites[0], c.key, "Anna"), residenceOf(t, c.suites[0], c.key, "Bea")
			one, two := c.suites[0], c.suites[1]
			links := linksOf(t, showName(t, one, anna), showName(t, two, anna), showName(t, c.suites[2], bea))
			if linked := len(links) > 0; linked != c.linked {
				t.Errorf("both have, and the other has not: %q", links)
			}
		})
	}
}

// fresh is bbs-2023 for a verifier that sent a nonce.
func fresh(nonce string) bbs.BBS2023 {
	return bbs.BBS2023{PresentationHeader: []byte("the nonce " + strings.Repeat(nonce, 20))}
}

// residenceOf is a credential with a base proof, of which only the description
// tells whose it is. The proof has no time, which would tell.
func residenceOf(t *testing.T, suite proof.SelectiveSuite, key crypto.Signer, name string) []byte {
	t.Helper()
	id, method, err := did.FromKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	document := credtest.Marshal(t, credtest.Object{
		"@context": []any{schemas.CredentialsV2}, "type": []any{"VerifiableCredential"}, "issuer": id,
		"name": "Resident", "description": "that of " + name, "credentialSubject": credtest.Object{"id": "urn:the:holder"},
	})
	template := proof.Template{VerificationMethod: method, Purpose: proof.AssertionMethod}
	base, err := proof.Sign(t.Context(), document, template, suite.WithMandatory([]string{"/issuer"}), key, embedded(t))
	if err != nil {
		t.Fatal(err)
	}
	return base
}

func embedded(t *testing.T) *schemas.Contexts {
	t.Helper()
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return contexts
}

// showName derives what discloses the name of a credential, and its subject.
func showName(t *testing.T, suite proof.SelectiveSuite, base []byte) credtest.Object {
	t.Helper()
	table, err := proof.NewTable(suite)
	if err != nil {
		t.Fatal(err)
	}
	data, err := proof.Derive(t.Context(), base, []string{"/name", "/credentialSubject"}, table, embedded(t))
	if err != nil {
		t.Fatal(err)
	}
	document := credtest.Unmarshal(t, data)
	wantAccepted(t, data, lenientPolicy(document["issuer"].(string), embedded(t), table))
	if document["name"] != "Resident" || document["description"] != nil {
		t.Fatalf("disclosed is %s", data)
	}
	return document
}

// linksOf returns what one and two have in common, and not with other: values
// of the JSON, components of the proof values, and runs of their bytes.
func linksOf(t *testing.T, one, two, other credtest.Object) (links []string) {
	t.Helper()
	a, b, c := valuesOf(t, one), valuesOf(t, two), valuesOf(t, other)
	for at, value := range a {
		if b[at] == value && c[at] != value {
			links = append(links, at)
		}
	}
	const run = 6
	for _, component := range componentsOf(t, one) {
		for i := 0; i+run <= len(component); i++ {
			part := component[i : i+run]
			within := func(component []byte) bool { return bytes.Contains(component, part) }
			if slices.ContainsFunc(componentsOf(t, two), within) && !slices.ContainsFunc(componentsOf(t, other), within) {
				return append(links, fmt.Sprintf("the bytes %x", part))
			}
		}
	}
	return links
}

// valuesOf returns the values of a document by their pointers, and the
// components of its proof value by their places.
func valuesOf(t *testing.T, document credtest.Object) map[string]string {
	t.Helper()
	values := map[string]string{}
	leaves("", map[string]any(document), values)
	for i, part := range partsOf(t, document) {
		values[fmt.Sprintf("component %d", i)] = fmt.Sprint(part)
	}
	return values
}

// componentsOf returns the components of a proof value that are bytes.
func componentsOf(t *testing.T, document credtest.Object) (all [][]byte) {
	t.Helper()
	for _, part := range partsOf(t, document) {
		if data, ok := part.([]byte); ok {
			all = append(all, data)
		}
	}
	return all
}

// leaves puts the values of a document by their pointers into values.
func leaves(pointer string, value any, values map[string]string) {
	switch value := value.(type) {
	case map[string]any:
		values[pointer] = fmt.Sprint(slices.Sorted(maps.Keys(value)))
		for name, member := range value {
			leaves(pointer+"/"+name, member, values)
		}
	case []any:
		for i, element := range value {
			leaves(fmt.Sprintf("%s/%d", pointer, i), element, values)
		}
	default:
		values[pointer] = fmt.Sprint(value)
	}
}

func partsOf(t *testing.T, document credtest.Object) (parts []any) {
	t.Helper()
	value := document["proof"].(credtest.Object)["proofValue"].(string)
	raw, err := base64.RawURLEncoding.DecodeString(value[1:])
	if err != nil {
		t.Fatal(err)
	}
	if err := cbor.Unmarshal(raw[3:], &parts); err != nil {
		t.Fatal(err)
	}
	return parts
}
