// Package load measures how many questions an issuer answers in front of a real
// PostgreSQL, with its log on a real disk, and where the time goes:
//
//	go test -run '^$' -bench . ./conformance/load
//
// It has tests only. Database, issuer and client share the processors of one
// machine. docs/benchmarks.md has the last run and says what the columns are.
package load
