package verifier_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier"
)

func text(t *testing.T, report *verifier.Report) string {
	t.Helper()
	var b strings.Builder
	if err := report.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteText(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	want := `ACCEPTED  Birth registration

  ok      model      a credential of the data model 2.0
  ok      proof      eddsa-rdfc-2022 by ` + issuer.Method + `
  ok      issuer     ` + issuer.ID + `
  ok      validity   until 2026-07-02T12:00:00Z
  ok      status     not revoked, as known at 2026-07-01T11:00:00Z, 1 h ago
  -       schema     it names no schema
  -       log        it came without a receipt of the issuer's log
  -       holder     it is bound to did:example:holder; whoever shows it has not proved to be that

  What it says:
    birthDate   2026-05-04
    familyName  O'Brien
    givenNames  Þórdís Ánh
    id          did:example:holder
    type        BirthRegistration
`
	if diff := cmp.Diff(want, text(t, judge(t, issuer.Signed(t), policyFor(t, issuer)))); diff != "" {
		t.Error(diff)
	}
}

// TestClaimsAreShownOnlyIfAccepted looks for what the credential says in
// reports of every other verdict.
func TestClaimsAreShownOnlyIfAccepted(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	late, unknown := policyFor(t, issuer), policyFor(t, issuer)
	late.Now = late.Now.Add(23*time.Hour + time.Minute)
	late.Freshness = verifier.Expect(time.Hour)
	unknown.Bundles = nil
	marked := func(edit ...func(credtest.Object)) []byte {
		return issuer.Signed(t, append(edit, credtest.With("name", "MARK"), credtest.With("description", "MARK"),
			credtest.With("credentialSubject", credtest.Object{"id": credtest.Holder, "familyName": "MARK"}))...)
	}
	for name, c := range map[string]struct {
		data   []byte
		policy verifier.Policy
		want   verifier.Verdict
	}{
		"accepted":        {marked(), policyFor(t, issuer), verifier.VerdictAccepted},
		"refused":         {marked(credtest.With("validUntil", "2026-07-01T00:00:00Z")), policyFor(t, issuer), verifier.VerdictRefused},
		"stale":           {marked(), late, verifier.VerdictStale},
		"not established": {marked(), unknown, verifier.VerdictNotEstablished},
	} {
		t.Run(name, func(t *testing.T) {
			report := judge(t, c.data, c.policy)
			wantVerdict(t, report, c.want)
			data, err := json.Marshal(report)
			if err != nil {
				t.Fatal(err)
			}
			accepted := c.want == verifier.VerdictAccepted
			if shown := strings.Contains(text(t, report), "MARK"); shown != accepted {
				t.Errorf("shown %v in\n%s", shown, text(t, report))
			}
			if shown := strings.Contains(string(data), "MARK"); shown != accepted {
				t.Errorf("shown %v in\n%s", shown, data)
			}
			if (report.Reason() == "") != accepted {
				t.Errorf("reason %q", report.Reason())
			}
		})
	}
}

// TestTextCannotMoveTheTerminal puts what a terminal would act on into every
// place that is printed, accepted or not.
func TestTextCannotMoveTheTerminal(t *testing.T) {
	const evil = "\x1b[2J\x1b]0;x\a\r\n\tREFUSED\u009b1m\u202eabc\u2066\u200f\u061c\u2028\u2029\u0085\x7f"
	issuer := credtest.NewIssuer(t, "registry")
	policy := policyFor(t, issuer)
	accepted := judge(t, issuer.Signed(t, credtest.With("name", evil), credtest.With("credentialSubject", credtest.Object{
		"familyName": evil, "givenNames": []any{evil, "x"}, "birthPlace": credtest.Object{"@value": evil, "@language": "en"},
	})), policy)
	wantVerdict(t, accepted, verifier.VerdictAccepted)
	reports := []*verifier.Report{accepted}
	for _, edit := range []func(credtest.Object){
		credtest.With("@context", evil), credtest.With("type", []any{"VerifiableCredential", evil}), credtest.With("issuer", "x:"+evil),
		credtest.With("id", evil), credtest.With("proof", credtest.Object{"type": evil, "verificationMethod": evil, "proofPurpose": evil, "proofValue": evil}),
		credtest.With("proof", credtest.Object{"type": "DataIntegrityProof", "verificationMethod": evil, "proofPurpose": "assertionMethod", "proofValue": evil, "created": evil}),
		credtest.With("credentialStatus", credtest.Object{"type": evil}), credtest.With(evil, 1), credtest.With("validFrom", evil),
	} {
		document := credtest.Unmarshal(t, issuer.Signed(t))
		edit(document)
		reports = append(reports, judge(t, credtest.Marshal(t, document), policy))
	}
	for _, report := range reports {
		for line := range strings.Lines(text(t, report)) {
			for _, r := range strings.TrimSuffix(line, "\n") {
				if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.In(r, unicode.Zl, unicode.Zp) {
					t.Fatalf("%U in %q", r, line)
				}
			}
			if strings.HasPrefix(line, "REFUSED") && report == accepted {
				t.Errorf("the credential wrote the line %q", line)
			}
		}
	}
}

func TestMarshalJSON(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	policy := policyFor(t, issuer)
	policy.Freshness = verifier.Expect(10 * time.Minute)
	policy.Status = verifier.Expect("revocation")
	data, err := json.Marshal(judge(t, issuer.Signed(t), policy))
	if err != nil {
		t.Fatal(err)
	}
	check := func(name, outcome string, required bool, detail string) any {
		return map[string]any{"check": name, "outcome": outcome, "required": required, "detail": detail}
	}
	want := map[string]any{
		"verdict":    "stale",
		"reason":     "because of status: not revoked, as known at 2026-07-01T11:00:00Z, 1 h ago; that is 50 min too old",
		"credential": "urn:uuid:6d1b9c3e-0f0c-4e0e-9d5b-3b0f4b8c1a77",
		"types":      []any{"VerifiableCredential", "BirthRegistration"},
		"issuer":     issuer.ID,
		"judgedAt":   "2026-07-01T12:00:00Z",
		"checks": []any{
			check("model", "established", true, "a credential of the data model 2.0"),
			check("proof", "established", true, "eddsa-rdfc-2022 by "+issuer.Method),
			check("issuer", "established", true, issuer.ID),
			check("validity", "established", true, "until 2026-07-02T12:00:00Z"),
			map[string]any{
				"check": "status", "outcome": "stale", "required": true, "detail": "not revoked",
				"asOf": "2026-07-01T11:00:00Z", "ageSeconds": 3600.0, "staleBySeconds": 3000.0,
			},
			check("schema", "not established", false, "it names no schema"),
			check("log", "not established", false, "it came without a receipt of the issuer's log"),
			check("holder", "not established", false, "it is bound to did:example:holder; whoever shows it has not proved to be that"),
		},
	}
	if diff := cmp.Diff(want, credtest.Unmarshal(t, data)); diff != "" {
		t.Error(diff)
	}
}

func TestMarshalJSONOfNoCredential(t *testing.T) {
	data, err := json.Marshal(judge(t, []byte("[]"), policyFor(t, credtest.NewIssuer(t, "registry"))))
	if err != nil {
		t.Fatal(err)
	}
	got := credtest.Unmarshal(t, data)
	if got["verdict"] != "refused" || got["credential"] != nil || len(got["checks"].([]any)) != 1 {
		t.Errorf("got %s", data)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", -time.Hour: "0 s", 400 * time.Millisecond: "0 s", 600 * time.Millisecond: "1 s", 59 * time.Second: "59 s",
		time.Minute: "1 min", 61 * time.Second: "1 min 1 s", time.Hour + time.Second: "1 h", 25 * time.Hour: "1 d 1 h",
		24*time.Hour + time.Minute: "1 d", 1000 * 24 * time.Hour: "1000 d",
	} {
		if got := verifier.Span(d); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
}

// failing is a writer that is full.
type failing struct{}

var errFull = errors.New("no space left")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestWriteTextReportsFailure(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	if err := judge(t, issuer.Signed(t), policyFor(t, issuer)).WriteText(failing{}); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}

func TestVerifiedSaysWhatWasSigned(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	verified := judge(t, issuer.Signed(t), policyFor(t, issuer)).Verified()
	if verified.ID() != issuer.Credential()["id"] || verified.Issuer() != issuer.ID {
		t.Errorf("got %s by %s", verified.ID(), verified.Issuer())
	}
	if diff := cmp.Diff([]string{"VerifiableCredential", "BirthRegistration"}, verified.Types()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]map[string]any{issuer.Credential()["credentialSubject"].(credtest.Object)}, verified.Subjects()); diff != "" {
		t.Error(diff)
	}
}
