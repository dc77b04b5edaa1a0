package access

import (
	"crypto"
	"errors"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/issuer/config"
)

// Caps on what a caller sends; in bytes.
const (
	MaxToken = 8 << 10
	maxProof = 4 << 10
)

// The kinds of errors of signatures, for the log.
var (
	errAlgorithm = errors.New("the algorithm is not allowed")
	errKey       = errors.New("the key does not fit the algorithm")
	errForm      = errors.New("it is no JWT in the one form")
	errSignature = errors.New("the signature does not fit")
)

// signatures are all that tokens and proofs can be signed with.
var signatures = jwa.Profile{
	Known:     config.TokenAlgorithms(),
	ErrChoice: errAlgorithm, ErrAlgorithm: errAlgorithm, ErrKey: errKey, ErrMalformed: errForm, ErrSignature: errSignature,
}

// header are the parameters that decide about a token. One that brings a key
// along, or says where there is one, would have its sender choose whom to trust
// (RFC 8725, sections 3.4 and 3.10).
type header struct {
	Algorithm string         `json:"alg"`
	Type      string         `json:"typ"`
	KeyID     string         `json:"kid"`
	Key       jsontext.Value `json:"jwk"`
	Foreign   foreign        `json:",embed"`
}

// foreign are the parameters that name keys elsewhere, and those that change
// what is signed.
type foreign struct {
	KeyURL         jsontext.Value `json:"jku"`
	CertificateURL jsontext.Value `json:"x5u"`
	Chain          jsontext.Value `json:"x5c"`
	Critical       jsontext.Value `json:"crit"`
	Unencoded      jsontext.Value `json:"b64"`
}

func (f foreign) any() bool {
	return slices.ContainsFunc([]jsontext.Value{f.KeyURL, f.CertificateURL, f.Chain, f.Critical, f.Unencoded}, func(v jsontext.Value) bool { return v != nil })
}

// parse takes a token apart. Nobody has vouched for it yet.
func parse(text string) (*jwa.Token, header, error) {
	var h header
	token, err := jwa.Parse([]byte(text))
	if err != nil {
		return nil, h, errForm
	}
	if err := json.Unmarshal(token.Header, &h); err != nil {
		return nil, h, errForm
	}
	return token, h, nil
}

// verify wants the signature to be of key, by one of the algorithms that are
// allowed.
func verify(token *jwa.Token, h header, allowed []string, key crypto.PublicKey) error {
	if err := signatures.Check(h.Algorithm, allowed, key); err != nil {
		return kindOf(err)
	}
	return kindOf(signatures.VerifyToken(token, h.Algorithm, key))
}

// kindOf leaves of an error what is no value of the token.
func kindOf(err error) error {
	for _, kind := range []error{errAlgorithm, errKey, errForm, errSignature} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	return err
}

// texts is a text, or a list of them (RFC 7519, section 4.1.3).
type texts []string

// maxTexts caps such a list.
const maxTexts = 64

// UnmarshalJSONFrom reads either.
func (t *texts) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == '"' {
		var one string
		err := json.UnmarshalDecode(d, &one)
		*t = texts{one}
		return err
	}
	if err := json.UnmarshalDecode(d, (*[]string)(t)); err != nil || len(*t) > maxTexts {
		return errors.Join(err, errForm)
	}
	return nil
}
