-- How areas changed: events with weights, and what of one area counts into another.

CREATE TABLE indicator.area_event (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (
        kind IN (
            'key_change', 'rename', 'parent_change', 'merge', 'split', 'partial', 'founded', 'ended'
        )
    ),
    -- first day of the new state
    effective_on date NOT NULL,
    -- false: all that is known is that it happened between two directories, the later of which
    -- gives effective_on
    is_day_known boolean NOT NULL DEFAULT true,
    title text NOT NULL,
    -- the law or decision that orders it; empty where the source names none
    legal_basis text NOT NULL DEFAULT '',
    source text NOT NULL,
    note text NOT NULL DEFAULT '',
    -- follows from two directories, and is derived anew when another one comes between them
    is_derived boolean NOT NULL DEFAULT false,
    organisation_id uuid,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX area_event_day ON indicator.area_event (effective_on DESC, id DESC);

-- Which area became (part of) which. Weights are the share of `from` that went to `to`.
CREATE TABLE indicator.area_event_link (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id integer NOT NULL REFERENCES indicator.area_event,
    -- no `from`: founded; no `to`: ended, and the source does not say into what
    from_area_id integer REFERENCES indicator.area,
    to_area_id integer REFERENCES indicator.area,
    -- what they were called then
    from_name text NOT NULL DEFAULT '',
    to_name text NOT NULL DEFAULT '',
    -- null: not known
    weight_residents double precision CHECK (weight_residents > 0 AND weight_residents <= 1),
    weight_area double precision CHECK (weight_area > 0 AND weight_area <= 1),
    -- the whole of `from` went to `to`
    is_whole boolean NOT NULL,
    CONSTRAINT area_event_link_somewhere
        CHECK (from_area_id IS NOT NULL OR to_area_id IS NOT NULL),
    -- a target made of only some of what went into it would come out too small
    CONSTRAINT area_event_link_weighed CHECK (
        is_whole OR from_area_id IS NULL OR to_area_id IS NULL
        OR weight_residents IS NOT NULL OR weight_area IS NOT NULL
    ),
    CONSTRAINT area_event_link_once
        UNIQUE NULLS NOT DISTINCT (event_id, from_area_id, to_area_id)
);
CREATE INDEX area_event_link_from ON indicator.area_event_link (from_area_id);
CREATE INDEX area_event_link_to ON indicator.area_event_link (to_area_id);

-- What counts into an area whose own figure is not there: the closure of events and of sets,
-- made anew whenever either changes. A figure of the target at a date is the sum of weight x
-- figure over its sources that are valid on that date; it is an estimate unless all are whole.
CREATE TABLE indicator.area_composition (
    target_area_id integer NOT NULL REFERENCES indicator.area,
    source_area_id integer NOT NULL REFERENCES indicator.area,
    origin text NOT NULL CHECK (origin IN ('event', 'set')),
    weight double precision NOT NULL CHECK (weight > 0 AND weight <= 1),
    basis text NOT NULL CHECK (basis IN ('whole', 'residents', 'area')),
    PRIMARY KEY (target_area_id, source_area_id),
    CONSTRAINT area_composition_whole CHECK (basis <> 'whole' OR weight = 1)
);
CREATE INDEX area_composition_source ON indicator.area_composition (source_area_id);

-- The official directory as it was handed in, one a Gebietsstand.
CREATE TABLE indicator.area_directory (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    acting jsonb NOT NULL,
    filename text,
    object_path text NOT NULL,
    -- the day its areas stood so; known once it is read
    stands_on date,
    title text NOT NULL DEFAULT '',
    attribution text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'received' CHECK (
        state IN ('received', 'checking', 'accepted', 'replaced', 'rejected', 'failed')
    ),
    progress jsonb NOT NULL DEFAULT '{}',
    counts jsonb NOT NULL DEFAULT '{}',
    findings jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE UNIQUE INDEX area_directory_day ON indicator.area_directory (stands_on)
    WHERE state = 'accepted';
CREATE INDEX area_directory_created ON indicator.area_directory (created_at DESC, id DESC);

CREATE TABLE indicator.area_directory_entry (
    directory_id uuid NOT NULL REFERENCES indicator.area_directory,
    code text NOT NULL,
    ars text,
    kind text NOT NULL REFERENCES indicator.area_kind,
    name text NOT NULL,
    parent text,
    area_km2 double precision,
    residents integer,
    PRIMARY KEY (directory_id, code)
);

-- Which ends of an area's validity follow from directories: they move when another one comes.
CREATE TABLE indicator.area_directory_bound (
    area_id integer PRIMARY KEY REFERENCES indicator.area,
    begins boolean NOT NULL,
    ends boolean NOT NULL
);

-- Rises in the transaction of every change of areas, events or sets: what was read from the
-- register before it may not be handed out afterwards.
CREATE TABLE indicator.area_register (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    version bigint NOT NULL,
    -- the transaction that raised it last
    raised_in bigint NOT NULL
);
INSERT INTO indicator.area_register (version, raised_in)
SELECT indicator.area_register_version(), pg_current_xact_id()::text::bigint;

CREATE FUNCTION indicator.raise_area_register() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- once a transaction: an import is thousands of statements
    UPDATE indicator.area_register SET
        version = version + 1, raised_in = pg_current_xact_id()::text::bigint
    WHERE raised_in <> pg_current_xact_id()::text::bigint;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION indicator.raise_area_register() FROM PUBLIC;
CREATE TRIGGER area_raises_register AFTER INSERT OR UPDATE OR DELETE ON indicator.area
    FOR EACH STATEMENT EXECUTE FUNCTION indicator.raise_area_register();
CREATE TRIGGER area_shape_raises_register
    AFTER INSERT OR UPDATE OR DELETE ON indicator.area_shape
    FOR EACH STATEMENT EXECUTE FUNCTION indicator.raise_area_register();
CREATE TRIGGER area_event_link_raises_register
    AFTER INSERT OR UPDATE OR DELETE ON indicator.area_event_link
    FOR EACH STATEMENT EXECUTE FUNCTION indicator.raise_area_register();

CREATE OR REPLACE FUNCTION indicator.area_register_version() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (SELECT r.version FROM indicator.area_register AS r);

-- A key that goes on with other borders is a new row: figures of later periods follow to it.
-- Both lists are ids in the same order; raises insufficient_privilege unless each new row is the
-- next version of the old one, and, without areas:write, an own one of an own or official one.
CREATE FUNCTION indicator.figures_follow(old_ids integer[], new_ids integer[], first_day date)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first_period integer := (extract(year FROM first_day)::integer - 1) * 10000;
BEGIN
    IF NOT (indicator.principal_has('areas:write') OR indicator.principal_has('partitions:write'))
        OR EXISTS (
            SELECT FROM unnest(old_ids, new_ids) AS v (old_id, new_id)
            LEFT JOIN indicator.area AS o ON o.id = v.old_id
            LEFT JOIN indicator.area AS n ON n.id = v.new_id
            WHERE (
                o.code = n.code AND o.valid_to = first_day AND n.valid_from = first_day
                AND (
                    indicator.principal_has('areas:write')
                    OR (
                        n.holder_organisation_id = indicator.principal_organisation()
                        AND COALESCE(o.holder_organisation_id, n.holder_organisation_id)
                            = indicator.principal_organisation()
                    )
                )
            ) IS NOT TRUE
        )
    THEN
        RAISE insufficient_privilege USING MESSAGE = 'figures follow to the next version alone';
    END IF;
    UPDATE indicator.fact AS f SET area_id = v.new_id
    FROM unnest(old_ids, new_ids) AS v (old_id, new_id), indicator.period AS p
    WHERE f.area_id = v.old_id AND f.period_id >= first_period
        AND p.id = f.period_id AND p.end_on >= first_day;
    UPDATE indicator.fact_history AS f SET area_id = v.new_id
    FROM unnest(old_ids, new_ids) AS v (old_id, new_id), indicator.period AS p
    WHERE f.area_id = v.old_id AND f.period_id >= first_period
        AND p.id = f.period_id AND p.end_on >= first_day;
    UPDATE indicator.released_cell AS c SET area_id = v.new_id
    FROM unnest(old_ids, new_ids) AS v (old_id, new_id), indicator.period AS p
    WHERE c.area_id = v.old_id AND c.period_id >= first_period
        AND p.id = c.period_id AND p.end_on >= first_day;
END
$$;
REVOKE ALL ON FUNCTION indicator.figures_follow(integer[], integer[], date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION indicator.figures_follow(integer[], integer[], date) TO qb_indicator;

CREATE OR REPLACE FUNCTION indicator.acting_principal(record_kind text, record_id uuid)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN CASE record_kind
    WHEN 'delivery' THEN (SELECT d.acting FROM indicator.delivery AS d WHERE d.id = record_id)
    WHEN 'release' THEN (SELECT r.acting FROM indicator.release AS r WHERE r.id = record_id)
    WHEN 'area_import' THEN (SELECT i.acting FROM indicator.area_import AS i WHERE i.id = record_id)
    WHEN 'area_directory' THEN
        (SELECT y.acting FROM indicator.area_directory AS y WHERE y.id = record_id)
END;

-- read and raised by functions of its owner alone
ALTER TABLE indicator.area_register ENABLE ROW LEVEL SECURITY;
ALTER TABLE indicator.area_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY area_event_read ON indicator.area_event FOR SELECT USING (true);
CREATE POLICY area_event_add ON indicator.area_event FOR INSERT WITH CHECK (
    (SELECT indicator.principal_has('areas:write'))
    OR (
        (SELECT indicator.principal_has('partitions:write'))
        AND organisation_id = (SELECT indicator.principal_organisation())
        AND NOT is_derived
    )
);
CREATE POLICY area_event_derive_anew ON indicator.area_event FOR DELETE USING (
    is_derived AND (SELECT indicator.principal_has('areas:write'))
);
ALTER TABLE indicator.area_event_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY area_event_link_read ON indicator.area_event_link FOR SELECT USING (true);
CREATE POLICY area_event_link_add ON indicator.area_event_link FOR INSERT WITH CHECK (
    (SELECT indicator.principal_has('areas:write'))
    OR (
        (SELECT indicator.principal_has('partitions:write'))
        AND event_id IN (
            SELECT e.id FROM indicator.area_event AS e
            WHERE e.organisation_id = (SELECT indicator.principal_organisation())
        )
    )
);
CREATE POLICY area_event_link_derive_anew ON indicator.area_event_link FOR DELETE USING (
    (SELECT indicator.principal_has('areas:write'))
    AND event_id IN (SELECT e.id FROM indicator.area_event AS e WHERE e.is_derived)
);
ALTER TABLE indicator.area_directory ENABLE ROW LEVEL SECURITY;
CREATE POLICY area_directory_all ON indicator.area_directory
    USING ((SELECT indicator.principal_has('areas:write')));
ALTER TABLE indicator.area_directory_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY area_directory_entry_all ON indicator.area_directory_entry
    USING ((SELECT indicator.principal_has('areas:write')));
ALTER TABLE indicator.area_directory_bound ENABLE ROW LEVEL SECURITY;
CREATE POLICY area_directory_bound_all ON indicator.area_directory_bound
    USING ((SELECT indicator.principal_has('areas:write')));

GRANT SELECT, INSERT, DELETE ON indicator.area_event, indicator.area_event_link TO qb_indicator;
GRANT SELECT, INSERT, UPDATE ON indicator.area_directory, indicator.area_directory_bound
    TO qb_indicator;
GRANT SELECT, INSERT ON indicator.area_directory_entry TO qb_indicator;
-- written by indicator.rebuild_compositions() alone
GRANT SELECT ON indicator.area_composition TO qb_indicator;
GRANT SELECT ON indicator.area_event, indicator.area_event_link, indicator.area_composition
    TO qb_report;
