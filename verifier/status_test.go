package verifier_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// TestStatusLists puts lists of every kind into a bundle of now.
func TestStatusLists(t *testing.T) {
	const hour = time.Hour
	issuer, other := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "other")
	now := credtest.Now
	list := func(edit ...func(credtest.Object)) []byte {
		unsigned := issuer.List(t, now, "revocation")
		for _, e := range edit {
			e(unsigned)
		}
		return issuer.Sign(t, unsigned, issuer.Proof())
	}
	subject := func(name string, value any) func(credtest.Object) {
		return func(o credtest.Object) { o["credentialSubject"].(credtest.Object)[name] = value }
	}
	at := func(d time.Duration) string { return credential.FormatTime(now.Add(d)) }
	for name, c := range map[string]struct {
		list    []byte
		outcome verifier.Outcome
		want    string
	}{
		"not set":                {issuer.SignedList(t, now), verifier.Established, "not revoked"},
		"its neighbours are set": {issuer.SignedList(t, now, credtest.Index-1, credtest.Index+1), verifier.Established, "not revoked"},
		"set":                    {issuer.SignedList(t, now, credtest.Index), verifier.Refused, "revoked"},
		"set, and stale":         {issuer.SignedList(t, now.Add(-1000*hour), credtest.Index), verifier.Refused, "revoked"},
		"issued at the limit":    {issuer.SignedList(t, now.Add(-24*hour)), verifier.Established, "not revoked"},
		"issued before it":       {issuer.SignedList(t, now.Add(-24*hour-time.Second)), verifier.Stale, "not revoked"},
		"valid until now":        {list(credtest.With("validUntil", at(0))), verifier.Established, ""},
		"valid until before":     {list(credtest.With("validUntil", at(-time.Second)), credtest.With("validFrom", at(-hour))), verifier.Stale, ""},
		"valid from later":       {list(credtest.With("validFrom", at(hour))), verifier.NotEstablished, "is from the future"},
		"signed in the future":   {issuer.SignedList(t, now.Add(hour)), verifier.NotEstablished, "created in the future"},
		"without a proof":        {credtest.Marshal(t, issuer.List(t, now, "revocation")), verifier.NotEstablished, "it has no proof"},
		"altered":                {alterList(t, issuer), verifier.NotEstablished, "forged or altered"},
		"of another issuer":      {other.SignedList(t, now), verifier.NotEstablished, "its issuer is another"},
		"signed by another":      {other.Sign(t, issuer.List(t, now, "revocation"), other.Proof()), verifier.NotEstablished, "another than its issuer signed it"},
		"of another purpose":     {list(subject("statusPurpose", "suspension")), verifier.NotEstablished, "its purpose is not"},
		"of both purposes":       {list(subject("statusPurpose", []any{"suspension", "revocation"})), verifier.Established, ""},
		"of another type":        {list(credtest.With("type", "VerifiableCredential")), verifier.NotEstablished, "not a BitstringStatusListCredential"},
		"that is too short":      {list(subject("encodedList", "uH4sIAAAAAAAA_wMAAAAAAAAAAAA")), verifier.NotEstablished, "not a usable status list"},
		"that is nonsense":       {list(subject("encodedList", "unonsense")), verifier.NotEstablished, "not a usable status list"},
		"that is another":        {list(credtest.With("id", "https://registry.example/status/2")), verifier.NotEstablished, "no bundle has the status list"},
		"naming a context":       {credtest.Marshal(t, namedContext(t, issuer)), verifier.NotEstablished, "neither embedded nor given"},
	} {
		t.Run(name, func(t *testing.T) {
			policy := policyWith(t, issuer, issuer.OpenBundle(t, issuer.Content(t, now, c.list)))
			wantCheck(t, judge(t, issuer.Signed(t), policy), verifier.CheckStatus, c.outcome, c.want)
		})
	}
}

func alterList(t *testing.T, issuer *credtest.Issuer) []byte {
	t.Helper()
	clean, set := issuer.List(t, credtest.Now, "revocation"), issuer.SignedList(t, credtest.Now, credtest.Index)
	encoded := func(o credtest.Object) []byte {
		return []byte(o["credentialSubject"].(credtest.Object)["encodedList"].(string))
	}
	return bytes.Replace(set, encoded(credtest.Unmarshal(t, set)), encoded(clean), 1)
}

func namedContext(t *testing.T, issuer *credtest.Issuer) credtest.Object {
	t.Helper()
	list := credtest.Unmarshal(t, issuer.SignedList(t, credtest.Now))
	list["@context"] = append(list["@context"].([]any), ownContextURL)
	return list
}

// TestStatusEntries gives credentials entries of every kind.
func TestStatusEntries(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	const last = 131_071
	list := issuer.List(t, credtest.Now, "revocation", last)
	list["credentialSubject"].(credtest.Object)["statusPurpose"] = []any{"revocation", "suspension"}
	policy := policyWith(t, issuer, issuer.OpenBundle(t, issuer.Content(t, credtest.Now, issuer.SignList(t, list))))
	entry := issuer.Entry
	without := func(name string) credtest.Object { e := entry("revocation", "7"); delete(e, name); return e }
	with := func(name string, value any) credtest.Object { e := entry("revocation", "7"); e[name] = value; return e }
	for name, c := range map[string]struct {
		entries any
		check   string
		outcome verifier.Outcome
		want    string
	}{
		"one":                        {entry("revocation", "7"), verifier.CheckStatus, verifier.Established, ""},
		"the last, which is set":     {entry("revocation", "131071"), verifier.CheckStatus, verifier.Refused, "revoked"},
		"out of range":               {entry("revocation", "131072"), verifier.CheckStatus, verifier.NotEstablished, "outside of the status list"},
		"far out of range":           {entry("revocation", "9223372036854775807"), verifier.CheckStatus, verifier.NotEstablished, "outside of the status list"},
		"beyond integers":            {entry("revocation", "9223372036854775808"), verifier.CheckModel, verifier.Refused, "not an integer"},
		"negative":                   {entry("revocation", "-7"), verifier.CheckModel, verifier.Refused, "not an integer"},
		"with a leading zero":        {entry("revocation", "07"), verifier.CheckModel, verifier.Refused, "not an integer"},
		"with a sign":                {entry("revocation", "+7"), verifier.CheckModel, verifier.Refused, "not an integer"},
		"a number":                   {with("statusListIndex", 7), verifier.CheckModel, verifier.Refused, "not an integer in a string"},
		"without an index":           {without("statusListIndex"), verifier.CheckModel, verifier.Refused, "not an integer in a string"},
		"without a list":             {without("statusListCredential"), verifier.CheckModel, verifier.Refused, "not a URL"},
		"without a purpose":          {without("statusPurpose"), verifier.CheckModel, verifier.Refused, "no statusPurpose"},
		"without a type":             {without("type"), verifier.CheckModel, verifier.Refused, "type has 0 values"},
		"of two bits":                {with("statusSize", 2), verifier.CheckStatus, verifier.NotEstablished, "no status for revocation that can be judged"},
		"of one bit":                 {with("statusSize", 1), verifier.CheckStatus, verifier.Established, ""},
		"suspension only":            {entry("suspension", "7"), verifier.CheckStatus, verifier.NotEstablished, "no status for revocation"},
		"suspension, which is set":   {[]any{entry("revocation", "7"), entry("suspension", "131071")}, verifier.CheckStatus, verifier.Refused, "set its status for suspension"},
		"in the other order":         {[]any{entry("suspension", "131071"), entry("revocation", "7")}, verifier.CheckStatus, verifier.Refused, "set its status for suspension"},
		"neither set":                {[]any{entry("suspension", "8"), entry("revocation", "7")}, verifier.CheckStatus, verifier.Established, ""},
		"one that cannot be judged":  {[]any{entry("revocation", "7"), credtest.Object{"id": "urn:x:1", "type": "JsonSchema"}}, verifier.CheckStatus, verifier.NotEstablished, "cannot be judged"},
		"one of a list not here":     {[]any{entry("revocation", "7"), with("statusListCredential", "https://registry.example/status/9")}, verifier.CheckStatus, verifier.NotEstablished, "no bundle has"},
		"set beats what is not here": {[]any{with("statusListCredential", "https://registry.example/status/9"), entry("revocation", "131071")}, verifier.CheckStatus, verifier.Refused, "revoked"},
		"none":                       {[]any{}, verifier.CheckStatus, verifier.NotEstablished, "no status for revocation"},
	} {
		t.Run(name, func(t *testing.T) {
			document := issuer.Credential()
			document["credentialStatus"] = c.entries
			data, err := issuer.TrySign(t, document, issuer.Proof())
			if err != nil { // what cannot be signed is refused before its proof
				document["proof"] = credtest.Object{}
				data = credtest.Marshal(t, document)
			}
			wantCheck(t, judge(t, data, policy), c.check, c.outcome, c.want)
		})
	}
}

func TestStatusNotAskedFor(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	policy := policyWith(t, issuer, credtest.Open(t, issuer, issuer.Bundle(t, credtest.Now, credtest.Index)))
	policy.Status = verifier.Ignore[string]()
	report := judge(t, issuer.Signed(t), policy)
	wantCheck(t, report, verifier.CheckStatus, verifier.NotEstablished, "not asked for")
	wantVerdict(t, report, verifier.VerdictAccepted)
}

func TestStatusExpectedButAbsent(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	report := judge(t, issuer.Signed(t, credtest.Without("credentialStatus")), policyFor(t, issuer))
	wantCheck(t, report, verifier.CheckStatus, verifier.NotEstablished, "no status for revocation")
	wantVerdict(t, report, verifier.VerdictNotEstablished)
}

// TestNewerBundleWins gives an old bundle and a newer one in both orders.
func TestNewerBundleWins(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	clean := credtest.Open(t, issuer, issuer.Bundle(t, credtest.Now.Add(-2*time.Hour)))
	revoked := credtest.Open(t, issuer, issuer.Bundle(t, credtest.Now.Add(-time.Hour), credtest.Index))
	reinstated := credtest.Open(t, issuer, issuer.Bundle(t, credtest.Now.Add(-time.Minute)))
	data := issuer.Signed(t)
	for _, policy := range []verifier.Policy{policyWith(t, issuer, clean, revoked), policyWith(t, issuer, revoked, clean)} {
		report := judge(t, data, policy)
		wantCheck(t, report, verifier.CheckStatus, verifier.Refused, "revoked")
		if asOf := report.Check(verifier.CheckStatus).AsOf; !asOf.Equal(revoked.Created) {
			t.Errorf("as of %s, want %s", asOf, revoked.Created)
		}
	}
	wantVerdict(t, judge(t, data, policyWith(t, issuer, reinstated, revoked, clean)), verifier.VerdictAccepted)
	empty := issuer.OpenBundle(t, issuer.Content(t, credtest.Now))
	wantCheck(t, judge(t, data, policyWith(t, issuer, revoked, empty)), verifier.CheckStatus, verifier.Refused, "revoked")
}

// TestListIsNoYoungerThanItsBundle: a list that claims to be from after its
// bundle is as old as the bundle.
func TestListIsNoYoungerThanItsBundle(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	created := credtest.Now.Add(-30 * time.Hour)
	content := issuer.Content(t, created, issuer.SignedList(t, credtest.Now))
	report := judge(t, issuer.Signed(t), policyWith(t, issuer, issuer.OpenBundle(t, content)))
	wantCheck(t, report, verifier.CheckStatus, verifier.Stale, "")
	if late := report.Check(verifier.CheckStatus).StaleBy; late != 6*time.Hour {
		t.Errorf("stale by %s", late)
	}
}
