package cose

import (
	"bytes"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"

	gocose "github.com/veraison/go-cose"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// example is one of the text's.
type example struct {
	title, body string
	forms       string // "jose", "sd-jwt", "cose": how the text has it secured
}

var exampleTag = regexp.MustCompile(`(?s)<pre class="example[^"]*"(?: data-vc-tabs="([^"]*)")? title="([^"]*)">(.*?)</pre>`)

func examples(t *testing.T) []example {
	t.Helper()
	var all []example
	for _, m := range exampleTag.FindAllStringSubmatch(string(testdata.Read(t, "vectors/vc-jose-cose/index.html")), -1) {
		all = append(all, example{strings.TrimSpace(m[2]), html.UnescapeString(m[3]), m[1]})
	}
	if len(all) != 27 {
		t.Fatalf("the text has %d examples", len(all))
	}
	return all
}

// TestVectorsExamples uses each example of Securing Verifiable Credentials
// using JOSE and COSE. None comes with the key that it was signed with, so that
// documents are signed anew and envelopes are read.
func TestVectorsExamples(t *testing.T) {
	for _, e := range examples(t) {
		t.Run(e.title, func(t *testing.T) {
			switch {
			case strings.Contains(e.body, "eyVjV...RMjU"):
				testdata.NotApplicable(t, "its envelopes are abbreviated, and so malformed")
				_, err := Sign([]byte(e.body), signing(jose.Presentation, signers(t)[jose.EdDSA]))
				wantError(t, err, credential.ErrInvalid)
			case strings.Contains(e.body, " ~"):
				testdata.NotApplicable(t, "its data: URL has a space within, which belongs into no URL")
				_, err := Sign([]byte(e.body), signing(jose.Presentation, signers(t)[jose.EdDSA]))
				wantError(t, err, credential.ErrInvalid)
				secureExample(t, example{e.title, strings.ReplaceAll(e.body, " ~", "~"), e.forms})
			case strings.HasPrefix(strings.TrimSpace(e.body), "data:application/vp+sd-jwt"):
				testdata.NotApplicable(t, "its key binding is followed by a tilde, so that it is neither an SD-JWT nor an SD-JWT with key binding")
				_, data, err := credential.ParseDataURL(e.body)
				must(t, data, err)
				_, err = sdjwt.Parse(string(data))
				wantError(t, err, sdjwt.ErrMalformed)
				readEnvelope(t, "application/vp+sd-jwt", bytes.TrimSuffix(data, []byte("~")))
			case strings.Contains(e.body, `"EnvelopedVerifiablePresentation"`):
				readEnveloped(t, []byte(e.body))
			case e.forms != "":
				secureExample(t, e)
			case strings.HasPrefix(strings.TrimSpace(e.body), "data:"):
				m, data, err := credential.ParseDataURL(e.body)
				must(t, m, err)
				readEnvelope(t, m.Name, data)
			case strings.Contains(e.title, "COSE Sign 1"):
				testdata.NotApplicable(t, "it is a diagnostic notation with values left out; messages here have the same labels")
				wantLabels(t)
			default:
				keysOfExample(t, e)
			}
		})
	}
}

// secureExample signs a document in each of the forms that the text has it in.
func secureExample(t *testing.T, e example) {
	kind := jose.Credential
	if credential.IsPresentation([]byte(e.body)) {
		kind = jose.Presentation
		readHeld(t, []byte(e.body))
	}
	for name, key := range signers(t) {
		for form := range strings.FieldsSeq(e.forms) {
			s, expected := signing(kind, key), expecting(kind, name)
			expected.Signer = jose.Ignore()
			secureAs(t, form, []byte(e.body), s, expected)
		}
	}
}

func secureAs(t *testing.T, form string, document []byte, s jose.Signing, expected jose.Expectation) {
	var v *jose.Verified
	switch form {
	case "jose":
		token, err := jose.Sign(document, s)
		must(t, token, err)
		v, err = jose.Verify(token, s.Signer.Public(), expected)
		must(t, v, err)
	case "cose":
		message, err := Sign(document, s)
		must(t, message, err)
		v, err = Verify(message, s.Signer.Public(), expected)
		must(t, v, err)
	case "sd-jwt":
		token, err := jose.SignDisclosable(document, []string{"/@context/1"}, s)
		must(t, token, err)
		v, err = jose.VerifyDisclosed(token, s.Signer.Public(), expected)
		must(t, v, err)
	default:
		t.Fatalf("the form %q", form)
	}
	var got, want any
	if err := json.Unmarshal(v.Document, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(document, &want); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(marshal(t, got), marshal(t, want)) {
		t.Errorf("%s: got %s", form, v.Document)
	}
}

// readHeld reads what the presentation holds.
func readHeld(t *testing.T, presentation []byte) {
	p, err := credential.ParsePresentation(presentation)
	must(t, p, err)
	for _, held := range p.Credentials {
		readEnveloped(t, held)
	}
}

func readEnveloped(t *testing.T, data []byte) {
	t.Helper()
	e, err := credential.ParseEnveloped(data)
	must(t, e, err)
	readEnvelope(t, e.MediaType.Name, e.Data)
}

func readEnvelope(t *testing.T, mediaType string, data []byte) {
	t.Helper()
	switch {
	case strings.HasSuffix(mediaType, "+jwt"):
		u, err := jose.Peek(data)
		must(t, u, err)
		if u.Algorithm == "" || u.KeyID == "" {
			t.Errorf("header %v", u.Header)
		}
	case strings.HasSuffix(mediaType, "+sd-jwt"):
		token, err := sdjwt.Parse(string(data))
		must(t, token, err)
		u, err := sdjwt.Inspect(token)
		must(t, u, err)
	case strings.HasSuffix(mediaType, "+cose"):
		u, err := Peek(data)
		must(t, u, err)
		if u.Algorithm != jose.ES384 {
			t.Errorf("header %v", u.Header)
		}
	default:
		t.Errorf("the media type %s", mediaType)
	}
}

// wantLabels compares a header of ours with the example's.
func wantLabels(t *testing.T) {
	key := signers(t)[jose.ES384]
	document, _ := documentOf(jose.Credential)
	s := signing(jose.Credential, key)
	s.Claims = object{"iss": testIssuer, "sub": testHolder}
	message, err := Sign(marshal(t, document), s)
	must(t, message, err)
	var m gocose.Sign1Message
	if err := m.UnmarshalCBOR(message); err != nil {
		t.Fatal(err)
	}
	h := m.Headers.Protected
	claims, _ := h[int64(15)].(map[any]any)
	if h[int64(1)] != gocose.Algorithm(-35) || h[int64(3)] != "application/vc" || len(h[int64(4)].([]byte)) == 0 ||
		claims[int64(1)] != testIssuer || claims[int64(2)] != testHolder || len(m.Headers.Unprotected) != 0 {
		t.Errorf("header %v, %v", h, m.Headers.Unprotected)
	}
}

var jwkInExample = regexp.MustCompile(`(?s)"publicKeyJwk": (\{.*?\})`)

// keysOfExample reads the keys of a controlled identifier document, or the
// header of a token.
func keysOfExample(t *testing.T, e example) {
	keys := jwkInExample.FindAllStringSubmatch(e.body, -1)
	for _, key := range keys {
		k, err := jose.ParseKey([]byte(key[1]))
		if strings.Contains(key[1], "ECDH-ES") {
			wantError(t, err, jose.ErrKey)
			continue
		}
		must(t, k, err)
		if len(k.Algorithms) != 1 || !strings.Contains(key[1], `"alg": "`+k.Algorithms[0]+`"`) {
			t.Errorf("%s is for %v", key[1], k.Algorithms)
		}
	}
	if len(keys) > 0 {
		return
	}
	var header object
	if err := json.Unmarshal([]byte(e.body), &header); err != nil {
		testdata.NotApplicable(t, "it is a part of a document, and not JSON")
		return
	}
	if header["alg"] != jose.EdDSA || !strings.HasPrefix(header["kid"].(string), "https://") {
		t.Errorf("header %v", header)
	}
	s := signing(jose.Credential, signers(t)[jose.EdDSA])
	s.KeyID = header["kid"].(string)
	document, _ := documentOf(jose.Credential)
	token, err := jose.Sign(marshal(t, document), s)
	must(t, token, err)
	expected := expecting(jose.Credential, jose.EdDSA)
	expected.KeyID = jose.Expect(s.KeyID)
	v, err := jose.Verify(token, s.Signer.Public(), expected)
	must(t, v, err)
}
