package bbs

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof"
)

// TestShown: what a proof shows beside the document, the verifier sees, and can
// refuse; and it sees nothing of a proof that does not hold.
func TestShown(t *testing.T) {
	refusal := errors.New("not for us")
	for _, feature := range features {
		t.Run(string(feature), func(t *testing.T) {
			s := issue(t, document, mandatory, feature).show(t)
			var seen []Shown
			suite := BBS2023{Accept: func(shown Shown) error { seen = append(seen, shown); return refusal }}
			if err := suite.Verify(t.Context(), s.part, s.key, s.value); !errors.Is(err, ErrRefused) || !errors.Is(err, refusal) {
				t.Errorf("got %v", err)
			}
			want := Shown{Feature: feature, PresentationHeader: []byte("fresh")}
			if feature.hasNym() {
				want.NymDomain, want.Pseudonym = "verifier.example", s.decoded(t).Pseudonym
			}
			if diff := cmp.Diff([]Shown{want}, seen); diff != "" {
				t.Error(diff)
			}
			v := s.decoded(t)
			v.PresentationHeader = []byte("stale")
			stale := s.with(t, v)
			if err := suite.Verify(t.Context(), stale.part, stale.key, stale.value); !errors.Is(err, proof.ErrSignature) || len(seen) != 1 {
				t.Errorf("got %v, %v", err, seen)
			}
		})
	}
}

// TestHolderIsNeeded: without all of the holder's own secrets, nothing can be
// derived of a base proof that is bound.
func TestHolderIsNeeded(t *testing.T) {
	for _, feature := range features[1:] {
		i := issue(t, document, mandatory, feature)
		other := issue(t, document, mandatory, feature).suite.Holder
		both := issue(t, document, mandatory, HolderBindingPseudonym).suite.Holder
		for name, c := range map[string]struct {
			holder func(Holder) *Holder
			want   error
		}{
			"its own": {func(h Holder) *Holder { return &h }, nil},
			"with more": {func(h Holder) *Holder {
				return &Holder{or(h.Secret, both.Secret), or(h.ProverNym, both.ProverNym), h.Blinding}
			}, nil},
			"none":             {func(Holder) *Holder { return nil }, ErrHolder},
			"another's":        {func(Holder) *Holder { return other }, proof.ErrSignature},
			"another blinding": {func(h Holder) *Holder { h.Blinding = other.Blinding; return &h }, proof.ErrSignature},
			"no blinding":      {func(h Holder) *Holder { h.Blinding = nil; return &h }, ErrHolder},
			"blinding of zero": {func(h Holder) *Holder { h.Blinding = make([]byte, 32); return &h }, ErrHolder},
		} {
			t.Run(string(feature)+"/"+name, func(t *testing.T) {
				suite := i.suite
				suite.Holder = c.holder(*i.suite.Holder)
				if _, _, err := suite.Derive(t.Context(), i.in, i.value, nil); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			})
		}
		for name, edit := range map[string]func(*Holder){
			"secret":     func(h *Holder) { h.Secret = other.Secret },
			"no secret":  func(h *Holder) { h.Secret = nil },
			"prover nym": func(h *Holder) { h.ProverNym = other.ProverNym },
			"no nym":     func(h *Holder) { h.ProverNym = nil },
		} {
			t.Run(string(feature)+"/another "+name, func(t *testing.T) {
				suite, h := i.suite, *i.suite.Holder
				edit(&h)
				if cmp.Equal(h.Secret, i.suite.Holder.Secret) && cmp.Equal(h.ProverNym, i.suite.Holder.ProverNym) {
					return // the feature has no such secret
				}
				suite.Holder = &h
				_, _, err := suite.Derive(t.Context(), i.in, i.value, nil)
				if !errors.Is(err, proof.ErrSignature) && !errors.Is(err, ErrHolder) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func or(a, b []byte) []byte {
	if a == nil {
		return b
	}
	return a
}

// TestPseudonyms: one for a domain, whatever is shown; another for each other
// domain and each other base proof, unless the issuer keeps its part.
func TestPseudonyms(t *testing.T) {
	for _, feature := range []Feature{Pseudonym, HolderBindingPseudonym} {
		t.Run(string(feature), func(t *testing.T) {
			i := issue(t, document, mandatory, feature)
			elsewhere, again, renewed := i, i, i
			elsewhere.suite.NymDomain = "other.example"
			sign := func(i *issued, edit func(*Binding)) {
				binding := *i.suite.Binding
				edit(&binding)
				i.suite.Binding = &binding
				var err error
				if i.value, err = i.suite.Sign(t.Context(), i.in, i.key); err != nil {
					t.Fatal(err)
				}
			}
			base, err := decodeBase(i.value)
			if err != nil {
				t.Fatal(err)
			}
			sign(&again, func(b *Binding) {})
			sign(&renewed, func(b *Binding) { b.NymEntropy = base.nymEntropy })

			of := func(i issued, pointers ...string) string { return string(i.show(t, pointers...).decoded(t).Pseudonym) }
			own := of(i)
			if of(i, "/name") != own || of(renewed) != own {
				t.Error("a domain does not know its holder again")
			}
			if of(elsewhere) == own || of(again) == own || of(issue(t, document, mandatory, feature)) == own {
				t.Error("a pseudonym is not of one domain and base proof alone")
			}
			i.suite.NymDomain = ""
			if _, _, err := i.suite.Derive(t.Context(), i.in, i.value, nil); !errors.Is(err, ErrHolder) {
				t.Errorf("for no domain: got %v", err)
			}
		})
	}
}

// TestVerifyRefusesFeatures tampers with what only some features have.
func TestVerifyRefusesFeatures(t *testing.T) {
	for _, feature := range features[1:] {
		i := issue(t, document, mandatory, feature)
		s := i.show(t, "/name")
		i.suite.NymDomain = "other.example"
		elsewhere := i.show(t, "/name").decoded(t)
		for name, c := range map[string]struct {
			edit func(*derivedValue)
			nym  bool // that feature has pseudonyms
			want error
		}{
			"as it was":              {func(*derivedValue) {}, false, nil},
			"a statement more":       {func(v *derivedValue) { v.count++ }, false, proof.ErrSignature},
			"a statement less":       {func(v *derivedValue) { v.count-- }, false, proof.ErrSignature},
			"no statements":          {func(v *derivedValue) { v.count = 0 }, false, proof.ErrSignature},
			"more than there can be": {func(v *derivedValue) { v.count = 200 }, false, proof.ErrSignature},
			"more than may be":       {func(v *derivedValue) { v.count = maxStatements + 1 }, false, proof.ErrMalformed},
			"another domain":         {func(v *derivedValue) { v.NymDomain = "other.example" }, true, proof.ErrSignature},
			"no domain":              {func(v *derivedValue) { v.NymDomain = "" }, true, proof.ErrSignature},
			"another pseudonym":      {func(v *derivedValue) { v.Pseudonym = elsewhere.Pseudonym }, true, proof.ErrSignature},
			"both of another domain": {func(v *derivedValue) { v.NymDomain, v.Pseudonym = elsewhere.NymDomain, elsewhere.Pseudonym }, true, proof.ErrSignature},
			"the identity":           {func(v *derivedValue) { clear(v.Pseudonym); v.Pseudonym[0] = 0xc0 }, true, proof.ErrMalformed},
			"no point":               {func(v *derivedValue) { clear(v.Pseudonym) }, true, proof.ErrMalformed},
			"no pseudonym":           {func(v *derivedValue) { v.Pseudonym = []byte{} }, true, proof.ErrMalformed},
		} {
			if c.nym && !feature.hasNym() {
				continue
			}
			t.Run(string(feature)+"/"+name, func(t *testing.T) {
				v := s.decoded(t)
				c.edit(&v)
				if err := s.with(t, v).verify(t); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			})
		}
	}
}

// TestExchangedFeatures: a proof of one feature is not one of another, whatever
// its header says.
func TestExchangedFeatures(t *testing.T) {
	for _, feature := range features {
		s := issue(t, document, mandatory, feature).show(t, "/name")
		for _, other := range features {
			v := s.decoded(t)
			v.Feature = other
			if v.Pseudonym == nil {
				v.NymDomain, v.Pseudonym = "verifier.example", issue(t, document, nil, Pseudonym).show(t, "/name").decoded(t).Pseudonym
			}
			if err := s.with(t, v).verify(t); (err == nil) != (feature == other) {
				t.Errorf("%s as %s: got %v", feature, other, err)
			}
		}
	}
}

func TestBindingRefuses(t *testing.T) {
	commit := func(f Feature) []byte {
		commitment, _, err := Holder{}.Commit(rand.Reader, f)
		if err != nil {
			t.Fatal(err)
		}
		return commitment
	}
	altered := commit(HolderBinding)
	altered[len(altered)-1] ^= 1
	noPoint := append(make([]byte, 48), commit(HolderBinding)[48:]...)
	for name, c := range map[string]struct {
		binding Binding
		want    error
	}{
		"good":                         {Binding{Feature: HolderBinding, Commitment: commit(HolderBinding)}, nil},
		"no feature":                   {Binding{Commitment: commit(HolderBinding)}, ErrBinding},
		"the baseline":                 {Binding{Feature: Baseline, Commitment: commit(HolderBinding)}, ErrBinding},
		"another feature":              {Binding{Feature: "pseudonym_issuer_pid", Commitment: commit(Pseudonym)}, ErrBinding},
		"no commitment":                {Binding{Feature: HolderBinding}, ErrBinding},
		"a commitment to nothing":      {Binding{Feature: HolderBinding, Commitment: commit(HolderBinding)[:112]}, ErrBinding},
		"one altered":                  {Binding{Feature: HolderBinding, Commitment: altered}, ErrBinding},
		"one of no point":              {Binding{Feature: HolderBinding, Commitment: noPoint}, ErrBinding},
		"one for pseudonyms":           {Binding{Feature: HolderBinding, Commitment: commit(Pseudonym)}, ErrBinding},
		"one for holder binding":       {Binding{Feature: Pseudonym, Commitment: commit(HolderBinding)}, ErrBinding},
		"one for both":                 {Binding{Feature: Pseudonym, Commitment: commit(HolderBindingPseudonym)}, ErrBinding},
		"entropy without pseudonyms":   {Binding{HolderBinding, commit(HolderBinding), bytes.Repeat([]byte{1}, 32)}, ErrBinding},
		"entropy that is too short":    {Binding{Pseudonym, commit(Pseudonym), []byte{1}}, ErrBinding},
		"entropy that is not below it": {Binding{Pseudonym, commit(Pseudonym), bytes.Repeat([]byte{0xff}, 32)}, ErrBinding},
	} {
		t.Run(name, func(t *testing.T) {
			value, err := BBS2023{Binding: &c.binding}.Sign(t.Context(), newInput(t, document), newKey(t))
			if !errors.Is(err, c.want) || (value == "") != (err != nil) {
				t.Errorf("got %s, %v, want %v", value, err, c.want)
			}
		})
	}
	t.Run("no randomness for entropy", func(t *testing.T) {
		b := &Binding{Feature: Pseudonym, Commitment: commit(Pseudonym)}
		if _, err := (BBS2023{Binding: b, Random: io.LimitReader(rand.Reader, 40)}).Sign(t.Context(), newInput(t, document), newKey(t)); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v", err)
		}
	})
}

func TestCommit(t *testing.T) {
	fault := errors.New("no randomness")
	for name, c := range map[string]struct {
		holder  Holder
		random  io.Reader
		feature Feature
		want    error
	}{
		"the baseline":        {Holder{}, rand.Reader, Baseline, ErrHolder},
		"an unknown feature":  {Holder{}, rand.Reader, "x", ErrHolder},
		"a short secret":      {Holder{Secret: make([]byte, 31)}, rand.Reader, HolderBinding, ErrHolder},
		"a nym of zero":       {Holder{ProverNym: make([]byte, 32)}, rand.Reader, Pseudonym, ErrHolder},
		"no secret":           {Holder{}, iotest.ErrReader(fault), HolderBinding, fault},
		"no nym":              {Holder{}, iotest.ErrReader(fault), Pseudonym, fault},
		"no blinding":         {Holder{}, io.LimitReader(rand.Reader, 32), HolderBinding, io.EOF},
		"random that repeats": {Holder{}, zeros{}, Pseudonym, nil},
	} {
		t.Run(name, func(t *testing.T) {
			commitment, holder, err := c.holder.Commit(c.random, c.feature)
			if err == nil || c.want != nil && !errors.Is(err, c.want) || commitment != nil || !cmp.Equal(holder, Holder{}) {
				t.Errorf("got %x, %v, want %v", commitment, err, c.want)
			}
		})
	}
	t.Run("secrets are kept", func(t *testing.T) {
		_, first, err := Holder{}.Commit(rand.Reader, HolderBindingPseudonym)
		if err != nil {
			t.Fatal(err)
		}
		_, second, err := first.Commit(rand.Reader, HolderBindingPseudonym)
		if err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(first.Secret, second.Secret) || !cmp.Equal(first.ProverNym, second.ProverNym) || cmp.Equal(first.Blinding, second.Blinding) {
			t.Error("a second commitment is not of the same secrets with another blinding")
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestSecretsAreNotPrinted prints what holds secrets in each way there is.
func TestSecretsAreNotPrinted(t *testing.T) {
	i := issue(t, document, mandatory, HolderBindingPseudonym)
	key, holder := i.key, i.suite.Holder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		for _, value := range []any{key, *key, holder, *holder, i.suite} {
			text := fmt.Sprintf(verb, value)
			for _, secret := range [][]byte{key.Bytes(), holder.Secret, holder.ProverNym, holder.Blinding} {
				for _, form := range []string{"%x", "%v", "%s", "%d", "%#v"} {
					if bytes.Contains([]byte(text), fmt.Appendf(nil, form, secret)) {
						t.Errorf("%s of %T has a secret", verb, value)
					}
				}
			}
		}
	}
}
