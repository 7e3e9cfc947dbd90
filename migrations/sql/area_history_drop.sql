CREATE OR REPLACE FUNCTION indicator.acting_principal(record_kind text, record_id uuid)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN CASE record_kind
    WHEN 'delivery' THEN (SELECT d.acting FROM indicator.delivery AS d WHERE d.id = record_id)
    WHEN 'release' THEN (SELECT r.acting FROM indicator.release AS r WHERE r.id = record_id)
    WHEN 'area_import' THEN (SELECT i.acting FROM indicator.area_import AS i WHERE i.id = record_id)
END;
CREATE OR REPLACE FUNCTION indicator.area_register_version() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
RETURN (SELECT count(*) FROM indicator.area_import AS i WHERE i.state = 'accepted');
DROP FUNCTION indicator.figures_follow(integer[], integer[], date);
DROP TRIGGER area_raises_register ON indicator.area;
DROP TRIGGER area_shape_raises_register ON indicator.area_shape;
DROP TABLE indicator.area_composition, indicator.area_event_link, indicator.area_event,
    indicator.area_directory_bound, indicator.area_directory_entry, indicator.area_directory,
    indicator.area_register;
DROP FUNCTION indicator.raise_area_register();
