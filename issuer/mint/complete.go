package mint

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// ErrForm says that a credential of somebody else's wording is none that can
// be secured. What it wraps quotes the credential.
var ErrForm = errors.New("the credential cannot be secured as it is")

// Additions are what an issuer adds to a credential of somebody else's
// wording, where it does not say.
type Additions struct {
	Now        time.Time // issuanceDate of a credential of VCDM 1.1
	ID         string    // empty for none
	Issuer     string    // empty for none; an issuer object gets it as its id
	ValidUntil time.Time // zero for none
	Status     *Status   // nil for none
}

// Complete returns document, a credential of VCDM 2.0 or 1.1 without a proof,
// with what it lacks, and what it then says. What is there stays as it is, in
// its order.
func Complete(document []byte, a Additions) ([]byte, *credential.Unverified, error) {
	completed, u, err := complete(document, a)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return completed, u, nil
}

func complete(document []byte, a Additions) ([]byte, *credential.Unverified, error) {
	o, err := parseObject(document)
	if err != nil {
		return nil, nil, err
	}
	if o.index("proof") >= 0 {
		return nil, nil, errors.New("it has a proof already: send it without")
	}
	end := "validUntil"
	if isV1(o.get("@context")) {
		end = "expirationDate"
		err = o.addV1(a.Now)
	}
	err = errors.Join(err, o.addID(a.ID), o.addIssuer(a.Issuer), o.addTime(end, a.ValidUntil), o.addStatus(a.Status))
	if err != nil {
		return nil, nil, err
	}
	completed, err := o.bytes()
	if err != nil {
		return nil, nil, err
	}
	u, err := credential.Parse(completed)
	return completed, u, err
}

// isV1 tells whether a @context is that of a credential of VCDM 1.1.
func isV1(context jsontext.Value) bool {
	all, err := list(context)
	return err == nil && len(all) > 0 && isText(all[0], schemas.CredentialsV1)
}

// list returns the items of an array, or the one value that stands for them.
func list(value jsontext.Value) (items []jsontext.Value, err error) {
	if value.Kind() != '[' {
		return []jsontext.Value{value}, nil
	}
	err = json.Unmarshal(value, &items)
	return items, err
}

func isText(value jsontext.Value, text string) bool {
	var s string
	return json.Unmarshal(value, &s) == nil && s == text
}

// addV1: VCDM 1.1 has no terms for Data Integrity proofs of its own (Data
// Integrity 1.0, section 2.4.1), and wants an issuanceDate.
func (o *object) addV1(now time.Time) error {
	contexts, err := list(o.get("@context"))
	if err != nil {
		return err
	}
	has := func(v jsontext.Value) bool { return isText(v, schemas.DataIntegrityV2) }
	if !slices.ContainsFunc(contexts, has) {
		added, err := jsontext.AppendQuote(nil, schemas.DataIntegrityV2)
		if err != nil {
			return err
		}
		value, err := json.Marshal(append(contexts, added))
		if err != nil {
			return err
		}
		o.set("@context", value)
	}
	return o.addTime("issuanceDate", now)
}

// addTime adds a time where there is none.
func (o *object) addTime(name string, t time.Time) error {
	if t.IsZero() || o.index(name) >= 0 {
		return nil
	}
	return o.setText(name, credential.FormatTime(t))
}

func (o *object) addID(id string) error {
	switch present := o.get("id"); {
	case id == "" || isText(present, id):
		return nil
	case present != nil:
		return errors.New("its id is another than the one that was asked for")
	}
	return o.setText("id", id)
}

// addIssuer adds the issuer to a credential without one, or its id to an
// issuer object without one.
func (o *object) addIssuer(id string) error {
	present := o.get("issuer")
	switch {
	case id == "":
		return nil
	case present == nil:
		return o.setText("issuer", id)
	case present.Kind() != '{':
		return nil
	}
	issuer, err := parseObject(present)
	if err != nil || issuer.index("id") >= 0 {
		return err
	}
	if err := issuer.setText("id", id); err != nil {
		return err
	}
	value, err := issuer.bytes()
	o.set("issuer", value)
	return err
}

func (o *object) addStatus(s *Status) error {
	if s == nil {
		return nil
	}
	if o.index("credentialStatus") >= 0 {
		return errors.New("it has a credentialStatus already: the issuer adds its own")
	}
	value, err := json.Marshal(s.wire())
	if err != nil {
		return err
	}
	o.set("credentialStatus", value)
	return nil
}
