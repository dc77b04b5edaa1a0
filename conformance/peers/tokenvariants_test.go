package peers

import (
	"crypto"
	"time"

	"github.com/chancery-vc/chancery/schemas"
)

// An unsigned token is an object of two texts, header and payload, which are
// then signed whatever they say.
func unsignedToken(header, payload object) []byte {
	return format(object{"header": string(format(header)), "payload": string(format(payload))})
}

func signUnsigned(key crypto.Signer, unsigned object) []byte {
	return sign(key, []byte(unsigned["header"].(string)), []byte(unsigned["payload"].(string)))
}

// inText edits one of the texts.
func inText(name string, change func([]byte) []byte) func([]byte) []byte {
	return members(func(o object) { o[name] = string(change([]byte(o[name].(string)))) })
}

func inHeader(name string, value any) func([]byte) []byte {
	return inText("header", with(name, value))
}

func notInHeader(name string) func([]byte) []byte { return inText("header", without(name)) }

func inPayload(name string, value any) func([]byte) []byte {
	return inText("payload", with(name, value))
}

// swapped are the other kind's types.
var swapped = map[any]string{"vc+jwt": "vp+jwt", "vp+jwt": "vc+jwt", "dc+sd-jwt": "vc+sd-jwt"}

func hoursFrom(now time.Time, hours int) int64 {
	return now.Add(time.Duration(hours) * time.Hour).Unix()
}

// headerVariants are tokens of any kind that are unusual before they are
// signed: the header, and claims of all JWTs.
var headerVariants = []edit{
	usual,
	{"no typ", notInHeader("typ"), ""},
	{"the typ JWT", inHeader("typ", "JWT"), ""},
	{"the typ of another kind of token", inText("header", members(func(h object) { h["typ"] = swapped[h["typ"]] })), ""},
	{"the typ of a key binding", inHeader("typ", "kb+jwt"), ""},
	{"a typ that is a number", inHeader("typ", 1), ""},
	{"a typ with application/ before it", inText("header", members(func(h object) { h["typ"] = "application/" + h["typ"].(string) })), ""},
	{"no alg", notInHeader("alg"), ""},
	{"the alg none", inHeader("alg", "none"), ""},
	{"the alg HS256", inHeader("alg", "HS256"), ""},
	{"the alg of another curve", inText("header", members(otherCurve)), ""},
	{"no kid", notInHeader("kid"), ""},
	{"the kid of somebody else", inHeader("kid", otherMethod), ""},
	{"a kid that is nobody's", inHeader("kid", "did:example:eve#key"), ""},
	{"a kid that is a number", inHeader("kid", 1), ""},
	{"an unknown critical parameter", inText("header", members(func(h object) { h["crit"], h["x"] = []any{"x"}, 1 })), ""},
	{"a critical parameter that is not there", inHeader("crit", []any{"x"}), ""},
	{"an empty list of critical parameters", inHeader("crit", []any{}), ""},
	{"critical parameters that are null", inHeader("crit", nil), ""},
	{"an unencoded payload that is critical", inText("header", members(func(h object) { h["crit"], h["b64"] = []any{"b64"}, false })), ""},
	{"an unencoded payload that is not critical", inHeader("b64", false), ""},
	{"an encoded payload that is critical", inText("header", members(func(h object) { h["crit"], h["b64"] = []any{"b64"}, true })), ""},
	{"somebody's key in the header", inHeader("jwk", object{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}), ""},
	{"an address of keys in the header", inHeader("jku", "https://evil.example/keys"), ""},
	{"a member of the header twice", inText("header", text(`"alg":`, `"alg":"none","alg":`)), ""},
	{"a member of the payload twice", inText("payload", text(`{`, `{"jti":"x","jti":"y",`)), ""},
	{"text after the payload", inText("payload", func(p []byte) []byte { return append(p, "{}"...) }), ""},
	{"a payload that is an array", inText("payload", func(p []byte) []byte { return append(append([]byte("["), p...), ']') }), ""},
	{"an exp in the past", inPayload("exp", 1), ""},
	{"an nbf in the future", inPayload("nbf", hoursFrom(time.Now(), 10)), ""},
	{"an iat in the future", inPayload("iat", hoursFrom(time.Now(), 10)), ""},
	{"an exp that is a text", inPayload("exp", "2099-01-01T00:00:00Z"), ""},
	{"an exp that is null", inPayload("exp", nil), ""},
}

// documentVariants are unusual documents of the data model in a JWT.
var documentVariants = []edit{
	{"no cty", notInHeader("cty"), ""},
	{"another cty", inHeader("cty", "JWT"), leavesTypes},
	{"an alg by its newer name", inText("header", members(func(h object) {
		if h["alg"] == "EdDSA" {
			h["alg"] = "Ed25519"
		}
	})), "go-jose knows EdDSA by no other name."},
	{"the claim vc", inPayload("vc", object{"type": []any{"VerifiableCredential"}}), leavesClaims},
	{"the claim vp", inPayload("vp", object{"type": []any{"VerifiablePresentation"}}), leavesClaims},
	{"an iss that is somebody else", inPayload("iss", "did:example:eve"), leavesClaims},
	{"an issuer or a holder who is somebody else", inText("payload", members(func(o object) {
		if _, presents := o["holder"]; presents {
			o["holder"] = "did:example:eve"
		} else {
			o["issuer"] = "did:example:eve"
		}
	})), leavesClaims},
	{"no context", inText("payload", without("@context")), leavesClaims},
	{"the data model 1.1", inText("payload", contexts(func([]any) []any { return []any{schemas.CredentialsV1} })), leavesClaims},
	{"no type", inText("payload", without("type")), leavesClaims},
}
