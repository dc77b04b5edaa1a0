package main

import (
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/status"
	"github.com/chancery-vc/chancery/verifier/suites"
)

const defaultMaxAge = 24 * time.Hour

// trust are the flags that say what is believed, and on what grounds.
type trust struct {
	Issuer []string `required:"" placeholder:"DID" sep:"none" help:"Issuer to accept; give it again for another."`
	Bundle []string `placeholder:"FILE" sep:"none" help:"Offline bundle of an issuer; give it again for another."`
	bundleKeys
	MaxAge     *time.Duration `placeholder:"DURATION" xor:"age" help:"How old the knowledge in a bundle may be, such as 36h (default: 24h)."`
	AnyAge     bool           `xor:"age" help:"Accept knowledge of any age."`
	At         time.Time      `placeholder:"TIME" help:"Judge as of this time, such as 2026-01-31T12:00:00Z, instead of now."`
	NoStatus   bool           `help:"Do not ask whether it was revoked."`
	Unlinkable bool           `xor:"suites" help:"Also read proofs that cannot be linked, whose text is a Candidate Recommendation: bbs-2023."`
	Legacy     bool           `xor:"suites" help:"Also read proofs of a kind that is no longer made: Ed25519Signature2020."`
	Context    []string       `placeholder:"URL=FILE=SHA256" sep:"none" help:"JSON-LD context to know, with the digest that the file must have."`
	Schema     []string       `placeholder:"URL=FILE" sep:"none" help:"JSON Schema to judge by; give it again for another."`
	Resource   []string       `placeholder:"URL=FILE" sep:"none" help:"What a credential relates to, such as a picture; again for another, or for another version of one."`
	Require    []string       `placeholder:"CHECK" enum:"schema,resources,holder" help:"Check that must be established besides: schema, resources or holder."`

	InlineContexts bool     `help:"Accept credentials that define terms of their own. What they are called is then not in the signature."`
	Experimental   bool     `xor:"suites" help:"Also take proofs of a kind whose text is a working draft: mldsa44-rdfc-2024, mldsa44-jcs-2024. Not for relying on."`
	Proof          []string `placeholder:"SUITE" xor:"forms" help:"Cryptosuite that must have made one of the proofs, such as eddsa-rdfc-2022; give it again to want a proof by each."`
	AnyController  bool     `help:"Accept credentials that another than their issuer signed."`
	envelopeFlags
}

// policy returns what the flags want, with the files that they name. It ignores
// domain and challenge.
func (t *trust) policy(now clock) (policy verifier.Policy, err error) {
	if err := t.checkIssuers(); err != nil {
		return policy, err
	}
	if t.MaxAge != nil && *t.MaxAge < 0 {
		return policy, errors.New("--max-age cannot be negative")
	}
	policy = verifier.Policy{
		Now:        t.At,
		Issuer:     verifier.Expect(t.Issuer...),
		Domain:     verifier.Ignore[string](),
		Challenge:  verifier.Ignore[string](),
		Status:     verifier.Expect(status.Revocation),
		Freshness:  t.freshness(),
		LogReceipt: verifier.Ignore[string](),

		Require:       t.Require,
		AnyController: t.AnyController,
	}
	if t.At.IsZero() {
		policy.Now = now()
	}
	if t.NoStatus {
		policy.Status = verifier.Ignore[string]()
	}
	if len(t.Proof) > 0 {
		policy.Proofs, policy.Envelopes = t.Proof, []string{}
	}
	if policy.Suites, err = t.suites(); err != nil {
		return policy, err
	}
	if policy.Contexts, err = readContexts(t.Context); err != nil {
		return policy, err
	}
	if t.InlineContexts {
		policy.Contexts = policy.Contexts.WithInline()
	}
	if policy.Schemas, err = readSchemas(t.Schema); err != nil {
		return policy, err
	}
	if policy.Resources, err = readNamed("resource", t.Resource, maxResource); err != nil {
		return policy, err
	}
	if err := t.addTo(&policy); err != nil {
		return policy, err
	}
	policy.Bundles, err = openBundles(t.Bundle, t.Issuer, t.bundleKeys, policy.Now)
	return policy, err
}

// checkIssuers wants identifiers; where authorities are trusted, those can also
// be names in certificates.
func (t *trust) checkIssuers() error {
	for _, id := range t.Issuer {
		if !strings.HasPrefix(id, "did:") && !strings.HasPrefix(id, "https://") && (t.Anchors == "" || id == "") {
			return fmt.Errorf("--issuer %s: not an identifier of an issuer, such as did:web:registry.example", id)
		}
	}
	return nil
}

// suites returns nil for those that are recommended.
func (t *trust) suites() (*proof.Table, error) {
	switch {
	case t.Unlinkable:
		return suites.All()
	case t.Legacy:
		return suites.Legacy()
	case t.Experimental:
		return suites.Experimental()
	default:
		return nil, nil
	}
}

func (t *trust) freshness() verifier.Rule[time.Duration] {
	switch {
	case t.AnyAge:
		return verifier.Ignore[time.Duration]()
	case t.MaxAge != nil:
		return verifier.Expect(*t.MaxAge)
	default:
		return verifier.Expect(defaultMaxAge)
	}
}

// bundleKeys are the flags that say whose bundles count.
type bundleKeys struct {
	BundleKey []string `placeholder:"DID:KEY" sep:"none" help:"Key that bundles must be signed with, as a did:key. Default: each --issuer that is a did:key, for its own bundles."`
}

var errNoBundleKey = errors.New(`no key to check the bundle with: give --bundle-key did:key:..., which "chancery init" and "chancery check" print at the issuer`)

// trustedKey may sign bundles of issuer, or of anybody if that is empty.
type trustedKey struct {
	key    crypto.PublicKey
	issuer string
}

func (b bundleKeys) trusted(issuers []string) ([]trustedKey, error) {
	var keys []trustedKey
	for _, id := range b.BundleKey {
		key, err := did.KeyFrom(id)
		if err != nil {
			return nil, fmt.Errorf("--bundle-key %s: %w", id, err)
		}
		keys = append(keys, trustedKey{key: key})
	}
	if len(keys) > 0 {
		return keys, nil
	}
	for _, id := range issuers {
		if !strings.HasPrefix(id, "did:key:") {
			continue
		}
		key, err := did.KeyFrom(id)
		if err != nil {
			return nil, fmt.Errorf("--issuer %s: %w", id, err)
		}
		keys = append(keys, trustedKey{key, id})
	}
	if len(keys) == 0 {
		return nil, errNoBundleKey
	}
	return keys, nil
}

// openBundle reads a bundle, signed with one of keys for its issuer.
func openBundle(path string, keys []trustedKey) (*bundle.Bundle, crypto.PublicKey, error) {
	data, err := readFile(path, bundle.MaxBytes)
	if err != nil {
		return nil, nil, err
	}
	for _, trusted := range keys {
		var b *bundle.Bundle
		if b, err = bundle.Open(data, trusted.key); err != nil {
			continue
		}
		if trusted.issuer == "" || trusted.issuer == b.Issuer {
			return b, trusted.key, nil
		}
		err = fmt.Errorf("it is of %s and was signed with the key of %s", b.Issuer, trusted.issuer)
	}
	return nil, nil, fmt.Errorf("%s: %w; get it from the issuer again, or check --bundle-key; if the issuer has exchanged its key, name a bundle from before that first", path, err)
}

// openBundles reads the bundles of issuers. Keys that one lists can have signed
// those of the same issuer after it: so a key is exchanged for another.
func openBundles(paths, issuers []string, keys bundleKeys, now time.Time) ([]*bundle.Bundle, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	trusted, err := keys.trusted(issuers)
	if err != nil {
		return nil, err
	}
	var bundles []*bundle.Bundle
	for _, path := range paths {
		b, _, err := openBundle(path, trusted)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(issuers, b.Issuer) {
			return nil, fmt.Errorf("%s: it is of %s, which no --issuer names", path, b.Issuer)
		}
		bundles = append(bundles, b)
		for _, key := range b.Keys(now) {
			trusted = append(trusted, trustedKey{key, b.Issuer})
		}
	}
	return bundles, nil
}

// readContexts returns the embedded contexts and those of the flag --context,
// each URL=FILE=SHA256. A URL can have an equals sign; the others should not.
func readContexts(flags []string) (*schemas.Contexts, error) {
	contexts, err := schemas.Embedded()
	if err != nil {
		return nil, err
	}
	for _, flag := range flags {
		parts := strings.Split(flag, "=")
		if len(parts) < 3 {
			return nil, fmt.Errorf("--context %s: write it as URL=FILE=SHA256", flag)
		}
		url, path, digest := strings.Join(parts[:len(parts)-2], "="), parts[len(parts)-2], parts[len(parts)-1]
		document, err := readFile(path, schemas.MaxContextBytes)
		if err != nil {
			return nil, fmt.Errorf("--context: %w", err)
		}
		if contexts, err = contexts.With(url, document, strings.ToLower(digest)); err != nil {
			return nil, fmt.Errorf("--context: %w", err)
		}
	}
	return contexts, nil
}
