"""Figures of others that a delivery is held against: what is released to its sender.

As everywhere, of each dataset the release for the narrowest readership one belongs to is read, and
never a blocked cell; the row-level policies see to both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

import polars as pl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.rules import AUDIENCES
from services.indicator_api.deliveries.plausibility.context import Share
from services.indicator_api.deliveries.plausibility.scales import (
    LEAST_AREAS,
    LEAST_WHOLE,
    ROBUST,
    Scale,
)
from services.indicator_api.deliveries.plausibility.similar import Usual
from services.indicator_api.periods.rules import Period

DENOMINATOR_SCHEMA = {"area_id": pl.Int32, "value": pl.Float64, "dataset": pl.String}


@dataclass(frozen=True, slots=True)
class Asked:
    """Figures of which it is asked what is usual: a rate of the publisher's, or a share's parts."""

    measure: int
    breakdown: int
    day: date
    period_kind: str
    scale: Scale
    dataset: int | None = None
    denominator: int | None = None
    denominator_breakdown: int | None = None
    denominator_dataset: int | None = None
    takes_nearest: bool = False


def asked_of(share: Share, period: Period) -> Asked:
    """What is asked about a share in a period."""
    return Asked(
        measure=share.numerator,
        breakdown=share.numerator_breakdown_id,
        day=period.end_on,
        period_kind=period.kind,
        scale="share",
        dataset=share.numerator_dataset,
        denominator=share.denominator,
        denominator_breakdown=share.denominator_breakdown_id,
        denominator_dataset=share.denominator_dataset,
        takes_nearest=share.takes_nearest,
    )


async def usual_figures(
    session: AsyncSession,
    asked: Sequence[Asked],
    kinds: Sequence[tuple[str, bool]],
    own_areas: Sequence[int],
) -> dict[Asked, list[Usual]]:
    """What other areas of these kinds have: in the period asked for, or the latest before it.

    Only where there are at least `LEAST_AREAS` of a kind beside one's own.
    """
    if not asked or not kinds:
        return {}
    values = {
        f"a_{item.name}": [getattr(one, item.name) for one in asked] for item in fields(Asked)
    }
    rows = await session.execute(
        _USUAL,
        values
        | {
            "kinds": [kind for kind, _ in kinds],
            "fictional": [is_fictional for _, is_fictional in kinds],
            "own": list(own_areas),
            "audiences": list(AUDIENCES),
        },
    )
    found: dict[Asked, list[Usual]] = {}
    for place, *figures in rows:
        found.setdefault(asked[place - 1], []).append(Usual(*figures))
    return found


_VISIBLE = """
    visible AS MATERIALIZED (
        SELECT DISTINCT ON (s.dataset_id) s.id, s.dataset_id, d.title
        FROM indicator.release_series AS s
        JOIN indicator.dataset AS d ON d.id = s.dataset_id
        WHERE s.current_number > 0
        ORDER BY s.dataset_id, array_position(CAST(:audiences AS text[]), s.audience)
    )
"""
# What is released of slices is known without reading a cell: where it is too little, none is read.
_USUAL = text(
    f"""
    WITH {_VISIBLE},
    asked AS (
        SELECT * FROM unnest(
            CAST(:a_measure AS integer[]), CAST(:a_breakdown AS integer[]),
            CAST(:a_day AS date[]), CAST(:a_period_kind AS text[]), CAST(:a_scale AS text[]),
            CAST(:a_dataset AS integer[]), CAST(:a_denominator AS integer[]),
            CAST(:a_denominator_breakdown AS integer[]), CAST(:a_denominator_dataset AS integer[]),
            CAST(:a_takes_nearest AS boolean[])
        ) WITH ORDINALITY AS a (measure, breakdown, day, period_kind, scale, dataset, denominator,
            denominator_breakdown, denominator_dataset, nearest, place)
    ),
    kind AS (
        SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:fictional AS boolean[]))
            AS k (kind, is_fictional)
    ),
    counted AS (
        SELECT a.place, n.kind, n.period_id, p.end_on
        FROM asked AS a
        JOIN indicator.released_slice AS n ON n.measure_id = a.measure
            AND n.breakdown_id = a.breakdown AND n.values_shown > 0
            AND n.kind IN (SELECT k.kind FROM kind AS k)
        JOIN visible AS v ON v.id = n.series_id AND v.dataset_id = COALESCE(a.dataset, v.dataset_id)
        JOIN indicator.period AS p ON p.id = n.period_id AND p.kind = a.period_kind
            AND p.end_on <= a.day
        GROUP BY a.place, n.kind, n.period_id, p.end_on
        HAVING sum(n.values_shown) >= {LEAST_AREAS}
    ),
    chosen AS MATERIALIZED (
        SELECT DISTINCT ON (c.place, c.kind) c.place, c.kind, c.period_id, d.period_id AS whole_id
        FROM counted AS c
        JOIN asked AS a ON a.place = c.place
        LEFT JOIN LATERAL (
            SELECT o.period_id
            FROM indicator.released_slice AS o
            JOIN visible AS v ON v.id = o.series_id
                AND v.dataset_id = COALESCE(a.denominator_dataset, v.dataset_id)
            JOIN indicator.period AS p ON p.id = o.period_id
            WHERE o.measure_id = a.denominator AND o.breakdown_id = a.denominator_breakdown
                AND o.kind = c.kind AND o.values_shown > 0
                AND (a.nearest OR o.period_id = c.period_id)
            ORDER BY abs(p.end_on - c.end_on), o.period_id DESC
            LIMIT 1
        ) AS d ON true
        WHERE a.denominator IS NULL OR d.period_id IS NOT NULL
        ORDER BY c.place, c.kind, c.end_on DESC, c.period_id DESC
    ),
    cell AS (
        SELECT DISTINCT ON (c.place, r.area_id) c.place, c.period_id, x.kind, x.is_fictional,
            a.scale, r.value, w.value AS whole
        FROM chosen AS c
        JOIN asked AS a ON a.place = c.place
        JOIN indicator.released_cell AS r ON r.measure_id = a.measure
            AND r.breakdown_id = a.breakdown AND r.period_id = c.period_id
            AND r.released_to = 2147483647 AND NOT r.is_blocked AND r.value IS NOT NULL
        JOIN visible AS v ON v.id = r.series_id AND v.dataset_id = COALESCE(a.dataset, v.dataset_id)
        JOIN indicator.area AS x ON x.id = r.area_id AND x.kind = c.kind
        JOIN kind AS k ON k.kind = x.kind AND k.is_fictional = x.is_fictional
        LEFT JOIN (
            indicator.released_cell AS w
            JOIN visible AS u ON u.id = w.series_id
        ) ON w.measure_id = a.denominator AND w.breakdown_id = a.denominator_breakdown
            AND w.period_id = c.whole_id AND w.area_id = r.area_id
            AND w.released_to = 2147483647 AND NOT w.is_blocked
            AND u.dataset_id = COALESCE(a.denominator_dataset, u.dataset_id)
        WHERE r.area_id <> ALL(CAST(:own AS integer[]))
        ORDER BY c.place, r.area_id, w.value IS NULL, w.series_id <> r.series_id, w.series_id
    ),
    share AS (
        SELECT place, period_id, kind, is_fictional, scale, CASE scale
            WHEN 'share' THEN (value + 0.5) / (whole + 1) WHEN 'percent' THEN value / 100
            ELSE value END AS share
        FROM cell
        WHERE CASE scale WHEN 'share' THEN whole >= {LEAST_WHOLE} AND value BETWEEN 0 AND whole
            WHEN 'percent' THEN value > 0 AND value < 100 ELSE value > 0 END
    ),
    placed AS MATERIALIZED (
        SELECT *, CASE scale WHEN 'plain' THEN ln(share) ELSE ln(share / (1 - share)) END AS at
        FROM share
    ),
    middle AS (
        SELECT place, kind, is_fictional, min(period_id) AS period_id, count(*) AS areas,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY at) AS usual,
            percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY share) AS shares
        FROM placed GROUP BY place, kind, is_fictional
        HAVING count(*) >= {LEAST_AREAS}
    )
    SELECT m.place, m.kind, m.is_fictional, n.plural, q.code, m.areas, m.usual,
        (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(p.at - m.usual)) * {ROBUST}
            FROM placed AS p WHERE p.place = m.place AND p.kind = m.kind
                AND p.is_fictional = m.is_fictional),
        m.shares[2], m.shares[1], m.shares[3]
    FROM middle AS m
    JOIN indicator.area_kind AS n ON n.code = m.kind
    JOIN indicator.period AS q ON q.id = m.period_id
    """
)


async def denominators(
    session: AsyncSession, share: Share, day: date, period_id: int, area_ids: Sequence[int]
) -> tuple[pl.DataFrame, str | None]:
    """Released denominators of these areas (`DENOMINATOR_SCHEMA`), and their period's code.

    They are of the period itself or, where the definition says so, of the nearest one. Where
    several datasets hold an area's, the first of them counts.
    """
    rows = await session.execute(
        _DENOMINATORS,
        {
            "measure": share.denominator,
            "breakdown": share.denominator_breakdown_id,
            "dataset": share.denominator_dataset,
            "nearest": share.takes_nearest,
            "day": day,
            "period": period_id,
            "areas": list(area_ids),
            "audiences": list(AUDIENCES),
        },
    )
    found = [tuple(row) for row in rows]
    frame = pl.DataFrame([row[:3] for row in found], schema=DENOMINATOR_SCHEMA, orient="row")
    return frame, found[0][3] if found else None


_DENOMINATORS = text(
    f"""
    WITH {_VISIBLE},
    held AS (
        SELECT v.id, v.dataset_id, v.title FROM visible AS v
        WHERE v.dataset_id = COALESCE(CAST(:dataset AS integer), v.dataset_id)
    ),
    period AS (
        SELECT p.id, p.code
        FROM indicator.released_slice AS n
        JOIN held AS h ON h.id = n.series_id
        JOIN indicator.period AS p ON p.id = n.period_id
        WHERE n.measure_id = :measure AND n.breakdown_id = :breakdown AND n.values_shown > 0
            AND (:nearest OR p.id = :period)
        ORDER BY abs(p.end_on - CAST(:day AS date)), p.id DESC
        LIMIT 1
    )
    SELECT DISTINCT ON (c.area_id) c.area_id, c.value, h.title, p.code
    FROM period AS p
    JOIN indicator.released_cell AS c ON c.period_id = p.id AND c.measure_id = :measure
        AND c.breakdown_id = :breakdown AND c.area_id = ANY(CAST(:areas AS integer[]))
        AND c.released_to = 2147483647 AND NOT c.is_blocked AND c.value IS NOT NULL
    JOIN held AS h ON h.id = c.series_id
    ORDER BY c.area_id, h.dataset_id
    """
)
