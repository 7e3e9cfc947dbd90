-- The trail of 0004 stays. Functions go first, with the policies that call them: their bodies
-- hold on to the tables.
DROP FUNCTION report.is_disclosing(uuid, uuid), report.is_outdated(uuid),
    report.next_reference(integer), report.acting_principal(uuid) CASCADE;
DROP TABLE report.idempotency_key, report.report_file, report.snapshot, report.report_release,
    report.report, report.reference_counter CASCADE;
REVOKE SELECT ON indicator.released_slice FROM qb_report;
