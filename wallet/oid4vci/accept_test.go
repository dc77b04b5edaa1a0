package oid4vci_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/wallet"
	"github.com/chancery-vc/chancery/wallet/oid4vci"
	"github.com/chancery-vc/chancery/wallet/oid4vci/issuertest"
)

// holder is a new key and its identifier.
func holder(t *testing.T) (oid4vci.Key, string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	id, method, err := did.FromKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return oid4vci.Key{ID: method, Signer: key}, id
}

func client(t *testing.T, issuer *issuertest.Issuer) *oid4vci.Client {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(issuer.CA) {
		t.Fatal("no certificate")
	}
	return oid4vci.New(pool, time.Now)
}

// take opens an offer and accepts it.
func take(t *testing.T, issuer *issuertest.Issuer, uri, txCode string) (*wallet.Received, error) {
	t.Helper()
	proposal, err := client(t, issuer).Open(t.Context(), uri)
	if err != nil {
		return nil, err
	}
	key, _ := holder(t)
	return proposal.Accept(t.Context(), key, txCode)
}

func TestOpen(t *testing.T) {
	issuer := issuertest.New(t)
	proposal, err := client(t, issuer).Open(t.Context(), issuer.Offer())
	if err != nil {
		t.Fatal(err)
	}
	got := []any{proposal.Issuer, proposal.IssuerName, proposal.Name, proposal.Types, *proposal.TxCode}
	want := []any{
		issuer.URL, "Registro Civil", issuertest.Name,
		[]string{"VerifiableCredential", "BirthRegistration"},
		oid4vci.TxCode{Length: 6, InputMode: "numeric", Description: "It was sent to you by post"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	host := strings.TrimPrefix(issuer.Origin(), "https://")
	if at, code := proposal.Hosts(); at != host || code != host {
		t.Errorf("hosts are %s and %s", at, code)
	}
	if diff := cmp.Diff([]string{issuertest.PathMetadata, issuertest.PathServer}, issuer.Seen()); diff != "" {
		t.Errorf("asked for before the holder agreed: %s", diff)
	}
}

func TestAccept(t *testing.T) {
	for name, offer := range map[string]func(*issuertest.Issuer) string{
		"by value":     (*issuertest.Issuer).Offer,
		"by reference": (*issuertest.Issuer).Reference,
	} {
		t.Run(name, func(t *testing.T) {
			issuer := issuertest.New(t)
			key, id := holder(t)
			proposal, err := client(t, issuer).Open(t.Context(), offer(issuer))
			if err != nil {
				t.Fatal(err)
			}
			received, err := proposal.Accept(t.Context(), key, issuertest.TxCode)
			if err != nil {
				t.Fatal(err)
			}
			if v := received.Report().Verified(); v == nil || v.Issuer() != issuer.DID || v.Subjects()[0]["id"] != id {
				t.Errorf("got %+v", received.Report())
			}
			if got := received.Bytes(); !bytes.Equal(got, issuer.Issued()[0]) {
				t.Errorf("not the very bytes:\n%s", got)
			}
		})
	}
}

func TestAcceptByIdentifier(t *testing.T) {
	issuer := issuertest.New(t)
	issuer.Identifier = "birth-42"
	if _, err := take(t, issuer, issuer.Offer(), issuertest.TxCode); err != nil {
		t.Error(err)
	}
}

func TestAcceptWithoutNonceEndpoint(t *testing.T) {
	issuer := issuertest.New(t)
	issuer.Rewrite[issuertest.PathMetadata] = replacer("nonce_endpoint", "x-nonce")
	var body []byte
	issuer.Replace[issuertest.PathCredential] = func(w http.ResponseWriter, r *http.Request) {
		body, _ = web.ReadBody(r.Body, 1<<16)
		answer(w, http.StatusBadRequest, `{"error":"credential_request_denied"}`)
	}
	if _, err := take(t, issuer, issuer.Offer(), issuertest.TxCode); !errors.Is(err, oid4vci.ErrDenied) {
		t.Errorf("got %v", err)
	}
	claims := proofClaims(t, body)
	if _, there := claims["nonce"]; there || claims["aud"] != issuer.URL {
		t.Errorf("claims are %v", claims)
	}
}

func TestStaleNonceIsReplacedOnce(t *testing.T) {
	issuer := issuertest.New(t)
	issuer.StaleNonces = 1
	if _, err := take(t, issuer, issuer.Offer(), issuertest.TxCode); err != nil {
		t.Errorf("after one: %v", err)
	}
	issuer.StaleNonces = 2
	_, err := take(t, issuer, issuer.Offer(), issuertest.TxCode)
	if !errors.Is(err, oid4vci.ErrDenied) || !strings.Contains(err.Error(), "nonce") {
		t.Errorf("after two: got %v", err)
	}
	if n := len(issuer.Issued()); n != 1 {
		t.Errorf("%d credentials were issued", n)
	}
}

func TestWrongTransactionCode(t *testing.T) {
	issuer := issuertest.New(t)
	offer := issuer.Offer()
	_, err := take(t, issuer, offer, "000000")
	if !errors.Is(err, oid4vci.ErrDenied) || !strings.Contains(err.Error(), "the transaction code is wrong") {
		t.Errorf("got %v", err)
	}
	before := len(issuer.Seen())
	if _, err := take(t, issuer, offer, "00000"); !errors.Is(err, oid4vci.ErrTxCode) {
		t.Errorf("too short: got %v", err)
	}
	if n := len(issuer.Seen()) - before; n != 2 {
		t.Errorf("a code that cannot be right was sent, in one of %d requests", n)
	}
	if _, err := take(t, issuer, offer, issuertest.TxCode); err != nil {
		t.Errorf("then the right one: %v", err)
	}
}

func TestOfferIsGoodOnce(t *testing.T) {
	issuer := issuertest.New(t)
	value, reference := issuer.Offer(), issuer.Reference()
	for _, uri := range []string{value, reference} {
		if _, err := take(t, issuer, uri, issuertest.TxCode); err != nil {
			t.Fatal(err)
		}
		_, err := take(t, issuer, uri, issuertest.TxCode)
		if !errors.Is(err, oid4vci.ErrDenied) || !strings.Contains(err.Error(), "used up or too old") {
			t.Errorf("the second time: got %v", err)
		}
	}
}

func TestCredentialsThatAreNotTaken(t *testing.T) {
	for name, c := range map[string]struct {
		credential func(i *issuertest.Issuer, holder string) []byte
		reason     string
	}{
		"tampered": {func(i *issuertest.Issuer, holder string) []byte {
			return bytes.Replace(i.Credential(holder), []byte("2019-02-28"), []byte("2019-02-27"), 1)
		}, "forged or altered"},
		"unsigned": {func(i *issuertest.Issuer, holder string) []byte {
			return bytes.Replace(i.Credential(holder), []byte(`"proof"`), []byte(`"prooof"`), 1)
		}, "no proof"},
		"by another key": {func(i *issuertest.Issuer, holder string) []byte {
			return i.SignAsOther(i.Unsigned(holder))
		}, "forged or altered"},
		"wrong type": {func(i *issuertest.Issuer, holder string) []byte {
			document := i.Unsigned(holder)
			document["type"] = []string{"VerifiableCredential"}
			return i.Sign(document)
		}, "its types are"},
		"expired": {func(i *issuertest.Issuer, holder string) []byte {
			document := i.Unsigned(holder)
			document["validFrom"], document["validUntil"] = "2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"
			return i.Sign(document)
		}, "expired"},
		"issuer without a document": {func(i *issuertest.Issuer, holder string) []byte {
			document := i.Unsigned(holder)
			document["issuer"] = i.DID + ":other"
			return bytes.ReplaceAll(i.Sign(document), []byte(i.DID+"#"), []byte(i.DID+":other#"))
		}, "the controller document of this identifier is not here"},
		"somebody else's issuer": {func(i *issuertest.Issuer, holder string) []byte {
			document := i.Unsigned(holder)
			document["issuer"] = "did:web:government.example"
			return i.Sign(document)
		}, "signed for did:web:government.example"},
		"duplicate member": {func(i *issuertest.Issuer, holder string) []byte {
			return bytes.Replace(i.Credential(holder), []byte(`"name"`), []byte(`"name":"x","name"`), 1)
		}, "duplicate object member"},
	} {
		t.Run(name, func(t *testing.T) {
			issuer := issuertest.New(t)
			issuer.Make = func(holder string) []byte { return c.credential(issuer, holder) }
			if name == "issuer without a document" {
				issuer.Replace[issuertest.PathDID] = http.NotFound
				issuer.Replace["/registry/other/did.json"] = http.NotFound
			}
			report, err := take(t, issuer, issuer.Offer(), issuertest.TxCode)
			want := oid4vci.ErrCredential
			if name == "duplicate member" {
				want = oid4vci.ErrAnswer
			}
			if !errors.Is(err, want) || !strings.Contains(err.Error(), c.reason) || report != nil {
				t.Errorf("got %v, %v", report, err)
			}
		})
	}
}

func TestUnknownContextIsRefused(t *testing.T) {
	issuer := issuertest.New(t)
	issuer.Rewrite[issuertest.PathMetadata] = replacer("chancery_contexts", "x-contexts")
	_, err := take(t, issuer, issuer.Offer(), issuertest.TxCode)
	if !errors.Is(err, oid4vci.ErrCredential) || !strings.Contains(err.Error(), issuertest.ContextURL) {
		t.Errorf("got %v", err)
	}
}

func TestCancelled(t *testing.T) {
	issuer := issuertest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	issuer.Replace[issuertest.PathMetadata] = func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done() // an answer could be faster than the end
	}
	if _, err := client(t, issuer).Open(ctx, issuer.Offer()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
