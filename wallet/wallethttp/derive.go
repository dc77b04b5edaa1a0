package wallethttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// Caps on a request: a credential, as deep as one may be, and its pointers.
const (
	maxBytes = credential.MaxBytes + 256<<10
	maxDepth = strictjson.DefaultDepth + 1
)

var errRequest = errors.New(`the request is not {"verifiableCredential": {…}, "options": {"selectivePointers": ["/…"]}}`)

type request struct {
	Credential jsontext.Value `json:"verifiableCredential"`
	Options    struct {
		Pointers []string `json:"selectivePointers"`
	} `json:"options"`
}

// derive answers one request with the body of the answer.
func derive(ctx context.Context, body io.Reader, table *proof.Table, contexts *schemas.Contexts) ([]byte, error) {
	r, err := read(body)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	derived, err := proof.Derive(ctx, r.Credential, r.Options.Pointers, table, contexts)
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte(`{"verifiableCredential":`), derived, []byte{'}'}), nil
}

func read(body io.Reader) (*request, error) {
	data, err := web.ReadBody(body, maxBytes)
	if err != nil {
		return nil, fmt.Errorf("%w: it has more than %d bytes, or cannot be read", errRequest, maxBytes)
	}
	if _, err := strictjson.ParseObject(data, strictjson.Limits{Bytes: maxBytes, Depth: maxDepth}); err != nil {
		return nil, fmt.Errorf("%w: %w", errRequest, err)
	}
	r := &request{}
	if err := json.Unmarshal(data, r, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%w: a member is another, or of another type", errRequest)
	}
	if r.Credential.Kind() != '{' {
		return nil, fmt.Errorf("%w: verifiableCredential is missing, or not an object", errRequest)
	}
	return r, nil
}
