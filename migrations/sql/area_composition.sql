-- Makes indicator.area_composition anew: the closure of events (0007) and of sets (0008).
-- Called after every change of either, in the same transaction.
--
-- Event links run from the earlier area to the later one. Into an area count, over any number of
-- steps, its predecessors (weights multiply along a way and add up over ways), and, where only
-- the key changed, the later figures of the new key. Into a set count its parts and what counts
-- into them. The share by residents is taken where it is known, else that by area.
CREATE FUNCTION indicator.rebuild_compositions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- one at a time: two closures made side by side would each miss the other's change
    LOCK TABLE indicator.area_composition IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM indicator.area_composition;
    INSERT INTO indicator.area_composition
        (target_area_id, source_area_id, origin, weight, basis)
    WITH RECURSIVE step AS (
        -- rank of a basis: 0 whole, 1 residents, 2 area; a way is as good as its worst step
        SELECT l.to_area_id AS target, l.from_area_id AS source,
            CASE WHEN l.is_whole THEN 1 ELSE COALESCE(l.weight_residents, l.weight_area) END
                AS weight,
            CASE WHEN l.is_whole THEN 0 WHEN l.weight_residents IS NOT NULL THEN 1 ELSE 2 END
                AS basis,
            e.kind = 'key_change' AS is_key_change, e.effective_on
        FROM indicator.area_event_link AS l
        JOIN indicator.area_event AS e ON e.id = l.event_id
        WHERE l.from_area_id <> l.to_area_id
    ),
    backward AS (
        -- ways of equal length between the same two areas are one row, their weights added up:
        -- areas that change shares n times have 2^n ways. Windows, as a recursive term may not
        -- group; UNION drops what is then alike. Ways never run forward in time, nor in a circle.
        SELECT target, source, effective_on, 1 AS steps, sum(weight) AS weight,
            max(basis) AS basis
        FROM step GROUP BY target, source, effective_on
        UNION
        SELECT b.target, s.source, s.effective_on, b.steps + 1,
            sum(b.weight * s.weight) OVER way, max(greatest(b.basis, s.basis)) OVER way
        FROM backward AS b JOIN step AS s ON s.target = b.source
        WHERE s.source <> b.target AND s.effective_on <= b.effective_on AND b.steps < 200
        WINDOW way AS (PARTITION BY b.target, s.source, s.effective_on)
    ),
    forward AS (
        SELECT source AS target, target AS source, ARRAY[source, target] AS way
        FROM step WHERE is_key_change
        UNION ALL
        SELECT f.target, s.target, f.way || s.target
        FROM forward AS f JOIN step AS s ON s.source = f.source AND s.is_key_change
        WHERE s.target <> ALL (f.way)
    ),
    event AS (
        SELECT target, source, LEAST(sum(weight), 1) AS weight,
            -- all of it arrived, in however many pieces
            CASE WHEN sum(weight) > 1 - 1e-9 THEN 0 ELSE max(basis) END AS basis
        FROM backward GROUP BY target, source
        UNION ALL
        SELECT target, source, 1, 0 FROM forward GROUP BY target, source
    ),
    part AS (
        SELECT p.set_area_id AS target, p.part_area_id AS source, p.weight,
            CASE p.basis WHEN 'whole' THEN 0 WHEN 'residents' THEN 1 ELSE 2 END AS basis
        FROM indicator.area_set_part AS p
    ),
    composed AS (
        SELECT target, source, 'event' AS origin, weight, basis FROM event
        WHERE target NOT IN (SELECT p.target FROM part AS p)
        UNION ALL
        SELECT w.target, w.source, 'set', LEAST(sum(w.weight), 1),
            CASE WHEN sum(w.weight) > 1 - 1e-9 THEN 0 ELSE max(w.basis) END
        FROM (
            SELECT target, source, weight, basis FROM part
            UNION ALL
            SELECT p.target, e.source, p.weight * e.weight, greatest(p.basis, e.basis)
            FROM part AS p JOIN event AS e ON e.target = p.source
            -- one that is a part itself, or the same part by another way, is not counted twice
            WHERE NOT EXISTS (
                SELECT FROM part AS o WHERE o.target = p.target AND o.source = e.source
            )
        ) AS w
        GROUP BY w.target, w.source
    )
    SELECT c.target, c.source, c.origin, CASE WHEN c.basis = 0 THEN 1 ELSE c.weight END,
        (ARRAY['whole', 'residents', 'area'])[c.basis + 1]
    FROM composed AS c;
END
$$;
REVOKE ALL ON FUNCTION indicator.rebuild_compositions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION indicator.rebuild_compositions() TO qb_indicator;

CREATE TRIGGER area_set_part_raises_register
    AFTER INSERT OR UPDATE OR DELETE ON indicator.area_set_part
    FOR EACH STATEMENT EXECUTE FUNCTION indicator.raise_area_register();
CREATE TRIGGER partition_raises_register
    AFTER INSERT OR UPDATE OR DELETE ON indicator.partition
    FOR EACH STATEMENT EXECUTE FUNCTION indicator.raise_area_register();
