package main

// row is a text, and the test that holds the code against its vectors.
type row struct {
	text    string   // the standard and its section
	folders []string // of the vectors
	pkg     string   // below the module
	test    string
}

const (
	eddsa = "vc-di-eddsa"
	ecdsa = "vc-di-ecdsa"
)

// rows are in the order of the page. A test called TestVectors and something
// that is not here fails TestRows.
var rows = []row{
	{"RFC 8259 (JSON), parsing", []string{"JSONTestSuite"}, "internal/strictjson", "TestVectorsParsing"},
	{"RFC 8259 (JSON), what parsers change", []string{"JSONTestSuite"}, "internal/strictjson", "TestVectorsTransform"},
	{"RFC 8785 (JCS)", []string{"jcs"}, "verifier/proof/hashdata", "TestVectorsJCS"},
	{"JSON-LD 1.1 API, 5.1 Expansion", []string{"json-ld-api"}, "internal/jsonld", "TestVectorsExpand"},
	{"JSON-LD 1.1 API, 8.1 Deserialization to RDF, of documents as they are signed", []string{"json-ld-api"}, "internal/jsonld", "TestVectorsToRDF"},
	{"JSON-LD 1.1 API, 8.1 Deserialization to RDF, however members are named", []string{"json-ld-api"}, "internal/jsonld", "TestVectorsDeserialization"},
	{"RDF Dataset Canonicalization 1.0, 4 Canonicalization", []string{"rdf-canon"}, "internal/rdfc", "TestVectors"},

	{"VC Data Model 2.0, 4.3 Contexts", []string{"vc-data-model", "vc-data-model-history", "bitstring-status-list", eddsa}, "schemas", "TestVectorsContexts"},
	{"VC Data Model 2.0, 4 Basic concepts", []string{"vc-data-model"}, "verifier/credential", "TestVectorsDataModel"},
	{"VC Data Model 2.0, 5.3 Integrity of related resources", []string{"vc-data-model", "vc-data-model-history"}, "verifier/resource", "TestBaseContext"},
	{"VC Data Model 2.0, B.1 Base context, of another version", []string{"vc-data-model-history"}, "schemas", "TestVectorsHistory"},
	{"Bitstring Status List 1.0, 2.1 BitstringStatusListEntry", []string{"bitstring-status-list"}, "verifier/credential", "TestVectorsStatusExamples"},
	{"Bitstring Status List 1.0, 2.2 BitstringStatusListCredential", []string{"bitstring-status-list"}, "verifier/status", "TestVectorsLists"},

	{"Data Integrity EdDSA and ECDSA Cryptosuites 1.0, appendix: canonical forms", []string{eddsa, ecdsa}, "verifier/proof/hashdata", "TestVectorsCanonical"},
	{"Data Integrity EdDSA and ECDSA Cryptosuites 1.0, appendix: hashes", []string{eddsa, ecdsa}, "verifier/proof/hashdata", "TestVectorsSteps"},
	{"Data Integrity EdDSA and ECDSA Cryptosuites 1.0, appendix: verifying", []string{eddsa, ecdsa}, "verifier/suites", "TestVectors"},
	{"Data Integrity EdDSA and ECDSA Cryptosuites 1.0, appendix: signing", []string{eddsa, ecdsa}, "verifier/suites", "TestSignVectors"},
	{"Data Integrity EdDSA and ECDSA Cryptosuites 1.0, appendix: employment authorization", []string{eddsa, ecdsa}, "verifier/suites", "TestVectorsEmploy"},
	{"Data Integrity EdDSA Cryptosuites 1.0, appendix: proof sets and chains", []string{eddsa}, "verifier/suites", "TestProofSetsAndChains"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.4 Selective disclosure", []string{ecdsa}, "verifier/suites", "TestVectorsSelective"},
	{"RFC 8032 (Ed25519), verifying", []string{"wycheproof"}, "verifier/proof/eddsa", "TestWycheproof"},
	{"FIPS 186-5 (ECDSA), verifying", []string{"wycheproof"}, "verifier/proof/ecdsa", "TestWycheproof"},
	{"FIPS 186-5 (ECDSA), signatures in DER", []string{"wycheproof"}, "verifier/proof/ecdsa", "TestWycheproofDER"},

	{"SD-JWT (RFC 9901), examples", []string{"sd-jwt-spec"}, "verifier/proof/sdjwt", "TestVectorsRFC9901"},
	{"SD-JWT (RFC 9901), cases of sd-jwt-python", []string{"sd-jwt-python"}, "verifier/proof/sdjwt", "TestVectorsPython"},
	{"SD-JWT (RFC 9901), cases of sd-jwt-js", []string{"sd-jwt-js"}, "verifier/proof/sdjwt", "TestVectorsJS"},
	{"SD-JWT VC, examples", []string{"sd-jwt-vc-spec"}, "verifier/proof/sdjwt/sdjwtvc", "TestVectorsSDJWTVC"},

	{"Multibase, texts", []string{"multibase"}, "internal/multikey", "TestVectorsMultibase"},
	{"Multibase, table of bases", []string{"multibase"}, "internal/multikey", "TestVectorsMultibaseTable"},
	{"Multihash", []string{"multihash"}, "verifier/resource", "TestMultihashVectors"},
	{"Controlled Identifiers 1.0, 2.2.2 Multikey", []string{eddsa}, "internal/multikey", "TestVectorsKeyPair"},
	{"did:key, keys", []string{"did-key"}, "internal/multikey", "TestVectorsDIDKey"},
	{"did:key, keys from seeds", []string{"did-key"}, "internal/multikey", "TestVectorsDIDKeySeeds"},
	{"did:key, X25519", []string{"did-key"}, "internal/multikey", "TestVectorsDIDKeyX25519"},
	{"did:key, BLS12-381", []string{"did-key"}, "internal/multikey", "TestVectorsDIDKeyBLS"},
	{"did:key, RSA", []string{"did-key"}, "internal/multikey", "TestVectorsDIDKeyRSA"},
	{"did:key, documents", []string{"did-key"}, "verifier/did", "TestVectorsDocuments"},
}
