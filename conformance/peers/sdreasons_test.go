package peers

import "slices"

const (
	unasked  = "The peer passes over a disclosure of which there is no digest: it would stand in the token without being signed."
	noTilde  = "Without a tilde it is a JWT, and none that anybody issued."
	reserved = "The peer does not hold claims and disclosures against the rules of RFC 9901 and SD-JWT VC."
	leavesKB = "The peer leaves this of the key binding to its caller."
)

// sdTampering are edits of an SD-JWT, alone and with a key binding, by somebody
// who has the key of neither the issuer nor the holder.
var sdTampering = because(
	slices.Concat(onJWT(jwsTampering), onJWT(keyConfusion), disclosureTampering, onBinding(jwsTampering), bindingTampering), reasons{
		twoTexts: {
			"the signature ends in bits that mean nothing", "the signature is in the other alphabet of base64", "a line break is in the signature",
			"key binding: the signature ends in bits that mean nothing", "key binding: the signature is in the other alphabet of base64",
			"key binding: a line break is in the signature",
		},
	})

// sdVariants are unusual before the issuer, or the holder who binds them, signs.
var sdVariants = because(slices.Concat(headerVariants, claimVariants, disclosureVariants), reasons{
	leavesTypes: {"no typ", "the typ JWT", "the typ of another kind of token", "the typ of a key binding", "a typ that is a number"},
	algOfKey:    {"no alg", "the alg none", "the alg HS256", "the alg of another curve"},
	passesOver: {
		"an unknown critical parameter", "a critical parameter that is not there",
		"an unencoded payload that is critical", "an unencoded payload that is not critical", "an encoded payload that is critical",
	},
	listOfCrit: {"an empty list of critical parameters", "critical parameters that are null"},
	jsonTwice:  {"a member of the header twice", "a member of the payload twice"},
	noTime:     {"an exp that is a text", "an exp that is null"},

	"The peer takes an array for an object.": {"a payload that is an array"},
})
