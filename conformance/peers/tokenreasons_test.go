package peers

import "slices"

const (
	twoTexts     = "One token would have several texts: what is looked up by one would pass under another."
	leavesTypes  = "The peer leaves typ and cty to its caller."
	leavesClaims = "The peer reads claims of a JWT, not the data model."
	algOfKey     = "The peer goes by the algorithm of the key and does not look at that of the header."
	passesOver   = "The peer passes over what it does not know, critical or not."
	listOfCrit   = "RFC 7515 wants a list that is not empty."
	unencoded    = "No critical parameter is understood here: with b64 a payload could be read in two ways."
	noTime       = "A time is a number of seconds; the peer takes something else for one, or for none."
)

// tokenTampering are edits of a vc+jwt or a vp+jwt by somebody who does not have
// the key.
var tokenTampering = because(slices.Concat(jwsTampering, keyConfusion, serializations), reasons{
	twoTexts: {
		"the signature ends in bits that mean nothing", "the signature is in the other alphabet of base64",
		"a line break is in the signature", "a line break is in the payload", "a line break is in the header",
		"the header is padded", "the payload is padded",
	},
})

// tokenVariants are unusual before the issuer or the holder signs.
var tokenVariants = because(slices.Concat(headerVariants, documentVariants), reasons{
	leavesTypes: {"no typ", "the typ JWT", "the typ of another kind of token", "the typ of a key binding", "a typ that is a number"},
	algOfKey:    {"no alg", "the alg none", "the alg HS256", "the alg of another curve"},
	passesOver:  {"an unknown critical parameter", "a critical parameter that is not there"},
	listOfCrit:  {"an empty list of critical parameters", "critical parameters that are null"},
	unencoded:   {"an encoded payload that is critical"},
	jsonTwice:   {"a member of the header twice", "a member of the payload twice"},
	noTime:      {"an exp that is a text", "an exp that is null"},

	"The peer reads one value and stops.": {"text after the payload"},
})
