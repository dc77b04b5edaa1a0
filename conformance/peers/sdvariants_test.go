package peers

import (
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

const salt = "6qMQvRL5haj9lZ3Xz1Fo8A"

var claimVariants = []edit{
	{"no vct", inText("payload", without("vct")), reserved},
	{"a vct that is a number", inPayload("vct", 1), reserved},
	{"a vct that is withheld", withheld("vct", ""), reserved},
	{"an iss that is shown by a disclosure", withheld("iss", "shown"), reserved},
	{"an exp that is shown by a disclosure", withheld("exp", "shown"), reserved},
	{"a cnf that is shown by a disclosure", withheld("cnf", "shown"), reserved},
	{"an iat that is shown by a disclosure", withheld("iat", "shown"), ""},
	{"no iss", inText("payload", without("iss")), reserved},
	{"an iss that is somebody else", inPayload("iss", "did:example:eve"), reserved},
	{"an aud that is somebody else", inPayload("aud", "https://other.example"), reserved},
	{"no cnf", inText("payload", without("cnf")), ""},
	{"a cnf with a private key", inText("payload", members(func(o object) {
		o["cnf"].(object)["jwk"].(object)["d"] = "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRoj"
	})), reserved},
	{"a cnf with a key for encryption", inText("payload", members(func(o object) {
		o["cnf"].(object)["jwk"].(object)["use"] = "enc"
	})), reserved},
	{"a number that a double cannot keep", inText("payload", text(`9007199254740992`, `9007199254740993`)), rounded},
}

var disclosureVariants = []edit{
	{"a hash function that is unknown", inPayload("_sd_alg", "sha-0"), ""},
	{"a hash function that is a number", inPayload("_sd_alg", 1), reserved},
	{"a disclosure that is named _sd", discloses(`["` + salt + `","_sd",["x"]]`), reserved},
	{"a disclosure that is named ...", discloses(`["` + salt + `","...","x"]`), reserved},
	{"a disclosure that is named _sd_alg", discloses(`["` + salt + `","_sd_alg","sha-256"]`), reserved},
	{"a disclosure that is named `__proto__`", discloses(`["` + salt + `","__proto__",{"vct":"x"}]`), ""},
	{"a disclosure that replaces a claim", discloses(`["` + salt + `","may_work",false]`), reserved},
	{"a disclosure that replaces another one", discloses(`["` + salt + `","given_name","Eve"]`), reserved},
	{"a disclosure of one element", discloses(`["` + salt + `"]`), ""},
	{"a disclosure of four elements", discloses(`["` + salt + `","x","y","z"]`), ""},
	{"a disclosure that is an object", discloses(`{"` + salt + `":"x"}`), ""},
	{"a disclosure that is no JSON", discloses(`x`), ""},
	{"a disclosure with a member twice", discloses(`["` + salt + `","x",{"a":1,"a":2}]`), jsonTwice},
	{"a salt that is a number", discloses(`[1,"x","y"]`), reserved},
	{"a name that is a number", discloses(`["` + salt + `",1,"y"]`), reserved},
	{"a disclosure of an element where a member should be", discloses(`["` + salt + `","x"]`), reserved},
	{"a disclosure of a member where an element should be", disclosesElement(`["` + salt + `","x","y"]`), reserved},
	{"a disclosure with _sd in its value", discloses(`["` + salt + `","x",{"_sd":["y"]}]`), ""},
	{"a disclosure with _sd_alg in its value", discloses(`["` + salt + `","x",{"_sd_alg":"sha-256"}]`), reserved},
	{"a digest twice", inDigests(func(all []any) []any { return append(all, all[0]) }), reserved},
	{"a digest in two places", inText("payload", members(func(o object) {
		o["guardian"].(object)["_sd"] = append(o["guardian"].(object)["_sd"].([]any), o["_sd"].([]any)[0])
	})), reserved},
	{"a digest that is a number", inDigests(func(all []any) []any { return append(all, 1) }), reserved},
	{"digests that are a text", inText("payload", members(func(o object) { o["given_names"] = object{"_sd": "x"} })), reserved},
	{"no digest in a list of them", inText("payload", members(func(o object) { o["given_names"] = object{"_sd": []any{}} })), ""},
	{"a member beside the digest of an element", inText("payload", members(func(o object) {
		o["nationalities"].([]any)[0].(object)["x"] = "y"
	})), reserved},
	{"a digest of an element that is a number", inText("payload", members(func(o object) {
		o["nationalities"] = append(o["nationalities"].([]any), object{"...": 1})
	})), reserved},
	{"the digest of an element where none is", inPayload("...", "x"), reserved},
}

// withheld makes a disclosure of a claim, and shows it if shown is not empty.
func withheld(name, shown string) func([]byte) []byte {
	return members(func(o object) {
		payload := parse([]byte(o["payload"].(string)))
		text := base64url(format([]any{salt, name, payload[name]}))
		delete(payload, name)
		payload["_sd"] = append(payload["_sd"].([]any), digestOf(text))
		o["payload"] = string(format(payload))
		if shown != "" {
			o["disclosures"] = append(o["disclosures"].([]any), text)
		}
	})
}

// discloses adds a disclosure, whatever it says, with a digest among those of
// the whole; disclosesElement with one in an array.
func discloses(disclosure string) func([]byte) []byte {
	return adds(disclosure, func(payload object, digest string) {
		payload["_sd"] = append(payload["_sd"].([]any), digest)
	})
}

func disclosesElement(disclosure string) func([]byte) []byte {
	return adds(disclosure, func(payload object, digest string) {
		payload["nationalities"] = append(payload["nationalities"].([]any), object{"...": digest})
	})
}

func adds(disclosure string, digest func(payload object, digest string)) func([]byte) []byte {
	text := base64url([]byte(disclosure))
	return members(func(o object) {
		payload := parse([]byte(o["payload"].(string)))
		digest(payload, digestOf(text))
		o["payload"] = string(format(payload))
		o["disclosures"] = append(o["disclosures"].([]any), text)
	})
}

func inDigests(change func([]any) []any) func([]byte) []byte {
	return inText("payload", members(func(o object) { o["_sd"] = change(o["_sd"].([]any)) }))
}

// unusualSD returns tokens with what is made of them before they are signed, and
// bound again by the holder, who has the same key.
func (o *ours) unusualSD(tokens []sdToken, v edit) (all []sdToken) {
	for _, k := range tokens {
		token := tokenOf(k.text)
		unsigned := with("disclosures", token.Disclosures)(unsignedParts(token.JWT))
		unusual := v.do(unsigned)
		if v.changesNothing(unsigned, unusual) {
			continue
		}
		key, made := o.keys[k.by.Key], parse(unusual)
		token.JWT, token.Disclosures = string(signUnsigned(key, made)), texts(made["disclosures"])
		if k.form == bound {
			token.KeyBinding = string(signUnsigned(key, parse(bindingOf(token, k.by))))
		}
		all = append(all, sdToken{k.form, k.by, []byte(token.String())})
	}
	return all
}

// unsignedParts returns what a JWT says, as it was before it was signed.
func unsignedParts(jwt string) []byte {
	p := split([]byte(jwt))
	return format(object{"header": string(unbase64url(p[0])), "payload": string(unbase64url(p[1]))})
}

func texts(values any) (all []string) {
	for _, v := range values.([]any) {
		all = append(all, v.(string))
	}
	return all
}

// bindingOf returns a key binding for the challenge and the domain, unsigned.
func bindingOf(token *sdjwt.Token, by party) []byte {
	shown := strings.Join(append([]string{token.JWT}, token.Disclosures...), "~") + "~"
	return unsignedToken(object{"typ": "kb+jwt", "alg": by.Suite}, object{
		"iat": time.Now().Unix(), "aud": domain, "nonce": challenge, "sd_hash": digestOf(shown),
	})
}

// bindings are what is done to a key binding before the holder signs it, or
// expected of it. Only the first may be accepted.
var bindings = []showing{
	{edit{"it is as it was presented", usual.do, ""}, challenge, domain},
	{edit{"another nonce is expected", usual.do, ""}, "other", domain},
	{edit{"another audience is expected", usual.do, leavesKB}, challenge, "https://other.example"},
	{edit{"it has no nonce", inText("payload", without("nonce")), ""}, challenge, domain},
	{edit{"it has no audience", inText("payload", without("aud")), ""}, challenge, domain},
	{edit{"its audience is a list", inPayload("aud", []any{domain, "https://other.example"}), leavesKB}, challenge, domain},
	{edit{"it is over something else", inPayload("sd_hash", digestOf("x")), ""}, challenge, domain},
	{edit{"it is over nothing", inText("payload", without("sd_hash")), ""}, challenge, domain},
	{edit{"it is an hour old", inPayload("iat", hoursFrom(time.Now(), -1)), leavesKB}, challenge, domain},
	{edit{"it is of tomorrow", inPayload("iat", hoursFrom(time.Now(), 24)), leavesKB}, challenge, domain},
	{edit{"it has no time", inText("payload", without("iat")), ""}, challenge, domain},
	{edit{"its time is a text", inPayload("iat", "2026-01-01T00:00:00Z"), leavesKB}, challenge, domain},
	{edit{"it has ended", inPayload("exp", 1), leavesKB}, challenge, domain},
	{edit{"its typ is another one", inHeader("typ", "JWT"), ""}, challenge, domain},
	{edit{"it has no typ", notInHeader("typ"), ""}, challenge, domain},
	{edit{"its alg is none", inHeader("alg", "none"), ""}, challenge, domain},
	{edit{"its alg is that of another curve", inText("header", members(otherCurve)), leavesKB}, challenge, domain},
	{edit{"it has an unknown critical parameter", inText("header", members(func(h object) { h["crit"], h["x"] = []any{"x"}, 1 })), leavesKB}, challenge, domain},
	{edit{"it has a member twice, the other value first", inText("payload", text(`{`, `{"nonce":"other",`)), jsonTwice}, challenge, domain},
}

// bindSD has each token bound as b says, and asks the peer and us.
func bindSD(t *testing.T, us *ours, p *peer, tokens []sdToken, b showing) seen {
	t.Helper()
	s := seen{peer: p.name}
	for _, k := range tokens {
		if k.form != bound {
			continue
		}
		token := tokenOf(k.text)
		token.KeyBinding = string(signUnsigned(us.keys[k.by.Key], parse(b.do(bindingOf(token, k.by)))))
		shown := []byte(token.String())
		s.add(k.with(), us.verifySD(t, bound, shown, b), p.verifySD(t, bound, shown, k.by, b))
	}
	return s
}
