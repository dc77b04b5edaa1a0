package wallet

import (
	"context"
	"errors"
	"fmt"
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

// presentation is Data Model 2.0, section 4.13.
type presentation struct {
	Context     []string           `json:"@context"`
	Type        []string           `json:"type"`
	Holder      string             `json:"holder"`
	Credentials []jsontext.Value   `json:"verifiableCredential"`
	Proof       *presentationProof `json:"proof,omitzero"`
}

// presentationProof is Data Integrity 1.0, section 2.1; without its value it is
// the proof options.
type presentationProof struct {
	Type        string `json:"type"`
	Cryptosuite string `json:"cryptosuite"`
	Created     string `json:"created"`
	Method      string `json:"verificationMethod"`
	Purpose     string `json:"proofPurpose"`
	Domain      string `json:"domain"`
	Challenge   string `json:"challenge"`
	Value       string `json:"proofValue,omitzero"`
}

// Present returns a presentation of what is shown, of the data model 2.0 and
// signed by the holder with eddsa-rdfc-2022 for one occasion.
func (w *Wallet) Present(ctx context.Context, o Occasion, shown []Shown) ([]byte, error) {
	if o.Domain == "" || o.Challenge == "" {
		return nil, fmt.Errorf("%w: ask the verifier for its domain and a challenge", ErrOccasion)
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
		p.Credentials = append(p.Credentials, one.Credential.Bytes())
		if contexts, err = contexts.And(one.contexts); err != nil {
			return nil, fmt.Errorf("these credentials cannot be shown together: %w", err)
		}
	}
	if p.Proof, err = w.sign(ctx, o, p, contexts); err != nil {
		return nil, fmt.Errorf("sign the presentation: %w", err)
	}
	return json.Marshal(p)
}

// sign returns the proof of a presentation that has none yet.
func (w *Wallet) sign(ctx context.Context, o Occasion, p presentation, contexts *schemas.Contexts) (*presentationProof, error) {
	suite := eddsa.RDFC2022{}
	signed := &presentationProof{
		Type: suite.Type(), Cryptosuite: suite.Cryptosuite(), Created: credential.FormatTime(o.Now), Method: w.keyID,
		Purpose: proof.Authentication, Domain: o.Domain, Challenge: o.Challenge,
	}
	document, err := json.Marshal(p)
	options, err2 := json.Marshal(signed)
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	signed.Value, err = suite.Sign(ctx, proof.Input{Document: document, Options: options, Contexts: contexts}, w.key)
	return signed, err
}
