-- Deliveries: any table through a mapping, confirmation of warnings, a second person where the
-- holder wants it, withdrawal as a whole, findings in German and English.

ALTER TABLE indicator.delivery
    -- what the sender asked for: mode, areas, partial, reason for warnings, ...
    ADD COLUMN options jsonb NOT NULL DEFAULT '{}',
    -- how the table is read, as far as somebody or a proposal said so; null: it explains itself
    ADD COLUMN mapping jsonb,
    ADD COLUMN mapping_name text,
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
CREATE INDEX delivery_waiting ON indicator.delivery (waits_until) WHERE waits_until IS NOT NULL;

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
CREATE POLICY delivery_finding_remove ON indicator.delivery_finding FOR DELETE
    USING (
        delivery_id IN (
            SELECT d.id FROM indicator.delivery AS d
            WHERE d.organisation_id = (SELECT indicator.principal_organisation())
        )
    );

GRANT SELECT, INSERT, UPDATE, DELETE ON indicator.delivery_mapping TO qb_indicator;
GRANT DELETE ON indicator.fact TO qb_indicator;
