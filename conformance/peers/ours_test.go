package peers

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	_ "embed"
	"fmt"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/bbs"
	ecdsasuite "github.com/chancery-vc/chancery/verifier/proof/ecdsa"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
	"github.com/chancery-vc/chancery/verifier/suites"
)

// contextURL names the context of what the credentials here say.
const contextURL = "https://example.org/peers/v1"

//go:embed testdata/context.json
var context []byte

// given returns the contexts that both sides know.
func given(t testing.TB) *schemas.Contexts {
	t.Helper()
	contexts, err := schemas.Embedded()
	must(t, err)
	contexts, err = contexts.With(contextURL, context, schemas.Digest(context))
	must(t, err)
	return contexts
}

// documents returns contexts by their URLs.
func documents(t testing.TB, contexts *schemas.Contexts) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, url := range []string{schemas.CredentialsV2, schemas.CredentialsV1, schemas.DataIntegrityV2, schemas.Ed25519Signature2020V1, contextURL} {
		document, err := contexts.Document(url)
		must(t, err)
		all[url] = document
	}
	return all
}

// signing has the suites that both sides sign with.
var signing = map[string]proof.SigningSuite{
	eddsa.RDFC2022{}.Cryptosuite():      eddsa.RDFC2022{},
	ecdsasuite.RDFC2019{}.Cryptosuite(): ecdsasuite.RDFC2019{},
	ecdsasd.SD2023{}.Cryptosuite():      ecdsasd.SD2023{},
	bbs.BBS2023{}.Cryptosuite():         bbs.BBS2023{},
}

// ours is this implementation as a peer of the others.
type ours struct {
	contexts *schemas.Contexts
	suites   *proof.Table
	keys     map[string]crypto.Signer // by type
}

func newOurs(t testing.TB) *ours {
	t.Helper()
	_, key25519, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	bls, err := bbs.GenerateKey(rand.Reader)
	must(t, err)
	table, err := suites.Legacy()
	must(t, err)
	keys := map[string]crypto.Signer{"Ed25519": key25519, "BLS12-381": bls}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		keys[curve.Params().Name], err = ecdsa.GenerateKey(curve, rand.Reader)
		must(t, err)
	}
	return &ours{contexts: given(t), suites: table, keys: keys}
}

// id returns the did:key of a type of key.
func (o *ours) id(t testing.TB, key string) string {
	t.Helper()
	id, _, err := did.FromKey(o.keys[key].Public())
	must(t, err)
	return id
}

// issue is what can be verified: signed as the issuing package does, and of
// what discloses selectively all disclosed.
func (o *ours) issue(t testing.TB, s signer, document []byte) ([]byte, error) {
	t.Helper()
	signed, err := o.sign(t, s, document)
	if err != nil || !s.Selective {
		return signed, err
	}
	return o.derive(t, signed, everything(document))
}

func (o *ours) derive(t testing.TB, base []byte, pointers []string) ([]byte, error) {
	t.Helper()
	return proof.Derive(t.Context(), base, pointers, o.suites, o.contexts)
}

func (o *ours) sign(t testing.TB, s signer, document []byte) ([]byte, error) {
	t.Helper()
	suite, ok := signing[s.Suite]
	if !ok {
		return nil, proof.ErrSuite
	}
	if selective, ok := suite.(proof.SelectiveSuite); ok {
		suite = selective.WithMandatory(s.mandatory(document))
	}
	_, method, err := did.FromKey(o.keys[s.Key].Public())
	must(t, err)
	template := proof.Template{VerificationMethod: method, Purpose: proof.AssertionMethod, Created: time.Now()}
	return proof.Sign(t.Context(), document, template, suite, o.keys[s.Key], o.contexts)
}

// verify returns nil only if the verdict is accepted, else the check that
// says why not.
func (o *ours) verify(t testing.TB, credential []byte) error {
	t.Helper()
	report, err := verifier.Verify(t.Context(), credential, o.policy())
	must(t, err)
	return accepted(report)
}

func (o *ours) policy() verifier.Policy {
	return verifier.Policy{
		Now:        time.Now(),
		Issuer:     verifier.Ignore[string](),
		Domain:     verifier.Ignore[string](),
		Challenge:  verifier.Ignore[string](),
		Status:     verifier.Ignore[string](),
		Freshness:  verifier.Ignore[time.Duration](),
		LogReceipt: verifier.Ignore[string](),
		Contexts:   o.contexts,
		Suites:     o.suites,
	}
}

func accepted(report *verifier.Report) error {
	if report.Verdict() == verifier.VerdictAccepted {
		return nil
	}
	for _, check := range report.Checks {
		if check.Outcome == verifier.Refused || check.Required && check.Outcome != verifier.Established {
			return fmt.Errorf("%s: %s", check.Name, check.Detail)
		}
	}
	for _, held := range report.Credentials {
		if err := accepted(held); err != nil {
			return err
		}
	}
	return fmt.Errorf("the verdict is %s", report.Verdict())
}
