package issuer_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
	"github.com/chancery-vc/chancery/issuer/partner"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const withPartners = `
purposes: [enrolment, checkup]
statuses:
  sex: {source: births, table: births, key: registration_number, column: sex, states: {F: f, M: m, X: x}}
partners: {purposes: [enrolment], statuses: [sex], max_records: 3, max_lifetime: 4h}
`

func partnerFolder(t *testing.T) string {
	return issuertest.Folder(t, 5, func(text string) string { return text + withPartners })
}

func partnerTerms(t testing.TB) issuer.PartnerTerms {
	return issuer.PartnerTerms{
		Partner: "clinic", Thumbprint: accesstest.NewKey(t).Thumbprint(t), Purposes: []string{"enrolment"}, Statuses: []string{"sex"},
		Count: 2, From: issuertest.Start, Until: issuertest.Start.Add(time.Hour),
	}
}

// TestPartnerTerms: nothing beyond the configuration is signed, and who tried is
// in the log.
func TestPartnerTerms(t *testing.T) {
	i := issuertest.Open(t, partnerFolder(t), issuertest.NewClock())
	for name, c := range map[string]struct {
		edit func(*issuer.PartnerTerms)
		want string
	}{
		"nobody":                {func(p *issuer.PartnerTerms) { p.Partner = "" }, "name is missing"},
		"a name with a colon":   {func(p *issuer.PartnerTerms) { p.Partner = "a:b" }, "name is missing"},
		"no thumbprint":         {func(p *issuer.PartnerTerms) { p.Thumbprint = p.Thumbprint[1:] }, "thumbprint is not one of a key"},
		"too long":              {func(p *issuer.PartnerTerms) { p.Until = p.From.Add(4*time.Hour + time.Second) }, "max_lifetime is 4 h"},
		"too late":              {func(p *issuer.PartnerTerms) { p.From, p.Until = p.From.Add(5*time.Hour), p.From.Add(6*time.Hour) }, "begin later"},
		"over":                  {func(p *issuer.PartnerTerms) { p.From, p.Until = p.From.Add(-2*time.Hour), p.From }, "has ended"},
		"backwards":             {func(p *issuer.PartnerTerms) { p.Until = p.From.Add(-time.Second) }, "ends before it begins"},
		"too many":              {func(p *issuer.PartnerTerms) { p.Count = 4 }, "max_records is 3"},
		"too many by name":      {func(p *issuer.PartnerTerms) { p.Keys, p.Count = []string{"a", "b", "c", "d"}, 0 }, "max_records is 3"},
		"more than can be":      {func(p *issuer.PartnerTerms) { p.Keys, p.Count = make([]string, 101), 0 }, "at most 100"},
		"none":                  {func(p *issuer.PartnerTerms) { p.Count = 0 }, "either which records"},
		"fewer than none":       {func(p *issuer.PartnerTerms) { p.Count = -1 }, "either which records"},
		"both":                  {func(p *issuer.PartnerTerms) { p.Keys = []string{"a"} }, "either which records"},
		"one twice":             {func(p *issuer.PartnerTerms) { p.Keys, p.Count = []string{"a", "a"}, 0 }, "there twice"},
		"no purpose":            {func(p *issuer.PartnerTerms) { p.Purposes = nil }, "name a purpose"},
		"another purpose":       {func(p *issuer.PartnerTerms) { p.Purposes = []string{"checkup"} }, `"checkup" is not one of partners.purposes`},
		"nothing":               {func(p *issuer.PartnerTerms) { p.Statuses = nil }, "name facts"},
		"another's credentials": {func(p *issuer.PartnerTerms) { p.Credentials = []string{"birth"} }, `"birth" is not one of partners.credentials`},
	} {
		terms := partnerTerms(t)
		c.edit(&terms)
		answer, err := i.MintGrant(t.Context(), terms)
		if !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, issuer.ErrGrantTerms) || !strings.Contains(err.Error(), c.want) || answer.Bytes != nil {
			t.Errorf("%s: %v", name, err)
		}
		records := issuertest.Log(t, i.Store())
		if last := records[len(records)-1]; last.Kind != logproof.Refused || last.Asks != "grant" || last.Reason != issuer.ErrGrantTerms.Error() {
			t.Errorf("%s: %+v", name, last)
		}
	}
	long := partnerTerms(t)
	long.Statuses = slices.Repeat(long.Statuses, 1000)
	if answer, err := i.MintGrant(t.Context(), long); !errors.Is(err, issuer.ErrGrantTerms) || answer.Bytes != nil {
		t.Errorf("more than a header holds: %v", err)
	}
	if infos, err := i.SignedGrants(t.Context()); err != nil || len(infos) != 0 {
		t.Errorf("of what was refused is kept: %+v, %v", infos, err)
	}
	without := issuertest.Open(t, issuertest.Folder(t, 1), issuertest.NewClock())
	if _, err := without.MintGrant(t.Context(), partnerTerms(t)); !errors.Is(err, issuer.ErrGrantTerms) {
		t.Errorf("without partners: %v", err)
	}
}

// TestPartnerRestart: what was asked about and what was revoked is so after a
// restart, and a grant does not outlive the configuration that let it be.
func TestPartnerRestart(t *testing.T) {
	dir, clock := partnerFolder(t), issuertest.NewClock()
	keys := issuertest.Births(t, 5)
	i := issuertest.Open(t, dir, clock)
	mint := func() string {
		answer, err := i.MintGrant(t.Context(), partnerTerms(t))
		if err != nil {
			t.Fatal(err)
		}
		return string(answer.Bytes)
	}
	ask := func(token string, n int) error {
		grant, err := i.OpenGrant(t.Context(), token)
		if err != nil {
			return err
		}
		_, err = i.Consult(t.Context(), issuer.Query{
			Caller: grant.Subject, Grant: grant, Kind: issuer.Status, Name: "sex", Key: keys[n].RegistrationNumber, Purpose: "enrolment", Nonce: "n",
		})
		return err
	}
	reopen := func() {
		if err := i.Close(); err != nil {
			t.Fatal(err)
		}
		i = issuertest.Open(t, dir, clock)
	}
	used, revoked := mint(), mint()
	if err := errors.Join(ask(used, 0), ask(used, 1), ask(revoked, 0)); err != nil {
		t.Fatal(err)
	}
	grant, err := i.OpenGrant(t.Context(), revoked)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.RevokeGrant(t.Context(), grant.ID); err != nil {
		t.Fatal(err)
	}
	reopen()
	for n, want := range []error{nil, nil, partner.ErrUsedUp} {
		if err := ask(used, n); !errors.Is(err, want) {
			t.Errorf("after a restart, record %d: %v", n, err)
		}
	}
	if err := ask(revoked, 0); !errors.Is(err, partner.ErrRevoked) {
		t.Errorf("revoked: %v", err)
	}
	if err := rewrite(dir, "purposes: [enrolment], statuses", "purposes: [checkup], statuses"); err != nil {
		t.Fatal(err)
	}
	reopen()
	if err := ask(used, 0); !errors.Is(err, issuer.ErrRefused) {
		t.Errorf("of what is granted no more: %v", err)
	}
}

// TestPartnersApart: two grants for one record have nothing of it in common.
func TestPartnersApart(t *testing.T) {
	i := issuertest.Open(t, partnerFolder(t), issuertest.NewClock())
	seen := map[string]bool{}
	for range 2 {
		terms := partnerTerms(t)
		terms.Keys, terms.Count = []string{civil.KnownNumber, fmt.Sprint(len(seen))}, 0
		answer, err := i.MintGrant(t.Context(), terms)
		if err != nil {
			t.Fatal(err)
		}
		grant, err := i.OpenGrant(t.Context(), string(answer.Bytes))
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range grant.Grant.Keys {
			if seen[key] {
				t.Errorf("%s is in both", key)
			}
			seen[key] = true
		}
	}
	if len(seen) != 4 {
		t.Errorf("%v", seen)
	}
}

// rewrite changes the configuration of a folder.
func rewrite(dir, from, to string) error {
	path := filepath.Join(dir, issuertest.ConfigFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600)
}
