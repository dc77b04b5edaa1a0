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
	bbs   = "vc-di-bbs"
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
	{"Data Integrity EdDSA, ECDSA and BBS Cryptosuites 1.0, appendix: verifying", []string{eddsa, ecdsa, bbs}, "verifier/suites", "TestVectors"},
	{"Data Integrity EdDSA, ECDSA and BBS Cryptosuites 1.0, appendix: signing", []string{eddsa, ecdsa, bbs}, "verifier/suites", "TestSignVectors"},
	{"Data Integrity EdDSA and ECDSA Cryptosuites 1.0, appendix: employment authorization", []string{eddsa, ecdsa}, "verifier/suites", "TestVectorsEmploy"},
	{"Data Integrity EdDSA Cryptosuites 1.0, appendix: proof sets and chains", []string{eddsa}, "verifier/suites", "TestProofSetsAndChains"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.4 Selective disclosure", []string{ecdsa}, "verifier/suites", "TestVectorsSelective"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.4.1 labelReplacementCanonicalizeNQuads: canonical forms", []string{ecdsa, bbs}, "verifier/proof/selective", "TestVectorsCanonical"},
	{"Data Integrity ECDSA and BBS Cryptosuites 1.0, 3.4.4 and 3.2.1: labels of blank nodes by HMAC", []string{ecdsa, bbs}, "verifier/proof/selective", "TestVectorsLabelled"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.4.10 jsonPointerToPaths", []string{ecdsa, bbs}, "verifier/proof/selective", "TestVectorsPointers"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.4.13 selectJsonLd, and what is shown", []string{ecdsa, bbs}, "verifier/proof/selective", "TestVectorsReveal"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.4.16 canonicalizeAndGroup", []string{ecdsa, bbs}, "verifier/proof/selective", "TestVectorsGroups"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.6.2 Base Proof Transformation", []string{ecdsa, bbs}, "verifier/proof/selective", "TestVectorsTransform"},
	{"Data Integrity ECDSA Cryptosuites 1.0, appendix: the document of ecdsa-sd-2023", []string{ecdsa}, "verifier/proof/selective", "TestVectorsPRCDocument"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.5.3 parseBaseProofValue", []string{ecdsa}, "verifier/proof/ecdsasd", "TestVectorsBaseValue"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.5.4 createDisclosureData: indexes", []string{ecdsa}, "verifier/proof/ecdsasd", "TestVectorsIndexes"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.5.8 parseDerivedProofValue", []string{ecdsa}, "verifier/proof/ecdsasd", "TestVectorsDerivedValue"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.6.3 Base Proof Hashing", []string{ecdsa}, "verifier/proof/ecdsasd", "TestVectorsHashData"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.6.4 Base Proof Configuration", []string{ecdsa}, "verifier/proof/ecdsasd", "TestVectorsProofConfig"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.6.5 Base Proof Serialization", []string{ecdsa}, "verifier/proof/ecdsasd", "TestVectorsSign"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.6.6 Add Derived Proof", []string{ecdsa}, "verifier/proof/ecdsasd", "TestVectorsDerive"},
	{"Data Integrity ECDSA Cryptosuites 1.0, 3.6.7 Verify Derived Proof", []string{ecdsa}, "verifier/proof/ecdsasd", "TestVectorsVerify"},

	{"BBS (draft-irtf-cfrg-bbs-signatures), 8 Test vectors", []string{"bbs-cfrg"}, "internal/bbs", "TestVectorsCFRG"},
	{"BBS, as Data Integrity BBS Cryptosuites 1.0 uses it", []string{bbs}, "internal/bbs", "TestVectorsBaseline"},
	{"Blind BBS (draft-irtf-cfrg-bbs-blind-signatures), as Data Integrity BBS Cryptosuites 1.0 uses it", []string{bbs}, "internal/bbs", "TestVectorsHolderBinding"},
	{"BBS pseudonyms (draft-irtf-cfrg-bbs-per-verifier-linkability), as Data Integrity BBS Cryptosuites 1.0 uses them", []string{bbs}, "internal/bbs", "TestVectorsPseudonym"},
	{"Data Integrity BBS Cryptosuites 1.0, 2.1.1 Multikey", []string{bbs}, "verifier/proof/bbs", "TestVectorsDIDKey"},
	{"Data Integrity BBS Cryptosuites 1.0, appendix: documents", []string{bbs}, "verifier/proof/bbs", "TestVectorsDocument"},
	{"Data Integrity BBS Cryptosuites 1.0, 3.3.2 parseBaseProofValue", []string{bbs}, "verifier/proof/bbs", "TestVectorsBaseValue"},
	{"Data Integrity BBS Cryptosuites 1.0, 3.3.3 createDisclosureData: groups and indexes", []string{bbs}, "verifier/proof/bbs", "TestVectorsGroups"},
	{"Data Integrity BBS Cryptosuites 1.0, 3.3.7 parseDerivedProofValue", []string{bbs}, "verifier/proof/bbs", "TestVectorsDerivedValue"},
	{"Data Integrity BBS Cryptosuites 1.0, 3.4.2 Base Proof Transformation", []string{bbs}, "verifier/proof/bbs", "TestVectorsStatements"},
	{"Data Integrity BBS Cryptosuites 1.0, 3.4.3 Base Proof Hashing", []string{bbs}, "verifier/proof/bbs", "TestVectorsHashData"},
	{"Data Integrity BBS Cryptosuites 1.0, 3.4.4 Base Proof Configuration", []string{bbs}, "verifier/proof/bbs", "TestVectorsProofConfig"},
	{"Data Integrity BBS Cryptosuites 1.0, 3.4.5 Base Proof Serialization", []string{bbs}, "verifier/proof/bbs", "TestVectorsSign"},
	{"Data Integrity BBS Cryptosuites 1.0, 3.4.6 Add Derived Proof", []string{bbs}, "verifier/proof/bbs", "TestVectorsDerive"},
	{"Data Integrity BBS Cryptosuites 1.0, 3.4.7 Verify Derived Proof", []string{bbs}, "verifier/proof/bbs", "TestVectorsVerify"},

	{"RFC 8032 (Ed25519), verifying", []string{"wycheproof"}, "verifier/proof/eddsa", "TestWycheproof"},
	{"FIPS 186-5 (ECDSA), verifying", []string{"wycheproof"}, "verifier/proof/ecdsa", "TestWycheproof"},
	{"FIPS 186-5 (ECDSA), signatures in DER", []string{"wycheproof"}, "verifier/proof/ecdsa", "TestWycheproofDER"},

	{"SD-JWT (RFC 9901), examples", []string{"sd-jwt-spec"}, "verifier/proof/sdjwt", "TestVectorsRFC9901"},
	{"SD-JWT (RFC 9901), cases of sd-jwt-python", []string{"sd-jwt-python"}, "verifier/proof/sdjwt", "TestVectorsPython"},
	{"SD-JWT (RFC 9901), cases of sd-jwt-js", []string{"sd-jwt-js"}, "verifier/proof/sdjwt", "TestVectorsJS"},
	{"SD-JWT VC, examples", []string{"sd-jwt-vc-spec"}, "verifier/proof/sdjwt/sdjwtvc", "TestVectorsSDJWTVC"},

	{"Securing Verifiable Credentials using JOSE and COSE, examples", []string{"vc-jose-cose"}, "verifier/proof/cose", "TestVectorsExamples"},

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
