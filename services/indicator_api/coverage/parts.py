"""What can be computed of an area from all of its parts, where it has no figure of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.coverage.repository import VALID, VISIBLE, asked_indicators


@dataclass(frozen=True, slots=True)
class Computed:
    """The newest period for which all parts of an area have a released figure.

    `periods` is how many there are; `parts` of them are summed up, `kinds` is what they are.
    """

    latest_on: date
    period: str
    period_label: str
    periods: int
    parts: int
    kinds: str


# Parts are complete by the rule that holds totals to them, see `observations.totals`.
_COMPUTED = text(
    f"""
    WITH {VISIBLE},
    wanted AS (
        SELECT * FROM unnest(CAST(:w_indicators AS integer[]), CAST(:w_areas AS integer[]))
            AS w (indicator_id, area_id)
    ),
    released AS MATERIALIZED (
        SELECT DISTINCT a.id, n.kind
        FROM asked AS a
        JOIN indicator.released_slice AS n ON n.measure_id = a.n_measure
            AND n.breakdown_id = a.n_breakdown AND n.values_shown > 0
        JOIN indicator.measure AS m ON m.id = a.n_measure AND m.kind <> 'rate'
        LEFT JOIN indicator.measure AS o ON o.id = a.d_measure
        WHERE o.kind IS DISTINCT FROM 'rate'
    ),
    child AS MATERIALIZED (
        SELECT a.id, a.parent_id, a.kind, a.area_km2, t.area_km2 AS whole_km2, r.rank,
            CASE WHEN k.rank <= 50 THEN 'administration'
                ELSE concat(a.kind, ' ', a.partition_id) END AS division
        FROM indicator.area AS t
        JOIN indicator.area_kind AS r ON r.code = t.kind
        JOIN indicator.area AS a ON a.parent_id = t.id AND a.is_fictional = t.is_fictional
            AND NOT a.is_set AND {VALID}
        JOIN indicator.area_kind AS k ON k.code = a.kind
        WHERE t.id IN (SELECT w.area_id FROM wanted AS w)
    ),
    whole AS MATERIALIZED (
        SELECT parent_id, division, min(kind) AS kind, count(*) AS parts
        FROM child
        GROUP BY parent_id, division, whole_km2, rank
        HAVING count(DISTINCT kind) = 1
            AND CASE WHEN count(area_km2) = count(*) AND whole_km2 > 0
                THEN sum(area_km2) BETWEEN 0.98 * whole_km2 AND 1.02 * whole_km2
                ELSE rank >= 40 END
    ),
    complete AS (
        SELECT w.indicator_id, w.area_id, g.kind, g.parts, c.period_id
        FROM wanted AS w
        JOIN asked AS a ON a.id = w.indicator_id
        JOIN whole AS g ON g.parent_id = w.area_id
        JOIN released AS e ON e.id = a.id AND e.kind = g.kind
        JOIN child AS h ON h.parent_id = g.parent_id AND h.division = g.division
        JOIN indicator.released_cell AS c ON c.area_id = h.id AND c.measure_id = a.n_measure
            AND c.breakdown_id = a.n_breakdown AND c.released_to = 2147483647
            AND NOT c.is_blocked AND c.value IS NOT NULL
        JOIN visible AS v ON v.id = c.series_id AND v.additivity <> 'not_additive'
            AND (a.n_dataset IS NULL OR v.dataset_id = a.n_dataset)
        WHERE a.d_measure IS NULL OR EXISTS (
            SELECT FROM indicator.released_cell AS o
            JOIN visible AS u ON u.id = o.series_id AND u.additivity <> 'not_additive'
                AND (a.d_dataset IS NULL OR u.dataset_id = a.d_dataset)
            WHERE o.area_id = h.id AND o.measure_id = a.d_measure
                AND o.breakdown_id = a.d_breakdown AND (a.nearest OR o.period_id = c.period_id)
                AND o.released_to = 2147483647 AND NOT o.is_blocked AND o.value IS NOT NULL
        )
        GROUP BY w.indicator_id, w.area_id, g.kind, g.parts, c.period_id
        HAVING count(DISTINCT c.area_id) = g.parts
    )
    SELECT DISTINCT ON (c.indicator_id, c.area_id) c.indicator_id, c.area_id,
        p.end_on AS latest_on, p.code AS period, p.label AS period_label,
        count(*) OVER (PARTITION BY c.indicator_id, c.area_id, c.kind) AS periods, c.parts,
        CASE WHEN c.parts = 1 THEN k.label ELSE k.plural END AS kinds
    FROM complete AS c
    JOIN indicator.period AS p ON p.id = c.period_id
        AND (CAST(:until AS date) IS NULL OR p.end_on <= :until)
    JOIN indicator.area_kind AS k ON k.code = c.kind
    ORDER BY c.indicator_id, c.area_id, p.end_on DESC, p.id DESC, k.rank
    """
)


async def find_computed(
    session: AsyncSession,
    indicators: Sequence[dict[str, Any]],
    cells: Sequence[tuple[int, int]],
    valid_on: date,
    until: date | None,
) -> dict[tuple[int, int], Computed]:
    """{(indicator id, area id): what its parts give}, of these cells, up to the day `until`."""
    if not cells:
        return {}
    rows = await session.execute(
        _COMPUTED,
        asked_indicators(indicators)
        | {
            "w_indicators": [indicator for indicator, _ in cells],
            "w_areas": [area for _, area in cells],
            "valid_on": valid_on,
            "until": until,
        },
    )
    return {(row[0], row[1]): Computed(*row[2:]) for row in rows}
