package bbs

import (
	"testing"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof/selective/selectivetest"
)

// The contexts of driving licences that documents of the official vectors name.
// They are not among the vectors: these define the terms that are used there,
// by what the statements of the vectors say that they mean.
const (
	vdl   = "https://w3id.org/vdl/v1"
	aamva = "https://w3id.org/vdl/aamva/v1"

	licenceTerms = `{"@context":{
		"name": "https://schema.org/name",
		"description": "https://schema.org/description",
		"image": {"@id": "https://schema.org/image", "@type": "@id"},
		"url": {"@id": "https://schema.org/url", "@type": "@id"},
		"Iso18013DriversLicenseCredential": "https://w3id.org/vdl#Iso18013DriversLicenseCredential",
		"Iso18013DriversLicense": "https://w3id.org/vdl#Iso18013DriversLicense",
		"LicensedDriver": "https://w3id.org/vdl#LicensedDriver",
		"driversLicense": {"@id": "https://w3id.org/vdl#license", "@type": "@id"},
		"birth_date": {"@id": "https://w3id.org/vdl#birthDate", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
		"document_number": "https://w3id.org/vdl#documentNumber",
		"driving_privileges": {"@id": "https://w3id.org/vdl#drivingPrivileges", "@type": "@json"},
		"expiry_date": {"@id": "https://w3id.org/vdl#expiryDate", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
		"family_name": "https://w3id.org/vdl#familyName",
		"given_name": "https://w3id.org/vdl#givenName",
		"issue_date": {"@id": "https://w3id.org/vdl#issueDate", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
		"issuing_authority": "https://w3id.org/vdl#issuingAuthority",
		"issuing_country": "https://w3id.org/vdl#issuingCountry",
		"portrait": {"@id": "https://w3id.org/vdl#portrait", "@type": "@id"},
		"sex": {"@id": "https://w3id.org/vdl#sex", "@type": "http://www.w3.org/2001/XMLSchema#unsignedInt"},
		"un_distinguishing_sign": "https://w3id.org/vdl#unDistinguishingSign"
	}}`
	licenceTermsOfAAMVA = `{"@context":{
		"aamva_aka_suffix": "https://w3id.org/vdl/aamva#akaSuffix",
		"aamva_family_name_truncation": "https://w3id.org/vdl/aamva#familyNameTruncation",
		"aamva_given_name_truncation": "https://w3id.org/vdl/aamva#givenNameTruncation"
	}}`
)

func vectorContexts(t testing.TB) *schemas.Contexts {
	t.Helper()
	contexts := selectivetest.Contexts(t)
	for url, text := range map[string]string{vdl: licenceTerms, aamva: licenceTermsOfAAMVA} {
		var err error
		if contexts, err = contexts.With(url, []byte(text), schemas.Digest([]byte(text))); err != nil {
			t.Fatal(err)
		}
	}
	return contexts.WithInline()
}
