package cose

import (
	"fmt"
	"slices"

	gocose "github.com/veraison/go-cose"

	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

// understood are the labels of the protected header that have a meaning here,
// and that crit can list.
var understood = []int64{
	gocose.HeaderLabelAlgorithm, gocose.HeaderLabelCritical, gocose.HeaderLabelContentType,
	gocose.HeaderLabelKeyID, gocose.HeaderLabelCWTClaims, gocose.HeaderLabelType,
}

// readHeader: RFC 9052, section 3.1.
func readHeader(u *jose.Unverified, h gocose.Headers) error {
	for _, label := range understood {
		if _, ok := h.Unprotected[label]; ok && label != gocose.HeaderLabelKeyID {
			return fmt.Errorf("%w: the header parameter %d is not protected", jose.ErrMalformed, label)
		}
	}
	if err := checkCritical(h.Protected); err != nil {
		return err
	}
	number, err := h.Protected.Algorithm()
	if err != nil {
		return fmt.Errorf("%w: %w", jose.ErrAlgorithm, err)
	}
	if name, ok := algorithms()[number]; ok {
		u.Algorithm = name
	} else {
		u.Algorithm = number.String()
	}
	if u.Type, err = mediaType(h.Protected, gocose.HeaderLabelType); err != nil {
		return err
	}
	if u.ContentType, err = mediaType(h.Protected, gocose.HeaderLabelContentType); err != nil {
		return err
	}
	if u.KeyID, err = keyID(h); err != nil {
		return err
	}
	u.Claims, err = claims(h.Protected)
	return err
}

// checkCritical refuses what must be understood and is not.
func checkCritical(h gocose.ProtectedHeader) error {
	labels, err := h.Critical()
	if err != nil {
		return fmt.Errorf("%w: %w", jose.ErrCritical, err)
	}
	for _, label := range labels {
		number, ok := label.(int64)
		if !ok || !slices.Contains(understood, number) {
			return fmt.Errorf("%w: crit lists %.40v", jose.ErrCritical, label)
		}
	}
	return nil
}

// mediaType returns a parameter that, if present, is a media type. A number of
// a CoAP Content-Format is refused: none stands for those of the text.
func mediaType(h gocose.ProtectedHeader, label int64) (string, error) {
	value, ok := h[label]
	if !ok {
		return "", nil
	}
	text, ok := value.(string)
	if !ok || text == "" {
		return "", fmt.Errorf("%w: the header parameter %d is not a media type", jose.ErrType, label)
	}
	return text, nil
}

// keyID returns kid, which is bytes, as the text that it is in a URL.
func keyID(h gocose.Headers) (string, error) {
	value, ok := h.Protected[gocose.HeaderLabelKeyID]
	other, unprotected := h.Unprotected[gocose.HeaderLabelKeyID]
	switch {
	case ok && unprotected:
		return "", fmt.Errorf("%w: it has two kids", jose.ErrMalformed)
	case unprotected:
		value = other
	case !ok:
		return "", nil
	}
	id, ok := value.([]byte)
	if !ok || len(id) == 0 {
		return "", fmt.Errorf("%w: kid is not bytes", jose.ErrMalformed)
	}
	return string(id), nil
}
