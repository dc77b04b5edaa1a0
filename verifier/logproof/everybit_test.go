package logproof_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

const (
	// apart is how far two altered records have to be from each other for each
	// to be named: the two after one tell of it.
	apart = 3
	// everyBit is the environment variable with which the tests that take a
	// share of the bits take all.
	everyBit = "CHANCERY_EVERY_BIT"
)

// flippable is a log to flip bits of.
type flippable struct {
	entries     []logproof.Entry
	checkpoints []logproof.Checkpoint
}

// inStateFile returns a log of 300 records.
func inStateFile(t *testing.T) flippable {
	entries, nodes := plantedOf(t, practical(t, 300))
	return flippable{entries, []logproof.Checkpoint{nodes.state(t, entries, 100), nodes.state(t, entries, 300)}}
}

// inSegment returns the same log, of which 256 records were moved out and are
// read with their segment.
func inSegment(t *testing.T) flippable {
	f := inStateFile(t)
	return flippable{inSegments(t, f.entries, 256), f.checkpoints}
}

// flipped walks over all with some bits flipped, and complains unless their
// entries are named and no others.
func (f flippable) flipped(t *testing.T, flips ...bit) {
	altered := slices.Clone(f.entries)
	var want []uint64
	for _, b := range flips {
		b.flip(altered)
		want = append(want, uint64(b.entry))
	}
	if got := inTree(altered, f.checkpoints...); !slices.Equal(got, want) {
		t.Errorf("%v: found %v", flips, got)
	}
}

// TestEveryFlippedBit flips every single bit of 300 records, of their salts,
// their leaves and the hashes of their tree, and finds each, by its number and
// no other. To be done in seconds, each walk is over a log with as many flips
// as are found independently of each other: in each third record, or in all
// hashes of one level of the tree. [TestEachBitAlone] flips one at a time.
func TestEveryFlippedBit(t *testing.T) {
	f := inStateFile(t)
	rounds := append(f.recordRounds(), f.treeRounds()...)
	if testing.Short() {
		rounds = share(rounds, 23)
	}
	f.inRounds(t, rounds)
}

// TestFlippedBitsOfASegment does the same for a log with a segment: for one in
// ten of the walks, others each time, or all with CHANCERY_EVERY_BIT set.
func TestFlippedBitsOfASegment(t *testing.T) {
	f := inSegment(t)
	rounds := append(f.recordRounds(), f.treeRounds()...)
	if os.Getenv(everyBit) == "" {
		rounds = share(rounds, 10)
	}
	f.inRounds(t, rounds)
}

func (f flippable) inRounds(t *testing.T, rounds [][]bit) {
	t.Helper()
	atOnce(rounds, func(round []bit) { f.flipped(t, round...) })
	t.Logf("%d flips in %d walks", len(slices.Concat(rounds...)), len(rounds))
}

// share returns one in so many of all, others each time.
func share[T any](all []T, of int) (some []T) {
	for i := rand.IntN(of); i < len(all); i += of {
		some = append(some, all[i])
	}
	return some
}

// recordRounds returns the bits of all records, salts and leaves in rounds.
func (f flippable) recordRounds() (rounds [][]bit) {
	left := make([][]bit, len(f.entries))
	for n, e := range f.entries {
		left[n] = besideRecord(n, e)
	}
	for {
		var round []bit
		for n := 0; n < len(left); n++ {
			if len(left[n]) > 0 {
				round, left[n] = append(round, left[n][0]), left[n][1:]
				n += apart - 1
			}
		}
		if round == nil {
			return rounds
		}
		rounds = append(rounds, round)
	}
}

// treeRounds returns the bits of the hashes of the tree above its leaves, of
// each level in rounds of its own.
func (f flippable) treeRounds() (rounds [][]bit) {
	for level := 1; 1<<level <= len(f.entries); level++ {
		for at := range hashBits {
			var round []bit
			for n := 1<<level - 1; n < len(f.entries); n += 1 << level {
				round = append(round, bit{n, level, ofTree, at})
			}
			rounds = append(rounds, round)
		}
	}
	return rounds
}

// TestEachBitAlone flips one bit at a time: of each part of each entry one that
// is chosen anew each time, or all with CHANCERY_EVERY_BIT set, which takes
// half an hour.
func TestEachBitAlone(t *testing.T) {
	for name, f := range map[string]flippable{"in the state file": inStateFile(t), "in a segment": inSegment(t)} {
		t.Run(name, func(t *testing.T) {
			flips := slices.Concat(append(f.recordRounds(), f.treeRounds()...)...)
			if os.Getenv(everyBit) == "" {
				flips = chosen(flips)
			}
			atOnce(flips, func(b bit) { f.flipped(t, b) })
			t.Logf("%d flips", len(flips))
		})
	}
}

// chosen returns one of the bits of each part.
func chosen(all []bit) (some []bit) {
	parts := map[bit][]bit{}
	for _, b := range all {
		of := bit{b.entry, b.level, b.part, 0}
		parts[of] = append(parts[of], b)
	}
	for _, bits := range parts {
		some = append(some, bits[rand.IntN(len(bits))])
	}
	return some
}
