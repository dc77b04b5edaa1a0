package oid4vci

import (
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// Metadata is the Credential Issuer Metadata (section 12.2.4).
type Metadata struct {
	Issuer             string                   `json:"credential_issuer"`
	CredentialEndpoint string                   `json:"credential_endpoint"`
	NonceEndpoint      string                   `json:"nonce_endpoint"`
	Configurations     map[string]configuration `json:"credential_configurations_supported"`
}

type configuration struct {
	Format         string               `json:"format"`
	BindingMethods []string             `json:"cryptographic_binding_methods_supported"`
	SigningAlgs    []string             `json:"credential_signing_alg_values_supported"`
	ProofTypes     map[string]proofType `json:"proof_types_supported"`
	Definition     definition           `json:"credential_definition"`
	Metadata       display              `json:"credential_metadata"`
	// Contexts are the JSON-LD contexts that are not widely known, with their
	// digests: a member of our own, which other wallets ignore (section
	// 12.2.4).
	Contexts []bundle.Context `json:"chancery_contexts,omitzero"`
}

type proofType struct {
	SigningAlgs []string `json:"proof_signing_alg_values_supported"`
}

type definition struct {
	Context []string `json:"@context"`
	Type    []string `json:"type"`
}

type display struct {
	Display []displayName `json:"display"`
	Claims  []claimPath   `json:"claims"`
}

type displayName struct {
	Name string `json:"name"`
}

type claimPath struct {
	Path []string `json:"path"`
}

// Metadata returns what this issuer offers to holders.
func (s *Service) Metadata() Metadata {
	m := Metadata{
		Issuer: s.identifier(), CredentialEndpoint: s.identifier() + "/credential", NonceEndpoint: s.identifier() + "/nonce",
		Configurations: map[string]configuration{},
	}
	c := s.issuer.Config()
	for _, name := range c.Callers.Holder {
		p := c.Profiles[name]
		described := configuration{
			Format: "ldp_vc", BindingMethods: []string{"did:key"}, SigningAlgs: []string{s.issuer.Suite(name)},
			ProofTypes: map[string]proofType{"jwt": {SigningAlgs: []string{"EdDSA"}}},
			Definition: definition{
				Context: []string{schemas.CredentialsV2, p.Context.URL},
				Type:    []string{credential.TypeCredential, p.Type},
			},
			Metadata: display{Display: []displayName{{p.Name}}},
			Contexts: s.issuer.Contexts(name),
		}
		for _, claim := range p.Claims {
			described.Metadata.Claims = append(described.Metadata.Claims, claimPath{[]string{"credentialSubject", claim.Claim}})
		}
		m.Configurations[name] = described
	}
	return m
}

// ServerMetadata is the metadata of the authorization server, which is the
// issuer itself (RFC 8414; section 12.3).
type ServerMetadata struct {
	Issuer        string   `json:"issuer"`
	TokenEndpoint string   `json:"token_endpoint"`
	GrantTypes    []string `json:"grant_types_supported"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	Anonymous     bool     `json:"pre-authorized_grant_anonymous_access_supported"`
}

// ServerMetadata returns how tokens are got.
func (s *Service) ServerMetadata() ServerMetadata {
	return ServerMetadata{
		Issuer: s.identifier(), TokenEndpoint: s.identifier() + "/token",
		GrantTypes: []string{GrantType}, AuthMethods: []string{"none"}, Anonymous: true,
	}
}
