-- What reading figures needs beyond the tables.

-- For which kinds of areas figures come together from those of other areas, and for which days:
-- few rows, so that a question learns at once whether it has to look.
--   way 'set': sets of base units; `until` is infinity
--   way 'earlier': from areas that ended; it concerns days before `until`
--   way 'later': from areas that took the place of the target, which ended on `until`
CREATE TABLE indicator.composed_kind (
    kind text NOT NULL REFERENCES indicator.area_kind,
    way text NOT NULL CHECK (way IN ('set', 'earlier', 'later')),
    until date NOT NULL,
    PRIMARY KEY (kind, way)
);

CREATE FUNCTION indicator.note_composed_kinds() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM indicator.composed_kind;
    INSERT INTO indicator.composed_kind (kind, way, until)
    SELECT t.kind, w.way, max(
        CASE w.way
            WHEN 'set' THEN 'infinity'
            WHEN 'earlier' THEN COALESCE(s.valid_to, 'infinity')
            ELSE t.valid_to
        END
    )
    FROM indicator.area_composition AS c
    JOIN indicator.area AS t ON t.id = c.target_area_id
    JOIN indicator.area AS s ON s.id = c.source_area_id
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN c.origin = 'set' THEN 'set'
            WHEN s.valid_from >= t.valid_to THEN 'later'
            ELSE 'earlier'
        END AS way
    ) AS w
    GROUP BY t.kind, w.way;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION indicator.note_composed_kinds() FROM PUBLIC;
CREATE TRIGGER area_composition_noted
    AFTER INSERT OR UPDATE OR DELETE ON indicator.area_composition
    FOR EACH STATEMENT EXECUTE FUNCTION indicator.note_composed_kinds();

GRANT SELECT ON indicator.composed_kind TO qb_indicator;
