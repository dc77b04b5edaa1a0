package verifier

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

// PeekSDJWT returns what a credential in an SD-JWT says, and its media type
// without "application/": dc+sd-jwt or vc+sd-jwt. Nobody vouches for it: it is
// for a holder to read, who had it verified once.
func PeekSDJWT(token *sdjwt.Token) (u *credential.Unverified, mediaType string, err error) {
	shown, err := sdjwt.Inspect(token)
	if err != nil {
		return nil, "", err
	}
	typ, _ := shown.Header()["typ"].(string)
	mediaType = strings.TrimPrefix(strings.ToLower(typ), "application/")
	claims := shown.Claims()
	switch mediaType {
	case typeSDJWTVC:
		vct, ok := claims["vct"].(string)
		if !ok || vct == "" {
			return nil, "", fmt.Errorf("%w: vct is missing", sdjwtvc.ErrModel)
		}
		return claimsOf(vct, claims), mediaType, nil
	case "vc+sd-jwt":
		document, err := json.Marshal(claims, json.Deterministic(true))
		if err != nil {
			return nil, "", err
		}
		u, err = credential.Parse(document)
		return u, mediaType, err
	}
	return nil, "", fmt.Errorf("%w: its type is %.60q", errEnvelope, mediaType)
}
