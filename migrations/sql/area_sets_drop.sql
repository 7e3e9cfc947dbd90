DROP FUNCTION indicator.rebuild_compositions();
DROP POLICY area_read ON indicator.area;
DROP POLICY area_add ON indicator.area;
DROP POLICY area_change ON indicator.area;
ALTER TABLE indicator.area DISABLE ROW LEVEL SECURITY;
DROP TABLE indicator.partition_address;
DROP TABLE indicator.area_set_part;
DROP TRIGGER area_holder_stays ON indicator.area;
ALTER TABLE indicator.area DROP CONSTRAINT area_unit_or_set;
ALTER TABLE indicator.area DROP COLUMN is_set, DROP COLUMN partition_id,
    DROP COLUMN holder_organisation_id;
DROP TABLE indicator.partition;
DROP FUNCTION indicator.refuse_other_holder();
DROP FUNCTION indicator.take_units(integer);
DROP FUNCTION indicator.principal_may_key(text);
DROP FUNCTION indicator.principal_covers_area(integer);
DROP FUNCTION indicator.principal_covers(text);
DELETE FROM indicator.area_kind WHERE code IN ('sozialraum', 'foerdergebiet', 'schuleinzugsgebiet');
