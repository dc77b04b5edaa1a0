package wallet_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/wallet"
	"github.com/chancery-vc/chancery/wallet/oid4vci"
	"github.com/chancery-vc/chancery/wallet/oid4vci/issuertest"
)

func newWallet(t *testing.T) (*wallet.Wallet, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "wallet")
	w, err := wallet.Create(dir, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return w, dir
}

// take accepts a new offer of issuer for the key of w.
func take(t *testing.T, issuer *issuertest.Issuer, w *wallet.Wallet) *wallet.Received {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(issuer.CA) {
		t.Fatal("no certificate")
	}
	proposal, err := oid4vci.New(pool, time.Now).Open(t.Context(), issuer.Offer())
	if err != nil {
		t.Fatal(err)
	}
	received, err := proposal.Accept(t.Context(), oid4vci.Key{ID: w.KeyID(), Signer: w.Signer()}, issuertest.TxCode)
	if err != nil {
		t.Fatal(err)
	}
	return received
}

func add(t *testing.T, issuer *issuertest.Issuer, w *wallet.Wallet) wallet.Entry {
	t.Helper()
	entry, err := w.Add(take(t, issuer, w))
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

func TestAddKeepsTheVeryBytes(t *testing.T) {
	issuer := issuertest.New(t)
	w, dir := newWallet(t)
	entry := add(t, issuer, w)
	sent := issuer.Issued()[0]
	sum := sha256.Sum256(sent)
	if entry.ID != hex.EncodeToString(sum[:]) || entry.Path != filepath.Join(dir, "credentials", entry.ID+".json") {
		t.Errorf("got %s at %s", entry.ID, entry.Path)
	}
	if stored, err := os.ReadFile(entry.Path); err != nil || !bytes.Equal(stored, sent) {
		t.Errorf("stored %q, %v", stored, err)
	}
	if info, err := os.Stat(entry.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	out := filepath.Join(t.TempDir(), "out.json")
	if err := entry.Export(out); err != nil {
		t.Fatal(err)
	}
	if exported, err := os.ReadFile(out); err != nil || !bytes.Equal(exported, sent) {
		t.Errorf("exported %q, %v", exported, err)
	}
	if err := entry.Export(out); !errors.Is(err, os.ErrExist) {
		t.Errorf("over another file: %v", err)
	}
}

func TestAddRefuses(t *testing.T) {
	issuer := issuertest.New(t)
	w, _ := newWallet(t)
	other, _ := newWallet(t)
	altered := bytes.Replace(take(t, issuer, w).Bytes(), []byte("2019"), []byte("2018"), 1)
	refused, err := wallet.Check(t.Context(), altered, verifier.Policy{
		Now: time.Now(), Issuer: verifier.Ignore[string](), Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](),
		Status: verifier.Ignore[string](), Freshness: verifier.Ignore[time.Duration](), LogReceipt: verifier.Ignore[string](),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Add(refused); !errors.Is(err, wallet.ErrNotAccepted) {
		t.Errorf("not verified: got %v", err)
	}
	if _, err := w.Add(take(t, issuer, other)); !errors.Is(err, wallet.ErrHolder) {
		t.Errorf("another holder's: got %v", err)
	}
	issuer.Make = func(holder string) []byte {
		document := issuer.Unsigned(holder)
		document["credentialSubject"] = []any{document["credentialSubject"], map[string]any{"id": other.DID(), "name": "x"}}
		return issuer.Sign(document)
	}
	if _, err := w.Add(take(t, issuer, w)); !errors.Is(err, wallet.ErrHolder) {
		t.Errorf("of two subjects: got %v", err)
	}
	issuer.Make = func(holder string) []byte {
		document := issuer.Unsigned(holder)
		delete(document["credentialSubject"].(map[string]any), "id")
		return issuer.Sign(document)
	}
	if _, err := w.Add(take(t, issuer, w)); !errors.Is(err, wallet.ErrHolder) {
		t.Errorf("of nobody: got %v", err)
	}
	if entries, err := w.List(); err != nil || len(entries) != 0 {
		t.Errorf("stored all the same: %v, %v", entries, err)
	}
}

func TestListAndGet(t *testing.T) {
	issuer := issuertest.New(t)
	w, dir := newWallet(t)
	first, second := add(t, issuer, w), add(t, issuer, w)
	reopened, err := wallet.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := reopened.List()
	if err != nil || len(entries) != 2 || entries[0].ID >= entries[1].ID {
		t.Fatalf("got %v, %v", entries, err)
	}
	for _, want := range []wallet.Entry{first, second} {
		for _, id := range []string{
			want.ID, want.ID[:10], want.ID[54:], want.Credential.ID, want.Credential.ID[20:],
		} {
			got, err := reopened.Get(id)
			if err != nil || got.ID != want.ID || !bytes.Equal(got.Credential.Bytes(), want.Credential.Bytes()) {
				t.Errorf("%s: got %s, %v", id, got.ID, err)
			}
		}
	}
	for id, want := range map[string]error{
		"": wallet.ErrUnknown, "nothing": wallet.ErrUnknown, first.ID + "0": wallet.ErrUnknown,
		"../key": wallet.ErrUnknown, "urn:example:": wallet.ErrAmbiguous,
	} {
		if got, err := reopened.Get(id); !errors.Is(err, want) {
			t.Errorf("%q: got %s, %v", id, got.ID, err)
		}
	}
}

// TestWholeIdentifierWins: a whole identifier that begins another one is not
// ambiguous.
func TestWholeIdentifierWins(t *testing.T) {
	issuer := issuertest.New(t)
	w, _ := newWallet(t)
	ids := []string{"urn:example:1", "urn:example:11"}
	for _, id := range ids {
		issuer.Make = func(holder string) []byte {
			document := issuer.Unsigned(holder)
			document["id"] = id
			return issuer.Sign(document)
		}
		add(t, issuer, w)
	}
	var got []string
	for _, id := range ids {
		entry, err := w.Get(id)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, entry.Credential.ID)
	}
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Error(diff)
	}
}

func TestStrayFilesArePassedOver(t *testing.T) {
	issuer := issuertest.New(t)
	w, dir := newWallet(t)
	want := add(t, issuer, w)
	for _, name := range []string{".partial-123", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, "credentials", name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := w.List(); err != nil || len(entries) != 1 || entries[0].ID != want.ID {
		t.Errorf("got %v, %v", entries, err)
	}
}

func TestAlteredFileIsNoticed(t *testing.T) {
	issuer := issuertest.New(t)
	w, _ := newWallet(t)
	entry := add(t, issuer, w)
	altered := bytes.Replace(entry.Bytes(), []byte("2019"), []byte("2018"), 1)
	if err := os.WriteFile(entry.Path, altered, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Get(entry.ID); !errors.Is(err, wallet.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}
