-- Who sees which row. The settings `qb.*` name the principal of the transaction; without them
-- no policy holds and nothing is seen. Policies compare ids and texts only.

CREATE FUNCTION indicator.principal_organisation() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(current_setting('qb.organisation_id', true), '')::uuid;

CREATE FUNCTION indicator.principal_has(wanted text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
RETURN COALESCE(wanted = ANY (string_to_array(current_setting('qb.rights', true), ',')), false);

CREATE FUNCTION indicator.principal_audiences() RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
RETURN COALESCE(string_to_array(current_setting('qb.audiences', true), ','), '{}');

-- Raw facts belong to the office that holds them.
ALTER TABLE indicator.dataset ENABLE ROW LEVEL SECURITY;
CREATE POLICY dataset_read ON indicator.dataset FOR SELECT
    USING ((SELECT indicator.principal_has('indicators:read')));
CREATE POLICY dataset_add ON indicator.dataset FOR INSERT
    WITH CHECK (
        holder_organisation_id = (SELECT indicator.principal_organisation())
        AND (SELECT indicator.principal_has('datasets:write'))
    );
CREATE POLICY dataset_change ON indicator.dataset FOR UPDATE
    USING (holder_organisation_id = (SELECT indicator.principal_organisation()));

ALTER TABLE indicator.fact ENABLE ROW LEVEL SECURITY;
CREATE POLICY fact_read ON indicator.fact FOR SELECT
    USING (
        (SELECT indicator.principal_has('facts:read_raw'))
        AND dataset_id IN (
            SELECT d.id FROM indicator.dataset AS d
            WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );
-- A machine that delivers must find what is unchanged; it reads nothing else through the API.
CREATE POLICY fact_compare ON indicator.fact FOR SELECT
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
CREATE POLICY fact_add ON indicator.fact FOR INSERT
    WITH CHECK (
        (SELECT indicator.principal_has('deliveries:create'))
        AND dataset_id IN (
            SELECT d.id FROM indicator.dataset AS d
            WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );
CREATE POLICY fact_revise ON indicator.fact FOR UPDATE
    USING (
        (SELECT indicator.principal_has('deliveries:create'))
        AND dataset_id IN (
            SELECT d.id FROM indicator.dataset AS d
            WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );

ALTER TABLE indicator.fact_history ENABLE ROW LEVEL SECURITY;
CREATE POLICY fact_history_read ON indicator.fact_history FOR SELECT
    USING (
        (SELECT indicator.principal_has('facts:read_raw'))
        AND dataset_id IN (
            SELECT d.id FROM indicator.dataset AS d
            WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );
CREATE POLICY fact_history_add ON indicator.fact_history FOR INSERT
    WITH CHECK (
        dataset_id IN (
            SELECT d.id FROM indicator.dataset AS d
            WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );

ALTER TABLE indicator.delivery ENABLE ROW LEVEL SECURITY;
CREATE POLICY delivery_read ON indicator.delivery FOR SELECT
    USING (
        (SELECT indicator.principal_has('deliveries:read'))
        AND organisation_id = (SELECT indicator.principal_organisation())
    );
CREATE POLICY delivery_add ON indicator.delivery FOR INSERT
    WITH CHECK (
        (SELECT indicator.principal_has('deliveries:create'))
        AND organisation_id = (SELECT indicator.principal_organisation())
    );
CREATE POLICY delivery_progress ON indicator.delivery FOR UPDATE
    USING (organisation_id = (SELECT indicator.principal_organisation()));

ALTER TABLE indicator.delivery_finding ENABLE ROW LEVEL SECURITY;
CREATE POLICY delivery_finding_read ON indicator.delivery_finding FOR SELECT
    USING (
        (SELECT indicator.principal_has('deliveries:read'))
        AND delivery_id IN (
            SELECT d.id FROM indicator.delivery AS d
            WHERE d.organisation_id = (SELECT indicator.principal_organisation())
        )
    );
CREATE POLICY delivery_finding_add ON indicator.delivery_finding FOR INSERT
    WITH CHECK (
        (SELECT indicator.principal_has('deliveries:create'))
        AND delivery_id IN (
            SELECT d.id FROM indicator.delivery AS d
            WHERE d.organisation_id = (SELECT indicator.principal_organisation())
        )
    );

ALTER TABLE indicator.area_import ENABLE ROW LEVEL SECURITY;
CREATE POLICY area_import_all ON indicator.area_import
    USING (
        (SELECT indicator.principal_has('areas:write'))
        AND organisation_id = (SELECT indicator.principal_organisation())
    );

-- Released cells: by audience; the holder sees all of its own.
ALTER TABLE indicator.release_series ENABLE ROW LEVEL SECURITY;
CREATE POLICY release_series_read ON indicator.release_series FOR SELECT
    USING (
        audience_key = ANY ((SELECT indicator.principal_audiences())::text[])
        OR holder_organisation_id = (SELECT indicator.principal_organisation())
    );
CREATE POLICY release_series_add ON indicator.release_series FOR INSERT
    WITH CHECK (
        (SELECT indicator.principal_has('releases:write'))
        AND holder_organisation_id = (SELECT indicator.principal_organisation())
        AND dataset_id IN (
            SELECT d.id FROM indicator.dataset AS d
            WHERE d.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );
CREATE POLICY release_series_change ON indicator.release_series FOR UPDATE
    USING (
        (SELECT indicator.principal_has('releases:write'))
        AND holder_organisation_id = (SELECT indicator.principal_organisation())
    );

ALTER TABLE indicator.release ENABLE ROW LEVEL SECURITY;
CREATE POLICY release_read_published ON indicator.release FOR SELECT
    USING (
        state IN ('released', 'superseded', 'withdrawn')
        AND series_id IN (SELECT s.id FROM indicator.release_series AS s)
    );
CREATE POLICY release_of_holder ON indicator.release
    USING (
        (SELECT indicator.principal_has('releases:write'))
        AND series_id IN (
            SELECT s.id FROM indicator.release_series AS s
            WHERE s.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );

ALTER TABLE indicator.released_cell ENABLE ROW LEVEL SECURITY;
CREATE POLICY released_cell_read ON indicator.released_cell FOR SELECT
    USING (
        NOT is_blocked AND series_id IN (SELECT s.id FROM indicator.release_series AS s)
    );
CREATE POLICY released_cell_of_holder ON indicator.released_cell
    USING (
        (SELECT indicator.principal_has('releases:write'))
        AND series_id IN (
            SELECT s.id FROM indicator.release_series AS s
            WHERE s.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );

ALTER TABLE indicator.released_slice ENABLE ROW LEVEL SECURITY;
CREATE POLICY released_slice_read ON indicator.released_slice FOR SELECT
    USING (series_id IN (SELECT s.id FROM indicator.release_series AS s));
CREATE POLICY released_slice_of_holder ON indicator.released_slice
    USING (
        (SELECT indicator.principal_has('releases:write'))
        AND series_id IN (
            SELECT s.id FROM indicator.release_series AS s
            WHERE s.holder_organisation_id = (SELECT indicator.principal_organisation())
        )
    );

ALTER TABLE indicator.audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_add ON indicator.audit FOR INSERT WITH CHECK (true);
CREATE POLICY audit_read ON indicator.audit FOR SELECT
    USING (organisation_id = (SELECT indicator.principal_organisation()));

ALTER TABLE indicator.idempotency_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY idempotency_key_own ON indicator.idempotency_key
    USING (organisation_id = (SELECT indicator.principal_organisation()));

-- The contract with readers: what is released now, to the principal's audiences.
CREATE VIEW indicator.released_fact WITH (security_invoker = true) AS
SELECT
    d.code AS dataset, s.audience, s.current_number AS release_number, m.code AS measure,
    p.code AS period, p.start_on, p.end_on, b.code AS breakdown, a.code AS area, a.kind,
    c.value, c.status, c.quality, d.is_fictional,
    c.series_id, c.measure_id, c.period_id, c.breakdown_id, c.area_id, d.id AS dataset_id
FROM indicator.released_cell AS c
JOIN indicator.release_series AS s ON s.id = c.series_id
JOIN indicator.dataset AS d ON d.id = s.dataset_id
JOIN indicator.measure AS m ON m.id = c.measure_id
JOIN indicator.period AS p ON p.id = c.period_id
JOIN indicator.breakdown AS b ON b.id = c.breakdown_id
JOIN indicator.area AS a ON a.id = c.area_id
WHERE c.released_to = 2147483647 AND NOT c.is_blocked;

CREATE VIEW indicator.current_area WITH (security_invoker = true) AS
SELECT a.*, p.code AS parent_code
FROM indicator.area AS a
LEFT JOIN indicator.area AS p ON p.id = a.parent_id
WHERE (a.valid_to IS NULL OR a.valid_to > current_date)
    AND (a.valid_from IS NULL OR a.valid_from <= current_date);

-- A worker learns in whose name a job runs before it can see the job's record.
CREATE FUNCTION indicator.acting_principal(record_kind text, record_id uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN CASE record_kind
    WHEN 'delivery' THEN (SELECT d.acting FROM indicator.delivery AS d WHERE d.id = record_id)
    WHEN 'release' THEN (SELECT r.acting FROM indicator.release AS r WHERE r.id = record_id)
    WHEN 'area_import' THEN (SELECT i.acting FROM indicator.area_import AS i WHERE i.id = record_id)
END;

-- Right after much was written the planner knows nothing of it, until autovacuum comes round.
CREATE FUNCTION indicator.refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    ANALYZE indicator.area, indicator.area_shape, indicator.released_cell,
        indicator.released_slice, indicator.release_series, indicator.period;
END
$$;

-- Rises in the transaction of every import of areas: what was read from the register before it
-- may not be handed out afterwards. Who imported what stays hidden.
CREATE FUNCTION indicator.area_register_version() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (SELECT count(*) FROM indicator.area_import AS i WHERE i.state = 'accepted');

GRANT SELECT ON ALL TABLES IN SCHEMA indicator TO qb_indicator;
GRANT INSERT, UPDATE ON
    indicator.area, indicator.area_shape, indicator.area_import, indicator.dataset,
    indicator.measure, indicator.measure_source_code, indicator.indicator, indicator.delivery,
    indicator.fact, indicator.release_series, indicator.release, indicator.released_cell,
    indicator.released_slice, indicator.idempotency_key
    TO qb_indicator;
GRANT INSERT ON
    indicator.period, indicator.breakdown, indicator.fact_history, indicator.delivery_finding,
    indicator.audit
    TO qb_indicator;
GRANT DELETE ON
    indicator.area_shape, indicator.delivery_finding, indicator.released_slice,
    indicator.idempotency_key
    TO qb_indicator;
REVOKE ALL ON FUNCTION indicator.ensure_fact_partition(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION indicator.acting_principal(text, uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION indicator.area_register_version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION indicator.area_register_version() TO qb_indicator;
REVOKE ALL ON FUNCTION indicator.refresh_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION indicator.ensure_fact_partition(integer) TO qb_indicator;
GRANT EXECUTE ON FUNCTION indicator.refresh_statistics() TO qb_indicator;
GRANT EXECUTE ON FUNCTION indicator.acting_principal(text, uuid) TO qb_indicator;
GRANT SELECT ON
    indicator.released_fact, indicator.current_area, indicator.released_cell,
    indicator.release_series, indicator.release, indicator.dataset, indicator.measure,
    indicator.period, indicator.breakdown, indicator.area, indicator.area_kind,
    indicator.area_shape, indicator.indicator
    TO qb_report;
