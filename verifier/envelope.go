package verifier

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/cose"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// EnvelopeV1 is the media type of the JWT of the data model 1.1. It is taken
// only where the policy names it.
const EnvelopeV1 = "jwt"

// Envelopes returns the media types of the enveloping proofs that are accepted
// where a policy names none.
func Envelopes() []string {
	accepted := []string{"vc+jwt", "vp+jwt", "vc+sd-jwt", "vp+sd-jwt", "vc+cose", "vp+cose", typeSDJWTVC}
	for _, typ := range statement.Types() {
		accepted = append(accepted, string(typ))
	}
	return accepted
}

// form is one kind of envelope.
type form struct {
	kind   jose.Kind
	peek   func(data []byte) (*jose.Unverified, error)
	verify func(data []byte, key crypto.PublicKey, e jose.Expectation) (*jose.Verified, error)
}

// forms are the envelopes of "Securing Verifiable Credentials using JOSE and
// COSE", by media type.
var forms = map[string]form{
	"vc+jwt":    {jose.Credential, jose.Peek, jose.Verify},
	"vp+jwt":    {jose.Presentation, jose.Peek, jose.Verify},
	"vc+sd-jwt": {jose.Credential, peekDisclosed, verifyDisclosed},
	"vp+sd-jwt": {jose.Presentation, peekDisclosed, verifyDisclosed},
	"vc+cose":   {jose.Credential, cose.Peek, cose.Verify},
	"vp+cose":   {jose.Presentation, cose.Peek, cose.Verify},
}

// envelope is a document in an enveloping proof, not looked at yet.
type envelope struct {
	mediaType string // without "application/"
	form      form   // of a known media type that secures the data model
	data      []byte
}

// coseSign1 is the first byte of a tagged COSE_Sign1 (RFC 9052, section 4.2).
const coseSign1 = 0xd2

// openEnvelope returns the envelope that data is, or nil if it is JSON with
// embedded proofs. The media type comes from the object around it, or else from
// its own header, which no key has vouched for: it says what is tried, and what
// is tried must then hold.
func openEnvelope(data []byte) (*envelope, error) {
	text := bytes.TrimSpace(data)
	switch {
	case len(text) > 0 && text[0] == '{':
		if !credential.IsEnveloped(data) {
			return nil, nil
		}
		return unwrap(data)
	case len(data) > 0 && data[0] == coseSign1:
		return readEnvelope(data, cose.Peek)
	case bytes.HasPrefix(text, []byte("ey")) && bytes.IndexByte(text, '~') > 0:
		return readEnvelope(text, peekJWT)
	case bytes.HasPrefix(text, []byte("ey")):
		return readEnvelope(text, jose.Peek)
	default:
		return nil, nil // the data model says what is wrong with it
	}
}

// unwrap opens an object that holds an envelope in its id.
func unwrap(data []byte) (*envelope, error) {
	e, err := credential.ParseEnveloped(data)
	if err != nil {
		return nil, err
	}
	opened, err := newEnvelope(strings.TrimPrefix(e.MediaType.Name, "application/"), e.Data)
	if err != nil {
		return nil, err
	}
	if presents := opened.form.kind == jose.Presentation; presents != (e.Type == credential.TypeEnvelopedPresentation) {
		return nil, fmt.Errorf("%w: an %s with %s in it", credential.ErrInvalid, e.Type, e.MediaType.Name)
	}
	return opened, nil
}

func readEnvelope(data []byte, peek func([]byte) (*jose.Unverified, error)) (*envelope, error) {
	u, err := peek(data)
	if err != nil {
		return nil, err
	}
	return newEnvelope(strings.TrimPrefix(strings.ToLower(u.Type), "application/"), data)
}

var errEnvelope = errors.New("not an envelope that is known")

func newEnvelope(mediaType string, data []byte) (*envelope, error) {
	e := &envelope{mediaType: mediaType, data: data}
	switch known, ok := forms[mediaType]; {
	case ok:
		e.form = known
	case mediaType == EnvelopeV1:
		e.form = formV1(data)
	case mediaType == typeSDJWTVC, statement.Known(mediaType):
		e.form.kind = jose.Credential
	default:
		return nil, fmt.Errorf("%w: its type is %.60q", errEnvelope, mediaType)
	}
	return e, nil
}

// formV1 is the form of a JWT of the data model 1.1, which has the document as
// a claim.
func formV1(data []byte) form {
	f := form{jose.Credential, jose.Peek, jose.VerifyV1}
	if u, err := jose.Peek(data); err == nil && u.Claims["vp"] != nil {
		f.kind = jose.Presentation
	}
	return f
}

// peekJWT reads the JWT of an SD-JWT.
func peekJWT(data []byte) (*jose.Unverified, error) {
	token, err := sdjwt.Parse(string(data))
	if err != nil {
		return nil, err
	}
	return jose.Peek([]byte(token.JWT))
}

// peekDisclosed reads an SD-JWT with what it discloses.
func peekDisclosed(data []byte) (*jose.Unverified, error) {
	token, err := sdjwt.Parse(string(data))
	if err != nil {
		return nil, err
	}
	u, err := jose.Peek([]byte(token.JWT))
	if err != nil {
		return nil, err
	}
	shown, err := sdjwt.Inspect(token)
	if err != nil {
		return nil, err
	}
	u.Claims = shown.Claims()
	return u, nil
}

func verifyDisclosed(data []byte, key crypto.PublicKey, e jose.Expectation) (*jose.Verified, error) {
	token, err := sdjwt.Parse(string(data))
	if err != nil {
		return nil, err
	}
	return jose.VerifyDisclosed(token, key, e)
}

// judgeEnvelope judges a document in an enveloping proof.
func (v *Verifier) judgeEnvelope(ctx context.Context, e *envelope) *Report {
	allowed := v.policy.Envelopes
	if allowed == nil {
		allowed = Envelopes()
	}
	if !slices.Contains(allowed, e.mediaType) {
		return v.unreadable(fmt.Errorf("%w: %s is not accepted", errEnvelope, e.mediaType), &Report{})
	}
	switch {
	case e.mediaType == typeSDJWTVC:
		return v.judgeSDJWTVC(ctx, e)
	case statement.Known(e.mediaType):
		return v.judgeStatement(ctx, e)
	}
	verified, s := v.checkEnvelope(ctx, e)
	if verified == nil {
		return &Report{now: v.policy.Now, Checks: []Check{s.check}}
	}
	if e.form.kind == jose.Presentation {
		return v.enveloped(ctx, verified, s)
	}
	u, err := credential.Parse(verified.Document)
	if err != nil {
		return v.unreadable(err, &Report{})
	}
	return v.credentialReport(ctx, u, s)
}

// enveloped judges a presentation that was in an envelope.
func (v *Verifier) enveloped(ctx context.Context, verified *jose.Verified, s signed) *Report {
	p, err := credential.ParsePresentation(verified.Document)
	if err != nil {
		return v.unreadable(err, &Report{})
	}
	if verified.Credentials != nil { // those of 1.1 can be tokens
		p.Credentials = verified.Credentials
	}
	return v.presentationReport(ctx, p, s)
}

// checkEnvelope wants the envelope to be signed by a key of whoever it says,
// and returns what is in it, or nil.
func (v *Verifier) checkEnvelope(ctx context.Context, e *envelope) (*jose.Verified, signed) {
	check := Check{Name: CheckProof, Required: true}
	verified, controller, err := v.openSigned(ctx, e)
	if err != nil {
		check.Outcome, check.Detail = Refused, err.Error()
		if errors.Is(err, did.ErrUnknown) || errors.Is(err, errNoKey) {
			check.Outcome = NotEstablished
		}
		return nil, signed{check: check}
	}
	check.Outcome, check.Detail = Established, fmt.Sprintf("%s with %s by %s", e.mediaType, verified.Algorithm, verified.KeyID)
	return verified, signed{check: check, controllers: []string{controller}, disclosure: disclosureOf(e), form: e.data}
}

func (v *Verifier) openSigned(ctx context.Context, e *envelope) (verified *jose.Verified, controller string, err error) {
	u, err := e.form.peek(e.data)
	if err != nil {
		return nil, "", err
	}
	method, err := methodOf(u, signerOf(u, e.form.kind))
	if err != nil {
		return nil, "", err
	}
	purpose := proof.AssertionMethod
	if e.form.kind == jose.Presentation {
		purpose = proof.Authentication
	}
	controller = did.Controller(method)
	key, err := v.keyAt(ctx, method, purpose)
	if err != nil {
		return nil, "", err
	}
	verified, err = e.form.verify(e.data, key, v.expectation(e.form.kind, u, controller))
	return verified, controller, err
}

func (v *Verifier) keyAt(ctx context.Context, method, purpose string) (crypto.PublicKey, error) {
	document, _, err := v.knowledge.controller(ctx, did.Controller(method))
	if err != nil {
		return nil, err
	}
	return document.KeyAt(method, purpose, v.policy.Now)
}

// expectation says of an envelope what the policy wants of it. The key was
// found by its kid; whose it is, the document must say.
func (v *Verifier) expectation(kind jose.Kind, u *jose.Unverified, controller string) jose.Expectation {
	e := jose.Expectation{
		Kind: kind, Algorithms: v.policy.Algorithms, KeyID: jose.Expect(u.KeyID), Signer: jose.Expect(controller),
		Audience: ruleOf(v.policy.Domain), Nonce: ruleOf(v.policy.Challenge), Now: v.policy.Now,
	}
	if e.Algorithms == nil {
		e.Algorithms = jose.Recommended()
	}
	if v.policy.AnyController {
		e.Signer = jose.Ignore()
	}
	return e
}

func ruleOf(r Rule[string]) jose.Rule {
	if !r.expected {
		return jose.Ignore()
	}
	return jose.Expect(r.values...)
}

// signerOf returns who an envelope says has signed it, or "".
func signerOf(u *jose.Unverified, kind jose.Kind) string {
	name := "issuer"
	if kind == jose.Presentation {
		name = "holder"
	}
	switch signer := u.Claims[name].(type) {
	case string:
		return signer
	case map[string]any:
		id, _ := signer["id"].(string)
		return id
	default:
		return u.Issuer()
	}
}

var errNoKey = errors.New("it does not say with which key it was signed")

// methodOf returns the verification method that a kid names: as a URL, or as
// the fragment of one of signer's (Securing Verifiable Credentials using JOSE
// and COSE, section 4.1.1).
func methodOf(u *jose.Unverified, signer string) (string, error) {
	switch kid := u.KeyID; {
	case kid == "":
		return "", errNoKey
	case strings.Contains(kid, "#") && !strings.HasPrefix(kid, "#"):
		return kid, nil
	case signer == "":
		return "", fmt.Errorf("%w: kid %.80q is of nobody that it names", errNoKey, kid)
	default:
		return signer + "#" + strings.TrimPrefix(kid, "#"), nil
	}
}

// disclosureOf says what of an envelope its holder has chosen to show.
func disclosureOf(e *envelope) string {
	if !strings.HasSuffix(e.mediaType, "sd-jwt") {
		return ""
	}
	token, err := sdjwt.Parse(string(e.data))
	if err != nil {
		return ""
	}
	shown, err := sdjwt.Inspect(token)
	if err != nil {
		return ""
	}
	return disclosed(&shown.Contents)
}
