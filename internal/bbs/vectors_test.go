package bbs

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/testdata"
)

const vectors = "vectors/bbs-cfrg/tooling/fixtures/fixture_data"

var suites = map[string]Ciphersuite{"bls12-381-sha-256": SHA256, "bls12-381-shake-256": SHAKE256}

// runners tell by folder, or by file, how a fixture is read.
var runners = map[string]func(*testing.T, *Scheme, []byte){
	"keypair.json":                  runKeyPair,
	"h2s.json":                      runHashToScalar,
	"MapMessageToScalarAsHash.json": runMapMessage,
	"generators.json":               runGenerators,
	"mockedRng.json":                runMockedRandom,
	"signature":                     runSignature,
	"proof":                         runProof,
}

// TestVectorsCFRG runs every fixture of the draft's repository. A file that
// nothing here can read fails.
func TestVectorsCFRG(t *testing.T) {
	root := testdata.Path(t, vectors)
	count := 0
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		count++
		name, _ := filepath.Rel(root, file)
		t.Run(filepath.ToSlash(name), func(t *testing.T) { runFile(t, file, filepath.ToSlash(name)) })
		return nil
	})
	if err != nil || count == 0 {
		t.Fatalf("read %d files: %v", count, err)
	}
}

func runFile(t *testing.T, file, name string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if name == "messages.json" {
		runMessages(t, data)
		return
	}
	folder, rest, _ := strings.Cut(name, "/")
	kind := rest
	if dir := path.Dir(rest); dir != "." {
		kind = dir
	}
	run, suite := runners[kind], suites[folder]
	if run == nil || suite == "" {
		t.Fatal("a fixture that this test does not know")
	}
	run(t, newScheme(t, suite), data)
}

func read[T any](t *testing.T, data []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func same(t *testing.T, what, want, got string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", what, diff)
	}
}

func hexOf(s scalar) string { return octetsHex(scalarOctets(&s)).String() }

// runMessages signs and verifies the messages that the other fixtures share.
func runMessages(t *testing.T, data []byte) {
	messages := plain(read[[]octetsHex](t, data))
	for name, suite := range suites {
		s := newScheme(t, suite)
		key, err := s.KeyGen(make([]byte, 32), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := s.Sign(key, nil, messages)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Verify(key.PublicKey(), signature, nil, messages); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func runKeyPair(t *testing.T, s *Scheme, data []byte) {
	v := read[struct {
		KeyMaterial, KeyInfo, KeyDst octetsHex
		KeyPair                      struct{ SecretKey, PublicKey octetsHex }
	}](t, data)
	key, err := s.KeyGen(v.KeyMaterial, v.KeyInfo, v.KeyDst)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "secret key", v.KeyPair.SecretKey.String(), octetsHex(key.Bytes()).String())
	same(t, "public key", v.KeyPair.PublicKey.String(), octetsHex(key.PublicKey().Bytes()).String())
}

func runHashToScalar(t *testing.T, s *Scheme, data []byte) {
	v := read[struct{ Message, Dst, Scalar octetsHex }](t, data)
	same(t, "scalar", v.Scalar.String(), hexOf(s.hashToScalar(v.Message, string(v.Dst))))
}

func runMapMessage(t *testing.T, s *Scheme, data []byte) {
	v := read[struct {
		Dst   octetsHex
		Cases []struct{ Message, Scalar octetsHex }
	}](t, data)
	a := s.api(interfaceName)
	same(t, "tag", string(v.Dst), a.id+"MAP_MSG_TO_SCALAR_AS_HASH_")
	if len(v.Cases) == 0 {
		t.Fatal("no case")
	}
	for i, c := range v.Cases {
		got := a.messagesToScalars([][]byte{c.Message})
		if hexOf(got[0]) != c.Scalar.String() {
			t.Errorf("message %d: got %s, want %s", i, hexOf(got[0]), c.Scalar)
		}
	}
}

func runGenerators(t *testing.T, s *Scheme, data []byte) {
	v := read[struct {
		P1, Q1        octetsHex
		MsgGenerators []octetsHex
	}](t, data)
	want := append([]octetsHex{v.P1, v.Q1}, v.MsgGenerators...)
	a := s.api(interfaceName)
	points := octets(nil).points(s.p1).points(a.createGenerators(1+len(v.MsgGenerators), a.id)...)
	for i, w := range want {
		same(t, "generator", w.String(), octetsHex(points[i*pointLength:(i+1)*pointLength]).String())
	}
}

func runMockedRandom(t *testing.T, s *Scheme, data []byte) {
	v := read[struct {
		Seed, Dst     octetsHex
		Count         int
		MockedScalars []octetsHex
	}](t, data)
	got, err := randomScalars(mocked(t, s, v.Seed, string(v.Dst), v.Count), v.Count)
	if err != nil || len(got) != len(v.MockedScalars) {
		t.Fatalf("%d scalars, want %d: %v", len(got), len(v.MockedScalars), err)
	}
	for i := range got {
		same(t, "scalar", v.MockedScalars[i].String(), hexOf(got[i]))
	}
}

type result struct {
	Valid  bool
	Reason string
}

// judge compares an outcome with what the fixture says of it.
func (r result) judge(t *testing.T, err error) {
	t.Helper()
	if (err == nil) != r.Valid {
		t.Errorf("got %v, want valid = %v (%s)", err, r.Valid, r.Reason)
	}
}

func runSignature(t *testing.T, s *Scheme, data []byte) {
	v := read[struct {
		CaseName          string
		SignerKeyPair     struct{ SecretKey, PublicKey octetsHex }
		Header, Signature octetsHex
		Messages          []octetsHex
		Result            result
		Trace             struct{ B, Domain octetsHex }
	}](t, data)
	t.Log(v.CaseName)
	messages := plain(v.Messages)
	v.Result.judge(t, s.Verify(mustPublic(t, v.SignerKeyPair.PublicKey), v.Signature, v.Header, messages))
	if !v.Result.Valid {
		return // its trace is of the signature before it was spoilt
	}
	key := mustKey(t, v.SignerKeyPair.SecretKey)
	got, err := s.Sign(key, v.Header, messages)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "signature", v.Signature.String(), octetsHex(got).String())
	a := s.api(interfaceName)
	st, err := a.statement(key.PublicKey(), v.Header, messages)
	if err != nil {
		t.Fatal(err)
	}
	domain := a.domain(&st)
	b := a.calculateB(&st, domain)
	same(t, "domain", v.Trace.Domain.String(), hexOf(domain))
	same(t, "B", v.Trace.B.String(), octetsHex(octets(nil).points(b.reveal())).String())
}

func runProof(t *testing.T, s *Scheme, data []byte) {
	v := read[struct {
		CaseName                   string
		SignerPublicKey, Signature octetsHex
		Header, PresentationHeader octetsHex
		Messages                   []octetsHex
		DisclosedIndexes           []int
		Proof                      octetsHex
		Result                     result
		Trace                      struct{ Challenge, Domain octetsHex }
	}](t, data)
	t.Log(v.CaseName)
	pk, messages := mustPublic(t, v.SignerPublicKey), plain(v.Messages)
	shown := make([][]byte, 0, len(messages))
	for _, i := range v.DisclosedIndexes {
		shown = append(shown, messages[i])
	}
	v.Result.judge(t, s.ProofVerify(pk, v.Proof, v.Header, v.PresentationHeader, shown, v.DisclosedIndexes))
	if !v.Result.Valid {
		return // the fixture does not say what the proof was made of
	}
	count := 5 + len(messages) - len(v.DisclosedIndexes)
	random := mocked(t, s, []byte(seedOfDraft), string(s.suite)+interfaceName+"MOCK_RANDOM_SCALARS_DST_", count)
	got, err := s.ProofGen(random, pk, v.Signature, v.Header, v.PresentationHeader, messages, v.DisclosedIndexes)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "proof", v.Proof.String(), octetsHex(got).String())
	p, err := toProof(got)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "challenge", v.Trace.Challenge.String(), hexOf(p.c))
}
