package oid4vci_test

import (
	"errors"
	"net/url"
	"regexp"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/issuer/source"
)

// TestOffer: section 4.1, an offer by reference.
func TestOffer(t *testing.T) {
	w := newWorld(t)
	o := w.offer()
	uri, err := url.Parse(o.URI)
	if err != nil || uri.Scheme != "openid-credential-offer" || len(uri.Query()) != 1 {
		t.Fatalf("%s: %v", o.URI, err)
	}
	reference := regexp.MustCompile(`^https://registry\.example/offers/[A-Za-z0-9_-]{22}$`)
	if by := uri.Query().Get("credential_offer_uri"); !reference.MatchString(by) {
		t.Errorf("it refers to %s", by)
	}
	if !regexp.MustCompile(`^[0-9]{6}$`).MatchString(o.TransactionCode) || !o.Expires.Equal(w.clock.Now().Add(10*time.Minute)) {
		t.Errorf("%+v", o)
	}
	if again := w.offer(); again.URI == o.URI {
		t.Error("another offer has the same code")
	}
}

// TestOfferObject: section 4.1.1.
func TestOfferObject(t *testing.T) {
	w := newWorld(t, issuertest.Replace("digits: 6", "digits: 8"))
	code := codeOf(t, w.offer())
	object, err := w.service.OfferObject(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"credential_issuer": issuertest.URL, "credential_configuration_ids": []any{birth},
		"grants": map[string]any{"urn:ietf:params:oauth:grant-type:pre-authorized_code": map[string]any{
			"pre-authorized_code": code,
			"tx_code": map[string]any{
				"input_mode": "numeric", "length": float64(8), "description": "The code that the registry told you together with this offer",
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestOfferObjectIsThereUntilRedeemed, or until its time is up.
func TestOfferObjectIsThereUntilRedeemed(t *testing.T) {
	w := newWorld(t)
	redeemed, expired := w.offer(), w.offer()
	if _, err := w.service.Token(t.Context(), form(t, redeemed)); err != nil {
		t.Fatal(err)
	}
	_, err := w.service.OfferObject(t.Context(), codeOf(t, redeemed))
	refused(t, "redeemed", err, oid4vci.InvalidGrant)
	w.clock.Advance(10*time.Minute - time.Second)
	if _, err := w.service.OfferObject(t.Context(), codeOf(t, expired)); err != nil {
		t.Errorf("in its last second: %v", err)
	}
	w.clock.Advance(time.Second)
	for what, code := range map[string]string{"expired": codeOf(t, expired), "unknown": "AAAAAAAAAAAAAAAAAAAAAA", "empty": ""} {
		_, err := w.service.OfferObject(t.Context(), code)
		refused(t, what, err, oid4vci.InvalidGrant)
	}
}

func TestOfferOfWhatIsNotThere(t *testing.T) {
	w := newWorld(t)
	issuertest.Loosen(t, w.dir, "INSERT INTO births SELECT * FROM births WHERE rowid = 2")
	for _, test := range []struct {
		profile, key string
		kind         error
	}{
		{birth, "2019-000043", source.ErrNone},
		{birth, issuertest.Births(t, 5)[1].RegistrationNumber, source.ErrMany},
		{"death", civil.KnownNumber, issuer.ErrNotAllowed},
	} {
		o, err := w.service.Offer(t.Context(), test.profile, test.key)
		if !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, test.kind) || o != (oid4vci.Offer{}) {
			t.Errorf("%+v: %+v, %v", test, o, err)
		}
	}
	if n := w.count("offer"); n != 0 {
		t.Errorf("%d offers are kept", n)
	}
}

// TestOffersAreForgotten: the key of a record is kept no longer than the offer
// is good for; the next offer clears up.
func TestOffersAreForgotten(t *testing.T) {
	w := newWorld(t)
	w.offer()
	w.token() // redeemed, never used
	w.clock.Advance(5 * time.Minute)
	w.offer()
	if offers, tokens := w.count("offer"), w.count("token"); offers != 2 || tokens != 0 {
		t.Errorf("after the token's time: %d offers, %d tokens", offers, tokens)
	}
	w.clock.Advance(5 * time.Minute)
	w.offer()
	if offers := w.count("offer"); offers != 2 {
		t.Errorf("after the first offer's time: %d offers", offers)
	}
}
