"""Reading observations; PostgreSQL makes the JSON, which is handed on as bytes."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations.figures import (
    QUALITY_NAMES_ARRAY,
    STATUS_NAME,
    area_condition,
    figure_query,
    figure_values,
)
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import AreaChoice

CLASS_COUNT = 5
_OBSERVATION = f"""
    json_build_object(
        'area', q.code, 'name', q.name, 'kind', q.kind, 'period', q.period, 'value', q.value,
        'status', {STATUS_NAME}, 'quality', {QUALITY_NAMES_ARRAY}, 'numerator', q.numerator,
        'denominator', q.denominator, 'lower', q.lower_bound, 'upper', q.upper_bound
    )
"""


# (area, period) of the last figure shown: what a cursor holds
Place = tuple[str, str]


def _page(
    plan: FigurePlan, choice: AreaChoice, after: Place | None, limit: int
) -> tuple[str, dict[str, Any]]:
    """`shown`: up to `limit` figures behind `after`, by area and period; `page`: one more."""
    condition, values = area_condition(choice)
    where = "true"
    if after is not None:
        where = "(q.code, q.end_on || q.period) > (:after_code, :after_period)"
        values |= {"after_code": after[0], "after_period": after[1]}
    query = f"""
        WITH q AS ({figure_query(plan, condition)}),
        page AS (
            SELECT * FROM q WHERE {where} ORDER BY q.code, q.end_on, q.period
            LIMIT :limit_and_one
        ),
        shown AS (SELECT * FROM page ORDER BY code, end_on, period LIMIT :limit)
    """
    return query, values | figure_values(plan) | {"limit": limit, "limit_and_one": limit + 1}


_PLACE = """
    count(*) AS shown, (SELECT count(*) FROM page) AS fetched, max(q.code) AS last_code,
    max(q.end_on || q.period) FILTER (WHERE q.code = (SELECT max(code) FROM shown)) AS last_period
"""


def _following(row: Any) -> Place | None:
    return (row.last_code, row.last_period) if row.fetched > row.shown else None


async def read_items(
    session: AsyncSession,
    plan: FigurePlan,
    choice: AreaChoice,
    *,
    after: Place | None,
    limit: int,
) -> tuple[bytes, int, Place | None]:
    """The items as a JSON array, how many they are, and the place of the last if there are more."""
    query, values = _page(plan, choice, after, limit)
    rows = await session.execute(
        text(
            f"""
            {query} SELECT convert_to(COALESCE(json_agg({_OBSERVATION}
                ORDER BY q.code, q.end_on, q.period)::text, '[]'), 'UTF8') AS body, {_PLACE}
            FROM shown AS q
            """
        ),
        values,
    )
    row = rows.one()
    return bytes(row.body), row.shown, _following(row)


async def read_rows(
    session: AsyncSession,
    plan: FigurePlan,
    choice: AreaChoice,
    *,
    after: Place | None,
    limit: int,
) -> tuple[list[dict[str, Any]], Place | None]:
    """The same figures as rows, for tables that are written in Python."""
    query, values = _page(plan, choice, after, limit)
    rows = await session.execute(
        text(
            f"{query} SELECT q.*, {STATUS_NAME} AS status_name,"
            f" {QUALITY_NAMES_ARRAY} AS quality_names FROM page AS q"
            " ORDER BY q.code, q.end_on, q.period"
        ),
        values,
    )
    found = [dict(row) for row in rows.mappings()]
    shown = found[:limit]
    if len(found) == len(shown):
        return shown, None
    return shown, (shown[-1]["code"], f"{shown[-1]['end_on']}{shown[-1]['period']}")


async def read_geojson(
    session: AsyncSession,
    plan: FigurePlan,
    choice: AreaChoice,
    *,
    after: Place | None,
    limit: int,
) -> tuple[bytes, Place | None]:
    """The figures with their areas as GeoJSON features (EPSG:4326), a JSON array."""
    query, values = _page(plan, choice, after, limit)
    rows = await session.execute(
        text(
            f"""
            {query} SELECT convert_to(COALESCE(json_agg(json_build_object(
                'type', 'Feature', 'id', q.code,
                'geometry', ST_AsGeoJSON(ST_Transform(s.geometry, 4326), 5)::json,
                'properties', {_OBSERVATION}
            ) ORDER BY q.code, q.end_on, q.period)::text, '[]'), 'UTF8') AS body, {_PLACE}
            FROM shown AS q
            LEFT JOIN indicator.area_shape AS s ON s.area_id = q.area_id AND s.detail = 'mid'
            """
        ),
        values,
    )
    row = rows.one()
    return bytes(row.body), _following(row)


async def read_breaks(
    session: AsyncSession, plan: FigurePlan, choice: AreaChoice
) -> tuple[list[float], list[int]]:
    """Quintiles of the figures: the outer and inner limits, and how many areas in each class.

    Equal limits fall together, so that there may be fewer classes than five; none without
    values. Areas at a limit belong to the upper class, the largest value to the last.
    """
    condition, values = area_condition(choice)
    rows = await session.execute(
        text(
            f"""
            WITH q AS MATERIALIZED (
                SELECT value FROM ({figure_query(plan, condition)}) AS x
                WHERE value IS NOT NULL
            ),
            limits AS (
                SELECT ARRAY(
                    SELECT DISTINCT l FROM unnest((
                        SELECT percentile_cont(CAST(:shares AS double precision[]))
                            WITHIN GROUP (ORDER BY value) FROM q
                    )) AS l WHERE l IS NOT NULL ORDER BY l
                ) AS breaks
            )
            SELECT l.breaks, ARRAY(
                SELECT count(q.value) FROM generate_series(1, greatest(
                    cardinality(l.breaks) - 1, LEAST(cardinality(l.breaks), 1))) AS n
                LEFT JOIN q ON LEAST(
                    width_bucket(q.value, l.breaks), greatest(cardinality(l.breaks) - 1, 1)
                ) = n
                GROUP BY n ORDER BY n
            ) AS counts FROM limits AS l
            """
        ),
        values
        | figure_values(plan)
        | {"shares": [share / CLASS_COUNT for share in range(CLASS_COUNT + 1)]},
    )
    row = rows.one()
    return list(row.breaks), [int(count) for count in row.counts]
