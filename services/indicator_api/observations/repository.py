"""Reading observations; PostgreSQL makes the JSON, which is handed on as bytes."""

from collections.abc import AsyncGenerator
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations.figures import (
    QUALITY_NAMES_ARRAY,
    STATUS_NAME,
    figure_query,
)
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import AreaChoice
from services.indicator_api.observations.totals import Beside
from services.shared.database import kept_text

# outer and inner limits, and how many areas stand in each class
Quantiles = tuple[list[float], list[int]]
# (figure, area, period) of the last item shown: what a cursor holds
Place = tuple[int, str, str]
# What a row of `stream_rows` holds. `quality` are words joined by a blank, `derivation` is the
# method or None, `pair` leads to the sources: `plan.pair_sources[pair]`.
ROW_COLUMNS = (
    "indicator",
    "breakdown",
    "area",
    "name",
    "kind",
    "period",
    "value",
    "status",
    "quality",
    "numerator",
    "denominator",
    "lower",
    "upper",
    "derivation",
    "is_estimated",
    "parts",
    "parts_expected",
    "parts_kind",
    "derivation_detail",
    "pair",
    "area_id",
)
_ORDER = "q.figure, q.code, q.end_on, q.period"
_INDICATOR = "(CAST(:figure_codes AS text[]))[q.figure + 1]"
_BREAKDOWN = "(CAST(:figure_breakdowns AS text[]))[q.figure + 1]"
_ROW = f"""
    {_INDICATOR} AS indicator, {_BREAKDOWN} AS breakdown, q.code AS area, q.name, q.kind,
    q.period, q.value, {STATUS_NAME} AS status,
    array_to_string({QUALITY_NAMES_ARRAY}, ' ') AS quality, q.numerator, q.denominator,
    q.lower_bound AS lower, q.upper_bound AS upper, q.method AS derivation, q.is_estimated,
    q.parts, q.parts_expected, q.parts_kind, q.detail AS derivation_detail, q.pair,
    q.area_id
"""


def _observation(plan: FigurePlan) -> str:
    """SQL for one item as JSON; of what cannot be derived it does not ask how it was."""
    derivation = "NULL"
    if plan.is_derived or plan.derive is not None:
        derivation = """
            CASE WHEN q.method IS NOT NULL THEN json_build_object(
                'method', q.method, 'is_estimated', q.is_estimated, 'parts', q.parts,
                'parts_expected', q.parts_expected, 'parts_kind', q.parts_kind,
                'detail', q.detail) END
        """
    return f"""
        json_build_object(
            'area', q.code, 'name', q.name, 'kind', q.kind, 'indicator', {_INDICATOR},
            'breakdown', {_BREAKDOWN}, 'period', q.period, 'value', q.value,
            'status', {STATUS_NAME}, 'quality', {QUALITY_NAMES_ARRAY}, 'numerator', q.numerator,
            'denominator', q.denominator, 'lower', q.lower_bound, 'upper', q.upper_bound,
            'derivation', {derivation},
            -- why there is no value, as far as it is known
            'detail', CASE WHEN q.value IS NULL THEN q.detail END
        )
    """


def _figure_names(plan: FigurePlan) -> dict[str, Any]:
    return {
        "figure_codes": [definition.code for definition in plan.definitions],
        "figure_breakdowns": [definition.breakdown for definition in plan.definitions],
    }


def _page(
    plan: FigurePlan,
    choice: AreaChoice,
    after: Place | None,
    limit: int,
    *,
    is_read_twice: bool = False,
) -> tuple[str, dict[str, Any]]:
    """`shown`: up to `limit` figures behind `after`; `page`: one more."""
    figures, values = figure_query(plan, choice)
    where = "true"
    if after is not None:
        where = (
            "(q.figure, q.code, q.end_on || q.period) > (:after_figure, :after_code, :after_period)"
        )
        names = ("after_figure", "after_code", "after_period")
        values |= dict(zip(names, after, strict=True))
    query = f"""
        WITH q AS {"MATERIALIZED" if is_read_twice else ""} ({figures}),
        page AS (SELECT * FROM q WHERE {where} ORDER BY {_ORDER} LIMIT :limit_and_one),
        shown AS (SELECT * FROM page AS q ORDER BY {_ORDER} LIMIT :limit)
    """
    return query, values | _figure_names(plan) | {"limit": limit, "limit_and_one": limit + 1}


# Equal limits fall together, so that there may be fewer classes than asked for; none without
# values. Areas at a limit belong to the upper class, the largest value to the last.
_QUANTILES = """
    limits AS (
        SELECT ARRAY(
            SELECT DISTINCT l FROM unnest((
                SELECT percentile_cont(CAST(:shares AS double precision[]))
                    WITHIN GROUP (ORDER BY q.value) FROM q WHERE q.value IS NOT NULL
            )) AS l WHERE l IS NOT NULL ORDER BY l
        ) AS breaks
    ),
    classed AS (
        SELECT ARRAY(
            SELECT count(q.value) FROM generate_series(1, greatest(
                cardinality(l.breaks) - 1, LEAST(cardinality(l.breaks), 1))) AS n
            LEFT JOIN q ON q.value IS NOT NULL AND LEAST(
                width_bucket(q.value, l.breaks), greatest(cardinality(l.breaks) - 1, 1)
            ) = n
            GROUP BY n ORDER BY n
        ) AS counts FROM limits AS l
    )
"""


def _shares(count: int) -> dict[str, Any]:
    return {"shares": [share / count for share in range(count + 1)]}


_PLACE = """
    count(*) AS shown, (SELECT count(*) FROM page) AS fetched,
    (SELECT json_build_array(q.figure, q.code, q.end_on || q.period) FROM shown AS q
     ORDER BY q.figure DESC, q.code DESC, q.end_on DESC, q.period DESC LIMIT 1) AS last
"""


def _following(row: Any) -> Place | None:
    if row.fetched <= row.shown:
        return None
    figure, code, period = row.last
    return (figure, code, period)


async def read_items(
    session: AsyncSession,
    plan: FigurePlan,
    choice: AreaChoice,
    *,
    after: Place | None,
    limit: int,
) -> tuple[bytes, int, Place | None]:
    """The items as a JSON array, how many they are, and the place of the last if there are more."""
    body, shown, following, _ = await _read_items(session, plan, choice, after, limit, None)
    return body, shown, following


async def read_items_with_quantiles(
    session: AsyncSession,
    plan: FigurePlan,
    choice: AreaChoice,
    *,
    after: Place | None,
    limit: int,
    count: int,
) -> tuple[bytes, int, Place | None, Quantiles]:
    """The items as `read_items` gives them, and the `count` quantiles of all figures."""
    body, shown, following, row = await _read_items(session, plan, choice, after, limit, count)
    return body, shown, following, (list(row.breaks), [int(number) for number in row.counts])


async def _read_items(
    session: AsyncSession,
    plan: FigurePlan,
    choice: AreaChoice,
    after: Place | None,
    limit: int,
    quantiles: int | None,
) -> tuple[bytes, int, Place | None, Any]:
    query, values = _page(plan, choice, after, limit, is_read_twice=quantiles is not None)
    columns = ""
    if quantiles is not None:
        query += f", {_QUANTILES}"
        columns = ", (SELECT breaks FROM limits) AS breaks, (SELECT counts FROM classed) AS counts"
        values |= _shares(quantiles)
    rows = await session.execute(
        kept_text(
            f"""
            {query} SELECT convert_to(COALESCE(json_agg({_observation(plan)}
                ORDER BY {_ORDER})::text, '[]'), 'UTF8') AS body, {_PLACE} {columns}
            FROM shown AS q
            """
        ),
        values,
    )
    row = rows.one()
    return bytes(row.body), row.shown, _following(row), row


async def read_rows(
    session: AsyncSession,
    plan: FigurePlan,
    choice: AreaChoice,
    *,
    after: Place | None,
    limit: int,
    beside: Beside | None = None,
) -> tuple[list[dict[str, Any]], Place | None]:
    """The same figures as rows (see `ROW_COLUMNS`), for documents that are made in Python.

    The value of `beside` comes with the first row, in the column `beside`: one statement for both.
    """
    query, values = _page(plan, choice, after, limit)
    column = ""
    if beside is not None:
        is_first = f"row_number() OVER (ORDER BY {_ORDER}) = 1"
        column = f", CASE WHEN {is_first} THEN ({beside.query}) END AS beside"
        values |= beside.values
    rows = await session.execute(
        kept_text(
            f"{query} SELECT {_ROW}, q.figure, q.end_on || q.period AS moment {column}"
            f" FROM page AS q ORDER BY {_ORDER}"
        ),
        values,
    )
    found = [dict(row) for row in rows.mappings()]
    shown = found[:limit]
    if len(found) == len(shown):
        return shown, None
    return shown, (shown[-1]["figure"], shown[-1]["area"], shown[-1]["moment"])


async def stream_rows(
    session: AsyncSession, plan: FigurePlan, choice: AreaChoice, *, batch: int = 5_000
) -> AsyncGenerator[list[tuple[Any, ...]], None]:
    """All figures as tuples in the order of `ROW_COLUMNS`, up to `batch` at a time.

    PostgreSQL keeps the rows behind a cursor; here there is never more than one batch.
    """
    figures, values = figure_query(plan, choice)
    statement = kept_text(f"SELECT {_ROW} FROM ({figures}) AS q ORDER BY {_ORDER}")
    result = await session.stream(
        statement, values | _figure_names(plan), execution_options={"yield_per": batch}
    )
    try:
        async for rows in result.partitions(batch):
            yield [tuple(row) for row in rows]
    finally:
        await result.close()


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
        kept_text(
            f"""
            {query} SELECT convert_to(COALESCE(json_agg(json_build_object(
                'type', 'Feature', 'id', q.code,
                'geometry', ST_AsGeoJSON(ST_Transform(s.geometry, 4326), 5)::json,
                'properties', {_observation(plan)}
            ) ORDER BY {_ORDER})::text, '[]'), 'UTF8') AS body, {_PLACE}
            FROM shown AS q
            LEFT JOIN indicator.area_shape AS s ON s.area_id = q.area_id AND s.detail = 'mid'
            """
        ),
        values,
    )
    row = rows.one()
    return bytes(row.body), _following(row)


async def read_values(session: AsyncSession, plan: FigurePlan, choice: AreaChoice) -> list[float]:
    """All values of a map, in ascending order."""
    figures, values = figure_query(plan, choice)
    rows = await session.execute(
        kept_text(
            f"SELECT q.value FROM ({figures}) AS q WHERE q.value IS NOT NULL ORDER BY q.value"
        ),
        values,
    )
    return list(rows.scalars())


async def read_quantiles(
    session: AsyncSession, plan: FigurePlan, choice: AreaChoice, count: int
) -> Quantiles:
    """The outer and inner limits of `count` quantiles, and how many areas in each class."""
    figures, values = figure_query(plan, choice)
    rows = await session.execute(
        kept_text(
            f"""
            WITH q AS MATERIALIZED ({figures}), {_QUANTILES}
            SELECT (SELECT breaks FROM limits) AS breaks, (SELECT counts FROM classed) AS counts
            """
        ),
        values | _shares(count),
    )
    row = rows.one()
    return list(row.breaks), [int(number) for number in row.counts]
