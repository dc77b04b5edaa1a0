package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/proof"
)

const (
	ownContext    = `{"@context":{"licence":"https://registry.example/ns#licence"}}`
	ownContextURL = "https://registry.example/contexts/licence?v=1"
)

// setup fills the folder of a script. What is in it was made at
// [credtest.Now], which scripts know as $NOW.
func setup(t *testing.T, env *testscript.Env) error {
	f := fixtures{T: t, dir: env.WorkDir}
	registry := credtest.NewIssuer(t, "registry")
	other := credtest.NewIssuer(t, "other")
	web := credtest.NewWebIssuer(t, "did:web:registry.example", "web")
	f.credentials(registry, other, web)
	f.bundles(registry, other, web)
	f.received(registry, other)
	f.served()
	f.claims()
	for name, value := range map[string]string{
		"NOW":         credential.FormatTime(credtest.Now),
		"ISSUER":      registry.ID,
		"UNLINKABLE":  f.unlinkable(),
		"OTHER":       other.ID,
		"LAND":        landURL,
		"TOKEN":       servedToken,
		"WEB":         web.ID,
		"QUANTUM":     f.experimental(),
		"QUANTUM_KEY": credtest.NewIssuer(t, "quantum").ID,
		"WEB_KEY":     credtest.NewIssuer(t, "web").ID,
		"CONTEXT_URL": ownContextURL,
		"CONTEXT_SHA": schemas.Digest([]byte(ownContext)),
	} {
		env.Setenv(name, value)
	}
	return nil
}

type fixtures struct {
	*testing.T
	dir string
}

func (f fixtures) write(name string, data []byte) {
	f.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		f.Fatal(err)
	}
}

func (f fixtures) credentials(registry, other, web *credtest.Issuer) {
	birth := registry.Signed(f)
	f.write("birth.json", birth)
	f.write("altered.json", bytes.Replace(birth, []byte("O'Brien"), []byte("O'Briem"), 1))
	f.write("other.json", other.Signed(f))
	f.write("web.json", web.Signed(f))
	f.write("big.json", bytes.Repeat([]byte(" "), credential.MaxBytes+1))
	f.write("domain.json", registry.Sign(f, registry.Credential(), withMembers(registry.Proof(), credtest.Object{
		"domain": "counter.example", "challenge": "c-1",
	})))
	f.write("older.json", f.older(registry))
	f.write("rich.json", f.rich(registry))
	f.write("presentation.json", f.presentation(registry))
	f.write("schema.json", []byte(`{"$schema":"https://json-schema.org/draft/2020-12/schema","required":["credentialSubject"]}`))
	f.write("strict.json", []byte(`{"$schema":"https://json-schema.org/draft/2020-12/schema","required":["evidence"]}`))
	f.write("seal.txt", []byte("the seal"))
	f.write("licence.context.json", []byte(ownContext))
	f.write("licence.json", f.licence(registry))
}

// older is a credential with a proof of a kind that is no longer made.
func (f fixtures) older(issuer *credtest.Issuer) []byte {
	document := issuer.Credential()
	document["@context"] = []any{schemas.CredentialsV2, schemas.CivilV1, schemas.Ed25519Signature2020V1}
	unsigned := issuer.Proof()
	unsigned["type"] = "Ed25519Signature2020"
	delete(unsigned, "cryptosuite")
	return issuer.Sign(f, document, unsigned)
}

// rich is a credential with a schema, a related resource and a term of its
// own.
func (f fixtures) rich(issuer *credtest.Issuer) []byte {
	inline := *issuer
	inline.Contexts = issuer.Contexts.WithInline()
	seal := sha256.Sum256([]byte("the seal"))
	return inline.Signed(f,
		credtest.With("@context", []any{schemas.CredentialsV2, schemas.CivilV1, credtest.Object{"shoeSize": "https://a.example/shoeSize"}}),
		credtest.With("credentialSchema", credtest.Object{"id": "https://registry.example/schema?v=1", "type": "JsonSchema"}),
		credtest.With("relatedResource", credtest.Object{
			"id": "https://registry.example/seal", "digestSRI": "sha256-" + base64.StdEncoding.EncodeToString(seal[:]),
		}),
	)
}

// presentation is one by a holder, of a credential about the holder.
func (f fixtures) presentation(issuer *credtest.Issuer) []byte {
	holder := credtest.NewIssuer(f, "holder")
	bound := issuer.Signed(f, func(o credtest.Object) { o["credentialSubject"].(credtest.Object)["id"] = holder.ID })
	return holder.Sign(f, credtest.Object{
		"@context":             []any{schemas.CredentialsV2},
		"type":                 []any{credential.TypePresentation},
		"verifiableCredential": []any{credtest.Unmarshal(f, bound)},
	}, withMembers(holder.Proof(), credtest.Object{"proofPurpose": proof.Authentication, "domain": "counter.example", "challenge": "c-1"}))
}

// licence is a credential that names a context that is not embedded.
func (f fixtures) licence(issuer *credtest.Issuer) []byte {
	knowing := *issuer
	var err error
	if knowing.Contexts, err = issuer.Contexts.With(ownContextURL, []byte(ownContext), schemas.Digest([]byte(ownContext))); err != nil {
		f.Fatal(err)
	}
	return knowing.Signed(f,
		credtest.With("@context", []any{schemas.CredentialsV2, ownContextURL}),
		credtest.With("type", "VerifiableCredential"),
		credtest.With("credentialSubject", credtest.Object{"id": credtest.Holder, "licence": "B"}),
	)
}

func withMembers(object, more credtest.Object) credtest.Object {
	for name, value := range more {
		object[name] = value
	}
	return object
}

func (f fixtures) bundles(registry, other, web *credtest.Issuer) {
	now := credtest.Now
	f.write("fresh.bundle", registry.Bundle(f, now.Add(-time.Hour)))
	f.write("old.bundle", registry.Bundle(f, now.Add(-76*time.Hour)))
	f.write("revoked.bundle", registry.Bundle(f, now.Add(-time.Minute), credtest.Index))
	f.write("other.bundle", other.Bundle(f, now))
	f.write("web.bundle", web.Bundle(f, now.Add(-time.Hour)))
	f.write("broken.bundle", []byte("not a bundle"))
	posing := *other
	posing.ID = registry.ID
	f.write("posing.bundle", posing.Bundle(f, now))

	content := registry.Content(f, now.Add(-time.Hour), registry.SignedList(f, now.Add(-time.Hour)))
	checkpoint, err := logproof.Checkpoint{Origin: "registry.example/log", Size: 12, Root: logproof.HashOf(nil)}.Sign(registry.Key)
	if err != nil {
		f.Fatal(err)
	}
	content.Checkpoint = string(checkpoint)
	f.write("logged.bundle", registry.SignBundle(f, content))
}

// received is a folder of 30 credentials, three of them not acceptable, and of
// files that are no credentials.
func (f fixtures) received(registry, other *credtest.Issuer) {
	for i := range 27 {
		f.write(fmt.Sprintf("received/%02d/birth.json", i), registry.Signed(f, credtest.With("id", fmt.Sprintf("urn:example:%d", i))))
	}
	f.write("received/27/expired.json", registry.Signed(f, credtest.With("validUntil", credential.FormatTime(credtest.Now.Add(-time.Hour)))))
	f.write("received/28/other.json", other.Signed(f))
	f.write("received/29/\x1b[2Jnonsense.json", []byte("{}"))
	f.write("received/.hidden.json", []byte("{}"))
	f.write("received/.trash/old.json", []byte("{}"))
	f.write("received/readme.txt", []byte("not a credential"))
	for i := range 25 {
		f.write(fmt.Sprintf("bad/%02d.json", i), []byte("[]"))
	}
}
