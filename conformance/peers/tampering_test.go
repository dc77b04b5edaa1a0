package peers

import "slices"

const (
	unsigned   = "Canonicalization drops it: it would stand in the document without being signed."
	unlabelled = "Labels of blank nodes are in no signature, so that anybody could add or change one."
	twice      = "RDF has no repetition: the value could be added or removed under the same signature."
	jsonTwice  = "Which of the two counts depends on the parser: two readers of one document would see different ones."
	rounded    = "It is another number to whoever keeps all digits; only a double cannot tell."
	noProof    = "A document without a good proof is never verified."
	otherProof = "Every proof of a document must be good."
	notHashed  = "The peer hashes only the members of a proof that it knows, so that this one is not signed."
)

// otherMethod is a key that nothing here is signed with.
const otherMethod = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"

// tampering are edits after which a credential must be refused.
var tampering = []edit{
	{"a claim is changed", inSubject("born", "2001-02-28"), ""},
	{"a claim is removed", members(func(o object) { delete(theSubject(o), "born") }), ""},
	{"a claim is added", inSubject("wards", []any{"Eva"}), ""},
	{"a claim is added that no context defines", inSubject("nationality", "IS"), unsigned},
	{"a claim is added that no context defines, in an object of the subject", members(func(o object) {
		theSubject(o)["guardian"].(object)["nationality"] = "IS"
	}), unsigned},
	{"a member is added that no context defines", with("nationality", "IS"), unsigned},
	{"a member is added that differs from one of the data model in its letters", with("Issuer", "did:example:eve"), unsigned},
	{"a claim is added that is named by an IRI", inSubject("https://example.org/peers#extra", "x"), ""},
	{"a claim is added that is named like a keyword", inSubject("@extra", "x"), unsigned},
	{"a claim is added that is null", inSubject("wards", nil), unsigned},
	{"a claim is added that is an empty set", inSubject("statement", []any{}), unsigned},
	{"a claim is added that is an empty object", inSubject("statement", object{}), ""},
	{"null is put beside a claim", beside("homepage", nil), unsigned},
	{"a value is repeated", beside("languages", "vi"), twice},
	{"a second subject is added with a relative id", secondSubject(object{"id": "second", "givenName": "Eve"}), unsigned},
	{"a second subject is added with an empty id", secondSubject(object{"id": "", "givenName": "Eve"}), unsigned},
	{"a second subject is added with a label of a blank node", secondSubject(object{"id": "_:b0", "givenName": "Eve"}), ""},
	{"a second subject is added", secondSubject(object{"id": "did:example:eve", "givenName": "Eve"}), ""},
	{"a second subject is added that is empty", secondSubject(object{}), ""},
	{"a second subject is added that is null", members(func(o object) { o["credentialSubject"] = append(list(o["credentialSubject"]), nil) }), unsigned},
	{"a reference `http://-evil-` is added", beside("homepage", "http://-evil-"), unsigned},
	{"a reference with a space is added", beside("homepage", "http://evil.example/ "), unsigned},
	{"a relative reference is added", beside("homepage", "evil"), unsigned},
	{"a relative word is added", beside("category", "evil"), unsigned},
	{"a type is added that no context defines", members(func(o object) { o["type"] = append(o["type"].([]any), "Administrator") }), ""},
	{"a type of the subject is added that no context defines", beside("type", "Administrator"), ""},
	{"a label of a blank node is added", members(func(o object) { theSubject(o)["guardian"].(object)["id"] = "_:b7" }), unlabelled},
	{"the order of a list is changed", inSubject("addresses", []any{"Hà Nội", "Reykjavík", "Reykjavík"}), ""},
	{"an item of a list is removed", inSubject("addresses", []any{"Reykjavík", "Hà Nội"}), ""},
	{"null is put into a list", inSubject("addresses", []any{"Reykjavík", nil, "Hà Nội", "Reykjavík"}), unsigned},
	{"the language of a text is changed", inSubject("familyName", object{"@value": "O'Brien", "@language": "fr"}), ""},
	{"an @index is added to a text", inSubject("familyName", object{"@value": "O'Brien", "@language": "en-IE", "@index": "x"}), unsigned},
	{"an @index is added to the subject", inSubject("@index", "x"), unsigned},
	{"a @direction is added to a text", inSubject("familyName", object{"@value": "O'Brien", "@language": "en-IE", "@direction": "rtl"}), unsigned},
	{"a language with null is added", members(func(o object) { theSubject(o)["motto"].(object)["fr"] = nil }), unsigned},
	{"a member is added to JSON data", members(func(o object) { theSubject(o)["form"].(object)["c"] = nil }), ""},
	{"a number is changed beyond the precision of a double", text(`9007199254740992`, `9007199254740993`), rounded},
	{"a digit is added beyond the precision of a double", text(`12.5,`, `12.50000000000000001,`), rounded},
	{"a number becomes a text", inSubject("fee", "12.5"), ""},
	{"a truth value becomes a text", inSubject("mayWork", "true"), ""},

	{"a member is doubled, the other value first", atStart(`"credentialSubject":{"id":"did:example:eve"}`), jsonTwice},
	{"a member is doubled, the other value last", text(`"type":["VerifiableCredential","ResidencePermit"]`, `"type":["VerifiableCredential","ResidencePermit"],"type":["VerifiableCredential"]`), ""},
	{"a claim is doubled, the other value first", text(`"born":`, `"born":"2001-02-28","born":`), jsonTwice},
	{"the proof is doubled, the other one first", atStart(`"proof":{"type":"DataIntegrityProof"}`), jsonTwice},
	{"a second document follows", func(signed []byte) []byte { return append(slices.Clone(signed), "{}"...) }, ""},

	{"the end of validity is removed", members(func(o object) { delete(o, "validUntil"); delete(o, "expirationDate") }), ""},
	{"the issuer is another one", members(func(o object) { o["issuer"] = "did:example:eve" }), ""},
	{"the issuer gets a member that no context defines", members(func(o object) {
		issuer, ok := o["issuer"].(object)
		if !ok {
			issuer = object{"id": o["issuer"]}
		}
		issuer["licence"] = "42"
		o["issuer"] = issuer
	}), unsigned},
	{"the id is removed", without("id"), ""},
	{"the id becomes relative", with("id", "x"), ""},

	{"a context is dropped", contexts(func(all []any) []any { return slices.DeleteFunc(all, func(url any) bool { return url == contextURL }) }), ""},
	{"the contexts are put into another order", contexts(reverse), ""},
	{"an unknown context is added", contexts(func(all []any) []any { return append(all, "https://evil.example/v1") }), ""},
	{"an inline context is added that gives a claim another meaning", contexts(func(all []any) []any {
		return append(all, object{"born": "https://example.org/peers#died"})
	}), ""},
	{"an inline context is added that takes the meaning from an added claim", func(signed []byte) []byte {
		return contexts(func(all []any) []any { return append(all, object{"nationality": nil}) })(inSubject("nationality", "IS")(signed))
	}, unsigned},

	{"the proof is removed", without("proof"), noProof},
	{"the proof is null", with("proof", nil), noProof},
	{"the proof is an empty array", with("proof", []any{}), noProof},
	{"the proof is an empty object", with("proof", object{}), ""},
	{"the proof is in an array in an array", proofs(func(p object) any { return []any{[]any{p}} }), ""},
	{"a second proof of an unknown type is added", proofs(func(p object) any {
		return []any{p, object{"type": "Unknown", "proofPurpose": "assertionMethod", "verificationMethod": p["verificationMethod"], "proofValue": "z2"}}
	}), otherProof},
	{"a second proof is added with another value", proofs(func(p object) any {
		second := object{}
		for name, v := range p {
			second[name] = v
		}
		second["proofValue"] = next(p["proofValue"].(string))
		return []any{p, second}
	}), otherProof},
	{"the proof gets a member that no context defines", inProof("note", "x"), notHashed},
	{"the proof gets a nonce", inProof("nonce", "x"), notHashed},
	{"the proof gets a domain", inProof("domain", "https://evil.example"), notHashed},
	{"the proof gets a challenge", inProof("challenge", "x"), notHashed},
	{"the proof gets an end", inProof("expires", "2098-01-01T00:00:00Z"), notHashed},
	{"the proof gets an id", inProof("id", "urn:uuid:4ab0a3a1-93d2-4b1c-9f2c-1f7a7d3e9b10"), notHashed},
	{"the proof gets a previous proof", inProof("previousProof", "urn:uuid:4ab0a3a1-93d2-4b1c-9f2c-1f7a7d3e9b10"), notHashed},
	{"the proof gets a proof", inProof("proof", object{"type": "DataIntegrityProof"}), notHashed},
	{"the proof gets a context", inProof("@context", []any{contextURL}), "The proof is hashed in the context of the document, so that its own is not signed."},
	{"the proof's time is changed", inProof("created", "2020-01-01T00:00:00Z"), ""},
	{"the proof's time is no time", inProof("created", "yesterday"), ""},
	{"the proof's time is removed", members(func(o object) { delete(theProof(o), "created") }), ""},
	{"the proof's purpose is changed", inProof("proofPurpose", "authentication"), ""},
	{"the proof's purpose is removed", members(func(o object) { delete(theProof(o), "proofPurpose") }), ""},
	{"the proof's method is another key", inProof("verificationMethod", otherMethod), ""},
	{"the proof's method is its controller", members(func(o object) { p := theProof(o); p["verificationMethod"] = issuerOf(o) }), ""},
	{"the proof's suite is another one", members(func(o object) {
		p := theProof(o)
		if p["cryptosuite"] == "bbs-2023" {
			p["cryptosuite"] = "ecdsa-sd-2023"
		} else {
			p["cryptosuite"] = "bbs-2023"
		}
	}), notHashed},
	{"the proof's type is another one", inProof("type", "Unknown"), ""},
	{"the proof's value is cut off", value(cut), ""},
	{"the proof's value is changed", value(next), ""},
	{"the proof's value has a character more", value(func(v string) string { return v + "2" }), "The peer reads over a last character of base64url that has too few bits."},
	{"the proof's value is empty", value(func(string) string { return "" }), ""},
	{"the proof's value is in another base", value(inOtherBase), "The suites name one form of the value, base58-btc."},
}

func issuerOf(o object) any {
	if issuer, ok := o["issuer"].(object); ok {
		return issuer["id"]
	}
	return o["issuer"]
}
