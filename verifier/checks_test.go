package verifier_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
)

// TestModel refuses what has not the form of a credential, though it is
// signed where it can be.
func TestModel(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	base, with, without := schemas.CredentialsV2, credtest.With, credtest.Without
	for name, c := range map[string]struct {
		edit func(credtest.Object)
		want string
	}{
		"no context":              {without("@context"), "@context has 0 values"},
		"other context first":     {with("@context", []any{schemas.CivilV1, base}), "the first @context is not"},
		"unknown context":         {with("@context", []any{base, "https://evil.example/v1"}), "neither embedded nor given"},
		"null context":            {with("@context", []any{base, nil}), "neither a URL nor an object"},
		"no type":                 {without("type"), "type has 0 values"},
		"another type":            {with("type", []any{"BirthRegistration"}), "type does not have VerifiableCredential"},
		"a type that is a number": {with("type", []any{"VerifiableCredential", 1}), "not a string"},
		"no issuer":               {without("issuer"), "it names no issuer"},
		"empty issuer":            {with("issuer", ""), "issuer is not a URL"},
		"issuer without an id":    {with("issuer", credtest.Object{"name": "x"}), "it has no id"},
		"two issuers":             {with("issuer", []any{issuer.ID, issuer.ID}), "issuer is not a URL"},
		"relative id":             {with("id", "birth"), "id is not a URL"},
		"null id":                 {with("id", nil), "id is not a URL"},
		"blank id":                {with("id", "_:b"), "id is not a URL"},
		"no subject":              {without("credentialSubject"), "no credentialSubject"},
		"empty subject":           {with("credentialSubject", credtest.Object{}), "is empty"},
		"subject that is a text":  {with("credentialSubject", "did:example:holder"), "not an object"},
		"one empty of two":        {with("credentialSubject", []any{credtest.Object{"id": "urn:a:b"}, credtest.Object{}}), "is empty"},
		"time without a zone":     {with("validFrom", "2026-06-30T12:00:00"), "validFrom"},
		"date for a time":         {with("validUntil", "2026-07-02"), "validUntil"},
		"null time":               {with("validUntil", nil), "validUntil is not a time"},
		"time in an array":        {with("validUntil", []any{"2026-07-02T12:00:00Z"}), "validUntil is not a time"},
		"until before from":       {with("validUntil", "2026-06-01T00:00:00Z"), "its validity ends before it starts"},
		"status that is a text":   {with("credentialStatus", "ok"), "not an object"},
	} {
		t.Run(name, func(t *testing.T) {
			document := issuer.Credential()
			c.edit(document)
			data, err := issuer.TrySign(t, document, issuer.Proof())
			if err != nil {
				data = credtest.Marshal(t, document)
			}
			report := judge(t, data, policyFor(t, issuer))
			wantCheck(t, report, verifier.CheckModel, verifier.Refused, c.want)
		})
	}
}

func TestNotEvenJSON(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	good := issuer.Signed(t)
	for name, data := range map[string][]byte{
		"nothing":       nil,
		"null":          []byte("null"),
		"array":         []byte("[" + string(good) + "]"),
		"two":           append(bytes.Clone(good), good...),
		"text after":    append(bytes.Clone(good), 'x'),
		"mark before":   append([]byte("\xef\xbb\xbf"), good...),
		"deep":          bytes.Repeat([]byte(`{"a":`), 1000),
		"invalid UTF-8": bytes.Replace(good, []byte("O'Brien"), []byte("O\xffBrien"), 1),
		"too large":     append(bytes.Clone(good), bytes.Repeat([]byte(" "), 3<<20)...),
	} {
		t.Run(name, func(t *testing.T) {
			report := judge(t, data, policyFor(t, issuer))
			wantCheck(t, report, verifier.CheckModel, verifier.Refused, "")
			wantVerdict(t, report, verifier.VerdictRefused)
		})
	}
}

func TestValidity(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	at := func(d time.Duration) any { return credtest.Now.Add(d).Format(time.RFC3339) }
	for name, c := range map[string]struct {
		from, until any
		outcome     verifier.Outcome
		want        string
	}{
		"within":                  {at(-time.Hour), at(time.Hour), verifier.Established, "until 2026-07-01T13:00:00Z"},
		"forever":                 {at(-time.Hour), nil, verifier.Established, "it does not expire"},
		"without a beginning":     {nil, at(time.Hour), verifier.Established, "until"},
		"from now":                {at(0), at(time.Hour), verifier.Established, ""},
		"an issuer's clock ahead": {at(5 * time.Minute), nil, verifier.Established, ""},
		"not yet":                 {at(5*time.Minute + time.Second), nil, verifier.Refused, "not valid yet: from 2026-07-01T12:05:01Z, in 5 min 1 s"},
		"one second left":         {nil, at(time.Second), verifier.Established, ""},
		"until now":               {nil, at(0), verifier.Refused, "expired: it was valid until 2026-07-01T12:00:00Z, 0 s ago"},
		"expired":                 {nil, at(-26 * time.Hour), verifier.Refused, "1 d 2 h ago"},
		"expired in another zone": {nil, "2026-07-01T17:59:59+06:00", verifier.Refused, "expired"},
		"valid in another zone":   {nil, "2026-07-01T06:00:01-06:00", verifier.Established, ""},
		"with a part of a second": {nil, "2026-07-01T12:00:00.5Z", verifier.Established, ""},
		"expired by part of one":  {nil, "2026-07-01T11:59:59.5Z", verifier.Refused, "expired"},
		"valid until year 1":      {nil, "0001-01-01T00:00:01Z", verifier.Refused, "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			document := issuer.Credential()
			credtest.Without("validFrom", "validUntil")(document)
			if c.from != nil {
				document["validFrom"] = c.from
			}
			if c.until != nil {
				document["validUntil"] = c.until
			}
			report := judge(t, issuer.Sign(t, document, issuer.Proof()), policyFor(t, issuer))
			wantCheck(t, report, verifier.CheckValidity, c.outcome, c.want)
		})
	}
}

// TestNotLookedAt: what this verifier cannot judge is never established.
func TestNotLookedAt(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	report := judge(t, issuer.Signed(t, credtest.With("credentialSchema", credtest.Object{
		"id": "https://registry.example/schema", "type": "JsonSchema",
	})), policyFor(t, issuer))
	wantCheck(t, report, verifier.CheckSchema, verifier.NotEstablished, "was not given")
	wantCheck(t, report, verifier.CheckLog, verifier.NotEstablished, "without a receipt")
	wantCheck(t, report, verifier.CheckHolder, verifier.NotEstablished, "bound to did:example:holder")
	wantVerdict(t, report, verifier.VerdictAccepted)
	unbound := judge(t, issuer.Signed(t, credtest.With("credentialSubject", credtest.Object{"familyName": "O'Brien"})), policyFor(t, issuer))
	wantCheck(t, unbound, verifier.CheckHolder, verifier.NotEstablished, "not bound to a holder")
}

func TestLogReceiptExpected(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	policy := policyFor(t, issuer)
	policy.LogReceipt = verifier.Expect("registry.example/log")
	report := judge(t, issuer.Signed(t), policy)
	wantCheck(t, report, verifier.CheckLog, verifier.NotEstablished, "")
	wantVerdict(t, report, verifier.VerdictNotEstablished)
}

// TestVerdict: the worst required check counts, and a refusal always does.
func TestVerdict(t *testing.T) {
	type checks = []verifier.Check
	row := func(o verifier.Outcome, required bool) verifier.Check {
		return verifier.Check{Outcome: o, Required: required}
	}
	for name, c := range map[string]struct {
		checks checks
		want   verifier.Verdict
	}{
		"all established":         {checks{row(verifier.Established, true), row(verifier.Established, false)}, verifier.VerdictAccepted},
		"stale":                   {checks{row(verifier.Established, true), row(verifier.Stale, true)}, verifier.VerdictStale},
		"stale but not required":  {checks{row(verifier.Stale, false)}, verifier.VerdictAccepted},
		"stale after missing":     {checks{row(verifier.NotEstablished, true), row(verifier.Stale, true)}, verifier.VerdictNotEstablished},
		"missing after stale":     {checks{row(verifier.Stale, true), row(verifier.NotEstablished, true)}, verifier.VerdictNotEstablished},
		"missing, not required":   {checks{row(verifier.NotEstablished, false)}, verifier.VerdictAccepted},
		"refused, not required":   {checks{row(verifier.Established, true), row(verifier.Refused, false)}, verifier.VerdictRefused},
		"refused after the worst": {checks{row(verifier.NotEstablished, true), row(verifier.Refused, true)}, verifier.VerdictRefused},
		"an unknown outcome":      {checks{row("fine", true)}, verifier.VerdictNotEstablished},
		"no checks at all":        {nil, verifier.VerdictNotEstablished},
	} {
		t.Run(name, func(t *testing.T) {
			report := &verifier.Report{Checks: c.checks}
			if got := report.Verdict(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if report.Verified() != nil {
				t.Error("a report without a credential has something verified")
			}
		})
	}
}
