package peers

import "github.com/chancery-vc/chancery/schemas"

const (
	oneName = "A member is named by a term, so that nothing that is signed can hide from a reader of the JSON."
	inline  = "Off unless a policy allows it: the same signature would fit other words."
)

// variants are credentials that are unusual before they are signed, as edits
// of an ordinary one. Where a peer and we differ about one, why says so.
var variants = []edit{
	{"nothing unusual", func(credential []byte) []byte { return credential }, ""},
	{"a claim that no context defines", inSubject("nationality", "IS"), unsigned},
	{"a claim that is null", inSubject("wards", nil), unsigned},
	{"a claim that is an empty set", inSubject("languages", []any{}), unsigned},
	{"a claim that is an empty list", inSubject("wards", []any{}), "RDF keeps an empty list; but an empty array mostly leaves nothing, and is refused wherever it stands."},
	{"a claim that is an empty text", inSubject("born", ""), ""},
	{"a value twice", inSubject("languages", []any{"vi", "vi"}), twice},
	{"a name that is an IRI", inSubject("https://example.org/peers#extra", "x"), oneName},
	{"a relative reference", inSubject("homepage", "home"), unsigned},
	{"a reference `http://-evil-`", inSubject("homepage", "http://-evil-"), "It is an IRI, which the Go peers drop from what they sign: their signature does not fit."},
	{"a subject without id and type", members(func(o object) { delete(theSubject(o), "id"); delete(theSubject(o), "type") }), ""},
	{"a subject with a label of a blank node", inSubject("id", "_:b0"), unlabelled},
	{"a subject with a relative id", inSubject("id", "resident"), unsigned},
	{"two subjects", secondSubject(object{"id": "did:example:ward", "givenName": "Eva"}), ""},
	{"the subject as its own guardian", members(func(o object) {
		theSubject(o)["guardian"] = object{"id": "did:example:resident", "givenName": "Eva"}
	}), ""},
	{"a type that no context defines", members(func(o object) { o["type"] = append(o["type"].([]any), "Administrator") }), unsigned},
	{"a text with its direction", inSubject("familyName", object{"@value": "O'Brien", "@language": "en", "@direction": "ltr"}), "A direction is signed only in one of several ways that RDF has for it, on which implementations differ."},
	{"a text with an @index", inSubject("familyName", object{"@value": "O'Brien", "@index": "x"}), unsigned},
	{"a typed value", inSubject("familyName", object{"@value": "x", "@type": "https://example.org/peers#Code"}), oneName},
	{"an @id", inSubject("guardian", object{"@id": "did:example:guardian", "@type": "Resident"}), oneName},
	{"a list within a list", inSubject("addresses", []any{[]any{"a"}, []any{"b"}}), ""},
	{"objects in a list", inSubject("wards", []any{object{"givenName": "Eva"}, object{"givenName": "Eva"}}), ""},
	{"a graph", inSubject("statement", object{"givenName": "Eva"}), ""},
	{"an @included", with("@included", []any{object{"id": "did:example:ward", "givenName": "Eva"}}), oneName},
	{"an integer of 22 digits", inSubject("permit", 1e21), ""},
	{"the integer -0", text(`9007199254740992`, `-0.0`), "The Go peers write -0, which RFC 8785 and JSON-LD write as 0; the one in JavaScript writes 0."},
	{"a double that 16 digits cannot tell", text(`12.5,`, `0.30000000000000004,`), "JSON-LD signs 16 digits, so that other numbers would fit the same signature."},
	{"the smallest double", text(`12.5,`, `5e-324,`), "jsonld takes a number that JavaScript writes without a point, such as 1e-7, for an integer and signs 0. See divergences."},
	{"a number that a double cannot keep", text(`9007199254740992`, `9007199254740993`), ""},
	{"a control character", inSubject("givenName", "a\u0000b\u007f\u0085c"), "json-gold does not write control characters in canonical form, so that the Go peers sign something else."},
	{"a character beyond the basic plane", inSubject("givenName", "𝒜"), ""},
	{"an inline context", contexts(func(all []any) []any {
		return append(all, object{"nationality": "https://example.org/peers#nationality"})
	}), inline},
	{"an inline context in the subject", inSubject("@context", object{"nationality": "https://example.org/peers#nationality"}), inline},
	{"a context twice", contexts(func(all []any) []any { return append(all, contextURL) }), "It could be added or removed under the same signature."},
	{"a status of an unknown type", with("credentialStatus", object{"id": "https://example.org/status/1", "type": "Resident"}), ""},
	{"a schema of an unknown type", with("credentialSchema", object{"id": "https://example.org/schema/1", "type": "Resident"}), ""},
	{"an issuer that is relative", with("issuer", "registry"), "The data model wants a URL; the statement is not signed."},
	{"times without a time zone", members(func(o object) { setTimes(o, "2020-01-01T00:00:00") }), "The data model wants a time zone."},
	{"times with a fraction", members(func(o object) { setTimes(o, "2020-01-01T00:00:00.123Z") }), ""},
	{"times with an offset", members(func(o object) { setTimes(o, "2020-01-01T00:00:00+05:30") }), ""},
	{"a beginning in the future", members(func(o object) { setTimes(o, "2090-01-01T00:00:00Z") }), "The peer leaves the period to its caller."},
	{"an end in the past", members(func(o object) { setEnd(o, "2021-01-01T00:00:00Z") }), "The peer leaves the period to its caller."},
	{"evidence without a type", with("evidence", object{"id": "https://example.org/evidence/1"}), ""},
	{"evidence", with("evidence", []any{object{"id": "https://example.org/evidence/1", "type": "Resident", "givenName": "x"}}), ""},
	{"terms of use", with("termsOfUse", []any{object{"id": "https://example.org/terms/1", "type": "Resident"}}), ""},
}

func isV1(o object) bool { return list(o["@context"])[0] == schemas.CredentialsV1 }

func setTimes(o object, begins string) {
	if isV1(o) {
		o["issuanceDate"] = begins
		return
	}
	o["validFrom"] = begins
}

func setEnd(o object, ends string) {
	if isV1(o) {
		o["expirationDate"] = ends
		return
	}
	o["validUntil"] = ends
}
