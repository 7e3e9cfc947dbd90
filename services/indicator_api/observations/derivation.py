"""SQL for figures of areas that have no cell of their own: compositions and sums up the tree.

An area's own cell wins. Else its composition: the areas that became it, or the base units of a
set, each with its weight; all of them are needed. Else the sum of the largest areas below it that
have cells, so that no area counts beside a part of it. Numerator and denominator are combined
over the same areas, the rate is made last. A hidden part leaves no sum, an unknown one neither:
„.“ is never zero. Cells are read under the reader's policies: what one may not see is a part that
is missing.
"""

from services.indicator_api.facts.status import Quality, Status
from services.indicator_api.observations.cells import (
    SILENT,
    best_of,
    cells,
    has_rivals,
    paired_cells,
    traits,
)
from services.indicator_api.observations.plan import FigurePlan

HIDDEN, UNKNOWN, MISSING = int(Status.HIDDEN), int(Status.UNKNOWN), int(Status.NOT_AVAILABLE)
_VALUES = "(0, 1)"
# the smallest kind that covers the country; below it each town is divided as it likes, or not
_EVERYWHERE = "gemeinde"
# of the kinds of areas, as they stand after „aus 38 von 46“
_DATIVES = {
    "land": "Ländern",
    "regierungsbezirk": "Regierungsbezirken",
    "kreis": "Kreisen und kreisfreien Städten",
    "gemeinde": "Gemeinden",
    "stadtbezirk": "Stadtbezirken",
    "stadtteil": "Stadtteilen",
    "statistischer_bezirk": "Statistischen Bezirken",
    "quartier": "Quartieren",
    "baublock": "Baublöcken",
}


def valid(area: str, day: str) -> str:
    """The condition that an area exists on a day."""
    return (
        f"({area}.valid_from IS NULL OR {area}.valid_from <= {day})"
        f" AND ({area}.valid_to IS NULL OR {area}.valid_to > {day})"
    )


def derived_cells(plan: FigurePlan, areas: str, *, is_named: bool, is_wide: bool) -> str:
    """A query like `cells`, joined with its areas, for those that `areas` (of `a`) chooses.

    Columns: `area_id, code, name, kind, figure, moment, numerator, denominator, status, quality,
    pair, factor, formula, interval, method, is_estimated, parts, parts_expected, parts_kind,
    detail`. With `is_named` each key is answered for by the version that is valid on the day
    asked for, else by its last one; `is_wide` says that much lies below the areas.

    The planner knows nothing of how many rows the steps hold. Where two of them would meet they
    are therefore laid upon each other and grouped by windows, or joined so that it cannot loop.
    """
    return f"""
        WITH trait AS MATERIALIZED (SELECT t.* FROM {traits(plan)}),
        {_targets(areas, is_named=is_named)},
        {_sought(plan, areas, is_named=is_named)},
        {_below(plan, is_named=is_named, is_wide=is_wide)},
        {_lines()},
        {_sums()},
        {_compositions()},
        {_candidates(is_named=is_named)}
        SELECT DISTINCT ON (g.code, x.figure, x.moment)
            g.id AS area_id, g.code, g.name, g.kind, x.figure, x.moment, x.numerator,
            x.denominator, x.status, x.quality, x.pair, x.factor, x.formula, x.interval, x.method,
            x.is_estimated, x.parts, x.parts_expected, x.parts_kind, x.detail
        FROM found AS x JOIN indicator.area AS g ON g.id = x.area_id
        ORDER BY g.code, x.figure, x.moment, x.priority, (g.valid_to IS NOT NULL)
    """


def _targets(areas: str, *, is_named: bool) -> str:
    target = "SELECT v.* FROM version AS v"
    if is_named:
        target = """
            SELECT DISTINCT ON (v.code) v.* FROM version AS v
            ORDER BY v.code, v.is_valid DESC,
                (v.valid_from IS NULL OR v.valid_from <= CAST(:valid_on AS date)) DESC,
                v.valid_from DESC NULLS LAST
        """
    return f"""
        version AS MATERIALIZED (
            SELECT a.id, a.code, a.valid_from, a.is_fictional,
                a.code <> ALL (CAST(:own_only AS text[])) AS has_sums,
                {valid("a", "CAST(:valid_on AS date)")} AS is_valid
            FROM indicator.area AS a WHERE {areas}
        ),
        target AS MATERIALIZED ({target})
    """


def _sought(plan: FigurePlan, areas: str, *, is_named: bool) -> str:
    """Own cells; the areas without one (`missing`), and those whose figures they need (`node`)."""
    all_cells = ""
    if is_named:
        # of a few areas only their own cells are read
        own = cells(plan, "AND c.area_id = ANY(ARRAY(SELECT v.id FROM version AS v))")
    else:
        all_cells = f"cell AS MATERIALIZED ({paired_cells(plan)}),"
        own = best_of("SELECT * FROM cell") if has_rivals(plan) else "SELECT * FROM cell"
    return f"""
        {all_cells}
        own AS MATERIALIZED (
            SELECT c.*, a.is_fictional FROM ({own}) AS c
            JOIN indicator.area AS a ON a.id = c.area_id AND {areas}
        ),
        missing AS MATERIALIZED (
            SELECT g.id, m.figure, m.moment, m.day, g.is_fictional, g.has_sums
            FROM target AS g
            CROSS JOIN (SELECT DISTINCT t.figure, t.moment, t.day FROM trait AS t) AS m
            EXCEPT
            SELECT o.area_id, o.figure, o.moment, o.day, o.is_fictional, s.has_sums
            FROM own AS o CROSS JOIN (VALUES (true), (false)) AS s (has_sums)
            WHERE o.status NOT IN {SILENT}
        ),
        source AS MATERIALIZED (
            SELECT m.id, m.figure, m.moment, m.day, m.has_sums, k.source_area_id, k.weight,
                k.basis, k.origin, s.code, s.is_fictional, s.valid_to <= m.day AS has_ended
            FROM missing AS m
            JOIN indicator.area_composition AS k ON k.target_area_id = m.id
            -- a unit of a set that ended, and of which not all is followed, is still asked for
            JOIN indicator.area AS s ON s.id = k.source_area_id
                AND ({valid("s", "m.day")} OR (k.standing = 'missed' AND s.valid_to <= m.day))
        ),
        node AS MATERIALIZED (
            SELECT n.id, n.figure, n.moment, n.is_fictional, bool_or(n.has_sums) AS has_sums,
                bool_or(n.is_target) AS is_target
            FROM (
                SELECT m.id, m.figure, m.moment, m.is_fictional, m.has_sums, true AS is_target
                FROM missing AS m
                UNION ALL
                SELECT s.source_area_id, s.figure, s.moment, s.is_fictional, s.has_sums, false
                FROM source AS s
            ) AS n GROUP BY n.id, n.figure, n.moment, n.is_fictional
        )
    """


def _below(plan: FigurePlan, *, is_named: bool, is_wide: bool) -> str:
    """The cells of nodes and of what lies below them (`below`)."""
    query = "SELECT * FROM cell"
    if is_named:
        condition = """
            AND w.pair = ANY(ARRAY(SELECT t.pair FROM trait AS t WHERE (t.figure, t.moment)
                IN (SELECT n.figure, n.moment FROM node AS n)))
        """
        if not is_wide:
            condition += """
                AND c.area_id = ANY(ARRAY(
                    SELECT b.id FROM indicator.area AS b WHERE b.lineage
                        && ARRAY(SELECT DISTINCT n.id FROM node AS n WHERE n.has_sums)
                    UNION SELECT n.id FROM node AS n
                ))
            """
        query = paired_cells(plan, condition)
    if has_rivals(plan):
        query = best_of(query, prefers_adding=True)
    return f"""
        below AS MATERIALIZED (
            SELECT c.area_id, c.figure, c.moment, c.day, c.numerator, c.denominator, c.status,
                c.quality, c.pair, c.factor, c.formula, c.interval, c.caution, c.adds, a.lineage,
                a.is_fictional, k.rank,
                c.adds AND NOT a.is_set AND {valid("a", "c.day")} AS counts
            FROM ({query}) AS c
            JOIN indicator.area AS a ON a.id = c.area_id
            JOIN indicator.area_kind AS k ON k.code = a.kind
            WHERE c.status NOT IN {SILENT} AND EXISTS (SELECT FROM node)
        )
    """


def _lines() -> str:
    """Which cells count for which node (`roofed`).

    Each cell stands in `line` once for every area in its lineage, itself included, and each node
    once more. Windows over an area of the lineage say whether it is a node, and whether it has
    a cell itself; windows over a cell say under which roof it counts: that of the lowest area
    above it that has a cell.
    """
    return """
        line AS (
            SELECT c.*, l.ancestor, l.place, l.ancestor = c.area_id AS is_self,
                false AS is_node, false AS has_sums, false AS is_target
            FROM below AS c
            CROSS JOIN LATERAL unnest(c.lineage) WITH ORDINALITY AS l (ancestor, place)
            WHERE c.counts OR l.ancestor = c.area_id
            UNION ALL
            SELECT NULL, n.figure, n.moment, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                NULL, NULL, NULL, n.is_fictional, NULL, NULL, n.id, NULL, false, true, n.has_sums,
                n.is_target
            FROM node AS n
        ),
        met AS (
            SELECT l.*, bool_or(l.is_node) OVER up AS of_node,
                bool_or(l.has_sums) OVER up AS node_has_sums,
                bool_or(l.is_target) OVER up AS of_target,
                bool_or(l.is_self) OVER up AS node_speaks,
                bool_or(l.is_self AND l.counts) OVER up AS node_counts,
                bool_or(l.is_node AND l.is_fictional) OVER up AS node_is_fictional
            FROM line AS l WINDOW up AS (PARTITION BY l.ancestor, l.figure, l.moment)
        ),
        roofed AS MATERIALIZED (
            SELECT * FROM (
                SELECT m.*, max(m.place) FILTER (WHERE m.node_counts AND NOT m.is_self)
                    OVER (PARTITION BY m.area_id, m.figure, m.moment) AS roof
                FROM met AS m WHERE NOT m.is_node
            ) AS r WHERE r.of_node
        )
    """


def _sums() -> str:
    """Sums of the cells that count for a node, and how complete they are (`tree`)."""
    return f"""
        added AS MATERIALIZED (
            SELECT c.ancestor AS node, c.day, c.figure, c.moment, {_combined("1")},
                max(c.rank) AS rank, min(c.rank) AS highest_rank,
                array_agg(c.area_id) FILTER (WHERE c.status IN {_VALUES}) AS part_ids,
                bool_or(c.of_target) AS of_target, bool_or(c.node_speaks) AS node_speaks
            FROM roofed AS c
            WHERE NOT c.is_self AND c.counts AND c.node_has_sums AND c.place >= COALESCE(c.roof, 0)
                AND c.is_fictional = c.node_is_fictional
            GROUP BY c.ancestor, c.day, c.figure, c.moment
        ),
        extent AS MATERIALIZED (
            SELECT e.*, {_extent("ARRAY[e.node]", "e")} AS expected
            FROM (
                SELECT DISTINCT s.node, s.day, s.rank, k.code AS kind
                FROM added AS s JOIN indicator.area_kind AS k ON k.rank = s.rank
            ) AS e
        ),
        tree AS MATERIALIZED (
            SELECT s.*, CASE WHEN e.expected[2] = 0 THEN e.kind END AS parts_kind,
                e.expected[1] + e.expected[2] AS parts_expected,
                CASE WHEN s.rank = s.highest_rank THEN s.usable ELSE (
                    SELECT c.covered[1] + c.covered[2]
                    FROM (SELECT {_extent("s.part_ids", "e")} AS covered) AS c
                ) END AS parts
            FROM added AS s
            LEFT JOIN extent AS e ON e.node = s.node AND e.day = s.day AND e.rank = s.rank
        )
    """


def _extent(roofs: str, row: str) -> str:
    """How many areas of the smallest kind among the parts lie below `roofs` on the day, and how
    many municipalities that are not divided so: each of them is a part that may be missing.

    Few towns have Quartiere: theirs alone are no whole Land.
    """
    below = f"""
        FROM indicator.area AS x
        WHERE x.lineage && {roofs} AND NOT x.is_set AND {valid("x", f"{row}.day")}
    """
    return f"""
        ARRAY[
            (SELECT count(*) {below} AND x.kind = {row}.kind),
            (SELECT count(*) FROM (
                SELECT x.id {below} AND x.kind = '{_EVERYWHERE}' AND {row}.rank > (
                    SELECT m.rank FROM indicator.area_kind AS m WHERE m.code = '{_EVERYWHERE}'
                )
                EXCEPT
                SELECT unnest(x.lineage) {below} AND x.kind = {row}.kind
            ) AS undivided)
        ]
    """


def _combined(weight: str) -> str:
    """Aggregates over parts `c`: sums, what is wrong with them, and the traits of all together."""
    return f"""
        sum({weight} * c.numerator) FILTER (WHERE c.status IN {_VALUES}) AS numerator,
        sum({weight} * c.denominator) FILTER (WHERE c.status IN {_VALUES}) AS denominator,
        count(*) FILTER (WHERE c.status IN {_VALUES}) AS usable,
        count(*) FILTER (WHERE c.status = {HIDDEN}) AS hidden,
        count(*) FILTER (WHERE c.status = {UNKNOWN}) AS unknown,
        min(c.status) FILTER (WHERE c.status IN {_VALUES}) AS lowest_status,
        bit_or(c.quality) AS quality, min(c.pair) AS pair, min(c.factor) AS factor,
        min(c.formula) AS formula, min(c.interval) AS interval, max(c.caution) AS caution,
        bool_and(c.adds) AS adds
    """


def _compositions() -> str:
    """Figures from the areas that became the target, or from the units of a set (`composed`)."""
    return f"""
        whole AS MATERIALIZED (
            SELECT c.area_id, c.figure, c.moment, c.numerator, c.denominator, c.status, c.quality,
                c.pair, c.factor, c.formula, c.interval, c.caution, c.adds
            FROM roofed AS c WHERE c.is_self
            UNION ALL
            SELECT t.node, t.figure, t.moment, t.numerator, t.denominator,
                -- a part of which something is missing is missing itself
                CASE WHEN {_sum_status("t")} IN {_VALUES} AND t.parts < t.parts_expected
                    THEN {MISSING} ELSE {_sum_status("t")} END,
                t.quality, t.pair, t.factor, t.formula, t.interval, t.caution, t.adds
            FROM tree AS t WHERE NOT t.node_speaks
        ),
        composed AS MATERIALIZED (
            SELECT s.id, s.figure, s.moment, count(*) AS sources, {_combined("s.weight")},
                bool_and(s.basis = 'whole') AS is_whole, bool_or(s.basis = 'area') AS is_by_area,
                max(s.origin) AS origin, string_agg(s.code, ', ' ORDER BY s.code) AS codes,
                string_agg(s.code, ', ' ORDER BY s.code) FILTER (WHERE s.has_ended) AS ended_codes
            -- a full join is never a loop; what has no target is left out below
            FROM source AS s
            FULL JOIN whole AS c ON c.area_id = s.source_area_id AND c.figure = s.figure
                AND c.moment = s.moment
            WHERE COALESCE(s.id, 0) <> 0
            GROUP BY s.id, s.figure, s.moment
            HAVING count(c.area_id) > 0
                AND (bool_and(c.adds) OR (count(*) = 1 AND bool_and(s.basis = 'whole')))
        )
    """


def _sum_status(row: str) -> str:
    return f"""
        CASE WHEN {row}.hidden > 0 THEN {HIDDEN} WHEN {row}.unknown > 0 THEN {UNKNOWN}
            WHEN {row}.usable = 0 THEN {MISSING} ELSE {row}.lowest_status END
    """


def _candidates(*, is_named: bool) -> str:
    """All figures that an area may have, the better ones with the lower `priority` (`found`)."""
    nothing = (
        "NULL::text AS method, false AS is_estimated, NULL::bigint AS parts,"
        " NULL::bigint AS parts_expected, NULL::text AS parts_kind, NULL::text AS detail"
    )
    traits = "c.pair, c.factor, c.formula, c.interval"
    own_priority = f"CASE WHEN c.status NOT IN {SILENT} THEN 1 ELSE 6 END"
    if is_named:
        # another version of the same key speaks for it where nothing else does
        own_priority = f"""
            CASE WHEN c.status IN {SILENT} THEN 6
                WHEN c.area_id IN (SELECT g.id FROM target AS g) THEN 1 ELSE 4 END
        """
    return f"""
        found AS (
            SELECT c.area_id, c.figure, c.moment, c.numerator, c.denominator, c.status, c.quality,
                {traits}, {nothing}, {own_priority} AS priority
            FROM own AS c
            UNION ALL
            SELECT c.id, c.figure, c.moment, {_told("c", "f.status")}, f.status,
                c.quality | CASE WHEN f.is_estimated THEN {int(Quality.ESTIMATED)} ELSE 0 END,
                {traits}, {_composition_method("c")}, f.is_estimated, c.usable, c.sources, NULL,
                {_composition_detail("c")}, CASE WHEN f.status = {MISSING} THEN 5 ELSE 2 END
            FROM composed AS c
            CROSS JOIN LATERAL (
                SELECT NOT c.is_whole AS is_estimated,
                    CASE WHEN c.hidden = 0 AND c.unknown = 0 AND c.usable < c.sources
                        THEN {MISSING} ELSE {_sum_status("c")} END AS status
            ) AS f
            UNION ALL
            SELECT c.node, c.figure, c.moment, {_told("c", _sum_status("c"))}, {_sum_status("c")},
                c.quality, {traits}, 'sum', false, c.parts, c.parts_expected, c.parts_kind,
                {_sum_detail("c")}, 3
            FROM tree AS c WHERE c.of_target
        )
    """


def _told(row: str, status: str) -> str:
    """Numerator and denominator of all parts together; those of some alone are too small."""
    return f"""
        CASE WHEN {status} IN {_VALUES} THEN {row}.numerator END AS numerator,
        CASE WHEN {status} IN {_VALUES} THEN {row}.denominator END AS denominator
    """


def _composition_method(row: str) -> str:
    return f"""
        CASE WHEN {row}.origin = 'set' THEN 'set' WHEN NOT {row}.is_whole THEN 'estimate'
            WHEN {row}.sources = 1 THEN 'key_change' ELSE 'merge' END
    """


def _german(number: str) -> str:
    return f"replace(to_char({number}, 'FM999,999,999'), ',', '.')"


def _composition_detail(row: str) -> str:
    shares = f"CASE WHEN {row}.is_by_area THEN 'Fläche' ELSE 'Einwohnern' END"
    names = (
        f"CASE WHEN {row}.sources <= 8 THEN {row}.codes"
        f" ELSE {_german(f'{row}.sources')} || ' Gebieten' END"
    )
    return f"""
        CASE
            WHEN {row}.hidden = 1 THEN 'Keine Summe: Ein Teil ist geheim.'
            WHEN {row}.hidden > 1
                THEN 'Keine Summe: ' || {_german(f"{row}.hidden")} || ' Teile sind geheim.'
            WHEN {row}.unknown > 0 THEN 'Keine Summe: Teile sind unbekannt oder geheim.'
            WHEN {row}.usable < {row}.sources AND {row}.ended_codes IS NOT NULL
                THEN 'Keine Angabe: Das Gebiet besteht aus Einheiten, die es dann nicht mehr gibt ('
                || {row}.ended_codes || '). Es ist aus den heutigen neu zusammenzusetzen.'
            WHEN {row}.usable < {row}.sources THEN 'Keine Angabe: Zahlen liegen nur zu '
                || {_german(f"{row}.usable")} || ' von ' || {_german(f"{row}.sources")}
                || ' Teilen vollständig vor.'
            WHEN {row}.origin = 'set' AND {row}.is_whole
                THEN 'Summe aus ' || {_german(f"{row}.sources")} || ' Teilgebieten'
            WHEN {row}.origin = 'set' THEN 'Geschätzt aus ' || {_german(f"{row}.sources")}
                || ' Teilgebieten, angeschnittene nach ' || {shares}
            WHEN NOT {row}.is_whole
                THEN 'Geschätzt aus ' || {names} || ' nach Anteilen an ' || {shares}
            WHEN {row}.sources = 1 THEN 'Zahl von ' || {row}.codes || ', unverändert übernommen'
            ELSE 'Summe aus ' || {names} || ', die hierin aufgegangen sind'
        END || {_caution(row, f"{row}.sources > 1")}
    """


def _sum_detail(row: str) -> str:
    kinds = " ".join(f"WHEN '{kind}' THEN '{name}'" for kind, name in _DATIVES.items())
    return f"""
        CASE
            WHEN {row}.hidden = 1 THEN 'Keine Summe: Ein Teil ist geheim.'
            WHEN {row}.hidden > 1
                THEN 'Keine Summe: ' || {_german(f"{row}.hidden")} || ' Teile sind geheim.'
            WHEN {row}.unknown > 0 THEN 'Keine Summe: Teile sind unbekannt oder geheim.'
            WHEN {row}.usable = 0 THEN 'Keine Summe: Kein Teil hat eine Zahl.'
            ELSE 'Summe aus ' || {_german(f"{row}.parts")} || ' von '
                || {_german(f"{row}.parts_expected")} || ' '
                || CASE {row}.parts_kind {kinds} ELSE 'Gebieten' END
        END || {_caution(row, "true")}
        || CASE WHEN {row}.caution = 3 AND {row}.parts < {row}.parts_expected
            AND {row}.hidden + {row}.unknown = 0 AND {row}.usable > 0
            THEN '; was fehlt, kann die Quelle gesperrt haben' ELSE '' END
    """


def _caution(row: str, condition: str) -> str:
    """What to know of a sum of rounded or perturbed parts; `caution` counts `ADDITIVITIES`."""
    return f"""
        CASE WHEN {condition} AND {row}.usable > 0 AND {row}.hidden + {row}.unknown = 0
            THEN CASE {row}.caution
                WHEN 1 THEN '; die Teile sind gerundet, die Summe kann abweichen'
                WHEN 2 THEN '; die Teile sind zum Schutz leicht verändert, die Summe kann abweichen'
                ELSE '' END
            ELSE '' END
    """
