package oid4vci

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const offerText = `{"credential_issuer":"https://issuer.example/a","credential_configuration_ids":["birth"],
	"grants":{"authorization_code":{"issuer_state":"x"},
	"urn:ietf:params:oauth:grant-type:pre-authorized_code":{"pre-authorized_code":"secret-code","tx_code":{"length":6,"description":"by post"}}}}`

var offerWant = &Offer{
	Issuer: "https://issuer.example/a", Configurations: []string{"birth"},
	Grants: Grants{PreAuthorized: &PreAuthorized{Code: "secret-code", TxCode: &TxCode{Length: 6, Description: "by post"}}},
}

func TestParseOffer(t *testing.T) {
	byValue := "?" + url.Values{"credential_offer": {offerText}}.Encode()
	byReference := "?credential_offer_uri=https%3A%2F%2Fissuer.example%2Foffers%2F1%3Fa"
	for uri, want := range map[string]Link{
		"openid-credential-offer://" + byValue:               {Offer: offerWant},
		"OPENID-CREDENTIAL-OFFER://" + byValue:               {Offer: offerWant},
		"https://wallet.example/take" + byValue + "&other=1": {Offer: offerWant},
		"openid-credential-offer://" + byReference:           {Reference: "https://issuer.example/offers/1?a"},
		"https://wallet.example" + byReference:               {Reference: "https://issuer.example/offers/1?a"},
	} {
		got, err := ParseOffer(uri)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", uri, err, diff)
		}
	}
}

// TestParseOfferRefuses also holds that no error tells the code, which is a
// secret.
func TestParseOfferRefuses(t *testing.T) {
	value := func(edits ...string) string {
		return "openid-credential-offer://?" + url.Values{"credential_offer": {strings.NewReplacer(edits...).Replace(offerText)}}.Encode()
	}
	for name, c := range map[string]struct {
		uri  string
		want error
	}{
		"empty":                {"", ErrOffer},
		"another scheme":       {"mailto:?credential_offer=" + url.QueryEscape(offerText), ErrOffer},
		"plain http":           {"http://wallet.example/?credential_offer=" + url.QueryEscape(offerText), ErrOffer},
		"no parameter":         {"openid-credential-offer://?", ErrOffer},
		"both parameters":      {value() + "&credential_offer_uri=https%3A%2F%2Fissuer.example%2F1", ErrOffer},
		"a parameter twice":    {value() + "&credential_offer=" + url.QueryEscape(offerText), ErrOffer},
		"broken escape":        {"openid-credential-offer://?credential_offer=%zz", ErrOffer},
		"http reference":       {"openid-credential-offer://?credential_offer_uri=http%3A%2F%2Fissuer.example%2F1", ErrOffer},
		"reference, no host":   {"openid-credential-offer://?credential_offer_uri=https%3A%2F%2F%2F1", ErrOffer},
		"reference with user":  {"openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fa:b%40issuer.example%2F1", ErrOffer},
		"too long":             {"openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fa%2F" + strings.Repeat("a", maxOfferURI), ErrOffer},
		"not JSON":             {value("{", "["), ErrOffer},
		"duplicate member":     {value(`"credential_issuer"`, `"grants":{},"credential_issuer"`), ErrOffer},
		"duplicate unknown":    {value(`{"issuer_state":"x"}`, `{"a":1,"a":1}`), ErrOffer},
		"http issuer":          {value("https://", "http://"), ErrOffer},
		"issuer with query":    {value("example/a", "example/a?b"), ErrOffer},
		"issuer with fragment": {value("example/a", "example/a#"), ErrOffer},
		"issuer in Cyrillic":   {value("issuer.example", "іssuer.example"), ErrOffer},
		"no issuer":            {value("credential_issuer", "issuer"), ErrOffer},
		"no configuration":     {value(`["birth"]`, `[]`), ErrOffer},
		"empty configuration":  {value(`["birth"]`, `[""]`), ErrOffer},
		"empty code":           {value("secret-code", ""), ErrOffer},
		"long description":     {value("by post", strings.Repeat("ñ", maxDescription+1)), ErrOffer},
		"two configurations":   {value(`["birth"]`, `["birth","death"]`), ErrUnsupported},
		"another grant":        {value("urn:ietf:params:oauth:grant-type:pre-authorized_code", "authorization_codes"), ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			link, err := ParseOffer(c.uri)
			if !errors.Is(err, c.want) || link != (Link{}) {
				t.Fatalf("got %v, %v", link, err)
			}
			if strings.Contains(err.Error(), "secret-code") {
				t.Errorf("the error tells the code: %v", err)
			}
		})
	}
}

// FuzzParseOffer: what is accepted holds an offer or an https address, and
// written out again it is read as the same.
func FuzzParseOffer(f *testing.F) {
	f.Add("openid-credential-offer://?" + url.Values{"credential_offer": {offerText}}.Encode())
	f.Add("openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fissuer.example%2Foffers%2F1")
	f.Add("https://wallet.example/?credential_offer={}")
	f.Fuzz(func(t *testing.T, uri string) {
		link, err := ParseOffer(uri)
		if err != nil {
			if link != (Link{}) || !errors.Is(err, ErrOffer) && !errors.Is(err, ErrUnsupported) {
				t.Fatalf("got %v with %v", link, err)
			}
			return
		}
		again, err := ParseOffer(write(t, link))
		if diff := cmp.Diff(link, again); err != nil || diff != "" {
			t.Fatalf("not the same again: %v %s", err, diff)
		}
	})
}

// write returns an offer URI of link.
func write(t *testing.T, link Link) string {
	query := url.Values{}
	if link.Offer == nil {
		if !strings.HasPrefix(strings.ToLower(link.Reference), "https:") {
			t.Fatalf("the reference is %q", link.Reference)
		}
		query.Set("credential_offer_uri", link.Reference)
	} else {
		text, err := json.Marshal(link.Offer)
		if err != nil {
			t.Fatal(err)
		}
		query.Set("credential_offer", string(text))
	}
	return "openid-credential-offer://?" + query.Encode()
}

func TestTxCode(t *testing.T) {
	text := &TxCode{InputMode: inputText}
	for _, c := range []struct {
		needed *TxCode
		code   string
		ok     bool
	}{
		{nil, "", true},
		{nil, "1", false},
		{&TxCode{}, "", false},
		{&TxCode{}, "123", true},
		{&TxCode{}, "12a", false},
		{&TxCode{}, "١٢٣", false},
		{&TxCode{Length: 6}, "123456", true},
		{&TxCode{Length: 6}, "12345", false},
		{&TxCode{Length: 6}, "1234567", false},
		{text, "ñ-1", true},
		{&TxCode{InputMode: inputText, Length: 2}, "ñ1", true},
		{text, "", false},
		{&TxCode{Length: -1}, "1", true},
	} {
		if err := c.needed.Check(c.code); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrTxCode) {
			t.Errorf("%+v, %q: got %v", c.needed, c.code, err)
		}
	}
}

func TestWellKnown(t *testing.T) {
	for text, want := range map[string]string{
		"https://a.example":            "https://a.example/.well-known/openid-credential-issuer",
		"https://a.example:8443/b/c":   "https://a.example:8443/.well-known/openid-credential-issuer/b/c",
		"https://a.example/%C3%B1/%2F": "https://a.example/.well-known/openid-credential-issuer/%C3%B1/%2F",
	} {
		issuer, err := parseIssuer(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := wellKnown(issuer, issuerSuffix); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
