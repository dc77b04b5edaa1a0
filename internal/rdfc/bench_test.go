package rdfc

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// credential is a dataset such as a registry's credential makes: a few IRIs,
// many values, blank nodes that differ in what they say.
const credential = `
<urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://www.w3.org/2018/credentials#VerifiableCredential> .
<urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://registry.example/terms#ResearchOrganizationCredential> .
<urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33> <https://www.w3.org/2018/credentials#issuer> <did:web:registry.example> .
<urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33> <https://www.w3.org/2018/credentials#validFrom> "2026-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .
<urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33> <https://www.w3.org/2018/credentials#validUntil> "2027-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .
<urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33> <https://www.w3.org/2018/credentials#credentialSubject> <https://ror.org/04ttjf776> .
<urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33> <https://www.w3.org/2018/credentials#credentialStatus> <https://registry.example/status/3#94567> .
<urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33> <https://www.w3.org/2018/credentials#credentialSchema> _:schema .
<https://registry.example/status/3#94567> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://www.w3.org/ns/credentials/status#BitstringStatusListEntry> .
<https://registry.example/status/3#94567> <https://www.w3.org/ns/credentials/status#statusPurpose> "revocation" .
<https://registry.example/status/3#94567> <https://www.w3.org/ns/credentials/status#statusListIndex> "94567" .
<https://registry.example/status/3#94567> <https://www.w3.org/ns/credentials/status#statusListCredential> <https://registry.example/status/3> .
_:schema <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://www.w3.org/2018/credentials#JsonSchema> .
_:schema <https://www.w3.org/2018/credentials#digestSRI> "sha256-l6pyTDq1WNkVGqGgl2rF6gM5MSvN3F4BHyBZlFy8YzI" .
<https://ror.org/04ttjf776> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://registry.example/terms#ResearchOrganization> .
<https://ror.org/04ttjf776> <https://registry.example/terms#name> "Universität für \"Bodenkultur\" Wien"@de .
<https://ror.org/04ttjf776> <https://registry.example/terms#status> "active" .
<https://ror.org/04ttjf776> <https://registry.example/terms#country> "Austria" .
<https://ror.org/04ttjf776> <https://registry.example/terms#established> "1872"^^<http://www.w3.org/2001/XMLSchema#integer> .
<https://ror.org/04ttjf776> <https://registry.example/terms#types> "education" .
<https://ror.org/04ttjf776> <https://registry.example/terms#types> "funder" .
<https://ror.org/04ttjf776> <https://registry.example/terms#website> <https://boku.ac.at/> .
<https://ror.org/04ttjf776> <https://registry.example/terms#address> _:address .
_:address <https://registry.example/terms#city> "Wien" .
_:address <https://registry.example/terms#latitude> "48.2366"^^<http://www.w3.org/2001/XMLSchema#decimal> .
`

// BenchmarkCredential compares with the implementation of another project.
func BenchmarkCredential(b *testing.B) {
	quads := mustParse(b, credential)
	b.Run("rdfc", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Canonicalize(context.Background(), quads, Options{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("json-gold", func(b *testing.B) {
		dataset := goldDataset(quads)
		b.ReportAllocs()
		for b.Loop() {
			if len(goldNormalize(b, dataset)) == 0 {
				b.Fatal("empty document")
			}
		}
	})
}

// BenchmarkPoison is how long the default work limit takes to be reached.
func BenchmarkPoison(b *testing.B) {
	for name, quads := range poisons() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Canonicalize(context.Background(), quads, Options{}); !errors.Is(err, ErrTooComplex) {
					b.Fatalf("got %v, want ErrTooComplex", err)
				}
			}
		})
	}
}

// BenchmarkLargest is a dataset at the limits of quads and, nearly, bytes.
func BenchmarkLargest(b *testing.B) {
	quads := make([]Quad, DefaultMaxQuads)
	for i := range quads {
		quads[i] = Quad{
			Subject:   blank(i),
			Predicate: Term{Kind: IRI, Value: "urn:p"},
			Object:    plain(fmt.Sprintf("%0200d", i)),
			Graph:     blank(i / 2),
		}
	}
	for b.Loop() {
		if _, err := Canonicalize(context.Background(), quads, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
