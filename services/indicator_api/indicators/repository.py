"""Reading indicators with what of them is released."""

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.indicators.models import Indicator

_AVAILABLE = text(
    """
    WITH slices AS (
        SELECT i.id AS indicator_id, n.kind, n.period_id, s.dataset_id, n.cells,
            d.dataset_id AS denominator_dataset_id
        FROM indicator.indicator AS i
        JOIN indicator.released_slice AS n
            ON n.measure_id = i.numerator_measure_id
            AND n.breakdown_id = i.numerator_breakdown_id
        JOIN indicator.release_series AS s
            ON s.id = n.series_id
            AND (i.numerator_dataset_id IS NULL OR s.dataset_id = i.numerator_dataset_id)
        LEFT JOIN LATERAL (
            SELECT ds.dataset_id
            FROM indicator.released_slice AS dn
            JOIN indicator.release_series AS ds ON ds.id = dn.series_id
            WHERE dn.measure_id = i.denominator_measure_id
                AND dn.breakdown_id = i.denominator_breakdown_id
                AND dn.kind = n.kind
                AND (i.denominator_dataset_id IS NULL OR ds.dataset_id = i.denominator_dataset_id)
                AND (i.denominator_period_rule = 'nearest' OR dn.period_id = n.period_id)
            LIMIT 1
        ) AS d ON true
        JOIN indicator.area_kind AS l ON l.code = n.kind
        LEFT JOIN indicator.area_kind AS smallest ON smallest.code = i.smallest_level
        WHERE i.id = ANY(:ids)
            AND (i.denominator_measure_id IS NULL OR d.dataset_id IS NOT NULL)
            -- official tables list a few areas below their level, such as Aachen among the Kreise
            AND (smallest.rank IS NULL OR l.rank <= smallest.rank)
    )
    SELECT indicator_id,
        (SELECT jsonb_agg(jsonb_build_object('kind', l.kind, 'label', k.plural, 'areas', l.areas)
            ORDER BY k.rank)
         FROM (SELECT kind, sum(areas)::integer AS areas FROM (
                   SELECT kind, dataset_id, max(cells) AS areas FROM slices AS x
                   WHERE x.indicator_id = s.indicator_id GROUP BY kind, dataset_id) AS by_dataset
               GROUP BY kind) AS l
         JOIN indicator.area_kind AS k ON k.code = l.kind) AS levels,
        (SELECT jsonb_agg(jsonb_build_object('code', p.code, 'label', p.label)
            ORDER BY p.end_on DESC, p.id DESC)
         FROM indicator.period AS p
         WHERE p.id IN (SELECT x.period_id FROM slices AS x
                        WHERE x.indicator_id = s.indicator_id)) AS periods,
        (SELECT jsonb_agg(jsonb_build_object('code', d.code, 'title', d.title,
            'publisher', d.publisher, 'attribution', d.attribution, 'licence', d.licence,
            'is_fictional', d.is_fictional, 'is_sample', d.is_sample) ORDER BY d.code)
         FROM indicator.dataset AS d
         WHERE d.id IN (
            SELECT unnest(ARRAY[x.dataset_id, x.denominator_dataset_id]) FROM slices AS x
            WHERE x.indicator_id = s.indicator_id)) AS datasets,
        (SELECT jsonb_agg(jsonb_build_object('dataset', d.code, 'is_fictional', d.is_fictional,
            'level', c.kind, 'period', p.code, 'areas', c.areas)
            ORDER BY d.code, k.rank, p.end_on, p.id)
         FROM (SELECT dataset_id, kind, period_id, max(cells) AS areas FROM slices AS x
               WHERE x.indicator_id = s.indicator_id GROUP BY dataset_id, kind, period_id) AS c
         JOIN indicator.dataset AS d ON d.id = c.dataset_id
         JOIN indicator.period AS p ON p.id = c.period_id
         JOIN indicator.area_kind AS k ON k.code = c.kind) AS coverage
    FROM slices AS s GROUP BY indicator_id
    """
)


async def list_indicators(
    session: AsyncSession, *, dimension: str | None, after: tuple[str, str] | None, limit: int
) -> list[Indicator]:
    """Up to `limit` current definitions by dimension and code."""
    query = (
        select(Indicator)
        .where(Indicator.is_current)
        .order_by(Indicator.dimension_code, Indicator.code)
        .limit(limit)
    )
    if dimension is not None:
        query = query.where(Indicator.dimension_code == dimension)
    if after is not None:
        query = query.where(
            (Indicator.dimension_code > after[0])
            | ((Indicator.dimension_code == after[0]) & (Indicator.code > after[1]))
        )
    return list((await session.scalars(query)).all())


async def find_indicator(session: AsyncSession, code: str) -> Indicator | None:
    """The current definition with this code, or None."""
    indicator: Indicator | None = await session.scalar(
        select(Indicator).where(Indicator.code == code, Indicator.is_current)
    )
    return indicator


async def availability(session: AsyncSession, ids: list[int]) -> dict[int, dict[str, Any]]:
    """By indicator id what is released to the caller: levels, periods, datasets, coverage."""
    rows = await session.execute(_AVAILABLE, {"ids": ids})
    return {
        row["indicator_id"]: {
            key: row[key] or [] for key in ("levels", "periods", "datasets", "coverage")
        }
        for row in rows.mappings()
    }
