package issuerhttp

import (
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer"
)

// Caps on a request of a relying party; those of texts are in characters.
const (
	maxConsultBytes = 1 << 20
	maxName         = 64
	maxKey          = 1 << 10
	maxNonce        = 128
)

// consultRequest is one question, or a batch of them, for one purpose. It is
// described in schemas/openapi.yaml.
type consultRequest struct {
	Purpose text `json:"purpose"`
	question
	Questions questions `json:"questions"`
}

type questions []question

type question struct {
	Nonce text `json:"nonce"`
	Name  text `json:"name"`
	Key   text `json:"key"`
}

// text is a text that is there, if its member is: null and "" would else pass
// for a member that was left out.
type text string

var errAbsent = errors.New("a member that is there has nothing in it")

// UnmarshalJSONFrom reads a text of one character at least.
func (t *text) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	token, err := d.ReadToken()
	if err != nil {
		return err
	}
	if token.Kind() != '"' || token.String() == "" {
		return errAbsent
	}
	*t = text(token.String())
	return nil
}

// UnmarshalJSONFrom reads a list.
func (q *questions) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() == 'n' {
		return errAbsent
	}
	return json.UnmarshalDecode(d, (*[]question)(q))
}

// read reads a request. What it does not know is refused, so that nobody takes
// it for heard.
func (h *consult) read(c *gin.Context, kind issuer.Kind) (consultRequest, *Problem) {
	var r consultRequest
	if media, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || media != "application/json" {
		p := problemOf(codeMediaType, "send the question as application/json")
		return r, &p
	}
	if slices.ContainsFunc(c.Request.Header.Values("Content-Encoding"), func(e string) bool { return !strings.EqualFold(e, "identity") }) {
		p := problemOf(codeMediaType, "send the question as it is, without a Content-Encoding")
		return r, &p
	}
	body, err := web.ReadBody(http.MaxBytesReader(c.Writer, c.Request.Body, maxConsultBytes), maxConsultBytes)
	if err != nil {
		p := problemOf(codeTooLarge, "the body is too large, or was cut off")
		return r, &p
	}
	if err := json.Unmarshal(body, &r, json.RejectUnknownMembers(true)); err != nil {
		p := problemOf(codeMalformed, `the body is not {"purpose": "...", "nonce": "...", "name": "...", "key": "..."}, or {"purpose": "...", "questions": [...]} with the other three in each`)
		return r, &p
	}
	if detail := r.fault(kind, h.batch); detail != "" {
		p := problemOf(codeMalformed, detail)
		return r, &p
	}
	return r, nil
}

// fault says what is wrong with the form of a request, or "".
func (r *consultRequest) fault(kind issuer.Kind, batch int) string {
	switch {
	case !sized(r.Purpose, maxName):
		return "purpose is missing or too long"
	case r.Questions == nil:
		return r.question.fault(kind)
	case r.question != question{}:
		return "send either name, key and nonce, or questions that have them"
	case len(r.Questions) == 0 || len(r.Questions) > batch:
		return "questions is empty, or has more than this registry answers at a time"
	}
	for _, q := range r.Questions {
		if fault := q.fault(kind); fault != "" {
			return "of a question, " + fault
		}
	}
	return ""
}

func (q question) fault(kind issuer.Kind) string {
	switch {
	case !sized(q.Name, maxName) || !sized(q.Key, maxKey):
		return "name or key is missing or too long"
	case kind == issuer.Credential && q.Nonce != "":
		return "nonce is not for credentials, which anybody can check: leave it out"
	case kind != issuer.Credential && !sized(q.Nonce, maxNonce):
		return "nonce is missing or longer than 128 characters: a fresh text of your own that the answer will hold"
	}
	return ""
}

// asks returns a query with what q asks.
func (q question) asks(of issuer.Query) issuer.Query {
	of.Name, of.Key, of.Nonce = string(q.Name), string(q.Key), string(q.Nonce)
	return of
}

func sized(t text, most int) bool { return t != "" && utf8.RuneCountInString(string(t)) <= most }
