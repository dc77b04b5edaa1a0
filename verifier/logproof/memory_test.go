package logproof_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// liveHeap returns how many bytes are held.
func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestMemory: what a walk holds does not grow as it goes on. It may hold 8
// bytes more for each record; the hash of each would be 32.
func TestMemory(t *testing.T) {
	const n, begun, span = 20_000, 2_000, 1_000
	entries, nodes := planted(t, n)
	whole, folder := []logproof.Checkpoint{nodes.state(t, entries, n)}, published(t, entries, nodes, n)
	for name, walk := range map[string]func(at func(record uint64)) *logproof.Result{
		"chain and tree": func(at func(uint64)) *logproof.Result {
			return logproof.WalkTree(slices.Values(entries), whole, func(r logproof.Record) {
				if r.Sequence%83 == 0 {
					at(r.Sequence)
				}
			})
		},
		"tiles": func(at func(uint64)) *logproof.Result {
			result, err := logproof.WalkTiles(t.Context(), folder, whole, at)
			if err != nil {
				t.Fatal(err)
			}
			return result
		},
	} {
		var early, late int64 // the most that was held soon after the start, and at the end
		result := walk(func(record uint64) {
			switch {
			case record >= n-span:
				late = max(late, liveHeap())
			case record >= begun && record < begun+span:
				early = max(early, liveHeap())
			}
		})
		if result.Size != n || len(result.Findings) > 0 || early == 0 || late-early > 8*(n-begun-span) {
			t.Errorf("%s: %d bytes are held up to record %d, and %d up to record %d: %+v", name, early, begun+span, late, n, result)
		}
	}
	runtime.KeepAlive(entries)
	runtime.KeepAlive(folder)
}
