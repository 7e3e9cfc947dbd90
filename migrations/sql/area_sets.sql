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
    -- when the directory of streets and house numbers was last sent; null without one
    addresses_at timestamptz,
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
-- a unit counts in its partition, a set is made of units
ALTER TABLE indicator.area ADD CONSTRAINT area_unit_or_set
    CHECK (NOT (is_set AND partition_id IS NOT NULL));
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

-- The directory of streets and house numbers: buildings, no persons. The same address may stand
-- in two units until the office has cleared it up; a second time in one unit it may not.
CREATE TABLE indicator.partition_address (
    partition_id integer NOT NULL REFERENCES indicator.partition,
    -- the street as it is compared: folded, „Str.“ written out
    street_key text NOT NULL,
    house_number integer NOT NULL CHECK (house_number BETWEEN 1 AND 9999),
    suffix text NOT NULL DEFAULT '',
    postcode text NOT NULL DEFAULT '',
    unit_area_id integer NOT NULL REFERENCES indicator.area,
    -- the street as the office writes it
    street text NOT NULL,
    PRIMARY KEY (partition_id, street_key, house_number, suffix, postcode, unit_area_id)
);
CREATE INDEX partition_address_unit ON indicator.partition_address (unit_area_id);

-- Whether an area lies in one of those the principal acts for; false for an unknown key.
CREATE FUNCTION indicator.principal_covers(area_code text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN EXISTS (
    SELECT FROM indicator.area AS a
    WHERE a.code = area_code AND a.lineage && ARRAY(
        SELECT r.id FROM indicator.area AS r
        WHERE r.code = ANY (string_to_array(current_setting('qb.area_codes', true), ','))
    )
);

-- Whether a key begins with that of an area the principal acts for: keys of own areas begin
-- with the municipality's. Compares texts alone, so that thousands of units are added at once.
CREATE FUNCTION indicator.principal_may_key(area_code text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN EXISTS (
    SELECT FROM unnest(string_to_array(current_setting('qb.area_codes', true), ',')) AS c (code)
    WHERE c.code = 'DG' OR (c.code <> '' AND starts_with(area_code, c.code))
);

-- Whether the area of this id lies in one of those the principal acts for; false for null.
CREATE FUNCTION indicator.principal_covers_area(wanted_id integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN EXISTS (
    SELECT FROM indicator.area AS a
    WHERE a.id = wanted_id AND (
        'DG' = ANY (string_to_array(current_setting('qb.area_codes', true), ','))
        OR a.lineage && ARRAY(
            SELECT r.id FROM indicator.area AS r
            WHERE r.code = ANY (string_to_array(current_setting('qb.area_codes', true), ','))
        )
    )
);

-- Existing areas become the units of a partition: all of its kind below its municipality that
-- are valid with it and belong to none. Official rows stay official; how many were taken.
CREATE FUNCTION indicator.take_units(wanted_partition_id integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    taken integer;
BEGIN
    IF NOT indicator.principal_has('partitions:write') THEN
        RAISE insufficient_privilege USING MESSAGE = 'units are taken with partitions:write';
    END IF;
    UPDATE indicator.area AS a SET partition_id = p.id
    FROM indicator.partition AS p
    WHERE p.id = wanted_partition_id
        AND p.holder_organisation_id = indicator.principal_organisation()
        AND a.kind = p.kind AND NOT a.is_set AND a.partition_id IS NULL
        AND (a.holder_organisation_id IS NULL
            OR a.holder_organisation_id = p.holder_organisation_id)
        AND daterange(a.valid_from, a.valid_to) && daterange(p.valid_from, p.valid_to)
        AND a.lineage && ARRAY(
            SELECT m.id FROM indicator.area AS m WHERE m.code = p.municipality_code
        );
    GET DIAGNOSTICS taken = ROW_COUNT;
    RETURN taken;
END
$$;

-- Who keeps an area is settled when it is added.
CREATE FUNCTION indicator.refuse_other_holder() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE insufficient_privilege USING MESSAGE = 'an area does not change its holder';
END
$$;
CREATE TRIGGER area_holder_stays BEFORE UPDATE OF holder_organisation_id ON indicator.area
    FOR EACH ROW WHEN (OLD.holder_organisation_id IS DISTINCT FROM NEW.holder_organisation_id)
    EXECUTE FUNCTION indicator.refuse_other_holder();
CREATE TRIGGER partition_holder_stays
    BEFORE UPDATE OF holder_organisation_id, municipality_code ON indicator.partition
    FOR EACH ROW WHEN (
        OLD.holder_organisation_id <> NEW.holder_organisation_id
        OR OLD.municipality_code <> NEW.municipality_code
    )
    EXECUTE FUNCTION indicator.refuse_other_holder();

-- Everybody reads the register; the official one is written with areas:write, one's own
-- partition and sets with partitions:write, below the municipalities one acts for: with a key, a
-- parent and a level of there, and without the ARS, which official areas alone have.
ALTER TABLE indicator.area ENABLE ROW LEVEL SECURITY;
CREATE POLICY area_read ON indicator.area FOR SELECT USING (true);
CREATE POLICY area_add ON indicator.area FOR INSERT WITH CHECK (
    (
        (SELECT indicator.principal_has('areas:write'))
        AND (
            holder_organisation_id IS NULL
            OR holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    )
    OR (
        (SELECT indicator.principal_has('partitions:write'))
        AND holder_organisation_id = (SELECT indicator.principal_organisation())
        AND indicator.principal_may_key(code)
        AND ars IS NULL
        AND kind IN (
            SELECT k.code FROM indicator.area_kind AS k, indicator.area_kind AS m
            WHERE m.code = 'gemeinde' AND k.rank > m.rank
        )
        AND indicator.principal_covers_area(parent_id)
        AND (
            partition_id IS NULL OR partition_id IN (
                SELECT p.id FROM indicator.partition AS p
                WHERE p.holder_organisation_id = (SELECT indicator.principal_organisation())
            )
        )
    )
);
CREATE POLICY area_change ON indicator.area FOR UPDATE USING (
    (SELECT indicator.principal_has('areas:write'))
    OR (
        (SELECT indicator.principal_has('partitions:write'))
        AND holder_organisation_id = (SELECT indicator.principal_organisation())
    )
) WITH CHECK (
    (SELECT indicator.principal_has('areas:write'))
    OR (
        (SELECT indicator.principal_has('partitions:write'))
        AND holder_organisation_id = (SELECT indicator.principal_organisation())
        AND indicator.principal_may_key(code)
        AND ars IS NULL
        AND kind IN (
            SELECT k.code FROM indicator.area_kind AS k, indicator.area_kind AS m
            WHERE m.code = 'gemeinde' AND k.rank > m.rank
        )
        AND indicator.principal_covers_area(parent_id)
        AND (
            partition_id IS NULL OR partition_id IN (
                SELECT p.id FROM indicator.partition AS p
                WHERE p.holder_organisation_id = (SELECT indicator.principal_organisation())
            )
        )
    )
);

ALTER TABLE indicator.partition ENABLE ROW LEVEL SECURITY;
CREATE POLICY partition_read ON indicator.partition FOR SELECT USING (true);
CREATE POLICY partition_add ON indicator.partition FOR INSERT WITH CHECK (
    (
        (SELECT indicator.principal_has('areas:write'))
        OR (SELECT indicator.principal_has('partitions:write'))
    )
    AND holder_organisation_id = (SELECT indicator.principal_organisation())
    AND indicator.principal_covers(municipality_code)
);
CREATE POLICY partition_change ON indicator.partition FOR UPDATE USING (
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

-- Addresses are the municipality's own data: only the office that keeps the partition.
ALTER TABLE indicator.partition_address ENABLE ROW LEVEL SECURITY;
CREATE POLICY partition_address_of_holder ON indicator.partition_address USING (
    (SELECT indicator.principal_has('partitions:write'))
    AND partition_id IN (
        SELECT p.id FROM indicator.partition AS p
        WHERE p.holder_organisation_id = (SELECT indicator.principal_organisation())
    )
);

REVOKE ALL ON FUNCTION indicator.principal_covers(text),
    indicator.principal_covers_area(integer), indicator.take_units(integer),
    indicator.refuse_other_holder() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION indicator.principal_covers(text),
    indicator.principal_covers_area(integer), indicator.take_units(integer) TO qb_indicator;
GRANT SELECT, INSERT, UPDATE ON indicator.partition TO qb_indicator;
GRANT SELECT, INSERT, UPDATE, DELETE ON indicator.area_set_part TO qb_indicator;
GRANT SELECT, INSERT, DELETE ON indicator.partition_address TO qb_indicator;
GRANT SELECT ON indicator.partition, indicator.area_set_part TO qb_report;
