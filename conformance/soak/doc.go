// Package soak puts the real program under a load of all kinds for a long time,
// while what it depends on goes away and comes back, and judges what came of it:
//
//	make soak DURATION=1h
//
// It has tests only. A `chancery serve` whose register is a real PostgreSQL, whose
// key is in a key store, and whose log is anchored by a witness and in a file, is
// asked by relying parties, wallets, and its operator. A schedule, made of a seed,
// has the register, the key store and the anchors go away, the disk fill, the
// clock jump, the configuration change, keys rotate, and the program be killed and
// stopped. Whatever ends the program happens in the first and the last fifth of
// the time, so that one process lives through all the rest.
//
// Judged are: each answer that was received verifies, by a relying party's means,
// and is in the log once; each refusal has one of the documented codes; nothing
// was used twice; every question has one end; the log is whole, and reconciles
// with all else; the program starts whenever it is started; and the process that
// lived longest held no more goroutines, files and memory at its end than before.
//
// The program is built with a clock that the soak moves (testdata/clock.go), in the
// place of time.Now in package main, from where the clock is passed on.
package soak
