// Package deptest holds the rules of who may import whom, as a test: the
// verifier must be usable without the issuer's code, a database or a web
// framework, and what others import must not change with a library of ours.
package deptest
