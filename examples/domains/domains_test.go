// Package domains_test runs the commands of the README with the real programs.
package domains_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/readmetest"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// The README's blocks of commands, in their order.
const (
	makeRegister = iota
	makeTokens
	check
	serve
	handOver
	ask
	askMany
	authorize
	notTheirs
	verify
	expire
	alter
	revoke
	renew
	account
	partnerKey
	grant
	proxy
	askProxy
	notGranted
	revokeGrant
	log
	blockCount
)

// example is the copy that the test works in.
type example struct{ *readmetest.Example }

// setUp copies the example, for a port of its own.
func setUp(t *testing.T) example {
	t.Helper()
	return example{readmetest.SetUp(t, readmetest.Setup{
		Needs:   []string{"curl"},
		Builds:  []string{"../../cmd/chancery", "../../cmd/chancery-verifier"},
		Files:   []string{"domains.csv", "changes.csv", "context.jsonld", "chancery.yaml", "ask.sh", "verify.sh"},
		Replace: []string{"8446", readmetest.FreePort(t)},
		Blocks:  blockCount,
	})}
}

// run runs a block of the README's commands.
func (p example) run(want, block int) string { return p.Run(want, p.Blocks[block]) }

// says wants texts to be in what a program said, and what the register keeps to
// itself not to be.
func (p example) says(said string, texts ...string) {
	p.Says(said, texts...)
	p.Hides(said, "Maren", "maren@", "k7Lq", "Brightwater", "DRP-2026-0417")
}

func TestREADME(t *testing.T) {
	p := setUp(t)
	p.says(p.run(0, makeRegister), "6 records in table domains", "5 records in table changes")
	p.run(0, makeTokens)
	p.says(p.run(0, check), "The configuration can be used. It can be served")
	p.Serve(p.Blocks[serve])
	p.run(0, handOver)
	p.says(p.run(0, ask), "fact     transferable", "value    true", "state    registered")
	checkMany(t, []byte(p.run(0, askMany)))
	p.run(0, authorize)
	if said := p.run(0, notTheirs); strings.Count(said, `"urn:chancery:problem:refused"`) != 2 {
		t.Errorf("somebody else's, or what nobody approved, is not refused:\n%s", said)
	}

	p.says(p.run(0, verify), "ACCEPTED  Authorization to transfer a domain", "CR-2026-0117", "riverside-bakery.example", "transfer policy 3.2", "decidedAt")
	checkSubject(t, p.Read("partners/transfer.json"), map[string]any{
		"changeRequest": "CR-2026-0117", "domainName": "riverside-bakery.example", "losingRegistrar": "9995", "gainingRegistrar": "9996",
		"rule": "transfer policy 3.2: the holder confirmed it on two ways", "decidedBy": "transfers desk",
	})
	p.says(p.run(1, expire), "REFUSED", "because of validity: expired")
	p.says(p.run(1, alter), "REFUSED", "because of proof")
	p.says(p.run(0, revoke), "Credentials revoked: 1. Revoked before: 0.")
	p.says(p.run(0, verify), "ACCEPTED") // the bundle does not know
	p.says(p.run(1, renew), "state       revoked", "REFUSED", "because of status: revoked")

	p.says(p.run(0, account), "ACCEPTED  Change of an account's state", "AC-4471")
	checkSubject(t, p.Read("partners/account.json"), map[string]any{
		"changeRequest": "CR-2026-0120", "account": "AC-4471", "fromState": "active", "toState": "suspended",
		"rule": "account policy 7.1: an invoice is open for 90 days", "decidedBy": "billing desk",
	})
	p.another()
	p.says(p.run(0, log), "grant-revoked", "consult:gaining-registrar", "consult:reseller", "fact transferable", "status authorization", "transfer-9996")
}

// another has another registrar ask through a proxy, until its grant is revoked.
func (p example) another() {
	p.run(0, partnerKey)
	p.says(p.run(0, grant), "partner:registrar-b", "3, named by digests")
	said := &told{}
	proxy := p.Shell("exec " + p.Blocks[proxy])
	proxy.Stderr = said
	p.Start(proxy)
	p.Until("the proxy does not begin", func() bool {
		return strings.Contains(said.String(), "left: 3 of 3") && p.Read("registrar-b/proxy.url") != ""
	})
	p.says(p.run(0, askProxy), "ACCEPTED", "state    registered")
	p.says(p.run(0, notGranted), `"urn:chancery:problem:refused"`, "the grant is not for the status")
	p.says(p.run(0, revokeGrant), "records asked about: 1", "is revoked.")
	p.Until("the proxy does not end", func() bool { return strings.Contains(said.String(), "it was revoked") })
}

// told is what a program says while it runs.
type told struct {
	mu   sync.Mutex
	text strings.Builder
}

func (t *told) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(data)
}

func (t *told) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// checkMany wants the answers about five domains, of which the last one is not
// there.
func checkMany(t *testing.T, said []byte) {
	t.Helper()
	var batch struct {
		Answers []struct {
			Answer  string `json:"answer"`
			Problem struct {
				Status int `json:"status"`
			} `json:"problem"`
		} `json:"answers"`
	}
	if err := json.Unmarshal(said, &batch); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, one := range batch.Answers {
		if one.Problem.Status == 403 && one.Answer == "" {
			got = append(got, "refused")
			continue
		}
		u, err := statement.Peek([]byte(one.Answer))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(u.Statement.Fact.Value))
	}
	if diff := cmp.Diff([]string{"false", "false", "false", "false", "refused"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// checkSubject wants a credential to say these things, when it was decided, and
// nothing else, for 15 minutes.
func checkSubject(t *testing.T, text string, want map[string]any) {
	t.Helper()
	var credential struct {
		ValidFrom  time.Time      `json:"validFrom"`
		ValidUntil time.Time      `json:"validUntil"`
		Subject    map[string]any `json:"credentialSubject"`
	}
	if err := json.Unmarshal([]byte(text), &credential); err != nil {
		t.Fatal(err)
	}
	decided, err := time.Parse(time.RFC3339, credential.Subject["decidedAt"].(string))
	if err != nil || decided.After(time.Now()) {
		t.Errorf("decided at %v, %v", decided, err)
	}
	if span := credential.ValidUntil.Sub(credential.ValidFrom); span != 15*time.Minute {
		t.Errorf("it is valid for %s", span)
	}
	delete(credential.Subject, "decidedAt")
	delete(credential.Subject, "id")
	if diff := cmp.Diff(want, credential.Subject); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
