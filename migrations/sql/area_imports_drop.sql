DROP FUNCTION indicator.end_units(integer);
DROP TABLE indicator.area_import_shape;
DELETE FROM indicator.area_import
WHERE state NOT IN ('received', 'checking', 'accepted', 'rejected', 'failed');
DROP POLICY area_import_own ON indicator.area_import;
DROP INDEX indicator.area_import_newest;
ALTER TABLE indicator.area_import
    DROP CONSTRAINT area_import_state_check,
    ADD CONSTRAINT area_import_state_check CHECK (
        state IN ('received', 'checking', 'accepted', 'rejected', 'failed')
    ),
    DROP COLUMN format, DROP COLUMN filename, DROP COLUMN size_bytes, DROP COLUMN subject_name,
    DROP COLUMN municipality_code, DROP COLUMN intention, DROP COLUMN mapping,
    DROP COLUMN understood, DROP COLUMN failure, DROP COLUMN register_version,
    DROP COLUMN row_version, DROP COLUMN attempts;
CREATE POLICY area_import_all ON indicator.area_import
    USING (
        (SELECT indicator.principal_has('areas:write'))
        AND organisation_id = (SELECT indicator.principal_organisation())
    );
