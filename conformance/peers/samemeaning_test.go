package peers

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/multiformats/go-multibase"

	"github.com/chancery-vc/chancery/schemas"
)

// sameMeaning are edits after which a credential still says what was signed,
// in RDF, so that the signature holds. They are accepted here.
var sameMeaning = []edit{
	{"it is written with white space", func(signed []byte) []byte {
		var out bytes.Buffer
		if err := json.Indent(&out, signed, "", "  "); err != nil {
			panic(err)
		}
		return out.Bytes()
	}, ""},
	{"letters are written as escapes", text("O'Brien", `\u004f\u0027Brien`), ""},
	{"a number is written with an exponent", text(`12.5,`, `1.25e1,`), ""},
	{"one value becomes an array of one", members(func(o object) { o["credentialSubject"] = list(o["credentialSubject"]) }), ""},
	{"the values of a set are put into an array in its array", inSubject("languages", []any{[]any{"is", "vi"}}), ""},
	{"the order of a set is changed", inSubject("languages", []any{"vi", "is"}), ""},
	{"the letters of a language tag are changed", inSubject("familyName", object{"@value": "O'Brien", "@language": "EN-ie"}), ""},
	{"a known context is added that changes nothing", contexts(addKnown), ""},
	{"the proof becomes an array of one", proofs(func(p object) any { return []any{p} }), ""},
}

// addKnown adds a context that is not there yet, and defines nothing that is
// said.
func addKnown(all []any) []any {
	if slices.Contains(all, any(schemas.DataIntegrityV2)) {
		return append(all, schemas.Ed25519Signature2020V1)
	}
	return append(all, schemas.DataIntegrityV2)
}

// inOtherBase writes a proof value of base58-btc in base64url, and one of that
// in base58-btc.
func inOtherBase(value string) string {
	base, data, err := multibase.Decode(value)
	if err != nil {
		panic(err)
	}
	other := multibase.Encoding(multibase.Base58BTC)
	if base == multibase.Base58BTC {
		other = multibase.Base64url
	}
	out, err := multibase.Encode(other, data)
	if err != nil {
		panic(err)
	}
	return out
}

func parse(signed []byte) object {
	var o object
	if err := json.Unmarshal(signed, &o); err != nil {
		panic(err)
	}
	return o
}

func format(value any) []byte {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return data
}
