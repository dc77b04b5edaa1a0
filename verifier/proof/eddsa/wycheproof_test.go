package eddsa

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/multiformats/go-multibase"

	"github.com/chancery-vc/chancery/internal/testdata"
)

type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

// TestWycheproof gives the vectors' signatures as proof values over their
// messages.
func TestWycheproof(t *testing.T) {
	var file struct {
		NumberOfTests int
		TestGroups    []struct {
			PublicKey struct{ PK hexBytes }
			Tests     []struct {
				TCID     int
				Comment  string
				Msg, Sig hexBytes
				Result   string
			}
		}
	}
	if err := json.Unmarshal(testdata.Read(t, "vectors/wycheproof/testvectors_v1/ed25519_test.json"), &file); err != nil {
		t.Fatal(err)
	}
	run := 0
	for _, group := range file.TestGroups {
		for _, c := range group.Tests {
			run++
			t.Run(fmt.Sprintf("%d %s", c.TCID, c.Comment), func(t *testing.T) {
				value, err := multibase.Encode(multibase.Base58BTC, c.Sig)
				if err != nil {
					t.Fatal(err)
				}
				// The vectors have no "acceptable" cases; one would fail here.
				err = verify(ed25519.PublicKey(group.PublicKey.PK), value, func() ([]byte, error) { return c.Msg, nil })
				if want := map[bool]string{true: "valid", false: "invalid"}[err == nil]; c.Result != want {
					t.Errorf("%s here (%v), %s there", want, err, c.Result)
				}
			})
		}
	}
	if run == 0 || run != file.NumberOfTests {
		t.Errorf("%d of %d ran", run, file.NumberOfTests)
	}
}
