// Package civil makes a synthetic civil register of births, for the demo and
// for tests of an issuer: made-up people with names in many languages, each in
// its own script, written to a SQLite file as one table, births.
//
// # What it follows
//
// The columns are a choice of what "Principles and Recommendations for a Vital
// Statistics System", Revision 3 (United Nations, 2014) has a birth record
// hold. Dates are ISO 8601 calendar dates, YYYY-MM-DD, in no time zone. Sex is
// F, M or X, the letters of ICAO Doc 9303, or was not entered. Text is valid
// UTF-8 in no one normalization form: as in real registers, a few names are
// decomposed (Unicode Standard Annex #15, form NFD), so that whatever reads
// them must keep the bytes it was given.
//
// # Shapes
//
// A [Birth] is one row; a field that was not entered is the empty string, and
// NULL in the file. The register is a pure function of the number of rows and
// a seed. Its first record is always [Known], under [KnownNumber].
//
// The remarks are what such a register holds and must never give away:
// adoption, paternity, protection orders. They are there to be looked for in
// whatever leaves the issuer.
//
// # Errors
//
// A number of rows outside 1 to [MaxRows] is [ErrRows]. A file that is already
// there is left alone, with an error that is [io/fs.ErrExist].
package civil

import "errors"

// MaxRows caps the number of births in one register.
const MaxRows = 200_000

// ErrRows reports a number of rows that no register can have.
var ErrRows = errors.New("rows out of range")

// KnownNumber is the registration number of the record that is in every
// register.
const KnownNumber = "2019-000042"

// Birth is one record of the register, its fields in the order of the columns
// of births. An empty field was not entered.
type Birth struct {
	RegistrationNumber string // year of registration, hyphen, running number of six digits
	GivenNames         string
	FamilyName         string // empty for a person with one name
	DateOfBirth        string // YYYY-MM-DD
	PlaceOfBirth       string
	Sex                string // F, M, X or empty
	MotherName         string
	FatherName         string
	RegisteredOn       string // YYYY-MM-DD, not before DateOfBirth
	Informant          string // who reported the birth
	Remarks            string // the registrar's own notes, which must never leave the office
}

// Known returns the record that is in every register, whatever the seed.
func Known() Birth {
	return Birth{
		RegistrationNumber: KnownNumber,
		GivenNames:         "Þórdís Anna",
		FamilyName:         "Jónsdóttir",
		DateOfBirth:        "2019-03-07",
		PlaceOfBirth:       "Akureyri",
		Sex:                "F",
		MotherName:         "Kristín Ósk Sigurðardóttir",
		FatherName:         "Jón Einarsson",
		RegisteredOn:       "2019-03-14",
		Informant:          "mother",
		Remarks:            "Paternity acknowledged by deed 88/2019; the mother's consent is on file.",
	}
}
