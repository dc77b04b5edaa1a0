package peers

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// update writes the page instead of comparing with it.
var update = flag.Bool("update", false, "write "+page+" again from what the peers do")

const page = "../../docs/peers.md"

// TestPage runs the peers and compares with the page what each of us accepts.
// Whatever is in the page, no tampering may be accepted here.
func TestPage(t *testing.T) {
	us := newOurs(t)
	peers := []*peer{
		startDigitalbazaar(t, us.contexts),
		startGo(t, "trustbloc", us.contexts), startGo(t, "trustbloc", us.contexts, "-strict"),
		startGo(t, "aries", us.contexts), startGo(t, "aries", us.contexts, "-strict"),
	}
	studies := make([]study, len(peers))
	var tokens []tokenStudy
	var sd sdStudy
	t.Run("peers", func(t *testing.T) {
		t.Run("tokens", func(t *testing.T) {
			t.Parallel()
			tokens = studyTokens(t, us)
		})
		t.Run("SD-JWT VCs", func(t *testing.T) {
			t.Parallel()
			sd = studySD(t, us)
		})
		for i, p := range peers {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				studies[i] = newStudy(t, us, p)
				for n, s := range studies[i].tampering {
					wantRefused(t, tampering[n], s)
				}
				for n, s := range studies[i].sameMeaning {
					wantTried(t, sameMeaning[n], s)
				}
				for n, s := range studies[i].shown[1:] {
					wantRefused(t, showings[n+1].edit, s)
				}
			})
		}
	})
	if !t.Failed() {
		compareWithPage(t, render(t, studies, tokens, []sdStudy{sd}))
	}
}

// studyTokens runs the peers that know JWTs.
func studyTokens(t *testing.T, us *ours) (studies []tokenStudy) {
	t.Helper()
	goJOSE, jwx, strict := startGo(t, "go-jose", us.contexts), startGo(t, "jwx", us.contexts), startGo(t, "jwx", us.contexts, "-strict")
	for _, s := range []tokenStudy{newTokenStudy(t, us, goJOSE, jwx), newTokenStudy(t, us, jwx, goJOSE), newTokenStudy(t, us, strict, goJOSE)} {
		for i, one := range s.tampering {
			wantRefused(t, tokenTampering[i], one)
		}
		for i, one := range s.variants {
			wantTried(t, tokenVariants[i], one)
		}
		studies = append(studies, s)
	}
	return studies
}

// studySD runs the peer that knows SD-JWT VC.
func studySD(t *testing.T, us *ours) sdStudy {
	t.Helper()
	s := newSDStudy(t, us, startNode(t, "sd-jwt-js", us.contexts))
	for i, one := range s.tampering {
		wantRefused(t, sdTampering[i], one)
	}
	for i, one := range s.variants {
		wantTried(t, sdVariants[i], one)
	}
	for i, one := range s.keyBindings[1:] {
		wantRefused(t, bindings[i+1].edit, one)
	}
	return s
}

// wantRefused wants us to have refused an edit.
func wantRefused(t *testing.T, e edit, s seen) {
	t.Helper()
	wantTried(t, e, s)
	if len(s.ours) > 0 {
		t.Errorf("%s: it is accepted here, signed by %v", e.name, s.ours)
	}
}

func wantTried(t *testing.T, e edit, s seen) {
	t.Helper()
	if len(s.tried) == 0 {
		t.Errorf("%s: it was never tried", e.name)
	}
}

func compareWithPage(t *testing.T, made string) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(page, []byte(made), 0o644))
		return
	}
	kept, err := os.ReadFile(page)
	must(t, err)
	if diff := cmp.Diff(strings.Split(string(kept), "\n"), strings.Split(made, "\n")); diff != "" {
		t.Errorf("%s is not what was seen; look at each difference, then run with -update:\n%s", page, diff)
	}
}
