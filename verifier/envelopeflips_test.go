package verifier_test

import (
	"bytes"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
)

// TestEachAlterationOfEveryEnvelope refuses an envelope of each kind with a bit
// of any byte changed, or cut off anywhere at either end. What is altered may
// look like another kind, and must then not be one. Every bit is tried beside
// what reads the envelope.
func TestEachAlterationOfEveryEnvelope(t *testing.T) {
	p := newParty(t, credtest.Key("registry"))
	for mediaType, data := range everyEnvelope(t, p) {
		t.Run(mediaType, func(t *testing.T) {
			policy := everyPolicy(p, mediaType)
			wantAccepted(t, data, policy)
			refuseEach(t, policy, len(data), func(i int) []byte {
				flipped := bytes.Clone(data)
				flipped[i] ^= 1 << (i % 8)
				return flipped
			})
			refuseEach(t, policy, len(data), func(i int) []byte {
				if less := data[:i]; mediaType != "vc+sd-jwt" || !bytes.HasSuffix(less, []byte("~")) {
					return less
				}
				return nil // a holder may show less: RFC 9901, section 9.10
			})
			refuseEach(t, policy, len(data)-1, func(i int) []byte { return data[i+1:] })
		})
	}
}
