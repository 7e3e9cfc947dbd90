REVOKE SELECT (id, series_id, number, state, published_at, withdrawn_at, withdrawn_reason)
    ON indicator.release FROM qb_report;
GRANT SELECT ON indicator.release TO qb_report;
DROP FUNCTION indicator.next_embargo();
DROP FUNCTION indicator.releases_to_see_to();
DROP TRIGGER released_cell_levels ON indicator.released_cell;
DROP FUNCTION indicator.check_released_levels();
DROP TRIGGER release_step_checked ON indicator.release;
DROP POLICY release_begins_unchecked ON indicator.release;
DROP FUNCTION indicator.check_release_step();
DROP TABLE indicator.release_hidden_cell;
DROP TABLE indicator.release_planned_cell;
DROP INDEX indicator.release_in_work;
DROP INDEX indicator.release_on_its_way_out;
UPDATE indicator.release SET state = CASE state WHEN 'refused' THEN 'discarded' ELSE 'draft' END
    WHERE state IN ('refused', 'confirmed');
ALTER TABLE indicator.release
    DROP CONSTRAINT release_state_check,
    ADD CONSTRAINT release_state_check CHECK (
        state IN (
            'checking', 'draft', 'publishing', 'released', 'superseded', 'withdrawn', 'discarded',
            'failed'
        )
    ),
    DROP COLUMN scope, DROP COLUMN rules, DROP COLUMN method, DROP COLUMN protect_first,
    DROP COLUMN protection_version, DROP COLUMN releases_version, DROP COLUMN refusals,
    DROP COLUMN returned, DROP COLUMN prepared_account, DROP COLUMN confirmed_by,
    DROP COLUMN confirmed_subject, DROP COLUMN confirmed_account, DROP COLUMN confirmed_at,
    DROP COLUMN embargo_until, DROP COLUMN certificate, DROP COLUMN certificate_sha256,
    DROP COLUMN released_sha256;
DROP POLICY fact_history_read_delegated ON indicator.fact_history;
DROP POLICY fact_read_delegated ON indicator.fact;
DROP TABLE indicator.raw_delegation;
ALTER TABLE indicator.dataset
    ADD COLUMN minimum_count integer NOT NULL DEFAULT 3 CHECK (minimum_count >= 0);
UPDATE indicator.dataset AS d
    SET minimum_count = CASE WHEN r.is_active THEN (r.parameters ->> 'threshold')::integer ELSE 0 END
    FROM indicator.protection_rule AS r
    WHERE r.dataset_id = d.id AND r.measure_id IS NULL AND r.kind = 'minimum_count';
DROP TRIGGER dataset_terms_changed ON indicator.dataset;
DROP FUNCTION indicator.note_terms_change();
DROP TABLE indicator.protection_rule_history;
DROP TABLE indicator.protection_rule;
DROP FUNCTION indicator.keep_protection_rule();
ALTER TABLE indicator.dataset
    DROP COLUMN releases_need_second_person, DROP COLUMN second_person_reason,
    DROP COLUMN released_at_most_to, DROP COLUMN released_smallest_level,
    DROP COLUMN release_terms, DROP COLUMN protection_version, DROP COLUMN releases_version;
DROP FUNCTION identity.responsible_account();
