package peers

import "github.com/chancery-vc/chancery/schemas"

// model is a version of the data model, and a credential of it that has
// something of each kind to say.
type model struct {
	version    string
	credential func(s signer) object
}

var models = []model{{"2.0", credentialV2}, {"1.1", credentialV1}}

func credentialV2(s signer) object {
	return object{
		"@context":          []any{schemas.CredentialsV2, contextURL},
		"id":                "urn:uuid:0c07c1ce-57cb-41af-bef2-1b932b986873",
		"type":              []any{"VerifiableCredential", "ResidencePermit"},
		"name":              object{"@value": "Aufenthaltstitel", "@language": "de"},
		"issuer":            object{"id": s.ID, "name": "Registry"},
		"validFrom":         "2020-01-01T00:00:00Z",
		"validUntil":        "2099-01-01T00:00:00Z",
		"credentialSubject": subject(s),
	}
}

// credentialV1 has the context that its proof needs, as the data model 1.1
// has no proofs of its own.
func credentialV1(s signer) object {
	suite := schemas.DataIntegrityV2
	if s.Suite == "Ed25519Signature2020" {
		suite = schemas.Ed25519Signature2020V1
	}
	return object{
		"@context":          []any{schemas.CredentialsV1, contextURL, suite},
		"id":                "urn:uuid:0c07c1ce-57cb-41af-bef2-1b932b986873",
		"type":              []any{"VerifiableCredential", "ResidencePermit"},
		"issuer":            s.ID,
		"issuanceDate":      "2020-01-01T00:00:00Z",
		"expirationDate":    "2099-01-01T00:00:00Z",
		"credentialSubject": subject(s),
	}
}

// subject has no list where it is disclosed selectively: jsonld, which names
// lists as it names blank nodes, cannot read them any more.
func subject(s signer) object {
	o := object{
		"id":         "did:example:resident",
		"type":       "Resident",
		"givenName":  "Þórdís \"Ánh\"\n",
		"familyName": object{"@value": "O'Brien", "@language": "en-IE"},
		"born":       "1990-02-28",
		"permit":     9007199254740992.0,
		"fee":        12.5,
		"mayWork":    true,
		"homepage":   "https://example.org/~thordis",
		"category":   "Resident",
		"addresses":  []any{"Reykjavík", "Hà Nội", "Reykjavík"},
		"languages":  []any{"is", "vi"},
		"motto":      object{"is": "Með lögum skal land byggja", "la": "Fiat iustitia"},
		"guardian":   object{"type": "Resident", "givenName": "Jón"},
		"form":       object{"b": 1.0, "a": []any{nil, object{}}},
	}
	if s.Selective {
		delete(o, "addresses")
	}
	return o
}
