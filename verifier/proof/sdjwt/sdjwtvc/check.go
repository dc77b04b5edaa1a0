package sdjwtvc

import (
	"fmt"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// Check holds the claims of a credential against the metadata of its type:
// "Claim Metadata". A claim that is not there, and could be one that is not
// shown, is not missed.
func (m *TypeMetadata) Check(contents *sdjwt.Contents) error {
	evaluated := 0
	for _, c := range m.Claims {
		selection, err := contents.Select(c.Path)
		if err != nil {
			return fmt.Errorf("%w: the path %.200v: %w", ErrTypeMetadata, c.Path, err)
		}
		if evaluated += len(selection.Places); evaluated > maxEvaluated {
			return fmt.Errorf("%w: its paths select more than %d claims", ErrTypeMetadata, maxEvaluated)
		}
		if c.Mandatory && len(selection.Places) == 0 && selection.Complete {
			return fmt.Errorf("%w: the claim at %.200v is mandatory, and the issuer left it out", ErrTypeMetadata, c.Path)
		}
		for _, place := range selection.Places {
			if err := c.checkPlace(place); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Claim) checkPlace(place sdjwt.Place) error {
	switch {
	case c.Selective == Always && !place.Selective:
		return fmt.Errorf("%w: the claim at %.200s must be selectively disclosable, and is not", ErrTypeMetadata, place.Pointer)
	case c.Selective == Never && place.Selective:
		return fmt.Errorf("%w: the claim at %.200s must not be selectively disclosable, and is", ErrTypeMetadata, place.Pointer)
	}
	return nil
}
