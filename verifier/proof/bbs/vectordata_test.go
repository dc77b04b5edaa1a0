package bbs

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"slices"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
	"github.com/chancery-vc/chancery/verifier/proof/selective/selectivetest"
)

// The appendix of bbs-2023 has two credentials for the baseline, and one for
// the features. Of each there is what every step gives.
const folder = "vectors/vc-di-bbs/TestVectors/"

type vector struct {
	feature                                Feature
	folder, document, mandatory, selective string
}

var vectors = map[string]vector{
	"wind": {Baseline, folder, folder + "windDoc.json", folder + "windMandatory.json", folder + "windSelective.json"},
	"prc":  {Baseline, folder + "prc/", folder + "prCredUnsigned.json", folder + "prCredMandatory.json", folder + "prCredSelective.json"},

	"holder binding":               licence(HolderBinding, "HolderBinding/"),
	"pseudonym":                    licence(Pseudonym, "Pseudonym/"),
	"holder binding and pseudonym": licence(HolderBindingPseudonym, "PseudonymHB/"),
}

func licence(feature Feature, name string) vector {
	const inputs = folder + "FeatureInputs/"
	return vector{feature, folder + name, inputs + "license.json", inputs + "licenseMandatory.json", inputs + "licenseSelective.json"}
}

func onEachVector(t *testing.T, test func(*testing.T, vector)) {
	for name, v := range vectors {
		t.Run(name, func(t *testing.T) { test(t, v) })
	}
}

// hexed is bytes that the vectors write in hexadecimal, or as an object of
// bytes by their indexes.
type hexed []byte

func (h *hexed) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) != nil {
		var byIndex map[int]byte
		if err := json.Unmarshal(data, &byIndex); err != nil {
			return err
		}
		*h = make(hexed, len(byIndex))
		for i, b := range byIndex {
			(*h)[i] = b
		}
		return nil
	}
	if len(text)%2 == 1 { // a number without its leading zero
		text = "0" + text
	}
	raw, err := hex.DecodeString(text)
	*h = raw
	return err
}

func load[T any](t testing.TB, name string) (v T) {
	t.Helper()
	selectivetest.Read(t, name, &v)
	return v
}

func vectorKey(t testing.TB) *PrivateKey {
	t.Helper()
	material := load[struct {
		Private hexed `json:"privateKeyHex"`
		Public  hexed `json:"publicKeyHex"`
	}](t, folder+"BBSKeyMaterial.json")
	key, err := ParsePrivateKey(material.Private)
	if err != nil {
		t.Fatal(err)
	}
	if _, raw, err := multikey.Raw(key.Public()); err != nil || !bytes.Equal(raw, material.Public) {
		t.Fatalf("the public key is %x, %v", raw, err)
	}
	return key
}

func hmacKey(t testing.TB) []byte {
	return load[struct {
		HMAC hexed `json:"hmacKeyString"`
	}](t, folder+"BBSKeyMaterial.json").HMAC
}

// nymDomain is that of the vectors' pseudonyms.
func nymDomain(t testing.TB) string {
	return load[struct {
		ID string `json:"verifierId"`
	}](t, folder+"FeatureInputs/verifierInfo.json").ID
}

type commitment struct {
	Blinding   hexed `json:"secretProverBlind"`
	Commitment hexed `json:"commitmentWithProof"`
}

func signerEntropy(t testing.TB) []byte {
	return load[struct {
		Entropy hexed `json:"signerNymEntropyHex"`
	}](t, folder+"FeatureInputs/signerNymEntropy.json").Entropy
}

func (v vector) binding(t testing.TB) *Binding {
	t.Helper()
	if v.feature == Baseline {
		return nil
	}
	b := &Binding{Feature: v.feature, Commitment: load[commitment](t, v.folder+"commitmentInfo.json").Commitment}
	if v.feature.hasNym() {
		b.NymEntropy = signerEntropy(t)
	}
	return b
}

func (v vector) holder(t testing.TB) *Holder {
	t.Helper()
	if v.feature == Baseline {
		return nil
	}
	h := &Holder{Blinding: load[commitment](t, v.folder+"commitmentInfo.json").Blinding}
	if v.feature.bindsHolder() {
		h.Secret = load[struct {
			Secret hexed `json:"holderSecretHex"`
		}](t, folder+"FeatureInputs/holderSecret.json").Secret
	}
	if v.feature.hasNym() {
		h.ProverNym = load[struct {
			Nym hexed `json:"proverNymHex"`
		}](t, folder+"FeatureInputs/proverNym.json").Nym
	}
	return h
}

// suite is the suite as the vectors' issuer and holder use it.
func (v vector) suite(t testing.TB) BBS2023 {
	t.Helper()
	mandatory, _ := v.pointers(t)
	inputs := load[struct {
		Header hexed `json:"presentationHeaderHex"`
	}](t, folder+"BBSDeriveMaterial.json")
	return BBS2023{Mandatory: mandatory, Binding: v.binding(t), Holder: v.holder(t), NymDomain: nymDomain(t), PresentationHeader: inputs.Header}
}

func (v vector) pointers(t testing.TB) (mandatory, chosen []string) {
	t.Helper()
	return load[[]string](t, v.mandatory), load[[]string](t, v.selective)
}

// input is the document and the proof options of a secured document, and the
// proof value.
func (v vector) input(t testing.TB, file string) (proof.Input, string) {
	t.Helper()
	secured := load[struct {
		Proof map[string]any `json:"proof"`
	}](t, v.folder+file)
	value := secured.Proof["proofValue"].(string)
	delete(secured.Proof, "proofValue")
	options, err := json.Marshal(secured.Proof)
	if err != nil {
		t.Fatal(err)
	}
	return proof.Input{Document: selectivetest.Unsecured(t, v.folder+file), Options: options, Contexts: vectorContexts(t)}, value
}

// olderForm is why the values of the vectors of pseudonyms do not apply.
const olderForm = "a proof value of an older form of the text: one header for both features with pseudonyms, an integer with a tag, no nym_domain"

// parts returns the components of a proof value, without the tag of the older
// form.
func (v vector) parts(t testing.TB, value string) []any {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(value[1:])
	if err != nil {
		t.Fatal(err)
	}
	var parts []any
	if err := cbor.Unmarshal(data[3:], &parts); err != nil {
		t.Fatal(err)
	}
	for i := range parts {
		if number, ok := parts[i].(big.Int); ok {
			parts[i] = number.FillBytes(make([]byte, secretLength))
		}
	}
	return parts
}

// base returns the base proof value of the vector, in the form of today.
func (v vector) base(t testing.TB) (proof.Input, string) {
	t.Helper()
	in, value := v.input(t, "addSignedSDBase.json")
	if !v.feature.hasNym() {
		return in, value
	}
	value, err := encode(v.feature, 0, v.parts(t, value))
	if err != nil {
		t.Fatal(err)
	}
	return in, value
}

func (v vector) derived(t testing.TB) (proof.Input, string) {
	t.Helper()
	in, value := v.input(t, "derivedRevealDocument.json")
	if !v.feature.hasNym() {
		return in, value
	}
	value, err := encode(v.feature, 1, slices.Insert(v.parts(t, value), 5, any(nymDomain(t))))
	if err != nil {
		t.Fatal(err)
	}
	return in, value
}

// canonical returns the document with labels.
func (v vector) canonical(t *testing.T, labels selective.LabelMap) *selective.Document {
	t.Helper()
	in, _ := v.input(t, "addSignedSDBase.json")
	document, err := selective.Canonicalize(t.Context(), in.Document, in.Contexts, labels)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func want[T any](t *testing.T, name string, got T) {
	t.Helper()
	if diff := cmp.Diff(load[T](t, name), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
