package peers

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

var disclosureTampering = []edit{
	{"the value of a disclosure is changed", onDisclosure("given_name", func(d []any) []any { d[2] = "Eve"; return d }), unasked},
	{"the name of a disclosure is changed", onDisclosure("given_name", func(d []any) []any { d[1] = "family_name"; return d }), unasked},
	{"the salt of a disclosure is changed", onDisclosure("given_name", func(d []any) []any { d[0] = "AAAAAAAAAAAAAAAAAAAAAA"; return d }), unasked},
	{"the name of a disclosure becomes _sd", onDisclosure("given_name", func(d []any) []any { d[1] = "_sd"; return d }), unasked},
	{"the name of a disclosure becomes ...", onDisclosure("given_name", func(d []any) []any { d[1] = "..."; return d }), unasked},
	{"the name of a disclosure is dropped", onDisclosure("given_name", func(d []any) []any { return []any{d[0], d[2]} }), unasked},
	{"a disclosure is written with white space", onText("given_name", func(text string) string { return base64url(append([]byte(" "), unbase64url(text)...)) }), unasked},
	{"a disclosure ends in bits that mean nothing", onText("given_name", spareBits), twoTexts},
	{"a disclosure is padded", onText("given_name", func(text string) string { return text + "=" }), twoTexts},
	{"a bit of a disclosure is flipped at its start", flipped("given_name", func(int) int { return 0 }), ""},
	{"a bit of a disclosure is flipped in its middle", flipped("given_name", func(length int) int { return length / 2 }), unasked},
	{"a bit of a disclosure is flipped at its end", flipped("given_name", func(length int) int { return length - 1 }), ""},
	{"a disclosure is cut off", onText("given_name", func(text string) string { return text[:len(text)/2] }), ""},
	{"a disclosure is repeated", onDisclosures(func(all []string) []string { return append(all, all[0]) }), twoTexts},
	{"a disclosure is removed that another one is within", onDisclosures(func(all []string) []string {
		return slices.DeleteFunc(all, func(text string) bool { return named("address", text) })
	}), unasked},
	{"a disclosure is removed under the key binding", whereBound(onDisclosures(func(all []string) []string { return all[1:] })), ""},
	{"the disclosures are put into another order under the key binding", whereBound(onDisclosures(func(all []string) []string {
		slices.Reverse(all)
		return all
	})), ""},
	{"two disclosures are exchanged in part", onDisclosures(func(all []string) []string {
		all[0], all[1] = all[0][:20]+all[1][20:], all[1][:20]+all[0][20:]
		return all
	}), unasked},
	{"a disclosure of another credential is added", added(`["6qMQvRL5haj9lZ3Xz1Fo8A","nationality","VN"]`), unasked},
	{"a disclosure of an element is added", added(`["6qMQvRL5haj9lZ3Xz1Fo8A","VN"]`), unasked},
	{"a disclosure is added that is named _sd", added(`["6qMQvRL5haj9lZ3Xz1Fo8A","_sd",[]]`), unasked},
	{"a disclosure is added that is named ...", added(`["6qMQvRL5haj9lZ3Xz1Fo8A","...","x"]`), unasked},
	{"a disclosure is added that is no JSON", added(`x`), ""},
	{"an empty disclosure is added", onDisclosures(func(all []string) []string { return append(all, "") }), ""},
	{"the last tilde is removed", func(token []byte) []byte { return []byte(strings.TrimSuffix(string(token), "~")) }, ""},
	{"all but the JWT is removed", func(token []byte) []byte { jwt, _, _ := strings.Cut(string(token), "~"); return []byte(jwt) }, noTilde},
	{"it is in the flattened JSON serialization", func(token []byte) []byte {
		data, err := tokenOf(token).FlattenedJSON()
		if err != nil {
			panic(err)
		}
		return data
	}, ""},
}

var bindingTampering = []edit{
	{"the key binding is removed", whereBound(onToken(func(t *sdjwt.Token) { t.KeyBinding = "" })), ""},
	{"the key binding is by somebody else", whereBound(onToken(func(t *sdjwt.Token) {
		_, eve, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		p := split([]byte(t.KeyBinding))
		header := with("alg", "EdDSA")(unbase64url(p[0]))
		t.KeyBinding = string(sign(eve, header, unbase64url(p[1])))
	})), ""},
	{"the JWT stands for the key binding", whereBound(onToken(func(t *sdjwt.Token) { t.KeyBinding = t.JWT })), ""},
}

func tokenOf(text []byte) *sdjwt.Token {
	token, err := sdjwt.Parse(string(text))
	if err != nil {
		panic(err)
	}
	return token
}

func onToken(change func(*sdjwt.Token)) func([]byte) []byte {
	return func(text []byte) []byte {
		token := tokenOf(text)
		change(token)
		return []byte(token.String())
	}
}

// whereBound leaves a token without a key binding as it is.
func whereBound(do func([]byte) []byte) func([]byte) []byte {
	return func(text []byte) []byte {
		if tokenOf(text).KeyBinding == "" {
			return text
		}
		return do(text)
	}
}

// onJWT and onBinding make edits of a token of those of a JWS.
func onJWT(edits []edit) (all []edit) {
	for _, e := range edits {
		all = append(all, edit{e.name, onToken(func(t *sdjwt.Token) { t.JWT = string(e.do([]byte(t.JWT))) }), e.why})
	}
	return all
}

func onBinding(edits []edit) (all []edit) {
	for _, e := range edits {
		do := whereBound(onToken(func(t *sdjwt.Token) { t.KeyBinding = string(e.do([]byte(t.KeyBinding))) }))
		all = append(all, edit{"key binding: " + e.name, do, e.why})
	}
	return all
}

func onDisclosures(change func([]string) []string) func([]byte) []byte {
	return onToken(func(t *sdjwt.Token) { t.Disclosures = change(t.Disclosures) })
}

func added(disclosure string) func([]byte) []byte {
	return onDisclosures(func(all []string) []string { return append(all, base64url([]byte(disclosure))) })
}

// onText changes the disclosure with a name.
func onText(name string, change func(string) string) func([]byte) []byte {
	return onDisclosures(func(all []string) []string {
		i := slices.IndexFunc(all, func(text string) bool { return named(name, text) })
		all[i] = change(all[i])
		return all
	})
}

func onDisclosure(name string, change func([]any) []any) func([]byte) []byte {
	return onText(name, func(text string) string { return base64url(format(change(disclosure(text)))) })
}

func flipped(name string, index func(length int) int) func([]byte) []byte {
	return onText(name, func(text string) string {
		data := unbase64url(text)
		data[index(len(data))] ^= 1
		return base64url(data)
	})
}

func disclosure(text string) (d []any) {
	if err := json.Unmarshal(unbase64url(text), &d); err != nil {
		panic(fmt.Errorf("disclosure: %w", err))
	}
	return d
}

func named(name, text string) bool {
	d := disclosure(text)
	return len(d) == 3 && d[1] == name
}

func digestOf(text string) string {
	digest := sha256.Sum256([]byte(text))
	return base64url(digest[:])
}
