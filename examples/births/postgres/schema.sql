-- A civil register on PostgreSQL, with a few made-up people.

CREATE TABLE births (
    registration_number text PRIMARY KEY,  -- year of registration, hyphen, running number of six digits
    given_names         text NOT NULL,     -- as entered, in the person's own script
    family_name         text,              -- NULL for a person with one name
    date_of_birth       date NOT NULL,
    place_of_birth      text NOT NULL,
    sex                 text CHECK (sex IN ('F', 'M', 'X')),
    mother_name         text,
    father_name         text,
    registered_on       date NOT NULL CHECK (registered_on >= date_of_birth),
    status              text NOT NULL CHECK (status IN ('registered', 'amended', 'annulled', 'deceased')),
    protected           boolean NOT NULL DEFAULT false,  -- by order of a court: nobody is told anything
    informant           text NOT NULL,     -- who reported the birth
    remarks             text               -- the registrar's own notes: for the office alone
);

-- Nothing outside of the office ever needs this one.
CREATE TABLE adoptions (
    registration_number text PRIMARY KEY REFERENCES births,
    former_name         text NOT NULL,
    court               text NOT NULL
);

INSERT INTO births VALUES
    ('2019-000042', 'Þórdís Anna', 'Jónsdóttir', '2019-03-07', 'Akureyri', 'F', 'Kristín Ósk Sigurðardóttir', 'Jón Einarsson', '2019-03-14', 'registered', false, 'mother', 'Paternity acknowledged by deed 88/2019.'),
    ('1990-000007', 'Wanjirũ', 'Kamau', '1990-05-21', 'Nyeri', 'F', 'Njeri Kamau', NULL, '1990-06-02', 'amended', false, 'midwife', 'Family name corrected by order 4/1991.'),
    ('2016-000311', '秀英', '王', '2016-02-29', '昆明', 'F', '李娜', '王伟', '2016-03-10', 'registered', true, 'hospital', 'Protection order 17/2021.'),
    ('2015-000108', 'Suparman', NULL, '2015-11-30', 'Semarang', 'M', 'Sri Wahyuni', NULL, '2015-12-04', 'annulled', false, 'hospital', 'Entered twice; see 2015-000112.'),
    ('1948-000003', 'Aoife', 'Ní Bhriain', '1948-01-06', 'Gaillimh', 'F', 'Máire Ní Dhomhnaill', 'Seán Ó Briain', '1948-01-20', 'deceased', false, 'father', NULL);
INSERT INTO adoptions VALUES ('2019-000042', 'Anna Pétursdóttir', 'Héraðsdómur Norðurlands eystra');
