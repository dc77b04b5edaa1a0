package oid4vci_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// TestCredential: section 8.3; the credential in the response is, to the byte,
// the one in the log (appendix A.1.2.4).
func TestCredential(t *testing.T) {
	w := newWorld(t)
	token := w.token()
	before := len(w.log(0))
	response, err := w.service.Credential(t.Context(), token, body(t, w.proof()))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Credentials []struct {
			Credential json.RawMessage
			Receipt    string `json:"log_receipt"`
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(response))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&got); err != nil || len(got.Credentials) != 1 {
		t.Fatalf("%s: %v", response, err)
	}
	records := w.log(before)
	if diff := cmp.Diff([]logproof.Kind{logproof.Asked, logproof.Answered}, issuertest.Kinds(records)); diff != "" {
		t.Fatal(diff)
	}
	if answered := records[1]; answered.Released != logproof.HashOf(got.Credentials[0].Credential).String() || answered.Caller != "holder" {
		t.Errorf("the log says %+v", answered)
	}
	receipt, err := base64.StdEncoding.DecodeString(got.Credentials[0].Receipt)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := logproof.ParseReceipt(receipt); err != nil || r.Index != records[1].Sequence || r.Origin != w.issuer.Origin() {
		t.Errorf("the receipt is %+v, %v", r, err)
	}
	var credential struct {
		ID, Issuer string
		Subject    struct{ ID, GivenNames string } `json:"credentialSubject"`
	}
	if err := json.Unmarshal(got.Credentials[0].Credential, &credential); err != nil {
		t.Fatal(err)
	}
	if credential.Subject.ID != w.holder.DID || credential.Subject.GivenNames != civil.Known().GivenNames || credential.Issuer != w.issuer.ID() {
		t.Errorf("%+v", credential)
	}
}

// TestRequestsThatAreNone: section 8.3.1.2.
func TestRequestsThatAreNone(t *testing.T) {
	w := newWorld(t)
	token, proof := w.token(), w.proof()
	proofs := `"proofs":{"jwt":["` + proof + `"]}`
	for name, test := range map[string]struct{ code, body string }{
		"nothing":                {oid4vci.InvalidCredentialRequest, ``},
		"null":                   {oid4vci.InvalidCredentialRequest, `null`},
		"a list":                 {oid4vci.InvalidCredentialRequest, `[]`},
		"half an object":         {oid4vci.InvalidCredentialRequest, `{"credential_configuration_id":"birth",` + proofs},
		"two objects":            {oid4vci.InvalidCredentialRequest, `{"credential_configuration_id":"birth",` + proofs + `}{}`},
		"a form":                 {oid4vci.InvalidCredentialRequest, `credential_configuration_id=birth`},
		"no configuration":       {oid4vci.InvalidCredentialRequest, `{` + proofs + `}`},
		"an empty configuration": {oid4vci.InvalidCredentialRequest, `{"credential_configuration_id":"",` + proofs + `}`},
		"a list for a text":      {oid4vci.InvalidCredentialRequest, `{"credential_configuration_id":["birth"],` + proofs + `}`},
		"an identifier":          {oid4vci.InvalidCredentialRequest, `{"credential_identifier":"birth",` + proofs + `}`},
		"both":                   {oid4vci.InvalidCredentialRequest, `{"credential_identifier":"birth","credential_configuration_id":"birth",` + proofs + `}`},
		"a member twice":         {oid4vci.InvalidCredentialRequest, `{"credential_configuration_id":"birth","credential_configuration_id":"birth",` + proofs + `}`},
		"proofs twice":           {oid4vci.InvalidCredentialRequest, `{"credential_configuration_id":"birth",` + proofs + `,` + proofs + `}`},
		"a proof type twice":     {oid4vci.InvalidCredentialRequest, `{"credential_configuration_id":"birth","proofs":{"jwt":["` + proof + `"],"jwt":["` + proof + `"]}}`},
		"not UTF-8":              {oid4vci.InvalidCredentialRequest, "{\"x\":\"\xff\",\"credential_configuration_id\":\"birth\"," + proofs + `}`},
		"far too large":          {oid4vci.InvalidCredentialRequest, `{"credential_configuration_id":"birth",` + proofs + `,"x":"` + strings.Repeat("x", oid4vci.MaxRequestBytes) + `"}`},
		"far too deep":           {oid4vci.InvalidCredentialRequest, `{"credential_configuration_id":"birth",` + proofs + `,"x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`},

		"another configuration":         {oid4vci.UnknownConfiguration, `{"credential_configuration_id":"death",` + proofs + `}`},
		"a configuration of other case": {oid4vci.UnknownConfiguration, `{"credential_configuration_id":"Birth",` + proofs + `}`},

		"an encrypted response":        {"invalid_encryption_parameters", `{"credential_configuration_id":"birth",` + proofs + `,"credential_response_encryption":{"jwk":{},"enc":"A128GCM"}}`},
		"a null for encryption":        {"invalid_encryption_parameters", `{"credential_configuration_id":"birth",` + proofs + `,"credential_response_encryption":null}`},
		"no proofs":                    {oid4vci.InvalidProof, `{"credential_configuration_id":"birth"}`},
		"null for proofs":              {oid4vci.InvalidProof, `{"credential_configuration_id":"birth","proofs":null}`},
		"proofs of nothing":            {oid4vci.InvalidProof, `{"credential_configuration_id":"birth","proofs":{}}`},
		"an empty list of proofs":      {oid4vci.InvalidProof, `{"credential_configuration_id":"birth","proofs":{"jwt":[]}}`},
		"two proofs":                   {oid4vci.InvalidProof, `{"credential_configuration_id":"birth","proofs":{"jwt":["` + proof + `","` + proof + `"]}}`},
		"a proof that is a text":       {oid4vci.InvalidProof, `{"credential_configuration_id":"birth","proofs":{"jwt":"` + proof + `"}}`},
		"a proof that is null":         {oid4vci.InvalidProof, `{"credential_configuration_id":"birth","proofs":{"jwt":[null]}}`},
		"a proof that is empty":        {oid4vci.InvalidProof, `{"credential_configuration_id":"birth","proofs":{"jwt":[""]}}`},
		"a proof of another type":      {oid4vci.InvalidProof, `{"credential_configuration_id":"birth","proofs":{"attestation":["` + proof + `"]}}`},
		"a proof beside another type":  {oid4vci.InvalidProof, `{"credential_configuration_id":"birth","proofs":{"jwt":["` + proof + `"],"di_vp":[{}]}}`},
		"the proof of an older draft":  {oid4vci.InvalidProof, `{"credential_configuration_id":"birth","proof":{"proof_type":"jwt","jwt":"` + proof + `"}}`},
		"a proof in JSON's form":       {oid4vci.InvalidProof, `{"credential_configuration_id":"birth","proofs":{"jwt":["{}"]}}`},
		"a proof type in another case": {oid4vci.InvalidProof, `{"credential_configuration_id":"birth","proofs":{"JWT":["` + proof + `"]}}`},
	} {
		response, err := w.service.Credential(t.Context(), token, []byte(test.body))
		refused(t, name, err, test.code)
		if response != nil {
			t.Errorf("%s: got %s", name, response)
		}
	}
	// What is not known is ignored (section 8.2), and none of these used the
	// token or the nonce up.
	if _, err := w.service.Credential(t.Context(), token, []byte(`{"x":{"y":[1]},"credential_configuration_id":"birth",`+proofs+`}`)); err != nil {
		t.Error(err)
	}
}

func TestTokensThatAreNone(t *testing.T) {
	w := newWorld(t)
	o := w.offer()
	used := w.token()
	if _, err := w.service.Credential(t.Context(), used, body(t, w.proof())); err != nil {
		t.Fatal(err)
	}
	before := len(w.log(0))
	for name, token := range map[string]string{
		"nothing": "", "unknown": "AAAAAAAAAAAAAAAAAAAAAA", "a code": codeOf(t, o), "used": used, "long": strings.Repeat("A", 10_000),
	} {
		response, err := w.service.Credential(t.Context(), token, body(t, w.proof()))
		refused(t, name, err, oid4vci.InvalidToken)
		if response != nil {
			t.Errorf("%s: got %s", name, response)
		}
	}
	if records := w.log(before); len(records) > 0 {
		t.Errorf("nobody in particular asked, and the log says %+v", records)
	}
}

func TestTokenExpires(t *testing.T) {
	w := newWorld(t)
	first, second := w.token(), w.token()
	w.clock.Advance(5*time.Minute - time.Second)
	if _, err := w.service.Credential(t.Context(), first, body(t, w.proof())); err != nil {
		t.Errorf("in its last second: %v", err)
	}
	w.clock.Advance(time.Second)
	_, err := w.service.Credential(t.Context(), second, body(t, w.proof()))
	refused(t, "after its time", err, oid4vci.InvalidToken)
}

// TestTokenOutlivesItsOffer: an offer that is redeemed in its last second gives
// the wallet the whole time of the token.
func TestTokenOutlivesItsOffer(t *testing.T) {
	w := newWorld(t)
	o := w.offer()
	w.clock.Advance(10*time.Minute - time.Second)
	token, err := w.service.Token(t.Context(), form(t, o))
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(4 * time.Minute)
	if _, err := w.service.Credential(t.Context(), token.AccessToken, body(t, w.proof())); err != nil {
		t.Error(err)
	}
}

// TestCredentialForOneOfMany: of all that use a token at once, each with a
// proof of its own, one gets a credential, and the log has one answer.
func TestCredentialForOneOfMany(t *testing.T) {
	w := newWorld(t)
	token := w.token()
	const n = 12
	bodies := make(chan []byte, n)
	for range n {
		bodies <- body(t, w.proof())
	}
	before := len(w.log(0))
	credentials := atOnce(n, func() bool {
		response, err := w.service.Credential(t.Context(), token, <-bodies)
		if err != nil {
			refused(t, "a late one", err, oid4vci.InvalidToken)
		}
		return response != nil
	})
	kinds := map[logproof.Kind]int{}
	for _, r := range w.log(before) {
		kinds[r.Kind]++
	}
	if credentials != 1 || kinds[logproof.Answered] != 1 || kinds[logproof.Asked] != 1+kinds[logproof.Refused] {
		t.Errorf("%d credentials, and the log has %v", credentials, kinds)
	}
	entries, err := w.issuer.Entries(birth, civil.KnownNumber)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d places in status lists, %v", len(entries), err)
	}
}

// TestDenied: after the offer was made the record goes away, or can no longer
// be issued. The token stays good for when it is mended.
func TestDenied(t *testing.T) {
	w := newWorld(t)
	token := w.token()
	issuertest.Loosen(t, w.dir)
	db := issuertest.Register(t, w.dir)
	for _, test := range []struct {
		statement string
		kind      error
	}{
		{"UPDATE births SET place_of_birth = x'C0FFEE'", source.ErrShape},
		{"UPDATE births SET place_of_birth = NULL; INSERT INTO births SELECT * FROM births", source.ErrMany},
		{"UPDATE births SET registration_number = 'x'", source.ErrNone},
		{"UPDATE births SET registration_number = '" + civil.KnownNumber + "' WHERE rowid = 1", nil},
	} {
		if _, err := db.ExecContext(t.Context(), test.statement); err != nil {
			t.Fatal(err)
		}
		response, err := w.service.Credential(t.Context(), token, body(t, w.proof()))
		if test.kind == nil {
			if err != nil {
				t.Errorf("after it was mended: %v", err)
			}
			continue
		}
		if !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, test.kind) || response != nil {
			t.Errorf("%s: %s, %v", test.statement, response, err)
		}
		var protocol *oid4vci.Error
		if errors.As(err, &protocol) {
			t.Errorf("%s: the wallet is told %v", test.statement, protocol)
		}
	}
}

// TestProfileIsTakenFromHolders: an offer that was made under an earlier
// configuration gives nothing that the present one does not.
func TestProfileIsTakenFromHolders(t *testing.T) {
	w := newWorld(t)
	token := w.token()
	if err := w.issuer.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, w.dir, "holder: [birth]", "holder: []")
	w.issuer = issuertest.Open(t, w.dir, w.clock)
	var err error
	if w.service, err = oid4vci.New(w.issuer); err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.Credential(t.Context(), token, body(t, w.proof())); !errors.Is(err, issuer.ErrNotAllowed) {
		t.Errorf("got %v", err)
	}
}
