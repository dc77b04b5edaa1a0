package conformance

import (
	"slices"

	"github.com/chancery-vc/chancery/verifier/proof"
)

// Manifest describes the server as w3c/vc-test-suite-implementations has it:
// it is one item of "implementations" in a suite's localConfig.cjs.
type Manifest struct {
	Name           string     `json:"name"`
	Implementation string     `json:"implementation"`
	Issuers        []Endpoint `json:"issuers"`
	Verifiers      []Endpoint `json:"verifiers"`
	VPVerifiers    []Endpoint `json:"vpVerifiers"`
	DIDResolvers   []Endpoint `json:"didResolvers"`
	VCHolders      []Endpoint `json:"vcHolders,omitzero"`
}

// Endpoint is one endpoint of the VC API. Cryptosuite and KeyType are for
// people; the suites read the other members.
type Endpoint struct {
	ID                     string   `json:"id"` // of an issuer, its did:key
	Endpoint               string   `json:"endpoint"`
	Tags                   []string `json:"tags"`
	Cryptosuite            string   `json:"cryptosuite,omitzero"`
	KeyType                string   `json:"keyType,omitzero"`
	SupportedECDSAKeyTypes []string `json:"supportedEcdsaKeyTypes,omitzero"`
	Supports               Supports `json:"supports"`
}

// Supports names the versions of the data model.
type Supports struct {
	VC []string `json:"vc"`
}

// ecdsaKeyTypes are those that the suites ask about.
func ecdsaKeyTypes() []string { return []string{keyP256, keyP384} }

// newManifest has all but the issuers, whose keys are not made yet.
func newManifest(url string) Manifest {
	m := Manifest{Name: "Chancery", Implementation: "Chancery conformance-server"}
	m.addVerifier(url, tags(func(tag string) bool { return tag != tagStatus }))
	m.addVerifier(url+statusPath, []string{tagStatus})
	m.DIDResolvers = []Endpoint{newEndpoint(url+identifiersPath, []string{"did-key"})}
	return m
}

// tags returns the tags of the issuers for which want is true.
func tags(want func(string) bool) []string {
	var all []string
	for _, e := range endpoints() {
		for _, tag := range e.tags {
			if want(tag) && !slices.Contains(all, tag) {
				all = append(all, tag)
			}
		}
	}
	return all
}

func newEndpoint(address string, tags []string) Endpoint {
	return Endpoint{ID: address, Endpoint: address, Tags: tags, Supports: Supports{VC: []string{"1.1", "2.0"}}}
}

func (m *Manifest) addVerifier(base string, tags []string) {
	credentials, presentations := newEndpoint(base+verifyPath, tags), newEndpoint(base+verifyPresentationPath, tags)
	credentials.SupportedECDSAKeyTypes = ecdsaKeyTypes()
	presentations.SupportedECDSAKeyTypes = ecdsaKeyTypes()
	m.Verifiers = append(m.Verifiers, credentials)
	m.VPVerifiers = append(m.VPVerifiers, presentations)
}

func (m *Manifest) addIssuer(e endpoint, url, id string) {
	issuer := newEndpoint(url+e.path+issuePath, e.tags)
	issuer.ID, issuer.Cryptosuite, issuer.KeyType = id, e.suite.Cryptosuite(), e.keyType
	if slices.Contains(ecdsaKeyTypes(), e.keyType) {
		issuer.SupportedECDSAKeyTypes = []string{e.keyType}
	}
	m.Issuers = append(m.Issuers, issuer)
}

// addHolder adds the endpoint that derives, for each suite that discloses
// selectively.
func (m *Manifest) addHolder(url string) {
	tags := []string{"vcHolder"}
	for _, e := range endpoints() {
		if _, ok := e.suite.(proof.SelectiveSuite); ok {
			tags = append(tags, e.suite.Cryptosuite())
		}
	}
	m.VCHolders = []Endpoint{newEndpoint(url+derivePath, tags)}
}
