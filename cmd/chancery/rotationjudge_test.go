package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// load asks for facts, takes offers and fetches until done is closed.
func (r *rotation) load(done <-chan struct{}) *sync.WaitGroup {
	var group sync.WaitGroup
	repeat := func(do func() ([]byte, error), fact bool) {
		for {
			select {
			case <-done:
				return
			default:
			}
			stage := int(r.stage.Load())
			answer, err := do()
			if err != nil {
				r.Errorf("in stage %d: %v", stage, err)
				return
			}
			if answer != nil {
				r.mu.Lock()
				r.got = append(r.got, gotten{answer, fact, stage})
				r.mu.Unlock()
			}
		}
	}
	for range 2 {
		group.Go(func() { repeat(r.fact, true) })
		group.Go(func() { repeat(r.taken, false) })
	}
	group.Go(func() { repeat(func() ([]byte, error) { return nil, r.published() }, false) })
	return &group
}

// more waits until there is more of both kinds, from this stage.
func (r *rotation) more() {
	r.Helper()
	stage := int(r.stage.Load())
	r.eventually(fmt.Sprint("answers in stage ", stage), func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		facts, credentials := 0, 0
		for _, g := range r.got {
			if g.stage == stage && g.fact {
				facts++
			} else if g.stage == stage {
				credentials++
			}
		}
		return r.Failed() || facts >= 3 && credentials >= 3
	})
}

// bundle fetches the bundle, which a key of a file has signed.
func (r *rotation) bundle(file string) *bundle.Bundle {
	r.Helper()
	data, err := r.send(http.MethodGet, "/bundle", "", "", "")
	must(r.T, err)
	b, err := bundle.Open(data, r.keys[file])
	must(r.T, err)
	return b
}

// judged judges an answer by a bundle.
func (r *rotation) judged(g gotten, b *bundle.Bundle) *verifier.Report {
	r.Helper()
	policy := verifier.Policy{
		Now: time.Now(), Issuer: verifier.Expect(b.Issuer), Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](),
		Status: verifier.Ignore[string](), Freshness: verifier.Expect(time.Hour), LogReceipt: verifier.Ignore[string](), Bundles: []*bundle.Bundle{b},
	}
	if g.fact {
		policy.Domain, policy.Challenge = verifier.Expect("school"), verifier.Expect("n")
	}
	report, err := verifier.Verify(r.Context(), g.answer, policy)
	must(r.T, err)
	return report
}

// refused wants all that was asked for in a stage to be refused by a bundle: the
// one key that signed it then is good no more.
func (r *rotation) refused(why string, b *bundle.Bundle, stage int) {
	r.Helper()
	n := 0
	for _, g := range r.got {
		if g.stage != stage {
			continue
		}
		if n++; r.judged(g, b).Verdict() == verifier.VerdictAccepted {
			r.Errorf("an answer whose key %s is accepted (fact: %v)", why, g.fact)
		}
	}
	if n == 0 {
		r.Errorf("there is no answer whose key %s", why)
	}
}

// TestRotationServed: while keys are announced, exchanged, end and are revoked in
// a served issuer under load, no request is refused, and each answer is good by
// the bundle of the stage that it was asked for in; what a key that has ended or
// was revoked signed is refused at once by the bundle of then.
func TestRotationServed(t *testing.T) {
	r := newRotation(t)
	r.turn("signing.key") // with the relying party
	done := make(chan struct{})
	group := r.load(done)
	stop := sync.OnceFunc(func() { close(done); group.Wait() })
	defer stop()
	var bundles []*bundle.Bundle // one a stage, from stage 1 on
	keep := func(file string) {
		r.more()
		bundles = append(bundles, r.bundle(file))
	}
	keep("signing.key")
	r.turn("signing.key", "{key: next.key}")
	keep("signing.key")
	ends := time.Now().Add(3 * time.Second).UTC().Truncate(time.Second)
	r.turn("next.key", "{key: signing.key, until: "+credential.FormatTime(ends)+"}", "{key: third.key}")
	keep("next.key")
	r.eventually("the end of the first key", func() bool { return time.Now().After(ends) })
	r.turn("next.key", "{key: third.key}")
	keep("next.key")
	r.turn("third.key", "{key: "+r.id("next.key")+"}")
	keep("third.key")
	method := bundles[0].Issuer + "#" + strings.TrimPrefix(r.id("next.key"), "did:key:")
	if code, said, errors := call(t.Context(), "key", "revoke", method, "--since", "2026-01-01", "--config", r.config); code != exitDone || !strings.Contains(said, "of-age") {
		t.Errorf("exit code %d: %s%s", code, said, errors)
	}
	after := r.bundle("third.key")
	document, err := r.send(http.MethodGet, "/.well-known/did.json", "", "", "")
	if err != nil || !bytes.Contains(document, []byte(`"revoked":"2026-01-01T00:00:00Z"`)) {
		t.Errorf("%s: %v", document, err)
	}
	r.stage.Add(1)
	keep("third.key")
	stop()

	r.refused("has ended", bundles[3], 1)
	r.refused("was revoked", after, 3)
	for _, g := range r.got {
		if report := r.judged(g, bundles[g.stage-1]); report.Verdict() != verifier.VerdictAccepted {
			t.Errorf("in stage %d (fact: %v): %s: %+v", g.stage, g.fact, report.Verdict(), report.Checks)
		}
	}
	changes := map[string]int{}
	answers := 0
	for _, record := range r.stop() {
		switch record.Kind {
		case logproof.KeyChanged:
			changes[record.Status]++
		case logproof.Answered:
			answers++
		case logproof.Refused, logproof.Abandoned:
			t.Errorf("the log has %+v", record)
		}
	}
	if answers != len(r.got) || changes["active"] != 3 || changes["retired"] != 1 || changes["revoked"] != 1 {
		t.Errorf("%d answers were got, and %d are in the log; keys: %v", len(r.got), answers, changes)
	}
	if r.count(`"level":"ERROR"`) != 0 {
		t.Error(r.said.String())
	}
}
