//go:build pkcs11

package key

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/pkcs11"

	"github.com/chancery-vc/chancery/issuer/secret"
)

const (
	testPIN   = "7531-canary"
	testToken = "registry"
)

var (
	oidP256    = []byte(curveP256)
	oidEdwards = []byte("\x13\x0cedwards25519") // PrintableString, of PKCS #11 3.0
)

// softHSM is a real token of SoftHSM's, with keys of both kinds.
type softHSM struct {
	*testing.T
	module, dir, tokens, pin string
	library                  *pkcs11.Ctx
}

func newSoftHSM(t *testing.T) *softHSM {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/*/softhsm/libsofthsm2.so")
	if other, _ := filepath.Glob("/usr/lib/softhsm/libsofthsm2.so"); len(other) > 0 {
		found = append(found, other...)
	}
	if err != nil || len(found) == 0 {
		t.Skip("there is no SoftHSM here: install Debian's package softhsm2")
	}
	dir := t.TempDir()
	h := &softHSM{T: t, module: found[0], dir: dir, tokens: filepath.Join(dir, "tokens"), pin: filepath.Join(dir, "pin")}
	h.must(os.Mkdir(h.tokens, 0o700))
	h.must(os.WriteFile(filepath.Join(dir, "softhsm2.conf"), fmt.Appendf(nil, "directories.tokendir = %s\nlog.level = ERROR\n", h.tokens), 0o600))
	t.Setenv("SOFTHSM2_CONF", filepath.Join(dir, "softhsm2.conf"))
	h.library = pkcs11.New(h.module)
	h.must(h.library.Initialize())
	t.Cleanup(func() { _ = h.library.Finalize() })
	h.writePIN(testPIN)
	h.fill()
	return h
}

func (h *softHSM) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *softHSM) writePIN(pin string) { h.must(os.WriteFile(h.pin, []byte(pin+"\n"), 0o600)) }

// slot returns the slot of the token.
func (h *softHSM) slot() uint {
	h.Helper()
	slots, err := h.library.GetSlotList(true)
	h.must(err)
	for _, slot := range slots {
		if info, err := h.library.GetTokenInfo(slot); err == nil && info.Label == testToken {
			return slot
		}
	}
	h.Fatal("the token is not there")
	return 0
}

// fill makes a token with keys.
func (h *softHSM) fill() {
	h.Helper()
	slots, err := h.library.GetSlotList(true)
	h.must(err)
	h.must(h.library.InitToken(slots[0], "officer", testToken))
	s, err := h.library.OpenSession(h.slot(), pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	h.must(err)
	h.must(h.library.Login(s, pkcs11.CKU_SO, "officer"))
	h.must(h.library.InitPIN(s, testPIN))
	h.must(h.library.Logout(s))
	h.must(h.library.Login(s, pkcs11.CKU_USER, testPIN))
	h.generate(s, "ed", 0x1055, oidEdwards)
	h.generate(s, "p256", pkcs11.CKM_EC_KEY_PAIR_GEN, oidP256)
	h.generate(s, "p384", pkcs11.CKM_EC_KEY_PAIR_GEN, []byte("\x06\x05\x2b\x81\x04\x00\x22"))
	h.generate(s, "twice", pkcs11.CKM_EC_KEY_PAIR_GEN, oidP256)
	h.generate(s, "twice", pkcs11.CKM_EC_KEY_PAIR_GEN, oidP256)
	h.must(h.library.CloseSession(s))
}

func (h *softHSM) generate(s pkcs11.SessionHandle, label string, mechanism uint, curve []byte) {
	h.Helper()
	public := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true), pkcs11.NewAttribute(pkcs11.CKA_VERIFY, true),
		pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, curve), pkcs11.NewAttribute(pkcs11.CKA_LABEL, label),
	}
	private := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true), pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true), pkcs11.NewAttribute(pkcs11.CKA_SIGN, true),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true), pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false), pkcs11.NewAttribute(pkcs11.CKA_LABEL, label),
	}
	_, _, err := h.library.GenerateKeyPair(s, []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanism, nil)}, public, private)
	h.must(err)
}

func (h *softHSM) reference(text string) secret.Reference {
	h.Helper()
	r, err := secret.Parse(text)
	h.must(err)
	return r
}

func (h *softHSM) uri(object string) string {
	return "pkcs11:token=" + testToken + ";object=" + object + "?module-path=" + h.module + "&pin-source=file:" + h.pin
}

func (h *softHSM) open(object string, kind Kind) crypto.Signer {
	h.Helper()
	signer, err := Open(h.Context(), secret.New("", secret.Environment{}), h.reference(h.uri(object)), kind)
	h.must(err)
	h.Cleanup(func() { _ = Close(signer) })
	return signer
}

// TestSoftHSM: keys of both kinds sign in a token, many at once, and for each
// other's messages alone.
func TestSoftHSM(t *testing.T) {
	h := newSoftHSM(t)
	for object, kind := range map[string]Kind{"ed": Ed25519, "p256": P256} {
		signer := h.open(object, kind)
		var all sync.WaitGroup
		for range 3 * maxSessions {
			all.Go(func() {
				if err := Test(signer); err != nil {
					t.Errorf("%s: %v", object, err)
				}
			})
		}
		all.Wait()
		if _, err := signer.Sign(nil, []byte("short"), crypto.SHA512); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: another hash: %v", object, err)
		}
	}
}

func TestSoftHSMRefused(t *testing.T) {
	h := newSoftHSM(t)
	for name, c := range map[string]struct {
		uri  string
		kind Kind
		says string
	}{
		"another kind":       {h.uri("ed"), P256, "P-256 is wanted"},
		"another curve":      {h.uri("p384"), P256, "neither Ed25519 nor P-256"},
		"no such key":        {h.uri("none"), Ed25519, "none, or more than one"},
		"two keys":           {h.uri("twice"), P256, "none, or more than one"},
		"no such token":      {strings.Replace(h.uri("ed"), testToken, "other", 1), Ed25519, "0 tokens are other"},
		"no library":         {strings.Replace(h.uri("ed"), h.module, "/nonexistent.so", 1), Ed25519, "/nonexistent.so"},
		"no PIN":             {strings.Replace(h.uri("ed"), h.pin, h.pin+"x", 1), Ed25519, "pin-source"},
		"what is no library": {strings.Replace(h.uri("ed"), h.module, h.pin, 1), Ed25519, h.pin},
	} {
		signer, err := Open(t.Context(), secret.New("", secret.Environment{}), h.reference(c.uri), c.kind)
		if signer != nil || err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), testPIN) {
			t.Errorf("%s: %v, %v", name, signer, err)
		}
	}
}

// TestSoftHSMLost: sessions that are lost, or a library that was reset, are made
// good without a word; a token that is away is unavailable until it is back.
func TestSoftHSMLost(t *testing.T) {
	h := newSoftHSM(t)
	for object, kind := range map[string]Kind{"ed": Ed25519, "p256": P256} {
		signer := h.open(object, kind)
		h.must(h.library.CloseAllSessions(h.slot()))
		if err := Test(signer); err != nil {
			t.Errorf("%s: sessions closed: %v", object, err)
		}
		h.must(h.library.Finalize())
		if err := Test(signer); err != nil {
			t.Errorf("%s: library reset: %v", object, err)
		}
		h.must(h.library.Finalize())
		h.must(os.Rename(h.tokens, h.tokens+".away"))
		h.must(os.Mkdir(h.tokens, 0o700))
		if err := Test(signer); !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: token away: %v", object, err)
		}
		_ = h.library.Finalize()
		h.must(os.Remove(h.tokens))
		h.must(os.Rename(h.tokens+".away", h.tokens))
		if err := Test(signer); err != nil {
			t.Errorf("%s: token back: %v", object, err)
		}
	}
}

// TestWrongPIN is not tried until the token is locked; a PIN that was mended is
// taken without a restart.
func TestWrongPIN(t *testing.T) {
	h := newSoftHSM(t)
	signer := h.open("ed", Ed25519)
	h.writePIN("0000-canary")
	h.must(h.library.CloseAllSessions(h.slot()))
	for range 20 {
		if err := Test(signer); !errors.Is(err, ErrUnavailable) || !errors.Is(err, ErrPIN) || strings.Contains(err.Error(), "canary") {
			t.Fatal(err)
		}
	}
	h.writePIN(testPIN)
	if err := Test(signer); err != nil {
		t.Errorf("mended: %v", err)
	}
}

// TestTokenBusy: a call that does not come back keeps its turn and nobody
// else's time.
func TestTokenBusy(t *testing.T) {
	h := newSoftHSM(t)
	kept := h.open("ed", Ed25519).(*remote).store.(*token)
	for range maxSessions {
		kept.turns <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := kept.sign(ctx, []byte("x")); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	for range maxSessions {
		<-kept.turns
	}
	if _, err := kept.sign(t.Context(), []byte("x")); err != nil {
		t.Error(err)
	}
}
