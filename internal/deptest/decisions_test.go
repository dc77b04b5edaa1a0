package deptest

const (
	jose      = "github.com/go-jose/go-jose/v4"
	cose      = "github.com/veraison/go-cose"
	mldsa     = "filippo.io/mldsa"
	multibase = "github.com/multiformats/go-multibase"
)

// decision says whether an algorithm may be used here, and why.
type decision struct {
	allowed bool
	why     string
}

func yes(why string) decision { return decision{true, why} }

func no(why string) decision { return decision{false, why} }

// Reasons that many algorithms share.
const (
	noRSA        = "no key here is of RSA: signatures would be six times as long for the same strength"
	noSymmetric  = "who can check such a tag can make it, so that it proves nothing to others"
	noEncryption = "nothing is encrypted here yet"
	noBroken     = "two texts with the same hash can be made"
	noShort      = "it is shorter than 256 bits"
	noUse        = "no standard that is followed here asks for it"
	enveloping   = "of enveloping proofs"
	experiment   = "of enveloping proofs by RFC 9964, where the caller allows it by name"
	embedded     = "; of the experimental cryptosuites"
	noPQ         = "quantum-resistant cryptosuites are in their first working draft"
	inX509       = "authorities sign certificates with it, and the anchors are the relying party's choice"
)

var joseSignatures = map[string]decision{
	"EdDSA": yes("Ed25519, of bundles, of proofs of holders' keys and of enveloping proofs"),
	"ES256": yes(enveloping), "ES384": yes(enveloping), "ES512": yes(enveloping),
	"HS256": no(noSymmetric), "HS384": no(noSymmetric), "HS512": no(noSymmetric),
	"RS256": no(noRSA), "RS384": no(noRSA), "RS512": no(noRSA),
	"PS256": no(noRSA), "PS384": no(noRSA), "PS512": no(noRSA),
	"MLDSA44": yes(experiment), "MLDSA65": yes(experiment), "MLDSA87": yes(experiment),
}

// coseSignatures are those of go-cose.
var coseSignatures = map[string]decision{
	"AlgorithmEdDSA": yes("with Ed25519, " + enveloping),
	"AlgorithmES256": yes(enveloping), "AlgorithmES384": yes(enveloping), "AlgorithmES512": yes(enveloping),
	"AlgorithmEd25519": no("it is an older name of AlgorithmEdDSA"), "AlgorithmReserved": no("it is the name of none"),
	"AlgorithmRS256": no(noRSA), "AlgorithmRS384": no(noRSA), "AlgorithmRS512": no(noRSA),
	"AlgorithmPS256": no(noRSA), "AlgorithmPS384": no(noRSA), "AlgorithmPS512": no(noRSA),
}

// mldsaParameters are the parameter sets of FIPS 204.
var mldsaParameters = map[string]decision{
	"MLDSA44": yes(experiment + embedded), "MLDSA65": yes(experiment), "MLDSA87": yes(experiment),
}

var joseKeys = map[string]decision{
	"ED25519": no("it is not the name of a key algorithm in any standard"),
	"RSA1_5":  no("its padding has been attacked in practice since 1998"), "RSA_OAEP": no(noRSA), "RSA_OAEP_256": no(noRSA),
	"A128KW": no(noEncryption), "A192KW": no(noEncryption), "A256KW": no(noEncryption), "DIRECT": no(noEncryption),
	"A128GCMKW": no(noEncryption), "A192GCMKW": no(noEncryption), "A256GCMKW": no(noEncryption),
	"ECDH_ES": no(noEncryption), "ECDH_ES_A128KW": no(noEncryption), "ECDH_ES_A192KW": no(noEncryption), "ECDH_ES_A256KW": no(noEncryption),
	"PBES2_HS256_A128KW": no("a sender chooses how long the receiver computes"),
	"PBES2_HS384_A192KW": no("a sender chooses how long the receiver computes"),
	"PBES2_HS512_A256KW": no("a sender chooses how long the receiver computes"),
}

var joseContents = map[string]decision{
	"A128CBC_HS256": no(noEncryption), "A192CBC_HS384": no(noEncryption), "A256CBC_HS512": no(noEncryption),
	"A128GCM": no(noEncryption), "A192GCM": no(noEncryption), "A256GCM": no(noEncryption),
}

var joseCompressions = map[string]decision{
	"NONE": no(noEncryption), "DEFLATE": no("what is inflated has no bound"),
}

// joseCurves are those of the JSON Web Keys that go-jose reads.
var joseCurves = map[string]decision{
	"P256": yes(enveloping), "P384": yes(enveloping), "P521": yes(enveloping),
}

var hashes = map[string]decision{
	"SHA256":   yes("of Ed25519, P-256 and ML-DSA-44 cryptosuites, of ES256, of related resources"),
	"SHA384":   yes("of P-384 cryptosuites, of ES384, of related resources"),
	"SHA512":   yes("of ES512, of related resources"),
	"SHA3_256": yes("of related resources"), "SHA3_384": yes("of related resources"), "SHA3_512": yes("of related resources"),
	"MD4": no(noBroken), "MD5": no(noBroken), "SHA1": no(noBroken), "MD5SHA1": no(noBroken),
	"SHA224": no(noShort), "SHA3_224": no(noShort), "SHA512_224": no(noShort), "RIPEMD160": no(noShort),
	"SHA512_256":  no(noUse),
	"BLAKE2s_256": no(noUse), "BLAKE2b_256": no(noUse), "BLAKE2b_384": no(noUse), "BLAKE2b_512": no(noUse),
}

var ellipticCurves = map[string]decision{
	"P224": no("it is weaker than 128 bits"),
	"P256": yes("of ECDSA cryptosuites, of ES256"), "P384": yes("of ECDSA cryptosuites, of ES384"),
	"P521": yes("of ES512; did:key resolves it; no cryptosuite signs with it"),
}

var ecdhCurves = map[string]decision{
	"X25519": yes("did:key resolves it; nothing is agreed on with it"),
	"P256":   no(noEncryption), "P384": no(noEncryption), "P521": no(noEncryption),
}

const noBase = "Controlled Identifiers 1.0, section 2.4 names base58-btc and base64url without padding alone"

var multibases = map[string]decision{
	"Base58BTC": yes("of keys and of Data Integrity proof values"),
	"Base64url": yes("of the digests of related resources, of keys of ML-DSA"),
	"Identity":  no(noBase), "Base2": no(noBase), "Base8": no(noBase), "Base10": no(noBase), "Base16": no(noBase), "Base16Upper": no(noBase),
	"Base32": no(noBase), "Base32Upper": no(noBase), "Base32pad": no(noBase), "Base32padUpper": no(noBase),
	"Base32hex": no(noBase), "Base32hexUpper": no(noBase), "Base32hexPad": no(noBase), "Base32hexPadUpper": no(noBase),
	"Base36": no(noBase), "Base36Upper": no(noBase), "Base45": no(noBase), "Base58Flickr": no(noBase),
	"Base64": no(noBase), "Base64pad": no(noBase), "Base64urlPad": no(noBase), "Base256Emoji": no(noBase),
}

// certificateSignatures are what chains of certificates may be signed with. The
// decision is crypto/x509's own, which [did.VerifyX5C] leaves to it.
var certificateSignatures = map[string]decision{
	"SHA256WithRSA": yes(inX509), "SHA384WithRSA": yes(inX509), "SHA512WithRSA": yes(inX509),
	"SHA256WithRSAPSS": yes(inX509), "SHA384WithRSAPSS": yes(inX509), "SHA512WithRSAPSS": yes(inX509),
	"ECDSAWithSHA256": yes(inX509), "ECDSAWithSHA384": yes(inX509), "ECDSAWithSHA512": yes(inX509), "PureEd25519": yes(inX509),
	"UnknownSignatureAlgorithm": no("it is the name of none"),
	"MD2WithRSA":                no(noBroken), "MD5WithRSA": no(noBroken), "SHA1WithRSA": no(noBroken), "ECDSAWithSHA1": no(noBroken), "DSAWithSHA1": no(noBroken),
	"DSAWithSHA256": no("DSA has been withdrawn (FIPS 186-5)"),
}

// certificateKeys are the keys of the authorities.
var certificateKeys = map[string]decision{
	"RSA": yes(inX509), "ECDSA": yes(inX509), "Ed25519": yes(inX509),
	"DSA": no("it has been withdrawn (FIPS 186-5)"), "UnknownPublicKeyAlgorithm": no("it is the name of none"),
}

// cryptoPackages are those of the standard library, below crypto.
var cryptoPackages = map[string]decision{
	"ecdh": yes("keys for agreement in did:key"), "ecdsa": yes("cryptosuites"), "ed25519": yes("cryptosuites"), "elliptic": yes("names of curves, compressed points"),
	"hmac": yes("of pseudonyms and nonces, which one party makes and checks"), "rand": yes("the only source of keys, nonces and indices"),
	"sha256": yes("SHA-256"), "sha512": yes("SHA-384, SHA-512"), "sha3": yes("SHA3, of related resources"),
	"subtle": yes("comparison of secrets"), "tls": yes("of services"), "x509": yes("chains of certificates"), "x509/pkix": yes("of the certificate that a service makes for itself"),
	"aes": yes("AES-256-GCM of the orders that replicas share"), "cipher": yes("AES-256-GCM of the orders that replicas share"), "hkdf": no(noEncryption), "hpke": no(noEncryption), "mlkem": no(noEncryption), "mlkem/mlkemtest": no(noEncryption), "pbkdf2": no(noEncryption),
	"des": no("it is broken"), "rc4": no("it is broken"), "md5": no(noBroken), "sha1": no(noBroken), "dsa": no("it has been withdrawn (FIPS 186-5)"), "rsa": no(noRSA),
	"fips140": no("whether that mode is on is for who builds and runs the program"),
}

// multicodecKeys are the public keys of the multicodec table, as of April 2026.
var multicodecKeys = map[uint64]decision{
	0xe7: yes("secp256k1: did:key resolves it"), 0xeb: yes("BLS12-381 G2: did:key resolves it"), 0xec: yes("X25519: did:key resolves it"),
	0xed: yes("Ed25519: cryptosuites"), 0x1200: yes("P-256: cryptosuites"), 0x1201: yes("P-384: cryptosuites"), 0x1202: yes("P-521: did:key resolves it"),
	0xea: no("BLS12-381 G1: " + noUse), 0xee: no("BLS12-381 G1 and G2: " + noUse), 0xef: no("Sr25519: " + noUse),
	0x1203: no("Ed448: " + noUse), 0x1204: no("X448: " + noUse), 0x1205: no("RSA: " + noRSA), 0x1206: no("SM2: " + noUse),
	0x120b: no("ML-KEM-512: " + noEncryption), 0x120c: no("ML-KEM-768: " + noEncryption), 0x120d: no("ML-KEM-1024: " + noEncryption),
	0x1210: yes("ML-DSA-44: experimental cryptosuites"), 0x1211: no("ML-DSA-65: " + noPQ), 0x1212: no("ML-DSA-87: " + noPQ),
	0x1220: no("SLH-DSA-SHA2-128s: " + noPQ), 0x1221: no("SLH-DSA-SHAKE-128s: " + noPQ), 0x1222: no("SLH-DSA-SHA2-128f: " + noPQ),
	0x1223: no("SLH-DSA-SHAKE-128f: " + noPQ), 0x1224: no("SLH-DSA-SHA2-192s: " + noPQ), 0x1225: no("SLH-DSA-SHAKE-192s: " + noPQ),
	0x1226: no("SLH-DSA-SHA2-192f: " + noPQ), 0x1227: no("SLH-DSA-SHAKE-192f: " + noPQ), 0x1228: no("SLH-DSA-SHA2-256s: " + noPQ),
	0x1229: no("SLH-DSA-SHAKE-256s: " + noPQ), 0x122a: no("SLH-DSA-SHA2-256f: " + noPQ), 0x122b: no("SLH-DSA-SHAKE-256f: " + noPQ),
	0x130c: no("BLS12-381 G1, a share: " + noUse), 0x130d: no("BLS12-381 G2, a share: " + noUse), 0x1340: no("BIP 340: " + noUse),
	0x1a14: no("Lamport, SHA3-512: " + noUse), 0x1a15: no("Lamport, SHA3-384: " + noUse), 0x1a16: no("Lamport, SHA3-256: " + noUse),
	0xeb51: no("JSON Web Key: publicKeyJwk is the place for one"),
}
