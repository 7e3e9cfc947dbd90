-- Imports of areas from files: checked first, looked at, then taken or given up.

ALTER TABLE indicator.area_import
    ADD COLUMN format text NOT NULL DEFAULT 'json',
    ADD COLUMN filename text,
    ADD COLUMN size_bytes bigint NOT NULL DEFAULT 0,
    ADD COLUMN subject_name text NOT NULL DEFAULT '',
    -- the municipality whose own areas these are; null: the official register
    ADD COLUMN municipality_code text,
    -- what was stated when the file was handed in
    ADD COLUMN intention jsonb NOT NULL DEFAULT '{}',
    -- how its columns are to be read, as far as somebody said so
    ADD COLUMN mapping jsonb NOT NULL DEFAULT '{}',
    -- what the check found in the file
    ADD COLUMN understood jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN failure jsonb,
    -- the register as the check saw it
    ADD COLUMN register_version bigint,
    ADD COLUMN row_version integer NOT NULL DEFAULT 1,
    -- how often a worker began: a file that kills its reader is given up
    ADD COLUMN attempts smallint NOT NULL DEFAULT 0,
    DROP CONSTRAINT area_import_state_check,
    ADD CONSTRAINT area_import_state_check CHECK (
        state IN (
            'received', 'checking', 'asking', 'checked', 'committing', 'accepted', 'rejected',
            'failed', 'discarded'
        )
    );
CREATE INDEX area_import_newest ON indicator.area_import (organisation_id, created_at, id);

-- What a check has made of a file: the areas as they would be written, and what is shown on the
-- map beside them. Made anew by every check, in one transaction.
CREATE TABLE indicator.area_import_shape (
    import_id uuid NOT NULL REFERENCES indicator.area_import,
    ordinal integer NOT NULL,
    layer text NOT NULL CHECK (layer IN ('area', 'repaired', 'gap', 'overlap', 'outside')),
    code text,
    name text,
    search_name text,
    parent_code text,
    area_m2 double precision NOT NULL,
    geometry public.geometry(Geometry, 25832) NOT NULL,
    PRIMARY KEY (import_id, ordinal)
);

DROP POLICY area_import_all ON indicator.area_import;
-- The official register is the business of those who keep it; a municipality's own areas that
-- of whoever is responsible for the municipality.
CREATE POLICY area_import_own ON indicator.area_import
    USING (
        organisation_id = (SELECT indicator.principal_organisation())
        AND (
            (SELECT indicator.principal_has('areas:write'))
            OR (
                municipality_code IS NOT NULL
                AND (SELECT indicator.principal_has('partitions:write'))
            )
        )
    )
    WITH CHECK (
        organisation_id = (SELECT indicator.principal_organisation())
        AND (
            (municipality_code IS NULL AND (SELECT indicator.principal_has('areas:write')))
            OR (
                (
                    (SELECT indicator.principal_has('areas:write'))
                    OR (SELECT indicator.principal_has('partitions:write'))
                )
                AND indicator.principal_covers(municipality_code)
            )
        )
    );
ALTER TABLE indicator.area_import_shape ENABLE ROW LEVEL SECURITY;
CREATE POLICY area_import_shape_own ON indicator.area_import_shape
    USING (import_id IN (SELECT i.id FROM indicator.area_import AS i));

-- The units of a partition end on the day that it ends, official ones as well: how a municipality
-- is divided is its own decision. How many ended; a unit that begins later than that stays.
CREATE FUNCTION indicator.end_units(ended_partition_id integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ended integer;
BEGIN
    UPDATE indicator.area AS a SET valid_to = p.valid_to
    FROM indicator.partition AS p
    WHERE p.id = ended_partition_id AND p.valid_to IS NOT NULL
        AND p.holder_organisation_id = indicator.principal_organisation()
        AND (indicator.principal_has('partitions:write') OR indicator.principal_has('areas:write'))
        AND a.partition_id = p.id AND a.valid_to IS NULL
        AND (a.valid_from IS NULL OR a.valid_from < p.valid_to);
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END
$$;
REVOKE ALL ON FUNCTION indicator.end_units(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION indicator.end_units(integer) TO qb_indicator;

GRANT SELECT, INSERT, DELETE ON indicator.area_import_shape TO qb_indicator;
