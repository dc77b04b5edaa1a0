package issuerhttp_test

import (
	"crypto"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// withPartners is the edit of an issuer that signs grants for partners.
func withPartners(text string) string {
	return withSchool(text) + `
partners: {purposes: [enrolment], statuses: [sex], credentials: [birth], max_records: 10, max_lifetime: 4h}
`
}

// guest is a partner with a grant.
type guest struct {
	*world
	key   accesstest.Key
	id    string // of the grant
	token string
}

// newGuest has a grant signed for records, or, without any, for two.
func newGuest(w *world, records ...string) *guest {
	w.Helper()
	g := &guest{world: w, key: accesstest.NewKey(w.T)}
	answer, err := w.issuer.MintGrant(w.Context(), g.terms(records...))
	if err != nil {
		w.Fatal(err)
	}
	g.id, g.token = answer.Credential, string(answer.Bytes)
	return g
}

func (g *guest) terms(records ...string) issuer.PartnerTerms {
	t := issuer.PartnerTerms{
		Partner: "clinic", Thumbprint: g.key.Thumbprint(g.T), Purposes: []string{"enrolment"}, Statuses: []string{"sex"},
		Keys: records, From: g.clock.Now(), Until: g.clock.Now().Add(2 * time.Hour),
	}
	if len(records) == 0 {
		t.Count = 2
	}
	return t
}

// nonce returns the one that proofs need now.
func (g *guest) nonce() string {
	g.Helper()
	return g.do(http.MethodPost, statuses, jsonType, question("none")).Header().Get("DPoP-Nonce")
}

// proof returns a proof for the grant and a question about a status.
func (g *guest) proof(edits ...accesstest.Edit) string {
	g.Helper()
	return g.key.Proof(g.T, g.clock.Now(), g.token, issuertest.URL+statuses, g.nonce(), edits...)
}

// shows posts a question with what says who asks.
func (g *guest) shows(body, token, proof string) *httptest.ResponseRecorder {
	g.Helper()
	return g.do(http.MethodPost, statuses, jsonType, body, "Authorization", "DPoP "+token, "DPoP", proof)
}

func (g *guest) asks(key string) *httptest.ResponseRecorder {
	g.Helper()
	return g.shows(question(key), g.token, g.proof())
}

// answered fails the test unless there is an answer about each record.
func (g *guest) answered(keys ...string) {
	g.Helper()
	for _, key := range keys {
		if r := g.asks(key); r.Code != http.StatusOK {
			g.Errorf("%s: %d %s", key, r.Code, r.Body)
		}
	}
}

// left returns what is left of the grant, as the partner is told.
func (g *guest) left() (left issuer.GrantLeft) {
	g.Helper()
	proof := g.key.Proof(g.T, g.clock.Now(), g.token, issuertest.URL+"/v1/grant", g.nonce(), accesstest.Claim("htm", "GET"))
	answer := g.do(http.MethodGet, "/v1/grant", "", "", "Authorization", "DPoP "+g.token, "DPoP", proof)
	if err := newExchange(g.T, described(g.T), httptest.NewRequest(http.MethodGet, "/v1/grant", http.NoBody), "").answered(g.T, answer); err != nil {
		g.Errorf("%s is not as described: %v", answer.Body, err)
	}
	g.decode(answer, http.StatusOK, &left)
	return left
}

// numbers returns the keys of so many records.
func numbers(t testing.TB, n int) (keys []string) {
	for _, b := range issuertest.Births(t, n) {
		keys = append(keys, b.RegistrationNumber)
	}
	return keys
}

// resigned returns a token, and a good proof for it.
func resigned(g *guest, token string) shown {
	g.Helper()
	return shown{token, g.key.Proof(g.T, g.clock.Now(), token, issuertest.URL+statuses, g.nonce())}
}

// resign returns what a grant says, for ten times as many records, signed by
// another in the issuer's name.
func resign(t testing.TB, g *guest, key crypto.Signer) string {
	t.Helper()
	u, err := statement.Peek([]byte(g.token))
	if err != nil {
		t.Fatal(err)
	}
	u.Statement.Grant.Count *= 10
	token, err := statement.Sign(u.Statement, statement.Signer{Key: key, KeyID: u.KeyID})
	if err != nil {
		t.Fatal(err)
	}
	return string(token)
}
