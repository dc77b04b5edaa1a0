package issuerhttp_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
	"github.com/chancery-vc/chancery/issuer/partner"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// TestPartner goes the whole way: a grant is signed and logged, questions under it
// are answered to the partner's name and logged with the grant, and what is left
// is told.
func TestPartner(t *testing.T) {
	w := newWorld(t, withPartners)
	before := len(issuertest.Log(t, w.issuer.Store()))
	g := newGuest(w, civil.KnownNumber, "another")
	minted := issuertest.Log(t, w.issuer.Store())[before:]
	if diff := cmp.Diff([]logproof.Kind{logproof.Asked, logproof.Answered}, issuertest.Kinds(minted)); diff != "" {
		t.Fatal(diff)
	}
	if r := minted[1]; r.Asks != "grant" || r.Caller != "operator" || r.Credential != g.id || r.Released != logproof.HashOf([]byte(g.token)).String() {
		t.Errorf("%+v", r)
	}
	if decoded := payload(t, g.token); strings.Contains(decoded, civil.KnownNumber) {
		t.Errorf("a record's key is in the grant: %s", decoded)
	}
	var answer struct{ Answer string }
	g.decode(g.asks(civil.KnownNumber), http.StatusOK, &answer)
	if u, err := statement.Peek([]byte(answer.Answer)); err != nil || u.Statement.Audience != "partner:clinic" {
		t.Errorf("%+v, %v", u, err)
	}
	asked := issuertest.Log(t, w.issuer.Store())[before+2:]
	if len(asked) != 2 || asked[0].Kind != logproof.Asked || asked[0].Grant != g.id || asked[1].Kind != logproof.Answered || asked[1].Grant != g.id {
		t.Errorf("%+v", asked)
	}
	want := issuer.GrantLeft{Grant: g.id, Partner: "partner:clinic", Records: 2, Left: 1, Expires: issuertest.Start.Add(2 * time.Hour)}
	if diff := cmp.Diff(want, g.left()); diff != "" {
		t.Error(diff)
	}
	if r := w.do(http.MethodGet, "/v1/grant", "", "", "Authorization", "Bearer "+schoolToken); r.Code != http.StatusNotFound {
		t.Errorf("a caller without a grant: %d %s", r.Code, r.Body)
	}
}

func payload(t testing.TB, token string) string {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestPartnerNobody: who shows a grant that is not good, or not with its key, is
// nobody.
func TestPartnerNobody(t *testing.T) {
	w := newWorld(t, withPartners)
	g, thief := newGuest(w), newGuest(w)
	other := newGuest(newWorld(t, withPartners)) // another issuer at the same address
	stranger := credtest.Key("stranger")
	used := g.proof()
	if r := g.shows(question(civil.KnownNumber), g.token, used); r.Code != http.StatusOK {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	parts := strings.Split(g.token, ".")
	header := func(text string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(text)) + "." + parts[1] + "."
	}
	kid := w.issuer.ID() + `#z6Mk`
	stolen := thief.key.Proof(t, w.clock.Now(), g.token, issuertest.URL+statuses, g.nonce())
	for name, c := range map[string]struct {
		shown
		reason string
	}{
		"an empty proof":        {shown{g.token, ""}, "no JWT in the one form"},
		"a proof of before":     {shown{g.token, used}, "was used before"},
		"another's key":         {shown{g.token, stolen}, "of another key"},
		"a proof for another":   {shown{g.token, thief.proof()}, "of another key"},
		"a proof for a GET":     {shown{g.token, g.proof(accesstest.Claim("htm", "GET"))}, "another request"},
		"a proof for elsewhere": {shown{g.token, g.proof(accesstest.Claim("htu", issuertest.URL+"/v1/facts"))}, "another request"},
		"another issuer's":      {shown{other.token, other.key.Proof(t, w.clock.Now(), other.token, issuertest.URL+statuses, g.nonce())}, "none that this issuer signed"},
		"altered":               {resigned(g, parts[0]+"."+strings.Replace(parts[1], parts[1][20:22], "AA", 1)+"."+parts[2]), "none that this issuer signed"},
		"no signature":          {resigned(g, parts[0]+"."+parts[1]+"."), "of nobody"},
		"alg none":              {resigned(g, header(`{"alg":"none","typ":"chancery-grant+jwt","kid":"`+kid+`"}`)), "of nobody"},
		"a MAC":                 {resigned(g, header(`{"alg":"HS256","typ":"chancery-grant+jwt","kid":"`+kid+`"}`)+parts[2]), "none that this issuer signed"},
		"a stranger's":          {resigned(g, resign(t, g, stranger)), "none that this issuer signed"},
		"too long":              {resigned(g, g.token+strings.Repeat("A", 9000)), "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(w.log.String())
			r := g.shows(question(civil.KnownNumber), c.token, c.proof)
			if r.Code != http.StatusUnauthorized || !strings.Contains(r.Body.String(), "unauthorized") {
				t.Errorf("%d %s", r.Code, r.Body)
			}
			if told := w.log.String()[before:]; !strings.Contains(told, c.reason) {
				t.Errorf("the operator is told: %s", told)
			}
		})
	}
	if r := w.do(http.MethodPost, statuses, jsonType, question(civil.KnownNumber), "Authorization", "Bearer "+g.token); r.Code != http.StatusUnauthorized {
		t.Errorf("as a bearer token: %d %s", r.Code, r.Body)
	}
	if left := g.left(); left.Left != 1 {
		t.Errorf("%+v", left)
	}
}

// shown is what says who asks.
type shown struct{ token, proof string }

// TestPartnerBounds: what is not in the grant gets the one refusal.
func TestPartnerBounds(t *testing.T) {
	w := newWorld(t, withPartners)
	keys := numbers(t, 3)
	g := newGuest(w, keys[0], keys[1])
	want := g.asks(keys[2])
	g.closed(want, http.StatusForbidden, "refused")
	for name, body := range map[string]string{
		"a purpose of others": strings.Replace(question(keys[0]), "enrolment", "marketing", 1),
		"a name of others":    strings.Replace(question(keys[0]), `"sex"`, `"birth"`, 1),
		"no record":           question(keys[0] + "0"),
	} {
		if r := g.shows(body, g.token, g.proof()); r.Code != want.Code || r.Body.String() != want.Body.String() {
			t.Errorf("%s: %d %s", name, r.Code, r.Body)
		}
	}
	proof := g.key.Proof(t, w.clock.Now(), g.token, issuertest.URL+"/v1/credentials", g.nonce())
	body := fmt.Sprintf(`{"purpose":"enrolment","name":"birth","key":%q}`, keys[0])
	if r := w.do(http.MethodPost, "/v1/credentials", jsonType, body, "Authorization", "DPoP "+g.token, "DPoP", proof); r.Code != http.StatusForbidden {
		t.Errorf("a credential: %d %s", r.Code, r.Body)
	}
	g.answered(keys[0], keys[1])
	records := issuertest.Log(t, w.issuer.Store())
	if !slices.ContainsFunc(records, func(r logproof.Record) bool { return r.Kind == logproof.Refused && r.Grant == g.id }) {
		t.Error("no refusal has the grant")
	}
}

// TestPartnerCount: of many who ask at once about more records than the grant is
// for, exactly so many are answered; and those can be asked about again.
func TestPartnerCount(t *testing.T) {
	w := newWorld(t, withPartners)
	g := newGuest(w)
	keys := numbers(t, 5)
	var group sync.WaitGroup
	var answered, refused atomic.Int32
	for _, key := range keys {
		group.Go(func() {
			switch r := g.asks(key); {
			case r.Code == http.StatusOK:
				answered.Add(1)
			case strings.Contains(r.Body.String(), "grant-used-up"):
				refused.Add(1)
			}
		})
	}
	group.Wait()
	if answered.Load() != 2 || refused.Load() != 3 {
		t.Errorf("%d were answered and %d told that it is used up, of %d", answered.Load(), refused.Load(), len(keys))
	}
	answered.Store(0)
	for _, key := range keys {
		if g.asks(key).Code == http.StatusOK {
			answered.Add(1)
		}
	}
	if answered.Load() != 2 || g.left().Left != 0 {
		t.Errorf("asked again, %d were answered", answered.Load())
	}
	body := `{"purpose":"enrolment","questions":[{"name":"sex","key":"new-1","nonce":"n-1"},{"name":"sex","key":"new-2","nonce":"n-2"}]}`
	if r := g.shows(body, g.token, g.proof()); strings.Count(r.Body.String(), "grant-used-up") != 2 {
		t.Errorf("in a batch: %s", r.Body)
	}
}

// TestPartnerRevoked: the very next question gets no answer, and the log has who
// did what.
func TestPartnerRevoked(t *testing.T) {
	w := newWorld(t, withPartners)
	g, untouched := newGuest(w), newGuest(w)
	g.answered(civil.KnownNumber)
	if err := w.issuer.RevokeGrant(t.Context(), g.id); err != nil {
		t.Fatal(err)
	}
	g.closed(g.asks(civil.KnownNumber), http.StatusUnauthorized, "unauthorized")
	untouched.answered(civil.KnownNumber)
	for id, want := range map[string]error{g.id: partner.ErrRevoked, "urn:uuid:none": partner.ErrUnknown, "": partner.ErrUnknown, strings.Repeat("u", 257): partner.ErrUnknown} {
		if err := w.issuer.RevokeGrant(t.Context(), id); !errors.Is(err, want) {
			t.Errorf("%q: %v", id, err)
		}
	}
	records := issuertest.Log(t, w.issuer.Store())
	at := slices.IndexFunc(records, func(r logproof.Record) bool { return r.Kind == logproof.GrantRevoked })
	if at < 0 || records[at].Grant != g.id || records[at].Caller != "operator" {
		t.Errorf("%+v", records[len(records)-1])
	}
	infos, err := w.issuer.SignedGrants(t.Context())
	if err != nil || len(infos) != 2 {
		t.Fatalf("%+v, %v", infos, err)
	}
	for _, info := range infos {
		if info.Used != 1 || info.Revoked.IsZero() != (info.Token == untouched.token) || info.Ended {
			t.Errorf("%+v", info)
		}
	}
}

// TestPartnerTime: a grant holds from its begin on, and until its end.
func TestPartnerTime(t *testing.T) {
	w := newWorld(t, withPartners)
	g := &guest{world: w, key: accesstest.NewKey(t)}
	terms := g.terms(civil.KnownNumber)
	terms.From = w.clock.Now().Add(time.Hour)
	answer, err := w.issuer.MintGrant(t.Context(), terms)
	if err != nil {
		t.Fatal(err)
	}
	g.token = string(answer.Bytes)
	for _, step := range []struct {
		by   time.Duration
		want int
	}{{0, 401}, {time.Hour - time.Second, 401}, {time.Second, 200}, {time.Hour - time.Second, 200}, {time.Second, 401}} {
		w.clock.Advance(step.by)
		if r := g.asks(civil.KnownNumber); r.Code != step.want {
			t.Errorf("at %s: %d %s", w.clock.Now(), r.Code, r.Body)
		}
	}
	infos, err := w.issuer.SignedGrants(t.Context())
	if err != nil || len(infos) != 1 || !infos[0].Ended {
		t.Errorf("%+v, %v", infos, err)
	}
}
