-- Makes indicator.area_composition anew: the closure of events (0007) and of sets (0008).
-- Called after every change of either, in the same transaction.
CREATE FUNCTION indicator.rebuild_compositions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM indicator.area_composition;
    INSERT INTO indicator.area_composition
        (target_area_id, source_area_id, origin, weight, basis)
    SELECT p.set_area_id, p.part_area_id, 'set', p.weight, p.basis
    FROM indicator.area_set_part AS p;
END
$$;
REVOKE ALL ON FUNCTION indicator.rebuild_compositions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION indicator.rebuild_compositions() TO qb_indicator;
