package oid4vci

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/bundle"
)

// What this wallet can do.
const (
	formatLDP    = "ldp_vc"
	bindingKey   = "did:key"
	algorithmEd  = "EdDSA"
	proofTypeJWT = "jwt"
)

// configuration is what this package reads of one member of
// credential_configurations_supported (section 12.2.4 and appendix A.1.2.2).
type configuration struct {
	Bindings   []string             `json:"cryptographic_binding_methods_supported"`
	ProofTypes map[string]proofType `json:"proof_types_supported"`
	Definition struct {
		Types []string `json:"type"`
	} `json:"credential_definition"`
	Metadata struct {
		Display []display `json:"display"`
	} `json:"credential_metadata"`
	// Contexts are the JSON-LD contexts that credentials of the issuer name, as
	// it publishes them. It is an extension of this project's, under the rule
	// that other wallets pass over it (section 12.2.4).
	Contexts []bundle.Context `json:"chancery_contexts"`
}

type proofType struct {
	Algorithms   []string       `json:"proof_signing_alg_values_supported"`
	Attestations jsontext.Value `json:"key_attestations_required"`
}

// offered returns the configuration called id, if this wallet can take it.
func (m *issuerMetadata) offered(id string) (*configuration, error) {
	text, ok := m.Configurations[id]
	if !ok {
		return nil, fmt.Errorf("%w: the issuer has no credential %.100q", ErrAnswer, id)
	}
	var kind struct {
		Format string `json:"format"`
	}
	if err := unmarshal(text, &kind); err != nil {
		return nil, err
	}
	if kind.Format != formatLDP {
		return nil, fmt.Errorf("%w: the credential has the format %.60q; it takes %s", ErrUnsupported, kind.Format, formatLDP)
	}
	c := &configuration{}
	if err := unmarshal(text, c); err != nil {
		return nil, err
	}
	return c, c.check()
}

func (c *configuration) check() error {
	if len(c.Definition.Types) == 0 {
		return fmt.Errorf("%w: the credential that is offered has no type", ErrAnswer)
	}
	if !slices.Contains(c.Bindings, bindingKey) {
		return fmt.Errorf("%w: the credential can be bound to %s; it has a %s", ErrUnsupported, listed(c.Bindings), bindingKey)
	}
	proof, ok := c.ProofTypes[proofTypeJWT]
	if !ok || !slices.Contains(proof.Algorithms, algorithmEd) {
		return fmt.Errorf("%w: the issuer takes no key proof of type %s with %s", ErrUnsupported, proofTypeJWT, algorithmEd)
	}
	if proof.Attestations.Kind() == '{' {
		return fmt.Errorf("%w: the issuer wants an attestation of the key by its maker", ErrUnsupported)
	}
	return nil
}

func listed(values []string) string {
	if len(values) == 0 {
		return "no key"
	}
	return fmt.Sprintf("%.200q", strings.Join(values, ", "))
}

// contexts returns the embedded contexts and those that the issuer publishes,
// which cannot replace an embedded one.
func (c *configuration) contexts() (*schemas.Contexts, error) {
	all, err := schemas.Embedded()
	if err != nil {
		return nil, err
	}
	if len(c.Contexts) > maxContexts {
		return nil, fmt.Errorf("%w: it comes with more than %d contexts", ErrAnswer, maxContexts)
	}
	for _, published := range c.Contexts {
		if all, err = all.With(published.URL, published.Document, published.SHA256); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
		}
	}
	return all, nil
}
