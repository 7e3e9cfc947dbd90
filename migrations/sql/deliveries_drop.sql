DROP FUNCTION indicator.overdue_deliveries();
DROP INDEX indicator.released_cell_opened;
ALTER TABLE indicator.release DROP COLUMN published_position, DROP COLUMN withdrawn_position;
DROP SEQUENCE indicator.publishing_position;
DROP TRIGGER fact_removed_kept ON indicator.fact;
DROP FUNCTION indicator.check_fact_kept();
REVOKE DELETE ON indicator.fact FROM qb_indicator;
DROP POLICY delivery_finding_remove ON indicator.delivery_finding;
DROP POLICY fact_history_compare ON indicator.fact_history;
DROP POLICY fact_remove ON indicator.fact;
DROP TABLE indicator.delivery_mapping;
ALTER TABLE indicator.dataset DROP COLUMN needs_approval, DROP COLUMN rounding_base;
DROP INDEX indicator.fact_history_delivery;
ALTER TABLE indicator.fact_history DROP COLUMN superseded_by;
ALTER TABLE indicator.delivery_finding DROP COLUMN detail_en, DROP COLUMN remedy_en;
DELETE FROM indicator.delivery_finding WHERE delivery_id IN (
    SELECT id FROM indicator.delivery WHERE state NOT IN (
        'received', 'checking', 'loading', 'accepted', 'rejected', 'failed'
    )
);
DELETE FROM indicator.delivery WHERE state NOT IN (
    'received', 'checking', 'loading', 'accepted', 'rejected', 'failed'
);
DROP FUNCTION indicator.deliveries_on_their_way();
DROP INDEX indicator.delivery_on_its_way;
DROP INDEX indicator.delivery_waiting;
ALTER TABLE indicator.delivery
    DROP CONSTRAINT delivery_state_check,
    ADD CONSTRAINT delivery_state_check CHECK (
        state IN ('received', 'checking', 'loading', 'accepted', 'rejected', 'failed')
    ),
    DROP COLUMN options, DROP COLUMN mapping, DROP COLUMN mapped_by,
    DROP COLUMN mapping_name, DROP COLUMN is_dry_run,
    DROP COLUMN cells_path, DROP COLUMN confirmation, DROP COLUMN approval, DROP COLUMN replaced,
    DROP COLUMN withdrawal, DROP COLUMN content_deleted_at, DROP COLUMN waits_until,
    DROP COLUMN attempts, DROP COLUMN row_version;
