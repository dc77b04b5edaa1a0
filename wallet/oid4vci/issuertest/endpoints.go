package issuertest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/did"
)

// maxSkew is how old a key proof may be.
const maxSkew = time.Minute

// token is section 6 for an offer with a transaction code.
func (i *Issuer) token(r *http.Request, body []byte) reply {
	form, err := url.ParseQuery(string(body))
	code := form.Get("pre-authorized_code")
	want := url.Values{"grant_type": {grant}, "pre-authorized_code": {code}, "tx_code": {form.Get("tx_code")}}
	if diff := cmp.Diff(want, form); err != nil || diff != "" {
		i.t.Errorf("token request: %v %s", err, diff)
	}
	if got := r.Header.Get("Content-Type"); got != "application/x-www-form-urlencoded" || r.Header.Get("Authorization") != "" {
		i.t.Errorf("token request: Content-Type %q, Authorization %q", got, r.Header.Get("Authorization"))
	}
	if form.Get("tx_code") != TxCode || !use(i.codes, code) {
		return refusal(http.StatusBadRequest, "invalid_grant")
	}
	token := i.unique("token")
	i.tokens[token] = true
	answer := map[string]any{"access_token": token, "token_type": "bearer", "expires_in": 60}
	if i.Identifier != "" {
		answer["authorization_details"] = []any{map[string]any{
			"type": "openid_credential", "credential_configuration_id": Configuration,
			"credential_identifiers": []string{i.Identifier},
		}}
	}
	return reply{http.StatusOK, answer}
}

// nonce is section 7: no body, no access token.
func (i *Issuer) nonce(r *http.Request, body []byte) reply {
	if len(body) > 0 || r.ContentLength != 0 || r.Header.Get("Authorization") != "" {
		i.t.Errorf("nonce request: %d bytes, Authorization %q", len(body), r.Header.Get("Authorization"))
	}
	nonce := i.unique("nonce")
	i.nonces[nonce] = true
	return reply{http.StatusOK, map[string]string{"c_nonce": nonce}}
}

// credential is section 8 for one key proof of type jwt.
func (i *Issuer) credential(r *http.Request, body []byte) reply {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !i.tokens[token] {
		return refusal(http.StatusUnauthorized, "invalid_token")
	}
	var request map[string]any
	if err := json.Unmarshal(body, &request); err != nil || r.Header.Get("Content-Type") != "application/json" {
		i.t.Errorf("credential request: %v, Content-Type %q", err, r.Header.Get("Content-Type"))
	}
	proof := ""
	if proofs, ok := request["proofs"].(map[string]any); ok {
		if all, ok := proofs["jwt"].([]any); ok && len(all) == 1 {
			proof, _ = all[0].(string)
		}
	}
	want := map[string]any{"credential_configuration_id": Configuration, "proofs": map[string]any{"jwt": []any{proof}}}
	if i.Identifier != "" {
		delete(want, "credential_configuration_id")
		want["credential_identifier"] = i.Identifier
	}
	if diff := cmp.Diff(want, request); diff != "" {
		i.t.Errorf("credential request: %s", diff)
	}
	holder, nonce, err := i.checkProof(proof)
	if err != nil {
		i.t.Errorf("key proof: %v", err)
		return refusal(http.StatusBadRequest, "invalid_proof")
	}
	if i.StaleNonces > 0 {
		i.StaleNonces--
		i.nonces[nonce] = false
	}
	if !use(i.nonces, nonce) {
		return refusal(http.StatusBadRequest, "invalid_nonce")
	}
	use(i.tokens, token)
	return i.issue(holder)
}

func (i *Issuer) issue(holder string) reply {
	make := i.Make
	if make == nil {
		make = i.Credential
	}
	credential := make(holder)
	i.issued = append(i.issued, credential)
	return reply{http.StatusOK, fmt.Sprintf(`{ "credentials": [ {"credential":  %s } ], "notification_id": "n1" }`, credential)}
}

// checkProof is appendix F.1 and F.4: the header and the claims have what they
// must have, and nothing else. It returns whose key it is, and the nonce.
func (i *Issuer) checkProof(text string) (holder, nonce string, err error) {
	signed, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return "", "", err
	}
	encoded, _, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", err
	}
	var header map[string]any
	if err := json.Unmarshal(raw, &header); err != nil {
		return "", "", err
	}
	kid, _ := header["kid"].(string)
	if diff := cmp.Diff(map[string]any{"typ": "openid4vci-proof+jwt", "alg": "EdDSA", "kid": kid}, header); diff != "" {
		return "", "", fmt.Errorf("header: %s", diff)
	}
	holder = did.Controller(kid)
	key, err := did.KeyFrom(holder)
	if err != nil {
		return "", "", err
	}
	if _, method, err := did.FromKey(key); err != nil || kid != method {
		return "", "", fmt.Errorf("kid %s is not the key of its did:key", kid)
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return "", "", err
	}
	nonce, err = i.checkClaims(payload)
	return holder, nonce, err
}

func (i *Issuer) checkClaims(payload []byte) (nonce string, err error) {
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		return "", err
	}
	nonce, _ = claims["nonce"].(string)
	issued, _ := claims["iat"].(float64)
	if diff := cmp.Diff(map[string]any{"aud": i.URL, "iat": issued, "nonce": nonce}, claims); diff != "" {
		return "", fmt.Errorf("claims: %s", diff)
	}
	if age := time.Since(time.Unix(int64(issued), 0)); age.Abs() > maxSkew {
		return "", fmt.Errorf("iat is %s ago", age)
	}
	return nonce, nil
}
