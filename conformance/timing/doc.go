// Package timing shows whether the time that a refusal takes tells its reason:
//
//	go test -run '^$' -bench Refusals -benchtime 2000x ./conformance/timing
//
// asks 2,000 refused questions of each class over HTTP, of an issuer in front
// of SQLite and of one in front of PostgreSQL. The classes are interleaved at
// random, so that whatever else the machine does disturbs all alike:
//
//	no record       no record has the key
//	many records    two have it
//	no word         the record's state is none that the configuration has a word for
//	unknown name    the configuration has no status of that name
//	not for that    its caller may not ask for that purpose
//
// For each pair of classes, and for the first three, for which the register is
// read, against the other two, the hypothesis is that their times are of one
// distribution. It is tested by [KolmogorovSmirnov], and the pairs that fail
// at the 1 % level can be told apart. With several pairs one of them fails by
// chance more often than that: the level is shared among them (Bonferroni).
//
// The same with consult.refusal_step so small that a refusal leaves when it is
// ready is the control: if nothing can be told apart there, the measurement is
// too coarse to show anything.
//
// Nothing here fails because of a time. docs/benchmarks.md has the last run.
package timing
