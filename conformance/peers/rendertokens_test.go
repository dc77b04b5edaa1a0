package peers

import (
	"fmt"
	"strings"
	"testing"
)

var (
	tokenColumns = []string{"go-jose", "jwx"}
	sdColumns    = []string{"sd-jwt-js"}
)

func renderTokens(t *testing.T, b *strings.Builder, studies []tokenStudy) {
	t.Helper()
	b.WriteString("## Tokens: issued by one, verified by the other\n\nA presentation holds a credential that is enveloped the same way.\n\n| peer | media type | algorithm | key | theirs, here | ours, there | theirs, at the other of the two |\n|---|---|---|---|---|---|---|\n")
	for _, s := range studies {
		for _, e := range s.exchange {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", e.peer, e.with.version, e.with.suite, e.with.key,
				outcome(t, e.theirs, ""), outcome(t, e.ours, ""), outcome(t, e.others, ""))
		}
	}
	b.WriteString("\n")
	for _, s := range []section{
		{
			"Tampering with tokens that a peer accepts", "Each is done to a token of each media type and algorithm that the peer issued. We refuse every one.",
			"Refused by all", tokenTampering, tokenColumns, each(studies, func(s tokenStudy) []seen { return s.tampering }),
		},
		{
			"Unusual tokens", "Each is signed with our keys. The peers are libraries for any JWT, and leave to their callers what it is about.",
			"The same verdict everywhere", tokenVariants, tokenColumns, each(studies, func(s tokenStudy) []seen { return s.variants }),
		},
	} {
		s.render(t, b)
	}
}

func renderSD(t *testing.T, b *strings.Builder, studies []sdStudy) {
	t.Helper()
	b.WriteString("## SD-JWT VCs: issued by one, shown by the other\n\nSome of the claims are shown, in objects, in arrays and within what can be withheld itself, beside decoys; without a key binding and with one. Both sides verify what is shown, and read the same in it.\n\n| peer | algorithm | key | theirs, shown here | ours, shown there | theirs, shown there | ours, shown here |\n|---|---|---|---|---|---|---|\n")
	for _, s := range studies {
		for _, e := range s.exchange {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", e.peer, e.with.suite, e.with.key,
				outcome(t, e.theirsHere, ""), outcome(t, e.oursThere, ""), outcome(t, e.theirsThere, ""), outcome(t, e.oursHere, ""))
		}
	}
	b.WriteString("\n")
	for _, s := range []section{
		{
			"Tampering with SD-JWT VCs that a peer accepts", "Each is done to what the peer issued and showed, alone and with a key binding. We refuse every one.",
			"Refused by all", sdTampering, sdColumns, each(studies, func(s sdStudy) []seen { return s.tampering }),
		},
		{
			"Unusual SD-JWT VCs", "Each is signed with our keys, by the issuer and where there is a key binding by the holder.",
			"The same verdict everywhere", sdVariants, sdColumns, each(studies, func(s sdStudy) []seen { return s.variants }),
		},
		{
			"Key bindings", "Each is signed with our keys, for a nonce and an audience. We accept only what is as it was presented.",
			"The same verdict everywhere", editsOf(bindings), sdColumns, each(studies, func(s sdStudy) []seen { return s.keyBindings }),
		},
	} {
		s.render(t, b)
	}
}
