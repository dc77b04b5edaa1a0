package issuertest

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// maxBody is more than any request of a wallet has, in bytes.
const maxBody = 64 << 10

// reply is an answer in the making: a status and a JSON value, or its text.
type reply struct {
	status int
	value  any
}

func refusal(status int, code string) reply {
	return reply{status, map[string]string{"error": code}}
}

// ServeHTTP answers one request.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.seen = append(i.seen, r.URL.Path)
	if replace, ok := i.Replace[r.URL.Path]; ok {
		replace(w, r)
		return
	}
	rewrite := i.Rewrite[r.URL.Path]
	if rewrite == nil {
		i.answer(w, r)
		return
	}
	recorder := httptest.NewRecorder()
	i.answer(recorder, r)
	w.Header().Set("Content-Type", recorder.Header().Get("Content-Type"))
	w.WriteHeader(recorder.Code)
	io.WriteString(w, rewrite(recorder.Body.String()))
}

func (i *Issuer) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		i.t.Errorf("%s: %v", r.URL.Path, err)
		return
	}
	answer := i.route(r, body)
	text, ok := answer.value.(string)
	if !ok {
		encoded, err := json.Marshal(answer.value)
		if err != nil {
			i.t.Error(err)
		}
		text = string(encoded)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(answer.status)
	io.WriteString(w, text)
}

// route wants the method of each path, and nothing but the paths that the
// metadata name.
func (i *Issuer) route(r *http.Request, body []byte) reply {
	switch path := r.URL.Path; {
	case r.URL.RawQuery != "" || r.Header.Get("Accept") != "application/json" && path != PathDID:
		i.t.Errorf("%s %s: Accept %q", r.Method, r.URL, r.Header.Get("Accept"))
	case r.Method == http.MethodGet && len(body) == 0:
		return i.published(path)
	case r.Method == http.MethodPost && path == PathToken:
		return i.token(r, body)
	case r.Method == http.MethodPost && path == PathNonce:
		return i.nonce(r, body)
	case r.Method == http.MethodPost && path == PathCredential:
		return i.credential(r, body)
	default:
		i.t.Errorf("unexpected %s %s", r.Method, path)
	}
	return refusal(http.StatusBadRequest, "invalid_request")
}

func (i *Issuer) published(path string) reply {
	switch path {
	case PathMetadata:
		return reply{http.StatusOK, i.metadata()}
	case PathServer:
		return reply{http.StatusOK, map[string]any{
			"issuer": i.URL, "token_endpoint": i.Origin() + PathToken,
			"grant_types_supported":                           []string{grant},
			"pre-authorized_grant_anonymous_access_supported": true,
		}}
	case PathDID:
		return reply{http.StatusOK, i.key.document(i.t)}
	}
	code, ok := strings.CutPrefix(path, PathOffer)
	if !ok {
		i.t.Errorf("unexpected GET %s", path)
	}
	if !i.codes[code] {
		return refusal(http.StatusNotFound, "not_found")
	}
	return reply{http.StatusOK, i.offerOf(code)}
}

func (i *Issuer) metadata() map[string]any {
	return map[string]any{
		"credential_issuer":   i.URL,
		"credential_endpoint": i.Origin() + PathCredential,
		"nonce_endpoint":      i.Origin() + PathNonce,
		"display":             []any{map[string]any{"name": "Registro Civil", "locale": "es"}},
		"x-unknown":           1,
		"credential_configurations_supported": map[string]any{
			"other": map[string]any{"format": "mso_mdoc", "credential_definition": 1},
			Configuration: map[string]any{
				"format": "ldp_vc",
				"cryptographic_binding_methods_supported": []string{"did:web", "did:key"},
				"credential_signing_alg_values_supported": []string{"eddsa-rdfc-2022"},
				"proof_types_supported": map[string]any{
					"jwt": map[string]any{"proof_signing_alg_values_supported": []string{"ES256", "EdDSA"}},
				},
				"credential_definition": map[string]any{"@context": contexts(), "type": types()},
				"credential_metadata":   map[string]any{"display": []any{map[string]any{"name": Name}}},
				"chancery_contexts": []any{map[string]any{
					"url": ContextURL, "sha256": contextDigest(),
					"document": base64.StdEncoding.EncodeToString([]byte(contextDocument)),
				}},
			},
		},
	}
}
