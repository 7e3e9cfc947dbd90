-- Below the municipality: one base partition at a time, and sets of its units.

INSERT INTO indicator.area_kind (code, label, plural, rank) VALUES
    ('sozialraum', 'Sozialraum', 'Sozialräume', 82),
    ('foerdergebiet', 'Fördergebiet', 'Fördergebiete', 84),
    ('schuleinzugsgebiet', 'Schuleinzugsgebiet', 'Schuleinzugsgebiete', 86);

CREATE TABLE indicator.partition (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    -- key of the municipality (AGS) that is divided, and the level of the units
    municipality_code text NOT NULL,
    kind text NOT NULL REFERENCES indicator.area_kind,
    valid_from date,
    valid_to date,
    holder_organisation_id uuid NOT NULL,
    source text NOT NULL,
    attribution text NOT NULL,
    row_version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT partition_valid CHECK (valid_to > valid_from),
    CONSTRAINT partition_one_at_a_time EXCLUDE USING gist (
        municipality_code WITH =, daterange(valid_from, valid_to) WITH &&
    )
);

-- Who keeps an area: null for the official register.
ALTER TABLE indicator.area ADD COLUMN holder_organisation_id uuid;
ALTER TABLE indicator.area ADD COLUMN partition_id integer REFERENCES indicator.partition;
-- a set of base units: it may overlap others, and belongs to no sum up the tree
ALTER TABLE indicator.area ADD COLUMN is_set boolean NOT NULL DEFAULT false;
CREATE INDEX area_partition ON indicator.area (partition_id) WHERE partition_id IS NOT NULL;

CREATE TABLE indicator.area_set_part (
    set_area_id integer NOT NULL REFERENCES indicator.area,
    part_area_id integer NOT NULL REFERENCES indicator.area,
    weight double precision NOT NULL CHECK (weight > 0 AND weight <= 1),
    -- how the weight came about: the whole unit, its share of residents, its share of area
    basis text NOT NULL CHECK (basis IN ('whole', 'residents', 'area')),
    PRIMARY KEY (set_area_id, part_area_id),
    CONSTRAINT area_set_part_whole CHECK (basis <> 'whole' OR weight = 1)
);
CREATE INDEX area_set_part_part ON indicator.area_set_part (part_area_id);

-- Everybody reads the register; the official one is written with areas:write, one's own
-- partition and sets with partitions:write.
ALTER TABLE indicator.area ENABLE ROW LEVEL SECURITY;
CREATE POLICY area_read ON indicator.area FOR SELECT USING (true);
CREATE POLICY area_add ON indicator.area FOR INSERT WITH CHECK (
    (SELECT indicator.principal_has('areas:write'))
    OR (
        (SELECT indicator.principal_has('partitions:write'))
        AND holder_organisation_id = (SELECT indicator.principal_organisation())
    )
);
CREATE POLICY area_change ON indicator.area FOR UPDATE USING (
    (SELECT indicator.principal_has('areas:write'))
    OR (
        (SELECT indicator.principal_has('partitions:write'))
        AND holder_organisation_id = (SELECT indicator.principal_organisation())
    )
);

ALTER TABLE indicator.partition ENABLE ROW LEVEL SECURITY;
CREATE POLICY partition_read ON indicator.partition FOR SELECT USING (true);
CREATE POLICY partition_write ON indicator.partition USING (
    (SELECT indicator.principal_has('areas:write'))
    OR (
        (SELECT indicator.principal_has('partitions:write'))
        AND holder_organisation_id = (SELECT indicator.principal_organisation())
    )
);

ALTER TABLE indicator.area_set_part ENABLE ROW LEVEL SECURITY;
CREATE POLICY area_set_part_read ON indicator.area_set_part FOR SELECT USING (true);
CREATE POLICY area_set_part_write ON indicator.area_set_part USING (
    (SELECT indicator.principal_has('partitions:write'))
    AND set_area_id IN (
        SELECT a.id FROM indicator.area AS a
        WHERE a.is_set
            AND a.holder_organisation_id = (SELECT indicator.principal_organisation())
    )
);

GRANT SELECT, INSERT, UPDATE ON indicator.partition TO qb_indicator;
GRANT SELECT, INSERT, UPDATE, DELETE ON indicator.area_set_part TO qb_indicator;
GRANT SELECT ON indicator.partition, indicator.area_set_part TO qb_report;
