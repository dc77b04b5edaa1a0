package wallet

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// Occasion is what a presentation is made for: a verifier takes it once, and
// only that verifier does.
type Occasion struct {
	Domain    string // of the verifier, as it says
	Challenge string // that the verifier chose for this once
	Now       time.Time
}

// presentation is Data Model 2.0, section 4.13, without its proof.
type presentation struct {
	Context     []string         `json:"@context"`
	Type        []string         `json:"type"`
	Holder      string           `json:"holder"`
	Credentials []jsontext.Value `json:"verifiableCredential"`
}

// Present returns a presentation of what is shown, signed by the holder for
// one occasion: of the data model 2.0 with eddsa-rdfc-2022 or, of an SD-JWT VC,
// which is presented alone, that with a key binding.
func (w *Wallet) Present(ctx context.Context, o Occasion, shown []Shown) ([]byte, error) {
	if o.Domain == "" || o.Challenge == "" {
		return nil, fmt.Errorf("%w: ask the verifier for its domain and a challenge", ErrOccasion)
	}
	if slices.ContainsFunc(shown, func(s Shown) bool { return s.form.claim }) {
		return w.bind(o, shown)
	}
	if len(shown) == 0 || len(shown) > credential.MaxPresented {
		return nil, fmt.Errorf("a presentation has 1 to %d credentials, not %d", credential.MaxPresented, len(shown))
	}
	p := presentation{Context: []string{schemas.CredentialsV2}, Type: []string{credential.TypePresentation}, Holder: w.did}
	contexts, err := schemas.Embedded()
	if err != nil {
		return nil, err
	}
	for _, one := range shown {
		held, err := one.form.held()
		if err != nil {
			return nil, err
		}
		p.Credentials = append(p.Credentials, held)
		if contexts, err = contexts.And(one.contexts); err != nil {
			return nil, fmt.Errorf("these credentials cannot be shown together: %w", err)
		}
	}
	document, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	template := proof.Template{
		VerificationMethod: w.keyID, Purpose: proof.Authentication, Created: o.Now, Domain: o.Domain, Challenge: o.Challenge,
	}
	signed, err := proof.Sign(ctx, document, template, eddsa.RDFC2022{}, w.key, contexts)
	if err != nil {
		return nil, fmt.Errorf("sign the presentation: %w", err)
	}
	return signed, nil
}
