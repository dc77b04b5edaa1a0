package peers

import (
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// What presentations are made for.
const (
	challenge = "6f1c0e"
	domain    = "https://relying.example"
)

// showing is what is done to a signed presentation, or expected of it. Only
// the first of showings may be accepted.
type showing struct {
	edit
	challenge, domain string
}

var showings = []showing{
	{edit{"it is as it was presented", func(signed []byte) []byte { return signed }, ""}, challenge, domain},
	{edit{"another challenge is expected", func(signed []byte) []byte { return signed }, "The peer leaves challenge and domain to its caller."}, "other", domain},
	{edit{"another domain is expected", func(signed []byte) []byte { return signed }, "The peer leaves challenge and domain to its caller."}, challenge, "https://other.example"},
	{edit{"the challenge is removed", members(func(o object) { delete(theProof(o), "challenge") }), ""}, challenge, domain},
	{edit{"the proof is removed", without("proof"), noProof}, challenge, domain},
	{edit{"the purpose is that of an issuer", inProof("proofPurpose", "assertionMethod"), ""}, challenge, domain},
	{edit{"the holder is another one", with("holder", "did:example:eve"), ""}, challenge, domain},
	{edit{"a claim of the credential is changed", inHeld(inSubject("born", "2001-02-28")), ""}, challenge, domain},
	{edit{"a claim is added to the credential that no context defines", inHeld(inSubject("nationality", "IS")), unsigned}, challenge, domain},
	{edit{"the credential loses its proof", inHeld(without("proof")), ""}, challenge, domain},
	{edit{"the credential is removed", members(func(o object) { o["verifiableCredential"] = []any{} }), ""}, challenge, domain},
	{edit{"a member is added that no context defines", with("nationality", "IS"), unsigned}, challenge, domain},
}

// inHeld does an edit to the credential that is presented.
func inHeld(do func([]byte) []byte) func([]byte) []byte {
	return members(func(o object) {
		held := list(o["verifiableCredential"])
		o["verifiableCredential"] = []any{parse(do(format(held[0])))}
	})
}

// presentation returns an unsigned presentation of a credential.
func presentation(credential []byte, holder string) []byte {
	held := parse(credential)
	o := object{
		"@context": []any{schemas.CredentialsV2}, "type": []any{"VerifiablePresentation"},
		"holder": holder, "verifiableCredential": []any{held},
	}
	if isV1(held) {
		o["@context"] = held["@context"]
	}
	return format(o)
}

// presenting returns the signer of a presentation of what s signed: base proofs
// are not for presentations.
func presenting(signers []signer, s signer) signer {
	if s.Selective {
		return signers[slices.IndexFunc(signers, func(s signer) bool { return !s.Selective })]
	}
	return s
}

// present is what the holder does here.
func (o *ours) present(t testing.TB, s signer, unsigned []byte) ([]byte, error) {
	t.Helper()
	suite, ok := signing[s.Suite]
	if !ok {
		return nil, proof.ErrSuite
	}
	_, method, err := did.FromKey(o.keys[s.Key].Public())
	must(t, err)
	options := object{
		"type": proof.TypeDataIntegrity, "cryptosuite": s.Suite, "created": time.Now().UTC().Format(time.RFC3339),
		"verificationMethod": method, "proofPurpose": proof.Authentication, "challenge": challenge, "domain": domain,
	}
	value, err := suite.Sign(t.Context(), proof.Input{Document: unsigned, Options: format(options), Contexts: o.contexts}, o.keys[s.Key])
	if err != nil {
		return nil, err
	}
	options["proofValue"] = value
	return with("proof", options)(unsigned), nil
}

func (o *ours) verifyPresentation(t testing.TB, presentation []byte, expected showing) error {
	t.Helper()
	policy := o.policy()
	policy.Challenge, policy.Domain = verifier.Expect(expected.challenge), verifier.Expect(expected.domain)
	report, err := verifier.Verify(t.Context(), presentation, policy)
	must(t, err)
	return accepted(report)
}

func (p *peer) verifyPresentation(t testing.TB, presentation []byte, expected showing) error {
	t.Helper()
	return p.verdict(t, request{Op: "verifyPresentation", Document: string(presentation), Challenge: expected.challenge, Domain: expected.domain})
}

func (p *peer) present(t testing.TB, s signer, unsigned []byte) ([]byte, error) {
	t.Helper()
	a, err := p.try(t, request{Op: "present", Suite: s.Suite, Key: s.Key, Challenge: challenge, Domain: domain, Document: string(unsigned)})
	return []byte(a.Document), err
}

// show has the peer present each credential that it issued, and asks it and
// us about that.
func show(t *testing.T, us *ours, p *peer, issued []exchanged, expected showing) seen {
	t.Helper()
	result := seen{peer: p.name}
	for i, e := range issued {
		if e.signed == nil {
			continue
		}
		s := presenting(p.signers, p.signers[i%len(p.signers)])
		presented, err := p.present(t, s, presentation(e.signed, s.ID))
		must(t, err)
		presented = expected.do(presented)
		result.add(e.with, us.verifyPresentation(t, presented, expected), p.verifyPresentation(t, presented, expected))
	}
	return result
}

// showOurs has us present what the peer issued, and returns nil if the peer
// verifies that.
func showOurs(t *testing.T, us *ours, p *peer, s signer, issued []byte) error {
	t.Helper()
	if issued == nil {
		return proof.ErrSuite
	}
	s = presenting(p.signers, s)
	presented, err := us.present(t, s, presentation(issued, us.id(t, s.Key)))
	if err != nil {
		return err
	}
	must(t, us.verifyPresentation(t, presented, showings[0]))
	return p.verifyPresentation(t, presented, showings[0])
}
