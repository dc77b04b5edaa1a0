// Package peers holds other people's implementations against this one: what
// they issue is verified here, what is issued here they verify, and both are
// told of the same tampering. It has tests only.
//
// A peer is a program in a folder of its own, with dependencies of its own:
// digitalbazaar and sd-jwt-js in JavaScript, those in gopeers in Go. It reads
// one JSON object a line and answers each with one, in their order:
//
//	{"op":"contexts","contexts":{URL: document}}   {}
//	{"op":"signers"}                               {"signers":[{"suite","key","id","selective"}]}
//	{"op":"issue","suite","key","mandatoryPointers","document"}      {"document"}
//	{"op":"derive","suite","key","selectivePointers","document"}     {"document"}
//	{"op":"verify","document"}                     {"verified":true}
//	{"op":"present","suite","key","challenge","domain","document"}   {"document"}
//	{"op":"verifyPresentation","challenge","domain","document"}      {"verified":true}
//	{"op":"canonize","document"}                   {"nquads"}
//
// or, if it knows tokens,
//
//	{"op":"signers"}                                                 {"signers":[{"suite","key","jwk"}]}
//	{"op":"issue","key","header","selectivePointers","document"}     {"document"}
//	{"op":"derive","key","selectivePointers","challenge","domain","document"}    {"document"}
//	{"op":"verify","keys":{"keys":[JWK]},"challenge","document"}     {"verified":true,"document"}
//
// or {"error"}. A suite of tokens is an algorithm of JOSE. A peer that knows
// SD-JWT VC derives what a holder shows, with a key binding if there is a
// challenge, and answers with the claims that it read.
//
// A document is a string that holds its very text, so that each side reads it
// with its own parser. A peer fetches nothing: it knows the contexts or the keys
// that it was handed, and did:key. Its keys are new each time it starts.
//
// What was found is docs/peers.md, which TestPage compares with what it sees;
// run it with -update to write the page again.
package peers
