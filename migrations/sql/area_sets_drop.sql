DROP FUNCTION indicator.rebuild_compositions();
DROP POLICY area_read ON indicator.area;
DROP POLICY area_add ON indicator.area;
DROP POLICY area_change ON indicator.area;
ALTER TABLE indicator.area DISABLE ROW LEVEL SECURITY;
DROP TABLE indicator.area_set_part;
ALTER TABLE indicator.area DROP COLUMN is_set, DROP COLUMN partition_id,
    DROP COLUMN holder_organisation_id;
DROP TABLE indicator.partition;
DELETE FROM indicator.area_kind WHERE code IN ('sozialraum', 'foerdergebiet', 'schuleinzugsgebiet');
