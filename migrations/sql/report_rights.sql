-- Who sees which report, and what report_api may read of the released figures.

-- What a release shows can be forbidden later: a release withdrawn for disclosure takes with it
-- every report that shows one of its cells, also one read from a later release that kept them.
-- These functions look past the row-level policies of `indicator`, so that the answer does not
-- depend on what the principal may still see; they tell nothing but yes or no.
CREATE FUNCTION report.is_disclosing(wanted uuid, reader_id uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN EXISTS (
    SELECT FROM report.report_release AS u
    JOIN indicator.release AS r
        ON r.series_id = u.series_id AND (r.id = u.release_id OR r.number = ANY (u.cell_numbers))
    WHERE u.report_id = wanted AND r.withdrawn_reason = 'disclosure'
        AND u.holder_organisation_id IS DISTINCT FROM reader_id
);

-- Whether one of the releases is no longer the present one of its series.
CREATE FUNCTION report.is_outdated(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN EXISTS (
    SELECT FROM report.report_release AS u
    JOIN indicator.release AS r ON r.id = u.release_id
    WHERE u.report_id = wanted AND r.state <> 'released'
);

-- `R-2026-0001`, without a gap while nobody gives up half-way: the counter's row is locked.
CREATE FUNCTION report.next_reference(wanted_year integer) RETURNS text
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    INSERT INTO report.reference_counter AS c (year, last_number) VALUES (wanted_year, 1)
    ON CONFLICT (year) DO UPDATE SET last_number = c.last_number + 1
    RETURNING format('R-%s-%s', year, lpad(last_number::text, greatest(4, length(last_number::text)), '0'));
END;

-- A worker learns in whose name a job runs before it can see the job's record.
CREATE FUNCTION report.acting_principal(record_id uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (SELECT r.acting FROM report.report AS r WHERE r.id = record_id);

ALTER TABLE report.reference_counter ENABLE ROW LEVEL SECURITY;

ALTER TABLE report.report ENABLE ROW LEVEL SECURITY;
CREATE POLICY report_read ON report.report FOR SELECT
    USING (
        (SELECT indicator.principal_has('reports:read'))
        AND organisation_id = (SELECT indicator.principal_organisation())
        AND audience_keys <@ (SELECT indicator.principal_audiences())::text[]
    );
CREATE POLICY report_add ON report.report FOR INSERT
    WITH CHECK (
        (SELECT indicator.principal_has('reports:create'))
        AND organisation_id = (SELECT indicator.principal_organisation())
        AND audience_keys <@ (SELECT indicator.principal_audiences())::text[]
    );
-- What has ended stays as it is.
CREATE POLICY report_progress ON report.report FOR UPDATE
    USING (
        organisation_id = (SELECT indicator.principal_organisation())
        AND state IN ('waiting', 'rendering')
    )
    WITH CHECK (organisation_id = (SELECT indicator.principal_organisation()));

ALTER TABLE report.report_release ENABLE ROW LEVEL SECURITY;
CREATE POLICY report_release_read ON report.report_release FOR SELECT
    USING (report_id IN (SELECT r.id FROM report.report AS r));
CREATE POLICY report_release_add ON report.report_release FOR INSERT
    WITH CHECK (report_id IN (SELECT r.id FROM report.report AS r WHERE r.state = 'waiting'));

ALTER TABLE report.snapshot ENABLE ROW LEVEL SECURITY;
CREATE POLICY snapshot_read ON report.snapshot FOR SELECT
    USING (
        report_id IN (SELECT r.id FROM report.report AS r)
        AND NOT report.is_disclosing(report_id, (SELECT indicator.principal_organisation()))
    );
CREATE POLICY snapshot_add ON report.snapshot FOR INSERT
    WITH CHECK (report_id IN (SELECT r.id FROM report.report AS r WHERE r.state = 'waiting'));

ALTER TABLE report.report_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY report_file_read ON report.report_file FOR SELECT
    USING (
        report_id IN (SELECT r.id FROM report.report AS r)
        AND NOT report.is_disclosing(report_id, (SELECT indicator.principal_organisation()))
    );
CREATE POLICY report_file_add ON report.report_file FOR INSERT
    WITH CHECK (report_id IN (SELECT r.id FROM report.report AS r WHERE r.state = 'rendering'));

ALTER TABLE report.idempotency_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY idempotency_key_own ON report.idempotency_key
    USING (organisation_id = (SELECT indicator.principal_organisation()));

REVOKE ALL ON FUNCTION report.is_disclosing(uuid, uuid), report.is_outdated(uuid),
    report.next_reference(integer), report.acting_principal(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION report.is_disclosing(uuid, uuid), report.is_outdated(uuid),
    report.next_reference(integer), report.acting_principal(uuid) TO qb_report;
GRANT SELECT, INSERT ON
    report.report, report.report_release, report.snapshot, report.report_file
    TO qb_report;
-- What was asked and what was frozen never changes: only how far the making has come.
GRANT UPDATE (state, progress, failure, finished_at) ON report.report TO qb_report;
GRANT SELECT, INSERT, UPDATE (status, body, headers) ON report.idempotency_key TO qb_report;
GRANT SELECT ON indicator.released_slice TO qb_report;
