package main

import (
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/verifier/proof/cose"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// conformanceCmds are what the test suite of Securing Verifiable Credentials
// using JOSE and COSE runs. They judge an envelope by one key, and not by the
// time.
type conformanceCmds struct {
	Issue  conformanceIssueCmd  `cmd:"" help:"Secure a document by the key of a verification method."`
	Verify conformanceVerifyCmd `cmd:"" help:"Verify an envelope by the key of a verification method."`
}

// Help is what kong shows below the flags' summary.
func (conformanceCmds) Help() string {
	return `Nothing that is accepted here is to be relied on: it may be over.

Example:

  chancery-verifier conformance verify --input credential.txt --key vm.json --feature credential_jose --output result.json`
}

// conformanceFlags are those of both commands.
type conformanceFlags struct {
	Input   string `required:"" placeholder:"FILE" help:"Document, or envelope as text."`
	Key     string `required:"" placeholder:"FILE" help:"Verification method with publicKeyJwk and, to issue, secretKeyJwk."`
	Feature string `required:"" enum:"credential_jose,credential_cose,credential_sdjwt,presentation_jose,presentation_cose,presentation_sdjwt" help:"What to secure, and how: one of ${enum}."`
	Output  string `required:"" placeholder:"FILE" help:"File for the result."`
	SD      string `name:"sd" placeholder:"JSON" help:"Paths of the claims to make selectively disclosable, such as '[\"credentialSubject.name\"]'."`
}

// Results of the suite.
const (
	resultSuccess       = "success"
	resultFailure       = "failure"
	resultIndeterminate = "indeterminate"
)

// errIndeterminate is about material that says nothing about the input.
var errIndeterminate = errors.New("it could not be judged")

// report writes the result of a command that ended with err, and passes err on.
func (f *conformanceFlags) report(s streams, data string, err error) error {
	result := struct {
		Result string `json:"result"`
		Data   string `json:"data"`
	}{resultSuccess, data}
	switch {
	case errors.Is(err, errIndeterminate):
		result.Result = resultIndeterminate
	case err != nil:
		result.Result = resultFailure
		fmt.Fprintf(s.err, "chancery-verifier: %v\n", err)
		err = errNo
	}
	written, marshalErr := json.Marshal(result)
	if marshalErr != nil {
		return errors.Join(err, marshalErr)
	}
	return errors.Join(err, os.WriteFile(f.Output, append(written, '\n'), 0o644))
}

func (f *conformanceFlags) kind() jose.Kind {
	if strings.HasPrefix(f.Feature, "presentation_") {
		return jose.Presentation
	}
	return jose.Credential
}

func (f *conformanceFlags) input() ([]byte, error) {
	data, err := readFile(f.Input, jose.MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errIndeterminate, err)
	}
	return []byte(strings.TrimSpace(string(data))), nil
}

// conformanceMethod is a verification method of the suite.
type conformanceMethod struct {
	ID         string         `json:"id"`
	Controller string         `json:"controller"`
	Public     jsontext.Value `json:"publicKeyJwk"`
	Secret     jsontext.Value `json:"secretKeyJwk"`
}

func (f *conformanceFlags) method() (*conformanceMethod, error) {
	data, err := readFile(f.Key, jose.MaxHeader)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errIndeterminate, err)
	}
	m := &conformanceMethod{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("%w: %s is not a verification method", errIndeterminate, f.Key) // without err: it could quote a secret
	}
	return m, nil
}

func (m *conformanceMethod) public() (*jose.Key, error) {
	key, err := jose.ParseKey(m.Public)
	if err != nil {
		return nil, fmt.Errorf("%w: publicKeyJwk: %w", errIndeterminate, err)
	}
	return key, nil
}

func (m *conformanceMethod) signer() (crypto.Signer, error) {
	var key gojose.JSONWebKey
	if err := key.UnmarshalJSON(m.Secret); err != nil {
		return nil, fmt.Errorf("%w: secretKeyJwk is not a private key", errIndeterminate) // without err: it could quote a secret
	}
	signer, ok := key.Key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: secretKeyJwk is not for signing", errIndeterminate)
	}
	return signer, nil
}

type conformanceVerifyCmd struct{ conformanceFlags }

// Run verifies an envelope.
func (c *conformanceVerifyCmd) Run(s streams) error { return c.report(s, "", c.verify()) }

func (c *conformanceVerifyCmd) verify() error {
	envelope, err := c.input()
	if err != nil {
		return err
	}
	method, err := c.method()
	if err != nil {
		return err
	}
	key, err := method.public()
	if err != nil {
		return err
	}
	return c.judge(envelope, key.Public, c.expectation(method, key))
}

// expectation: the suite gives a key and says no more. Issuers have it;
// holders of the suite have none.
func (c *conformanceVerifyCmd) expectation(method *conformanceMethod, key *jose.Key) jose.Expectation {
	e := jose.Expectation{
		Kind: c.kind(), Algorithms: key.Algorithms, KeyID: jose.Expect(method.ID, key.ID),
		Signer: jose.Expect(method.Controller), Audience: jose.Ignore(), Nonce: jose.Ignore(), IgnoreTimes: true,
	}
	if e.Kind == jose.Presentation {
		e.Signer = jose.Ignore()
	}
	return e
}

func (c *conformanceVerifyCmd) judge(envelope []byte, key crypto.PublicKey, e jose.Expectation) error {
	switch {
	case strings.HasSuffix(c.Feature, "_cose"):
		data, err := base64.RawStdEncoding.Strict().DecodeString(string(envelope))
		if err != nil {
			return fmt.Errorf("%s is not in base64 without padding", c.Input)
		}
		_, err = cose.Verify(data, key, e)
		return err
	case strings.HasSuffix(c.Feature, "_sdjwt"):
		token, err := sdjwt.Parse(string(envelope))
		if err != nil {
			return err
		}
		_, err = jose.VerifyDisclosed(token, key, e)
		return err
	default:
		_, err := jose.Verify(envelope, key, e)
		return err
	}
}

type conformanceIssueCmd struct{ conformanceFlags }

// Run secures a document.
func (c *conformanceIssueCmd) Run(s streams) error {
	envelope, err := c.issue()
	return c.report(s, envelope, err)
}

func (c *conformanceIssueCmd) issue() (string, error) {
	document, err := c.input()
	if err != nil {
		return "", err
	}
	method, err := c.method()
	if err != nil {
		return "", err
	}
	signer, err := method.signer()
	if err != nil {
		return "", err
	}
	if err := checkMembers(document); err != nil {
		return "", err
	}
	return c.secure(document, jose.Signing{Kind: c.kind(), Signer: signer, KeyID: method.ID, Random: rand.Reader})
}

func (c *conformanceIssueCmd) secure(document []byte, signing jose.Signing) (string, error) {
	switch {
	case strings.HasSuffix(c.Feature, "_cose"):
		data, err := cose.Sign(document, signing)
		return base64.RawStdEncoding.EncodeToString(data), err
	case strings.HasSuffix(c.Feature, "_sdjwt"):
		selective, err := pointers(c.SD)
		if err != nil {
			return "", err
		}
		token, err := jose.SignDisclosable(document, selective, signing)
		if err != nil {
			return "", err
		}
		return token.String(), nil
	default:
		token, err := jose.Sign(document, signing)
		return string(token), err
	}
}
