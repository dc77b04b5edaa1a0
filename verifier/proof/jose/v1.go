package jose

import (
	"crypto"
	"fmt"
	"maps"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier/credential"
)

// typeV1 is the typ of a token of the data model 1.1: section 6.3.1 there.
const typeV1 = "JWT"

// VerifyV1 verifies the JWT of the data model 1.1, in which the document is the
// claim vc or vp, and claims of a JWT stand for some of its members. The
// document that is returned has those members; where it had them before, they
// must agree. Nothing that [Verify] takes is taken here, and the other way
// round.
func VerifyV1(token []byte, key crypto.PublicKey, e Expectation) (*Verified, error) {
	u, err := Peek(token)
	if err != nil {
		return nil, err
	}
	if err := e.judge(u, typeV1, key, func() error { return profile.Verify(string(token), u.Algorithm, key) }); err != nil {
		return nil, err
	}
	object, err := claimed(u.Claims, e.Kind)
	if err != nil {
		return nil, err
	}
	held, err := takeHeld(object)
	if err != nil {
		return nil, err
	}
	if err := merge(object, u.Claims, e.Kind); err != nil {
		return nil, err
	}
	if u.Document, err = json.Marshal(object, json.Deterministic(true)); err != nil {
		return nil, fmt.Errorf("write the document: %w", err)
	}
	d, err := readDocument(e.Kind, u.Document, credential.V1)
	if err != nil {
		return nil, err
	}
	v, err := e.complete(u, d)
	if v != nil {
		v.Credentials = held
	}
	return v, err
}

// claimed returns a copy of the document that is a claim. A token that could be
// read as one of 2.0 besides is refused.
func claimed(claims map[string]any, kind Kind) (map[string]any, error) {
	others := []string{"@context", "type", claimCredential, claimPresentation}
	for _, name := range others {
		if _, ok := claims[name]; ok && name != string(kind) {
			return nil, fmt.Errorf("%w: it has %s beside %s", ErrClaim, name, kind)
		}
	}
	object, ok := claims[string(kind)].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: it has no %s", ErrClaim, kind)
	}
	return maps.Clone(object), nil
}

// takeHeld takes out of a presentation what it holds, which can be JWTs.
func takeHeld(presentation map[string]any) ([][]byte, error) {
	value, ok := presentation["verifiableCredential"]
	if !ok {
		return nil, nil
	}
	delete(presentation, "verifiableCredential")
	values, ok := value.([]any)
	if !ok {
		values = []any{value}
	}
	if len(values) > credential.MaxPresented {
		return nil, fmt.Errorf("%w: it holds more than %d credentials", ErrMalformed, credential.MaxPresented)
	}
	var held [][]byte
	for _, value := range values {
		switch value := value.(type) {
		case string:
			held = append(held, []byte(value))
		case map[string]any:
			data, err := json.Marshal(value, json.Deterministic(true))
			if err != nil {
				return nil, fmt.Errorf("write a credential: %w", err)
			}
			held = append(held, data)
		default:
			return nil, fmt.Errorf("%w: it holds what is neither a JWT nor an object", ErrMalformed)
		}
	}
	return held, nil
}

// merge puts the claims that stand for members of the document into it.
func merge(object, claims map[string]any, kind Kind) error {
	signer := "issuer"
	if kind == Presentation {
		signer = "holder"
	}
	for _, pair := range []struct{ claim, member string }{{claimIssuer, signer}, {claimID, "id"}} {
		value, err := text(claims, pair.claim)
		if err == nil && value != "" {
			err = put(object, pair.member, value)
		}
		if err != nil {
			return err
		}
	}
	if kind == Presentation {
		return nil
	}
	for _, pair := range []struct{ claim, member string }{{claimNotBefore, "issuanceDate"}, {claimExpires, "expirationDate"}} {
		if err := putDate(object, claims, pair.claim, pair.member); err != nil {
			return err
		}
	}
	return putSubject(object, claims)
}

// put sets a member to value, or wants it to be that: as it is, or as the id of
// an object.
func put(object map[string]any, member, value string) error {
	found, ok := object[member]
	if nested, isObject := found.(map[string]any); isObject {
		found = nested["id"]
	}
	if ok && found != any(value) {
		return fmt.Errorf("%w: the claim for %s is %.200q, and the document says another", ErrClaim, member, value)
	}
	if !ok {
		object[member] = value
	}
	return nil
}

// putDate compares whole seconds, which is what a claim holds.
func putDate(object, claims map[string]any, claim, member string) error {
	at, err := numericDate(claims, claim)
	if err != nil || at.IsZero() {
		return err
	}
	written, ok := object[member].(string)
	if !ok {
		if _, other := object[member]; other {
			return fmt.Errorf("%w: %s is not a time", ErrClaim, member)
		}
		object[member] = credential.FormatTime(at)
		return nil
	}
	if t, err := credential.ParseTime(written); err != nil || t.Unix() != at.Unix() {
		return fmt.Errorf("%w: %s is %s, and %s is %.40q", ErrClaim, claim, credential.FormatTime(at), member, written)
	}
	return nil
}

// putSubject: sub is the id of the one subject.
func putSubject(object, claims map[string]any) error {
	value, err := text(claims, claimSubject)
	if err != nil || value == "" {
		return err
	}
	subject := object["credentialSubject"]
	if several, ok := subject.([]any); ok && len(several) == 1 {
		subject = several[0]
	}
	nested, ok := subject.(map[string]any)
	if !ok {
		return fmt.Errorf("%w: sub stands for the id of one credentialSubject, and there is not one", ErrClaim)
	}
	nested = maps.Clone(nested)
	object["credentialSubject"] = nested
	return put(nested, "id", value)
}
