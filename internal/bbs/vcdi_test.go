package bbs

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path"
	"testing"

	"github.com/chancery-vc/chancery/internal/testdata"
)

// The repository of the main draft has no fixtures of the optional features;
// Data Integrity BBS Cryptosuites has test vectors that go through them. What
// its proofs were made from at random is not known: they are verified.
const vcdi = "vectors/vc-di-bbs/TestVectors"

// feature is what the test vectors of one feature have for this package.
type feature struct {
	key        *SecretKey
	signed     BlindSigned
	commitment octetsHex
	proof      octetsHex
	pseudonym  octetsHex
	context    []byte
	proverNym  *Secret
	entropy    *Secret
	ph         octetsHex
	disclosed  []int
	count      int
}

func load[T any](t *testing.T, name string) T {
	t.Helper()
	return read[T](t, testdata.Read(t, path.Join(vcdi, name)))
}

// pairs are a Map of the test vectors: [index, statement] in order.
type pairs struct{ Value [][2]json.RawMessage }

func (p pairs) statements(t *testing.T) [][]byte {
	t.Helper()
	var all [][]byte
	for _, pair := range p.Value {
		all = append(all, []byte(read[string](t, pair[1])))
	}
	return all
}

func loadFeature(t *testing.T, folder string) *feature {
	t.Helper()
	key := load[struct{ PrivateKeyHex octetsHex }](t, "BBSKeyMaterial.json")
	inputs := load[struct{ PresentationHeaderHex octetsHex }](t, "BBSDeriveMaterial.json")
	commit := load[struct{ SecretProverBlind, CommitmentWithProof octetsHex }](t, folder+"/commitmentInfo.json")
	base := load[struct{ BBSSignature, BBSHeader octetsHex }](t, folder+"/addRawBaseSignatureInfo.json")
	transform := load[struct{ NonMandatory pairs }](t, folder+"/addBaseTransform.json")
	derived := load[struct {
		BBSProof, Pseudonym octetsHex
		AdjSelectiveIndexes []int
		LengthBBSMessages   int
	}](t, folder+"/derivedDisclosureData.json")
	context := load[struct{ VerifierID string }](t, "FeatureInputs/verifierInfo.json")
	return &feature{
		key: mustKey(t, key.PrivateKeyHex),
		signed: BlindSigned{
			Signature: base.BBSSignature, Header: base.BBSHeader,
			Messages: transform.NonMandatory.statements(t),
			Blinding: mustSecret(t, commit.SecretProverBlind),
		},
		commitment: commit.CommitmentWithProof, proof: derived.BBSProof, pseudonym: derived.Pseudonym,
		context:   []byte(context.VerifierID),
		proverNym: mustSecret(t, load[struct{ ProverNymHex octetsHex }](t, "FeatureInputs/proverNym.json").ProverNymHex),
		entropy:   mustSecret(t, load[struct{ SignerNymEntropyHex octetsHex }](t, "FeatureInputs/signerNymEntropy.json").SignerNymEntropyHex),
		ph:        inputs.PresentationHeaderHex,
		disclosed: derived.AdjSelectiveIndexes, count: derived.LengthBBSMessages,
	}
}

func holderSecret(t *testing.T) []byte {
	return load[struct{ HolderSecretHex octetsHex }](t, "FeatureInputs/holderSecret.json").HolderSecretHex
}

func (f *feature) shown() [][]byte { return pick(f.signed.Messages, f.disclosed) }

// TestVectorsBaseline: signatures and proofs without optional features.
func TestVectorsBaseline(t *testing.T) {
	t.Run("windDoc", func(t *testing.T) { runBaseline(t, ".") })
	t.Run("prc", func(t *testing.T) { runBaseline(t, "prc") })
}

func runBaseline(t *testing.T, folder string) {
	s := newScheme(t, SHA256)
	key := mustKey(t, load[struct{ PrivateKeyHex octetsHex }](t, "BBSKeyMaterial.json").PrivateKeyHex)
	inputs := load[struct{ PresentationHeaderHex octetsHex }](t, "BBSDeriveMaterial.json")
	hashes := load[struct{ ProofHash, MandatoryHash octetsHex }](t, folder+"/addHashData.json")
	base := load[struct{ BBSSignature octetsHex }](t, folder+"/addRawBaseSignatureInfo.json")
	messages := load[struct{ NonMandatory pairs }](t, folder+"/addBaseTransform.json").NonMandatory.statements(t)
	derived := load[struct {
		BBSProof            octetsHex
		AdjSelectiveIndexes []int
	}](t, folder+"/derivedDisclosureData.json")
	header := append(hashes.ProofHash, hashes.MandatoryHash...)

	got, err := s.Sign(key, header, messages)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "signature", base.BBSSignature.String(), octetsHex(got).String())
	shown := pick(messages, derived.AdjSelectiveIndexes)
	err = s.ProofVerify(key.PublicKey(), derived.BBSProof, header, inputs.PresentationHeaderHex, shown, derived.AdjSelectiveIndexes)
	if err != nil {
		t.Error(err)
	}
}

// TestVectorsHolderBinding: a blind signature over a holder's secret.
func TestVectorsHolderBinding(t *testing.T) {
	s := newScheme(t, SHA256)
	f := loadFeature(t, "HolderBinding")
	f.signed.Committed = [][]byte{holderSecret(t)}

	got, err := s.BlindSign(f.key, f.commitment, f.signed.Header, f.signed.Messages)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "signature", octetsHex(f.signed.Signature).String(), octetsHex(got).String())
	if err := s.BlindVerify(f.key.PublicKey(), &f.signed); err != nil {
		t.Error(err)
	}
	if err := s.BlindProofVerify(f.key.PublicKey(), f.proof, f.signed.Header, f.ph, f.count, f.shown(), f.disclosed); err != nil {
		t.Error(err)
	}
}

// TestVectorsPseudonym: a blind signature over the secret of pseudonyms, with
// and without a holder's secret.
func TestVectorsPseudonym(t *testing.T) {
	t.Run("Pseudonym", func(t *testing.T) { runPseudonym(t, "Pseudonym", nil) })
	t.Run("PseudonymHB", func(t *testing.T) { runPseudonym(t, "PseudonymHB", [][]byte{holderSecret(t)}) })
}

func runPseudonym(t *testing.T, folder string, committed [][]byte) {
	s := newScheme(t, SHA256)
	f := loadFeature(t, folder)
	f.signed.Committed = committed
	pk := f.key.PublicKey()

	got, err := s.BlindSignWithNym(f.key, f.commitment, f.entropy, f.signed.Header, f.signed.Messages)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "signature", octetsHex(f.signed.Signature).String(), octetsHex(got).String())
	nym, err := s.VerifyFinalizeWithNym(pk, &f.signed, f.proverNym, f.entropy)
	if err != nil {
		t.Fatal(err)
	}
	_, pseudonym, err := s.ProofGenWithNym(rand.Reader, pk, &f.signed, nym, f.context, f.ph, f.disclosed)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "pseudonym", f.pseudonym.String(), octetsHex(pseudonym).String())
	wantNym := load[struct{ NymSecretHex string }](t, folder+"/nymSecret.json").NymSecretHex
	same(t, "nym secret", fmt.Sprintf("%064s", wantNym), octetsHex(nym.Bytes()).String())
	if err := s.ProofVerifyWithNym(pk, f.proof, f.pseudonym, f.context, f.signed.Header, f.ph, f.count, f.shown(), f.disclosed); err != nil {
		t.Error(err)
	}
}
