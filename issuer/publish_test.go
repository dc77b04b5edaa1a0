package issuer_test

import (
	"bytes"
	"crypto/ed25519"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

func publication(t *testing.T, i *issuer.Issuer) map[string][]byte {
	t.Helper()
	files, err := i.Publication(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestPublication(t *testing.T) {
	for didFile, edits := range map[string][]issuertest.Edit{
		".well-known/did.json": nil,
		"did.json":             {issuertest.Replace(issuertest.URL, issuertest.URL+"/civil")},
		"":                     {issuertest.Replace("# issuer: did:key", "issuer: did:key")},
	} {
		i, dir, _ := setUp(t, 3, edits...)
		files := publication(t, i)
		want := []string{".well-known/chancery/scope", "bundle", "checkpoint", "log/checkpoint", "status/1"}
		if didFile != "" {
			want = append(want, didFile)
			documentOf(t, i, dir, files[didFile])
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(files))); diff != "" {
			t.Error(diff)
		}
	}
}

// documentOf fails the test unless data is the issuer's document with its key.
func documentOf(t *testing.T, i *issuer.Issuer, dir string, data []byte) {
	t.Helper()
	document, err := did.Parse(data)
	if err != nil || document.ID != i.ID() {
		t.Fatalf("%s: %v", data, err)
	}
	method, err := did.MethodURL(i.ID(), signingKey(t, dir))
	must(t, err)
	key, err := document.Key(method, "assertionMethod")
	if err != nil || !signingKey(t, dir).(ed25519.PublicKey).Equal(key) {
		t.Errorf("%s: %v", data, err)
	}
}

func TestPublishedCheckpointFitsTheLog(t *testing.T) {
	i, dir, _ := setUp(t, 3)
	answer(t, i, known())
	files := publication(t, i)
	answer(t, i, known())
	checkpoint, err := logproof.OpenCheckpoint(files[issuer.PathCheckpoint], signingKey(t, dir))
	if err != nil || checkpoint.Size != 4 || checkpoint.Origin != "registry.example/log" {
		t.Fatalf("%+v, %v", checkpoint, err)
	}
	must(t, i.Store().View(func(tx *store.Tx) error {
		if result := logproof.WalkTree(issuancelog.Entries(tx), []logproof.Checkpoint{checkpoint}, nil); len(result.Findings) > 0 {
			t.Error(result.Findings)
		}
		return nil
	}))
	b, err := bundle.Open(files[issuer.PathBundle], signingKey(t, dir))
	must(t, err)
	if b.Checkpoint != string(files[issuer.PathCheckpoint]) || b.Issuer != i.ID() || !b.Created.Equal(issuertest.Start) {
		t.Errorf("%+v", b)
	}
	if _, err := bundle.Open(files[issuer.PathBundle], signingKey(t, issuertest.Folder(t, 3))); err == nil {
		t.Error("the bundle opens with the key of another issuer")
	}
}

func TestStatusListIsACredential(t *testing.T) {
	i, dir, clock := setUp(t, 3)
	list := publication(t, i)["status/1"]
	report, err := verifier.Verify(t.Context(), list, verifier.Policy{
		Now: clock.Now(), Issuer: verifier.Expect(i.ID()), Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](),
		LogReceipt: verifier.Ignore[string](), Status: verifier.Ignore[string](), Freshness: verifier.Ignore[time.Duration](),
		Bundles: []*bundle.Bundle{bundleOf(t, i, dir)},
	})
	must(t, err)
	if report.Verdict() != verifier.VerdictAccepted {
		t.Errorf("%+v", report.Checks)
	}
	u := report.Unverified()
	if u.ID != issuertest.URL+"/status/1" || !u.ValidUntil.Equal(clock.Now().Add(24*time.Hour)) {
		t.Errorf("%+v", u)
	}
	if subject := u.Subjects[0]; subject["id"] != u.ID+"#list" || subject["type"] != "BitstringStatusList" || subject["statusPurpose"] != "revocation" {
		t.Errorf("%+v", subject)
	}
}

// TestStatusListsAreKept: for a minute, unless something was revoked; they are
// never given out after their end.
func TestStatusListsAreKept(t *testing.T) {
	i, _, clock := setUp(t, 3, issuertest.Replace("lifetime: 24h", "lifetime: 2m"))
	a := answer(t, i, known())
	lists := func() []byte {
		t.Helper()
		all, err := i.StatusLists(t.Context())
		must(t, err)
		u, err := credential.Parse(all[0])
		must(t, err)
		if len(all) != 1 || !clock.Now().Before(u.ValidUntil) {
			t.Errorf("%d lists, the first until %v at %v", len(all), u.ValidUntil, clock.Now())
		}
		return all[0]
	}
	first := lists()
	clock.Advance(59 * time.Second)
	if !bytes.Equal(first, lists()) {
		t.Error("it was signed again within a minute")
	}
	clock.Advance(time.Second)
	second := lists()
	if bytes.Equal(first, second) {
		t.Error("it was not signed again after a minute")
	}
	_, err := i.Revoke(t.Context(), []string{a.Credential})
	must(t, err)
	if bytes.Equal(second, lists()) {
		t.Error("it was not signed again after a revocation")
	}
}

// TestRevocationIsPublishedAtOnce: who asks for lists while credentials are
// being revoked leaves no old list behind.
func TestRevocationIsPublishedAtOnce(t *testing.T) {
	i, dir, clock := setUp(t, 3)
	for range 10 {
		a := answer(t, i, known())
		done := make(chan struct{})
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
						if _, err := i.StatusLists(t.Context()); err != nil {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		_, err := i.Revoke(t.Context(), []string{a.Credential})
		must(t, err)
		if verdict := verify(t, a.Bytes, bundleOf(t, i, dir), clock.Now()).Verdict(); verdict != verifier.VerdictRefused {
			t.Errorf("it is %s", verdict)
		}
		close(done)
		group.Wait()
		if verdict := verify(t, a.Bytes, bundleOf(t, i, dir), clock.Now()).Verdict(); verdict != verifier.VerdictRefused {
			t.Errorf("a moment later it is %s", verdict)
		}
	}
}

func TestPublicationHoldsNoSecret(t *testing.T) {
	i, dir, _ := setUp(t, 3)
	answer(t, i, known())
	for name, data := range publication(t, i) {
		if tells(string(data)) || strings.Contains(string(data), "PRIVATE") || bytes.Contains(data, secretKey(t, dir)) {
			t.Errorf("%s tells of the register or the key", name)
		}
	}
}
