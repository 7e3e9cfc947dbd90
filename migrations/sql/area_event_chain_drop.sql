-- rebuild_compositions() of before is put back by area_composition.sql, with its triggers
DROP FUNCTION indicator.rebuild_compositions();
DROP TRIGGER area_set_part_raises_register ON indicator.area_set_part;
DROP TRIGGER partition_raises_register ON indicator.partition;
DELETE FROM indicator.area_composition WHERE standing IS NOT NULL;
ALTER TABLE indicator.area_composition DROP COLUMN standing;
DROP POLICY area_event_link_add ON indicator.area_event_link;
CREATE POLICY area_event_link_add ON indicator.area_event_link FOR INSERT WITH CHECK (
    (SELECT indicator.principal_has('areas:write'))
    OR (
        (SELECT indicator.principal_has('partitions:write'))
        AND event_id IN (
            SELECT e.id FROM indicator.area_event AS e
            WHERE e.organisation_id = (SELECT indicator.principal_organisation())
        )
    )
);
DROP FUNCTION indicator.changes_follow(integer[], integer[], date);
