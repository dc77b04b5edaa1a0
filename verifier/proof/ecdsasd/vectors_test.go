package ecdsasd

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/multiformats/go-multibase"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
	"github.com/chancery-vc/chancery/verifier/proof/selective/selectivetest"
)

// The appendix of ecdsa-sd-2023 has two credentials, and for each of them what
// every step gives. Those of the selective disclosure functions are tested in
// the package selective.
const folder = "vectors/vc-di-ecdsa/TestVectors/"

type vector struct{ folder, mandatory, selective string }

var vectors = map[string]vector{
	"prc":    {folder + "ecdsa-sd-2023/prc/", folder + "prCredMandatory.json", folder + "prCredSelective.json"},
	"employ": {folder + "ecdsa-sd-2023/employ/", folder + "employMandatory.json", folder + "employSelective.json"},
}

func onEachVector(t *testing.T, test func(*testing.T, vector)) {
	for name, v := range vectors {
		t.Run(name, func(t *testing.T) { test(t, v) })
	}
}

// keys are those that the vectors were made with.
type keys struct {
	issuer     *ecdsa.PrivateKey
	statements []byte // the private key
	hmac       []byte
}

func vectorKeys(t testing.TB) keys {
	t.Helper()
	var material struct {
		Base struct {
			Secret string `json:"secretKeyMultibase"`
		} `json:"baseKeyPair"`
		Proof struct {
			Secret string `json:"secretKeyMultibase"`
		} `json:"proofKeyPair"`
		HMAC string `json:"hmacKeyString"`
	}
	selectivetest.Read(t, folder+"ecdsa-sd-2023/SDKeyMaterial.json", &material)
	issuer, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret(t, material.Base.Secret))
	if err != nil {
		t.Fatal(err)
	}
	mac, err := hex.DecodeString(material.HMAC)
	if err != nil {
		t.Fatal(err)
	}
	return keys{issuer, secret(t, material.Proof.Secret), mac}
}

func secret(t testing.TB, value string) []byte {
	t.Helper()
	_, data, err := multibase.Decode(value)
	if err != nil || len(data) != 34 {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
	return data[2:]
}

// deterministic signs without randomness, as the vectors do.
type deterministic struct{ *ecdsa.PrivateKey }

func (d deterministic) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return d.PrivateKey.Sign(nil, digest, opts)
}

// input is the document and the proof options of a secured document, and the
// proof value.
func (v vector) input(t testing.TB, file string) (proof.Input, string) {
	t.Helper()
	var secured struct {
		Proof map[string]any `json:"proof"`
	}
	selectivetest.Read(t, v.folder+file, &secured)
	value := secured.Proof["proofValue"].(string)
	delete(secured.Proof, "proofValue")
	options, err := json.Marshal(secured.Proof)
	if err != nil {
		t.Fatal(err)
	}
	return proof.Input{Document: selectivetest.Unsecured(t, v.folder+file), Options: options, Contexts: selectivetest.Contexts(t)}, value
}

func (v vector) pointers(t testing.TB) (mandatory, chosen []string) {
	t.Helper()
	selectivetest.Read(t, v.mandatory, &mandatory)
	selectivetest.Read(t, v.selective, &chosen)
	return mandatory, chosen
}

type texts []string

func (hexed texts) want(t *testing.T, got [][]byte) {
	t.Helper()
	var have texts
	for _, data := range got {
		have = append(have, hex.EncodeToString(data))
	}
	if diff := cmp.Diff(hexed, have); diff != "" {
		t.Error(diff)
	}
}

// parts are the parts of proof values as the vectors spell them.
type parts struct {
	Signature  string                            `json:"baseSignature"`
	PublicKey  string                            `json:"publicKey"`
	ProofKey   string                            `json:"proofPublicKey"`
	HMACKey    string                            `json:"hmacKey"`
	Signatures texts                             `json:"signatures"`
	Pointers   []string                          `json:"mandatoryPointers"`
	Labels     selectivetest.Map[string, string] `json:"labelMap"`
	Indexes    []int                             `json:"mandatoryIndexes"`
}

func (v vector) parts(t *testing.T, file string) (p parts) {
	t.Helper()
	selectivetest.Read(t, v.folder+file, &p)
	if p.Signature == "" || len(p.Signatures) == 0 {
		t.Fatalf("%s has nothing", file)
	}
	return p
}

func (p parts) wantSigned(t *testing.T, got signed) {
	t.Helper()
	texts{p.Signature}.want(t, [][]byte{got.signature})
	p.Signatures.want(t, got.signatures)
	public, err := decodeKey(got.publicKey)
	if err != nil {
		t.Fatal(err)
	}
	text, err := multikey.Encode(public)
	if err != nil || text != p.PublicKey+p.ProofKey {
		t.Errorf("got %s, %v", text, err)
	}
}

func (p parts) wantDerived(t *testing.T, got derivedValue) {
	t.Helper()
	p.wantSigned(t, got.signed)
	labels := map[string]string{}
	for i, key := range p.Labels.Keys {
		labels[key] = p.Labels.Values[i]
	}
	if diff := cmp.Diff([]any{p.Indexes, labels}, []any{got.mandatory, decompress(got.labels)}); diff != "" {
		t.Error(diff)
	}
}

// TestVectorsProofConfig: the proof options, and their canonical form.
func TestVectorsProofConfig(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		in, _ := v.input(t, "addSignedSDBase.json")
		config, err := in.OptionsInContext()
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		selectivetest.Read(t, v.folder+"addProofConfig.json", &want)
		if err := json.Unmarshal(config, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		canonical, err := jsonld.Canonicalize(t.Context(), config, in.Contexts, crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(testdata.Read(t, v.folder+"addProofConfigCanon.txt")), string(canonical)); diff != "" {
			t.Error(diff)
		}
	})
}

// wantHashes wants data to be what the issuer signs.
func wantHashes(t *testing.T, proofHash, mandatoryHash string, data []byte) {
	t.Helper()
	if len(data) != 32+publicKeySize+32 {
		t.Fatalf("%d bytes", len(data))
	}
	texts{proofHash, mandatoryHash}.want(t, [][]byte{data[:32], data[32+publicKeySize:]})
}

// TestVectorsHashData: the hashes of the options and the mandatory statements.
func TestVectorsHashData(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		var want struct {
			Proof     string `json:"proofHash"`
			Mandatory string `json:"mandatoryHash"`
		}
		selectivetest.Read(t, v.folder+"addHashData.json", &want)
		in, _ := v.input(t, "addSignedSDBase.json")
		pointers, _ := v.pointers(t)
		mandatory, _, err := baseValue{hmacKey: vectorKeys(t).hmac, mandatory: pointers}.statements(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		data, err := signData(t.Context(), in, make([]byte, publicKeySize), mandatory)
		if err != nil {
			t.Fatal(err)
		}
		wantHashes(t, want.Proof, want.Mandatory, data)
	})
}

// TestVectorsSign makes the very base proofs, with the keys of the vectors.
func TestVectorsSign(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		k := vectorKeys(t)
		in, want := v.input(t, "addSignedSDBase.json")
		mandatory, _ := v.pointers(t)
		suite := SD2023{Mandatory: mandatory, Random: bytes.NewReader(slices.Concat(k.statements, k.hmac))}
		value, err := suite.Sign(t.Context(), in, deterministic{k.issuer})
		if err != nil {
			t.Fatal(err)
		}
		if value != want {
			t.Errorf("got %s, want %s", value, want)
		}
		all := in
		if all.Document, value, err = suite.Derive(t.Context(), in, want, []string{""}); err != nil {
			t.Fatal(err)
		}
		if err := suite.Verify(t.Context(), all, k.issuer.Public(), value); err != nil {
			t.Error(err)
		}
	})
}

// TestVectorsBaseValue reads the base proofs.
func TestVectorsBaseValue(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		_, value := v.input(t, "addSignedSDBase.json")
		got, err := decodeBase(value)
		if err != nil {
			t.Fatal(err)
		}
		recovered := v.parts(t, "derivedRecoveredBaseData.json")
		for _, p := range []parts{v.parts(t, "addRawBaseSignatureInfo.json"), recovered} {
			p.wantSigned(t, got.signed)
			if diff := cmp.Diff(p.Pointers, got.mandatory); diff != "" {
				t.Error(diff)
			}
		}
		texts{recovered.HMACKey}.want(t, [][]byte{got.hmacKey})
	})
}

// TestVectorsIndexes: which statements are disclosed, and which of them are
// mandatory.
func TestVectorsIndexes(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		var all struct {
			Combined  []int `json:"combinedIndexes"`
			Mandatory []int `json:"mandatoryIndexes"`
			Rest      []int `json:"nonMandatoryIndexes"`
			Selective []int `json:"selectiveIndexes"`
		}
		selectivetest.Read(t, v.folder+"derivedGroupIndexes.json", &all)
		var mandatory struct {
			Indexes []int `json:"adjMandatoryIndexes"`
		}
		selectivetest.Read(t, v.folder+"derivedAdjMandatoryIndexes.json", &mandatory)
		var filtered struct {
			Indexes    []int `json:"adjSignatureIndexes"`
			Signatures texts `json:"filteredSignatures"`
		}
		selectivetest.Read(t, v.folder+"derivedAdjSignatures.json", &filtered)

		in, value := v.input(t, "addSignedSDBase.json")
		base, err := decodeBase(value)
		if err != nil {
			t.Fatal(err)
		}
		document, err := selective.Canonicalize(t.Context(), in.Document, in.Contexts, selective.HMAC(base.hmacKey))
		if err != nil {
			t.Fatal(err)
		}
		always, chosen := v.pointers(t)
		selected := func(pointers []string) []int {
			s, err := document.Select(pointers)
			if err != nil {
				t.Fatal(err)
			}
			return s.Matching
		}
		got := [][]int{selected(slices.Concat(always, chosen)), selected(always), selected(chosen)}
		if diff := cmp.Diff([][]int{all.Combined, all.Mandatory, all.Selective}, got); diff != "" {
			t.Error(diff)
		}
		if len(all.Rest) != len(base.signatures) {
			t.Errorf("%d signatures, want %d", len(base.signatures), len(all.Rest))
		}
		derived := base.derive(got[1], got[0])
		if diff := cmp.Diff(mandatory.Indexes, derived.mandatory); diff != "" {
			t.Error(diff)
		}
		filtered.Signatures.want(t, derived.signatures)
		for i, index := range filtered.Indexes {
			if !bytes.Equal(base.signatures[index], derived.signatures[i]) {
				t.Errorf("signature %d is not the base proof's %d", i, index)
			}
		}
	})
}

// TestVectorsDerive makes the very derived proofs.
func TestVectorsDerive(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		in, base := v.input(t, "addSignedSDBase.json")
		_, chosen := v.pointers(t)
		document, value, err := SD2023{}.Derive(t.Context(), in, base, chosen)
		if err != nil {
			t.Fatal(err)
		}
		revealed, want := v.input(t, "derivedRevealDocument.json")
		if value != want {
			t.Errorf("got %s, want %s", value, want)
		}
		if diff := cmp.Diff(string(revealed.Document), string(document)); diff != "" {
			t.Error(diff)
		}
		if alone := selectivetest.Unsecured(t, v.folder+"derivedUnsignedReveal.json"); !bytes.Equal(alone, document) {
			t.Errorf("got %s, want %s", document, alone)
		}
	})
}

// TestVectorsDerivedValue reads the derived proofs.
func TestVectorsDerivedValue(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		_, value := v.input(t, "derivedRevealDocument.json")
		got, err := decodeDerived(value)
		if err != nil {
			t.Fatal(err)
		}
		v.parts(t, "derivedDisclosureData.json").wantDerived(t, got)
		v.parts(t, "verifyDerivedProofValue.json").wantDerived(t, got)
	})
}

// TestVectorsVerify verifies the derived proofs, step by step and at once.
func TestVectorsVerify(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		in, value := v.input(t, "derivedRevealDocument.json")
		if err := (SD2023{}).Verify(t.Context(), in, vectorKeys(t).issuer.Public(), value); err != nil {
			t.Error(err)
		}
		derived, err := decodeDerived(value)
		if err != nil {
			t.Fatal(err)
		}
		statements, err := selective.Relabel(t.Context(), in.Document, in.Contexts, decompress(derived.labels))
		if err != nil {
			t.Fatal(err)
		}
		var nquads []string
		selectivetest.Read(t, v.folder+"verifyNQuads.json", &nquads)
		if diff := cmp.Diff(nquads, statements); diff != "" {
			t.Error(diff)
		}
		var want struct {
			Proof     string   `json:"proofHash"`
			Mandatory string   `json:"mandatoryHash"`
			Rest      []string `json:"nonMandatory"`
		}
		selectivetest.Read(t, v.folder+"verifyCreateVerifyData.json", &want)
		v.parts(t, "verifyCreateVerifyData.json").wantSigned(t, derived.signed)
		mandatory, rest, err := selective.Split(statements, derived.mandatory)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Rest, rest); diff != "" {
			t.Error(diff)
		}
		data, err := signData(t.Context(), in, derived.publicKey, mandatory)
		if err != nil {
			t.Fatal(err)
		}
		wantHashes(t, want.Proof, want.Mandatory, data)
	})
}
