-- The register of births: every column is text, what was not entered is NULL.
CREATE TABLE births (
  registration_number TEXT PRIMARY KEY NOT NULL, -- year of registration, hyphen, running number of six digits
  given_names         TEXT NOT NULL,             -- as entered, in the person's own script
  family_name         TEXT,                      -- NULL for a person with one name
  date_of_birth       TEXT NOT NULL,             -- YYYY-MM-DD
  place_of_birth      TEXT NOT NULL,
  sex                 TEXT CHECK (sex IN ('F', 'M', 'X')),
  mother_name         TEXT NOT NULL,
  father_name         TEXT,
  registered_on       TEXT NOT NULL CHECK (registered_on >= date_of_birth), -- YYYY-MM-DD
  informant           TEXT NOT NULL,             -- who reported the birth
  remarks             TEXT                       -- the registrar's own notes: for the office alone
) STRICT
