package jose

import (
	"fmt"

	"github.com/chancery-vc/chancery/verifier/credential"
)

// document is what claims must agree with.
type document struct {
	signer   string // issuer or holder; "" if a presentation names none
	id       string
	subjects []any // their ids; nil for one without
}

// readDocument reads a credential or presentation of one version of the data
// model.
func readDocument(kind Kind, data []byte, version credential.Version) (document, error) {
	if kind == Presentation {
		p, err := credential.ParsePresentation(data)
		if err != nil {
			return document{}, err
		}
		d := document{signer: p.Holder, id: p.ID}
		if err := checkVersion(p.Version, version); err != nil || version == credential.V1 {
			return d, err
		}
		return d, checkEnveloped(p)
	}
	u, err := credential.Parse(data)
	if err != nil {
		return document{}, err
	}
	d := document{signer: u.Issuer, id: u.ID}
	for _, subject := range u.Subjects {
		d.subjects = append(d.subjects, subject["id"])
	}
	return d, checkVersion(u.Version, version)
}

func checkVersion(found, wanted credential.Version) error {
	if found != wanted {
		return fmt.Errorf("%w: it is of the data model %s, and secured as one of %s", ErrType, found, wanted)
	}
	return nil
}

// checkEnveloped: sections 3.1.2 and 3.3.2 have what a presentation holds in
// envelopes. What is in them is judged later, each by a key of its own.
func checkEnveloped(p *credential.Presentation) error {
	for i, held := range p.Credentials {
		if _, err := credential.ParseEnveloped(held); err != nil {
			return fmt.Errorf("verifiableCredential %d: %w", i, err)
		}
	}
	return nil
}

// agree wants the claims that name the same things as members of the document
// to say the same: section 3.1.3 has it so for iss (section 4.1.2), and advises
// it for the others. A claim without such a member contradicts nothing, but for
// sub where there are several subjects.
func (d document) agree(claims map[string]any) error {
	for _, pair := range []struct{ claim, member string }{{claimIssuer, d.signer}, {claimID, d.id}} {
		value, err := text(claims, pair.claim)
		if err != nil {
			return err
		}
		if value != "" && pair.member != "" && value != pair.member {
			return fmt.Errorf("%w: %s is %.200q and the document says %.200q", ErrClaim, pair.claim, value, pair.member)
		}
	}
	subject, err := text(claims, claimSubject)
	if err != nil || subject == "" || d.subjects == nil {
		return err
	}
	if len(d.subjects) != 1 || d.subjects[0] != nil && d.subjects[0] != any(subject) {
		return fmt.Errorf("%w: sub is %.200q and the document is not about that alone", ErrClaim, subject)
	}
	return nil
}
