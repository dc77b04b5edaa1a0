-- The account that the issuer reads the register with: each column that
-- chancery.yaml names, and no table.
-- Its password was put into a file that the issuer reads.

\set password `cat work/civil.password`

CREATE ROLE chancery LOGIN PASSWORD :'password';
GRANT CONNECT ON DATABASE civil TO chancery;
GRANT USAGE ON SCHEMA public TO chancery;
GRANT SELECT (
    registration_number, given_names, family_name, date_of_birth, place_of_birth,
    mother_name, father_name, registered_on, status, protected
) ON TABLE public.births TO chancery;
