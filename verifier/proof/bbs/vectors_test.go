package bbs

import (
	"bytes"
	gocmp "cmp"
	"crypto"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cloudflare/circl/expander"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
	"github.com/chancery-vc/chancery/verifier/proof/selective/selectivetest"
)

// TestVectorsDocument: the documents that are signed are those that the
// appendix prints, but for one.
func TestVectorsDocument(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		in, _ := v.input(t, "addSignedSDBase.json")
		printed := load[map[string]any](t, v.document)
		if strings.HasSuffix(v.folder, "prc/") {
			testdata.NotApplicable(t, "prCredUnsigned.json has another description than the signed document, which is the one in use")
			if printed["description"] != "Government of Utopia Permanent Resident Card." {
				t.Errorf("it is %v", printed["description"])
			}
			printed["description"] = "Permanent Resident Card from Government of Utopia."
		}
		var signed map[string]any
		if err := json.Unmarshal(in.Document, &signed); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(printed, signed); diff != "" {
			t.Error(diff)
		}
	})
}

// TestVectorsStatements: the canonical form, that with shuffled labels, and the
// mandatory statements.
func TestVectorsStatements(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		same := func(issued map[string]string) map[string]string { return issued }
		want(t, v.folder+"addBaseDocCanon.json", v.canonical(t, same).Statements)
		document := v.canonical(t, selective.Shuffled(hmacKey(t)))
		want(t, v.folder+"addBaseDocHMACCanon.json", document.Statements)

		transform := load[struct {
			Pointers  []string `json:"mandatoryPointers"`
			Mandatory lineMap  `json:"mandatory"`
			Rest      lineMap  `json:"nonMandatory"`
			Key       hexed    `json:"hmacKeyString"`
		}](t, v.folder+"addBaseTransform.json")
		in, _ := v.base(t)
		mandatory, messages, err := baseValue{hmacKey: transform.Key, mandatory: transform.Pointers}.statements(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([][]string{transform.Mandatory.Values, transform.Rest.Values}, [][]string{mandatory, texts(messages)}); diff != "" {
			t.Error(diff)
		}
	})
}

type lineMap = selectivetest.Map[int, string]

func texts(messages [][]byte) (all []string) {
	for _, m := range messages {
		all = append(all, string(m))
	}
	return all
}

// TestVectorsProofConfig: the proof options, and their canonical form.
func TestVectorsProofConfig(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		in, _ := v.input(t, "addSignedSDBase.json")
		config, err := in.OptionsInContext()
		if err != nil {
			t.Fatal(err)
		}
		var got any
		if err := json.Unmarshal(config, &got); err != nil {
			t.Fatal(err)
		}
		want(t, v.folder+"addProofConfig.json", got)
		canonical, err := jsonld.Canonicalize(t.Context(), config, in.Contexts, crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(testdata.Read(t, v.folder+"addProofConfigCanon.txt")), string(canonical)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestVectorsHashData: the hashes of which the header is made.
func TestVectorsHashData(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		hashes := load[struct{ ProofHash, MandatoryHash hexed }](t, v.folder+"addHashData.json")
		in, value := v.base(t)
		base, err := decodeBase(value)
		if err != nil {
			t.Fatal(err)
		}
		if both := slices.Concat(hashes.ProofHash, hashes.MandatoryHash); !bytes.Equal(base.header, both) {
			t.Errorf("the header is %x, want %x", base.header, both)
		}
		mandatory, _, err := base.statements(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if err := base.checkHeader(t.Context(), in, mandatory); err != nil {
			t.Error(err)
		}
	})
}

// TestVectorsSign makes the very base proofs, with the keys of the vectors.
func TestVectorsSign(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		in, want := v.base(t)
		suite := v.suite(t)
		suite.Random = bytes.NewReader(hmacKey(t))
		value, err := suite.Sign(t.Context(), in, vectorKey(t))
		if err != nil {
			t.Fatal(err)
		}
		if value != want {
			t.Errorf("got %s, want %s", value, want)
		}
	})
}

// baseVector is a base proof as the vectors spell it.
type baseVector struct {
	Signature  hexed    `json:"bbsSignature"`
	Header     hexed    `json:"bbsHeader"`
	PublicKey  hexed    `json:"publicKey"`
	HMACKey    hexed    `json:"hmacKey"`
	Mandatory  []string `json:"mandatoryPointers"`
	Entropy    hexed    `json:"signerNymEntropyHex"`
	OldEntropy hexed    `json:"signerNymEntropy"`
	Feature    Feature  `json:"featureOption"` // empty for the baseline
}

// TestVectorsBaseValue reads the base proofs.
func TestVectorsBaseValue(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		if _, value := v.input(t, "addSignedSDBase.json"); v.feature.hasNym() {
			testdata.NotApplicable(t, olderForm)
			if _, err := decodeBase(value); !errors.Is(err, proof.ErrMalformed) {
				t.Errorf("got %v", err)
			}
		}
		_, value := v.base(t)
		got, err := decodeBase(value)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"addRawBaseSignatureInfo.json", "derivedRecoveredBaseData.json"} {
			wantBase(t, load[baseVector](t, v.folder+file), got)
		}
	})
}

// wantBase compares what a file has; the signature and the pointers it must
// have.
func wantBase(t *testing.T, want baseVector, got baseValue) {
	t.Helper()
	for name, pair := range map[string][2][]byte{
		"header": {want.Header, got.header}, "public key": {want.PublicKey, got.publicKey}, "HMAC key": {want.HMACKey, got.hmacKey},
		"entropy": {slices.Concat(want.Entropy, want.OldEntropy), got.nymEntropy},
	} {
		if len(pair[0]) > 0 && !bytes.Equal(pair[0], pair[1]) {
			t.Errorf("%s: got %x, want %x", name, pair[1], pair[0])
		}
	}
	if !bytes.Equal(want.Signature, got.signature) || !cmp.Equal(want.Mandatory, got.mandatory) || gocmp.Or(want.Feature, Baseline) != got.feature {
		t.Errorf("got %x, %v", got.signature, got.mandatory)
	}
}

// TestVectorsGroups: which statements are disclosed, and their indexes.
func TestVectorsGroups(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		indexes := load[struct {
			Combined  []int `json:"combinedIndexes"`
			Mandatory []int `json:"mandatoryIndexes"`
			Rest      []int `json:"nonMandatoryIndexes"`
			Selective []int `json:"selectiveIndexes"`
		}](t, v.folder+"derivedGroupIndexes.json")
		adjusted := load[struct {
			Mandatory []int `json:"adjMandatoryIndexes"`
			Selective []int `json:"adjSelectiveIndexes"`
		}](t, v.folder+"derivedAdjIndexes.json")

		document := v.canonical(t, selective.Shuffled(hmacKey(t)))
		always, chosen := v.pointers(t)
		selected := func(pointers []string) []int {
			s, err := document.Select(pointers)
			if err != nil {
				t.Fatal(err)
			}
			return s.Matching
		}
		got := [][]int{selected(slices.Concat(always, chosen)), selected(always), selected(chosen)}
		if diff := cmp.Diff([][]int{indexes.Combined, indexes.Mandatory, indexes.Selective}, got); diff != "" {
			t.Error(diff)
		}
		if _, rest, err := selective.Split(document.Statements, got[1]); len(rest) != len(indexes.Rest) || err != nil {
			t.Errorf("%d messages, %v, want %d", len(rest), err, len(indexes.Rest))
		}
		derived := baseValue{}.derive(got[1], got[0])
		if diff := cmp.Diff([][]int{adjusted.Mandatory, adjusted.Selective}, [][]int{derived.mandatory, derived.selective}); diff != "" {
			t.Error(diff)
		}
		if v.folder != folder { // which has no such file
			wantGroups(t, v, document, got)
		}
	})
}

type group struct {
	Matching lineMap `json:"matching"`
	Rest     lineMap `json:"nonMatching"`
}

func wantGroups(t *testing.T, v vector, document *selective.Document, selected [][]int) {
	t.Helper()
	all := load[struct {
		Groups struct{ Combined, Mandatory, Selective group }
		NQuads []string `json:"nquads"`
	}](t, v.folder+"derivedAllGroupData.json")
	if diff := cmp.Diff(all.NQuads, document.Statements); diff != "" {
		t.Error(diff)
	}
	for i, g := range []group{all.Groups.Combined, all.Groups.Mandatory, all.Groups.Selective} {
		matching, rest, err := selective.Split(document.Statements, selected[i])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([][]string{g.Matching.Values, g.Rest.Values}, [][]string{matching, rest}); diff != "" {
			t.Error(diff)
		}
	}
}

// mockedBy are the interfaces of BBS by whose names the vectors' randomness was
// drawn.
var mockedBy = map[Feature]string{
	Baseline: "H2G_HM2S_", HolderBinding: "BLIND_H2G_HM2S_",
	Pseudonym: "H2G_HM2S_PSEUDONYM_", HolderBindingPseudonym: "H2G_HM2S_PSEUDONYM_",
}

// mocked is the randomness of the vectors' proofs. It is made as the draft's
// mocked_random_scalars are, section 8.1, by another tag; and of as many scalars
// as a proof takes, so that nothing may be left over.
func (v vector) mocked(t *testing.T, proof []byte) *bytes.Reader {
	t.Helper()
	const floor, scalar, drawn = 272, 32, 48
	seed := load[struct {
		Seed hexed `json:"pseudoRandSeedHex"`
	}](t, folder+"BBSDeriveMaterial.json").Seed
	tag := "BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_" + mockedBy[v.feature]
	count := 5 + (len(proof)-floor)/scalar
	return bytes.NewReader(expander.NewExpanderMD(crypto.SHA256, []byte(tag)).Expand(seed, uint(count*drawn)))
}

// TestVectorsDerive makes the very derived proofs, of the same documents.
func TestVectorsDerive(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		in, base := v.base(t)
		revealed, want := v.derived(t)
		derived, err := decodeDerived(want)
		if err != nil {
			t.Fatal(err)
		}
		random := v.mocked(t, derived.proof)
		suite := v.suite(t)
		suite.Random = random
		_, chosen := v.pointers(t)
		document, value, err := suite.Derive(t.Context(), in, base, chosen)
		if err != nil {
			t.Fatal(err)
		}
		if value != want || random.Len() != 0 {
			t.Errorf("got %s, want %s", value, want)
		}
		alone := selectivetest.Unsecured(t, v.folder+"derivedUnsignedReveal.json")
		for _, want := range [][]byte{revealed.Document, alone} {
			if diff := cmp.Diff(string(want), string(document)); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// derivedVector is a derived proof as the vectors spell it.
type derivedVector struct {
	Proof     hexed                             `json:"bbsProof"`
	Labels    selectivetest.Map[string, string] `json:"labelMap"`
	Mandatory []int                             `json:"mandatoryIndexes"`
	Selective []int                             `json:"adjSelectiveIndexes"`
	Header    hexed                             `json:"presentationHeader"`
	Pseudonym hexed                             `json:"pseudonym"`
	Feature   Feature                           `json:"featureOption"` // empty for the baseline
	Count     int                               `json:"lengthBBSMessages"`
}

// TestVectorsDerivedValue reads the derived proofs.
func TestVectorsDerivedValue(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		if _, value := v.input(t, "derivedRevealDocument.json"); v.feature.hasNym() {
			testdata.NotApplicable(t, olderForm)
			if _, err := decodeDerived(value); !errors.Is(err, proof.ErrMalformed) {
				t.Errorf("got %v", err)
			}
		}
		_, value := v.derived(t)
		got, err := decodeDerived(value)
		if err != nil {
			t.Fatal(err)
		}
		want := load[derivedVector](t, v.folder+"derivedDisclosureData.json")
		labels := map[string]string{}
		for i, key := range want.Labels.Keys {
			labels[key] = want.Labels.Values[i]
		}
		if diff := cmp.Diff(
			[]any{want.Mandatory, want.Selective, labels, gocmp.Or(want.Feature, Baseline), want.Count},
			[]any{got.mandatory, got.selective, decompress(got.labels), got.Feature, got.count},
		); diff != "" {
			t.Error(diff)
		}
		if !bytes.Equal(want.Proof, got.proof) || !bytes.Equal(want.Header, got.PresentationHeader) || !bytes.Equal(want.Pseudonym, got.Pseudonym) {
			t.Errorf("got %x, %x, %x", got.proof, got.PresentationHeader, got.Pseudonym)
		}
	})
}

// TestVectorsVerify verifies the derived proofs, after their statements and
// what the vectors read of them.
func TestVectorsVerify(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		in, value := v.derived(t)
		var shown []Shown
		suite := BBS2023{Accept: func(s Shown) error { shown = append(shown, s); return nil }}
		if err := suite.Verify(t.Context(), in, vectorKey(t).Public(), value); err != nil {
			t.Error(err)
		}
		derived, err := decodeDerived(value)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Shown{derived.Shown}, shown); diff != "" {
			t.Error(diff)
		}
		if v.folder == folder { // which has no such files
			return
		}
		statements, err := selective.Relabel(t.Context(), in.Document, in.Contexts, decompress(derived.labels))
		if err != nil {
			t.Fatal(err)
		}
		want(t, v.folder+"verifyNQuads.json", statements)
		read := load[struct {
			Proof     hexed `json:"bbsProof"`
			Mandatory []int `json:"mandatoryIndexes"`
			Selective []int `json:"adjSelectedIndexes"`
		}](t, v.folder+"verifyDerivedProofValue.json")
		if diff := cmp.Diff([]any{[]byte(read.Proof), read.Mandatory, read.Selective}, []any{derived.proof, derived.mandatory, derived.selective}); diff != "" {
			t.Error(diff)
		}
	})
}
