-- Deliveries: any table through a mapping, confirmation of warnings, a second person where the
-- holder wants it, withdrawal as a whole, findings in German and English.

ALTER TABLE indicator.delivery
    -- what the sender asked for: mode, areas, partial, reason for warnings, ...
    ADD COLUMN options jsonb NOT NULL DEFAULT '{}',
    -- how the table is read, as far as somebody or a proposal said so; null: it explains itself
    ADD COLUMN mapping jsonb,
    ADD COLUMN mapping_name text,
    -- who said last how the table is read, after it was handed in
    ADD COLUMN mapped_by uuid,
    ADD COLUMN is_dry_run boolean NOT NULL DEFAULT false,
    -- the checked cells as they would be stored (Parquet in the object store)
    ADD COLUMN cells_path text,
    ADD COLUMN confirmation jsonb,
    ADD COLUMN approval jsonb,
    -- the earlier deliveries whose cells this one took the place of
    ADD COLUMN replaced jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN withdrawal jsonb,
    -- when the stored file was deleted, because it held data of persons
    ADD COLUMN content_deleted_at timestamptz,
    -- until when a delivery that waits for somebody is kept waiting
    ADD COLUMN waits_until timestamptz,
    -- how often a worker began: a file that kills its reader is given up
    ADD COLUMN attempts smallint NOT NULL DEFAULT 0,
    ADD COLUMN row_version integer NOT NULL DEFAULT 1,
    DROP CONSTRAINT delivery_state_check,
    ADD CONSTRAINT delivery_state_check CHECK (
        state IN (
            'received', 'checking', 'asking', 'confirming', 'approving', 'loading',
            'accepted', 'checked', 'rejected', 'failed', 'discarded', 'expired',
            'withdrawing', 'withdrawn'
        )
    );
-- What an earlier version was working on is begun anew: it kept no checked cells.
UPDATE indicator.delivery SET state = 'received', progress = '{}'
    WHERE state IN ('checking', 'loading') AND finished_at IS NULL;
CREATE INDEX delivery_waiting ON indicator.delivery (waits_until) WHERE waits_until IS NOT NULL;
-- whose turn it is, and how many of a sender's wait
CREATE INDEX delivery_on_its_way ON indicator.delivery (dataset_id, number)
    WHERE state IN ('received', 'checking', 'loading', 'withdrawing');

-- For the worker's round: what should have a job, in whosever name.
CREATE FUNCTION indicator.deliveries_on_their_way() RETURNS TABLE (id uuid, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT d.id, d.state FROM indicator.delivery AS d
    WHERE d.state IN ('received', 'checking', 'loading', 'withdrawing');
END;
REVOKE ALL ON FUNCTION indicator.deliveries_on_their_way() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION indicator.deliveries_on_their_way() TO qb_indicator;

ALTER TABLE indicator.delivery_finding
    ADD COLUMN detail_en text NOT NULL DEFAULT '',
    ADD COLUMN remedy_en text NOT NULL DEFAULT '';

ALTER TABLE indicator.fact_history
    -- the delivery that took the cell's place, or by whose replacement it went; null for a cell
    -- that went with the withdrawal of its own delivery
    ADD COLUMN superseded_by bigint;
CREATE INDEX fact_history_delivery ON indicator.fact_history (dataset_id, delivery_number);

ALTER TABLE indicator.dataset
    -- whether somebody else than the sender must agree before figures are taken
    ADD COLUMN needs_approval boolean NOT NULL DEFAULT false,
    -- to which base figures are rounded where `additivity` is `rounded`
    ADD COLUMN rounding_base smallint NOT NULL DEFAULT 5 CHECK (rounding_base BETWEEN 2 AND 1000);

-- How a sender's own tables are read, saved under a name.
CREATE TABLE indicator.delivery_mapping (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    document jsonb NOT NULL,
    -- of the header it was made for: the same header is read the same way again
    header_sha256 bytea,
    subject_name text NOT NULL,
    row_version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation_id, name)
);
CREATE INDEX delivery_mapping_header ON indicator.delivery_mapping (organisation_id, header_sha256);
ALTER TABLE indicator.delivery_mapping ENABLE ROW LEVEL SECURITY;
CREATE POLICY delivery_mapping_own ON indicator.delivery_mapping
    USING (
        organisation_id = (SELECT indicator.principal_organisation())
        AND (
            (SELECT indicator.principal_has('deliveries:read'))
            OR (SELECT indicator.principal_has('deliveries:create'))
        )
    )
    WITH CHECK (
        organisation_id = (SELECT indicator.principal_organisation())
        AND (SELECT indicator.principal_has('deliveries:create'))
    );

-- Cells go when a delivery is withdrawn or replaces what stood for its measures and periods.
CREATE POLICY fact_remove ON indicator.fact FOR DELETE
    USING (
        (SELECT indicator.principal_has('deliveries:create'))
        AND dataset_id IN (
            SELECT d.id FROM indicator.dataset AS d
            WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );
-- A machine that takes a delivery back must find what was before; see fact_compare.
CREATE POLICY fact_history_compare ON indicator.fact_history FOR SELECT
    USING (
        (SELECT indicator.principal_has('deliveries:create'))
        AND dataset_id = (
            SELECT NULLIF(current_setting('qb.loading_dataset_id', true), '')::integer
        )
        AND dataset_id IN (
            SELECT d.id FROM indicator.dataset AS d
            WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );
CREATE POLICY delivery_finding_remove ON indicator.delivery_finding FOR DELETE
    USING (
        delivery_id IN (
            SELECT d.id FROM indicator.delivery AS d
            WHERE d.organisation_id = (SELECT indicator.principal_organisation())
        )
    );

GRANT SELECT, INSERT, UPDATE, DELETE ON indicator.delivery_mapping TO qb_indicator;
GRANT DELETE ON indicator.fact TO qb_indicator;

-- No fact goes without a trace: what is removed stands in the history first, as it was.
CREATE FUNCTION indicator.check_fact_kept() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM removed AS r
        WHERE NOT EXISTS (
            SELECT FROM indicator.fact_history AS h
            WHERE h.dataset_id = r.dataset_id AND h.measure_id = r.measure_id
                AND h.period_id = r.period_id AND h.breakdown_id = r.breakdown_id
                AND h.area_id = r.area_id AND h.known_from = r.known_from
                AND h.status = r.status AND h.quality = r.quality
                AND h.value IS NOT DISTINCT FROM r.value
        )
    ) THEN
        RAISE integrity_constraint_violation
            USING MESSAGE = 'a fact may not go without its row in the history';
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION indicator.check_fact_kept() FROM PUBLIC;
CREATE TRIGGER fact_removed_kept AFTER DELETE ON indicator.fact
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT
    EXECUTE FUNCTION indicator.check_fact_kept();

-- The place of each publication and each withdrawal among all of them, in the order in which they
-- were committed: who pulls changes goes on behind the last place seen, and misses none.
CREATE SEQUENCE indicator.publishing_position;
ALTER TABLE indicator.release
    ADD COLUMN published_position bigint UNIQUE,
    ADD COLUMN withdrawn_position bigint UNIQUE;
WITH event AS (
    SELECT e.id, e.is_withdrawal,
        nextval('indicator.publishing_position') AS place
    FROM (
        SELECT r.id, false AS is_withdrawal, r.published_at AS at FROM indicator.release AS r
        WHERE r.published_at IS NOT NULL
        UNION ALL
        SELECT r.id, true, r.withdrawn_at FROM indicator.release AS r
        WHERE r.withdrawn_at IS NOT NULL
        ORDER BY at, is_withdrawal
    ) AS e
)
UPDATE indicator.release AS r SET
    published_position = (SELECT e.place FROM event AS e WHERE e.id = r.id AND NOT e.is_withdrawal),
    withdrawn_position = (SELECT e.place FROM event AS e WHERE e.id = r.id AND e.is_withdrawal)
WHERE r.published_at IS NOT NULL;
GRANT USAGE ON SEQUENCE indicator.publishing_position TO qb_indicator;
CREATE INDEX released_cell_opened ON indicator.released_cell (series_id, released_from);

-- The worker learns on which deliveries nobody decided in time, before it acts in their senders'
-- names.
CREATE FUNCTION indicator.overdue_deliveries() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT d.id FROM indicator.delivery AS d
    WHERE d.waits_until < now() AND d.state IN ('asking', 'confirming', 'approving')
    ORDER BY d.number;
END;
REVOKE ALL ON FUNCTION indicator.overdue_deliveries() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION indicator.overdue_deliveries() TO qb_indicator;
