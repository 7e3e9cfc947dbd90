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
    organisation_id uuid,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX area_event_day ON indicator.area_event (effective_on);

-- Which area became (part of) which. Weights are the share of `from` that went to `to`.
CREATE TABLE indicator.area_event_link (
    event_id integer NOT NULL REFERENCES indicator.area_event,
    from_area_id integer NOT NULL REFERENCES indicator.area,
    to_area_id integer NOT NULL REFERENCES indicator.area,
    -- null: not known
    weight_residents double precision CHECK (weight_residents > 0 AND weight_residents <= 1),
    weight_area double precision CHECK (weight_area > 0 AND weight_area <= 1),
    -- the whole of `from` went to `to`
    is_whole boolean NOT NULL,
    PRIMARY KEY (event_id, from_area_id, to_area_id)
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

ALTER TABLE indicator.area_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY area_event_read ON indicator.area_event FOR SELECT USING (true);
CREATE POLICY area_event_add ON indicator.area_event FOR INSERT WITH CHECK (
    (SELECT indicator.principal_has('areas:write'))
    OR (
        (SELECT indicator.principal_has('partitions:write'))
        AND organisation_id = (SELECT indicator.principal_organisation())
    )
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

GRANT SELECT, INSERT ON indicator.area_event, indicator.area_event_link TO qb_indicator;
-- written by indicator.rebuild_compositions() alone
GRANT SELECT ON indicator.area_composition TO qb_indicator;
GRANT SELECT ON indicator.area_event, indicator.area_event_link, indicator.area_composition
    TO qb_report;
