package verifierhttp

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/verifier/did"
)

// Media types of a resolution's whole result, and of the document alone.
const (
	typeResult   = `application/ld+json;profile="https://w3id.org/did-resolution"`
	typeDocument = "application/did+ld+json"
	typePlain    = "application/did+json"
)

const resolutionContext = "https://w3id.org/did-resolution/v1"

// notRepresented is the error of an Accept header that asks for neither
// (DID Resolution 1.0, "Errors").
const notRepresented did.Code = "representationNotSupported"

// resolution is a DID resolution result. What is asked about a DID URL has its
// metadata under another name (The did:key Method's test suite has both in the
// same structure). The document of a failure is empty, not null: the text says
// the one, and clients look for it.
type resolution struct {
	Context          string         `json:"@context"`
	Document         jsontext.Value `json:"didDocument"`
	Resolving        *metadata      `json:"didResolutionMetadata,omitzero"`
	Dereferencing    *metadata      `json:"didDereferencingMetadata,omitzero"`
	DocumentMetadata struct{}       `json:"didDocumentMetadata"`
}

type metadata struct {
	ContentType string   `json:"contentType,omitzero"`
	Error       did.Code `json:"error,omitzero"`
	Message     string   `json:"errorMessage,omitzero"`
}

// resolve answers for a did:key, or a DID URL of one.
func resolve(c *gin.Context) {
	id := strings.TrimPrefix(c.Param("did"), "/")
	accepted := negotiate(c.GetHeader("Accept"))
	document, err := dereference(c.Request.Context(), id, methodOf(c))
	if err == nil && accepted == "" {
		err = errAccept
	}
	if err != nil {
		code := codeOf(err)
		sendResolution(c, statusOf(code), id, jsontext.Value("{}"), metadata{Error: code, Message: err.Error()})
		return
	}
	if accepted != typeResult {
		c.Data(http.StatusOK, accepted, document)
		return
	}
	sendResolution(c, http.StatusOK, id, document, metadata{ContentType: typeDocument})
}

// methodOf reads the options of the resolution (The did:key Method, Document
// Creation Algorithm). There is no format that enableExperimentalPublicKeyTypes
// would add, so that it makes no difference here.
func methodOf(c *gin.Context) did.Key {
	return did.Key{
		PublicKeyFormat:    c.Query("publicKeyFormat"),
		DeriveKeyAgreement: c.Query("enableEncryptionKeyDerivation") == "true",
	}
}

// dereference returns the document of a DID, or the verification method that a
// DID URL names. A did:key has nothing that a path or a query could name.
func dereference(ctx context.Context, id string, method did.Key) ([]byte, error) {
	if !isURL(id) {
		document, err := method.Resolve(ctx, id)
		if err != nil {
			return nil, err
		}
		return document.MarshalJSON()
	}
	url, err := did.ParseURL(id)
	if err != nil {
		return nil, err
	}
	document, err := method.Resolve(ctx, url.DID)
	if err != nil {
		return nil, err
	}
	return document.Method(id)
}

// isURL tells whether id is to be dereferenced, not resolved.
func isURL(id string) bool { return strings.ContainsAny(id, "/?#") }

func sendResolution(c *gin.Context, status int, id string, document jsontext.Value, m metadata) {
	r := resolution{Context: resolutionContext, Document: document}
	if isURL(id) {
		r.Dereferencing = &m
	} else {
		r.Resolving = &m
	}
	data, err := json.Marshal(r)
	if err != nil { // all of it is text that was read or made as JSON
		c.Status(http.StatusInternalServerError)
		return
	}
	c.Data(status, typeResult, data)
}

var errAccept = errors.New("what Accept asks for is not to be had")

func codeOf(err error) did.Code {
	if errors.Is(err, errAccept) {
		return notRepresented
	}
	return did.CodeOf(err)
}

// statusOf: DID Resolution 1.0, "HTTP(S) Binding". That text gives the codes of
// did:key no status of their own; each says in which way the identifier or an
// option is not valid, or not supported.
func statusOf(code did.Code) int {
	switch code {
	case did.InvalidDID, did.InvalidDIDURL, did.InvalidPublicKey, did.InvalidPublicKeyLength, did.InvalidPublicKeyType:
		return http.StatusBadRequest
	case did.NotFound:
		return http.StatusNotFound
	case notRepresented:
		return http.StatusNotAcceptable
	case did.MethodNotSupported, did.UnsupportedPublicKeyType:
		return http.StatusNotImplemented
	}
	return http.StatusInternalServerError
}
