-- Chains of changes: events recorded after later ones, and sets whose units changed.

-- An area that goes on in a new version from a day on hands it the changes of later days, and the
-- end that follows from directories. Both lists are ids in the same order; raises
-- insufficient_privilege for what figures_follow would refuse.
CREATE FUNCTION indicator.changes_follow(old_ids integer[], new_ids integer[], first_day date)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT (indicator.principal_has('areas:write') OR indicator.principal_has('partitions:write'))
        OR EXISTS (
            SELECT FROM unnest(old_ids, new_ids) AS v (old_id, new_id)
            LEFT JOIN indicator.area AS o ON o.id = v.old_id
            LEFT JOIN indicator.area AS n ON n.id = v.new_id
            WHERE (
                o.code = n.code AND o.valid_to = first_day AND n.valid_from = first_day
                AND (
                    indicator.principal_has('areas:write')
                    OR (
                        n.holder_organisation_id = indicator.principal_organisation()
                        AND COALESCE(o.holder_organisation_id, n.holder_organisation_id)
                            = indicator.principal_organisation()
                    )
                )
            ) IS NOT TRUE
        )
    THEN
        RAISE insufficient_privilege USING MESSAGE = 'changes follow to the next version alone';
    END IF;
    UPDATE indicator.area_event_link AS l SET
        from_area_id = COALESCE(f.new_id, l.from_area_id),
        to_area_id = COALESCE(t.new_id, l.to_area_id)
    FROM indicator.area_event_link AS x
    JOIN indicator.area_event AS e ON e.id = x.event_id AND e.effective_on > first_day
    LEFT JOIN unnest(old_ids, new_ids) AS f (old_id, new_id) ON f.old_id = x.from_area_id
    LEFT JOIN unnest(old_ids, new_ids) AS t (old_id, new_id) ON t.old_id = x.to_area_id
    WHERE l.id = x.id AND (f.new_id IS NOT NULL OR t.new_id IS NOT NULL);
    INSERT INTO indicator.area_directory_bound (area_id, begins, ends)
    SELECT v.new_id, false, true
    FROM unnest(old_ids, new_ids) AS v (old_id, new_id)
    JOIN indicator.area_directory_bound AS b ON b.area_id = v.old_id AND b.ends
    JOIN indicator.area AS n ON n.id = v.new_id AND n.valid_to IS NOT NULL;
    UPDATE indicator.area_directory_bound AS b SET ends = false
    WHERE b.area_id = ANY(old_ids) AND b.ends;
END
$$;
REVOKE ALL ON FUNCTION indicator.changes_follow(integer[], integer[], date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION indicator.changes_follow(integer[], integer[], date) TO qb_indicator;

-- Without areas:write both ends of a link are areas that one keeps oneself.
DROP POLICY area_event_link_add ON indicator.area_event_link;
CREATE POLICY area_event_link_add ON indicator.area_event_link FOR INSERT WITH CHECK (
    (SELECT indicator.principal_has('areas:write'))
    OR (
        (SELECT indicator.principal_has('partitions:write'))
        AND event_id IN (
            SELECT e.id FROM indicator.area_event AS e
            WHERE e.organisation_id = (SELECT indicator.principal_organisation())
        )
        AND NOT EXISTS (
            SELECT FROM indicator.area AS a
            WHERE a.id IN (from_area_id, to_area_id)
                AND a.holder_organisation_id
                    IS DISTINCT FROM (SELECT indicator.principal_organisation())
        )
    )
);

-- Of a set: 'part' is one of its units or what a unit became, 'missed' one that ended and of which
-- not all is known to count into what came after it: from then on the set has no figure.
ALTER TABLE indicator.area_composition ADD COLUMN standing text
    CHECK (standing IN ('part', 'missed'));

-- As before it (area_composition.sql), and sets follow their units.
CREATE OR REPLACE FUNCTION indicator.rebuild_compositions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    followed integer;
BEGIN
    -- one at a time: two closures made side by side would each miss the other's change
    LOCK TABLE indicator.area_composition IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM indicator.area_composition;
    INSERT INTO indicator.area_composition
        (target_area_id, source_area_id, origin, weight, basis, standing)
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
        (ARRAY['whole', 'residents', 'area'])[c.basis + 1],
        CASE WHEN EXISTS (
            SELECT FROM part AS p WHERE p.target = c.target AND p.source = c.source
        ) THEN 'part' END
    FROM composed AS c;

    -- what became of parts: an area that came of parts alone counts as they do, if all of them
    -- count wholly or it came of one of them as it was
    LOOP
        INSERT INTO indicator.area_composition
            (target_area_id, source_area_id, origin, weight, basis, standing)
        SELECT n.target, n.source, 'set', n.weight, n.basis, 'part'
        FROM (
            SELECT k.target_area_id AS target, l.to_area_id AS source, min(k.weight) AS weight,
                min(k.basis) AS basis, count(*) AS came,
                bool_and(l.is_whole) AS is_whole
            FROM indicator.area_composition AS k
            JOIN indicator.area_event_link AS l
                ON l.from_area_id = k.source_area_id AND l.to_area_id <> l.from_area_id
            WHERE k.standing = 'part'
            GROUP BY k.target_area_id, l.to_area_id
        ) AS n
        WHERE (n.weight = 1 OR (n.came = 1 AND n.is_whole))
            AND n.came = (
                SELECT count(*) FROM indicator.area_event_link AS a
                WHERE a.to_area_id = n.source AND a.from_area_id IS DISTINCT FROM n.source
            )
            AND NOT EXISTS (
                SELECT FROM indicator.area_composition AS o
                WHERE o.target_area_id = n.target AND o.source_area_id = n.source
                    AND o.standing IS NOT NULL
            )
        -- the new key of a unit counts already, as what its figures stand under
        ON CONFLICT (target_area_id, source_area_id) DO UPDATE SET
            weight = excluded.weight, basis = excluded.basis, standing = excluded.standing;
        GET DIAGNOSTICS followed = ROW_COUNT;
        EXIT WHEN followed = 0;
    END LOOP;
    -- a part that ended and is not followed wholly is missed from then on
    UPDATE indicator.area_composition AS k SET standing = 'missed'
    FROM indicator.area AS s
    WHERE k.standing = 'part' AND s.id = k.source_area_id AND s.valid_to IS NOT NULL
        AND (
            NOT EXISTS (
                SELECT FROM indicator.area_event_link AS l
                WHERE l.from_area_id = s.id AND l.to_area_id <> s.id
            )
            OR EXISTS (
                SELECT FROM indicator.area_event_link AS l
                WHERE l.from_area_id = s.id AND l.to_area_id IS DISTINCT FROM s.id
                    AND NOT EXISTS (
                        SELECT FROM indicator.area_composition AS o
                        WHERE o.target_area_id = k.target_area_id
                            AND o.source_area_id = l.to_area_id AND o.standing IS NOT NULL
                    )
            )
        );
END
$$;
SELECT indicator.rebuild_compositions();
