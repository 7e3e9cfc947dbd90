"""What a delivery's values are held against, from the database."""

import io
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.deliveries.plausibility.context import Measure, Share
from services.indicator_api.facts.additivity import Adding
from services.shared.database import driver_connection

_FACTS = {
    "breakdown_id": pl.Int32,
    "area_id": pl.Int32,
    "status": pl.Int8,
    "value": pl.Float64,
}


async def begin(session: AsyncSession, dataset_id: int) -> Adding:
    """Let the transaction compare with the dataset's facts, and say how they add up."""
    await compare_with(session, dataset_id)
    rows = await session.execute(
        text(
            "SELECT additivity, rounding_base, unplaced_cases, amount_rounding"
            " FROM indicator.dataset WHERE id = :id"
        ),
        {"id": dataset_id},
    )
    return Adding(*rows.one())


async def measures(session: AsyncSession, ids: Collection[int]) -> dict[int, Measure]:
    """The measures of these ids."""
    rows = await session.execute(
        text("SELECT id, name, kind, unit FROM indicator.measure WHERE id = ANY(:ids)"),
        {"ids": list(ids)},
    )
    return {row.id: Measure(row.id, row.name, row.kind, row.unit) for row in rows}


async def shares(session: AsyncSession, dataset_id: int, ids: Collection[int]) -> list[Share]:
    """The indicators of kind rate of which one of these measures is the numerator."""
    rows = await session.execute(
        text(
            "SELECT DISTINCT ON (i.numerator_measure_id, n.code, i.denominator_measure_id, d.code,"
            " i.denominator_dataset_id) i.code, i.numerator_measure_id, n.code, n.id,"
            " i.numerator_dataset_id, i.denominator_measure_id, d.code, d.id,"
            " i.denominator_dataset_id, i.denominator_period_rule = 'nearest',"
            " COALESCE(i.numerator_dataset_id = :dataset, true)"
            " AND COALESCE(i.denominator_dataset_id = :dataset, true)"
            " AND i.denominator_period_rule = 'same'"
            " FROM indicator.indicator AS i"
            " JOIN indicator.breakdown AS n ON n.id = i.numerator_breakdown_id"
            " JOIN indicator.breakdown AS d ON d.id = i.denominator_breakdown_id"
            " WHERE i.is_current AND i.kind = 'rate' AND i.numerator_measure_id = ANY(:ids)"
            " AND i.denominator_measure_id IS NOT NULL"
            " ORDER BY i.numerator_measure_id, n.code, i.denominator_measure_id, d.code,"
            " i.denominator_dataset_id, i.code"
        ),
        {"dataset": dataset_id, "ids": list(ids)},
    )
    return [Share(*row) for row in rows]


async def areas(session: AsyncSession, ids: Sequence[int]) -> pl.DataFrame:
    """`area_id`, `kind` and `is_fictional` of these areas."""
    rows = await session.execute(
        text("SELECT id, kind, is_fictional FROM indicator.area WHERE id = ANY(:ids)"),
        {"ids": list(ids)},
    )
    return _frame(rows, {"area_id": pl.Int32, "kind": pl.String, "is_fictional": pl.Boolean})


async def children(session: AsyncSession, ids: Sequence[int]) -> pl.DataFrame:
    """The areas directly below these, with the division of their parent that they belong to.

    Administrative areas are one division, those of each partition of a municipality another; see
    `observations.totals`, which holds released figures to their parts by the same rule.
    """
    rows = await session.execute(
        text(
            "SELECT c.parent_id, c.id, c.kind, CASE WHEN k.rank <= 50 THEN 'administration'"
            " ELSE concat(c.kind, ' ', c.partition_id) END, c.valid_from, c.valid_to,"
            " c.area_km2, t.area_km2, r.rank"
            " FROM indicator.area AS c JOIN indicator.area AS t ON t.id = c.parent_id"
            " JOIN indicator.area_kind AS k ON k.code = c.kind"
            " JOIN indicator.area_kind AS r ON r.code = t.kind"
            " WHERE c.parent_id = ANY(:ids) AND NOT c.is_set AND NOT t.is_set"
            " AND c.is_fictional = t.is_fictional"
        ),
        {"ids": list(ids)},
    )
    return _frame(
        rows,
        {
            "parent_id": pl.Int32,
            "area_id": pl.Int32,
            "kind": pl.String,
            "division": pl.String,
            "valid_from": pl.Date,
            "valid_to": pl.Date,
            "area_km2": pl.Float64,
            "parent_km2": pl.Float64,
            "parent_rank": pl.Int32,
        },
    )


def _frame(rows: Any, schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([tuple(row) for row in rows], schema=dict(schema), orient="row")


async def periods_with_facts(
    session: AsyncSession, dataset_id: int, measure_ids: Collection[int]
) -> list[tuple[int, str]]:
    """Measure and code of the periods for which the dataset has facts of a measure."""
    rows = await session.execute(
        text(
            # lateral: one fact of each is looked up in the key, not all of them read
            "SELECT m.id, p.code FROM unnest(CAST(:ids AS integer[])) AS m (id)"
            " CROSS JOIN indicator.period AS p"
            " CROSS JOIN LATERAL (SELECT FROM indicator.fact AS f WHERE f.dataset_id = :dataset"
            " AND f.measure_id = m.id AND f.period_id = p.id LIMIT 1) AS f"
        ),
        {"dataset": dataset_id, "ids": list(measure_ids)},
    )
    return [(row.id, row.code) for row in rows]


async def breakdown_ids(session: AsyncSession, codes: Sequence[str]) -> pl.DataFrame:
    """`breakdown_id` and `breakdown`, the place in `codes`, of those that are known."""
    rows = await session.execute(
        text("SELECT id, code FROM indicator.breakdown WHERE code = ANY(:codes)"),
        {"codes": list(codes)},
    )
    places = {code: place for place, code in enumerate(codes)}
    found = [(row.id, places[row.code]) for row in rows]
    return pl.DataFrame(
        found, schema={"breakdown_id": pl.Int32, "breakdown": pl.Int32}, orient="row"
    )


async def held_dataset(session: AsyncSession, dataset_id: int) -> str | None:
    """The title of another dataset if the sender holds it too, and may compare with its facts."""
    rows = await session.execute(
        text(
            "SELECT d.title FROM indicator.dataset AS d WHERE d.id = :id"
            " AND d.holder_organisation_id = (SELECT indicator.principal_organisation())"
        ),
        {"id": dataset_id},
    )
    title: str | None = rows.scalar_one_or_none()
    return title


async def compare_with(session: AsyncSession, dataset_id: int) -> None:
    """Let the transaction compare with the facts of this dataset, if the sender holds it."""
    await session.execute(
        text("SELECT set_config('qb.loading_dataset_id', :id, true)"), {"id": str(dataset_id)}
    )


async def nearest_period(
    session: AsyncSession, dataset_id: int, measure_id: int, breakdown_id: int, day: date
) -> str | None:
    """The code of the period nearest to a day of which the dataset has such facts."""
    rows = await session.execute(
        text(
            "SELECT p.code FROM indicator.period AS p WHERE EXISTS ("
            " SELECT FROM indicator.fact AS f WHERE f.dataset_id = :dataset"
            " AND f.measure_id = :measure AND f.period_id = p.id AND f.breakdown_id = :breakdown)"
            " ORDER BY abs(p.end_on - :day), p.id DESC LIMIT 1"
        ),
        {
            "dataset": dataset_id,
            "measure": measure_id,
            "breakdown": breakdown_id,
            "day": day,
        },
    )
    code: str | None = rows.scalar_one_or_none()
    return code


async def facts(
    session: AsyncSession,
    dataset_id: int,
    measure_id: int,
    period_id: int,
    breakdowns: pl.DataFrame,
    area_ids: Sequence[int] | None = None,
) -> pl.DataFrame:
    """A dataset's facts of a measure and period: `breakdown`, `area_id`, `status`, `value`.

    COPY gives a million of them in a second, rows of a cursor take several.
    """
    chosen = "" if area_ids is None else f" AND area_id IN ({','.join(map(str, area_ids))})"
    query = (
        "SELECT breakdown_id, area_id, status, value FROM indicator.fact"
        f" WHERE dataset_id = {int(dataset_id)} AND measure_id = {int(measure_id)}"
        f" AND period_id = {int(period_id)}{chosen}"
    )
    connection = await driver_connection(session)
    copied = io.BytesIO()
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)".encode()) as copy,
    ):
        async for part in copy:
            copied.write(part)
    if not copied.tell():
        frame = pl.DataFrame(schema=_FACTS)
    else:
        frame = pl.read_csv(copied.getvalue(), has_header=False, schema=_FACTS)
    return frame.join(breakdowns, on="breakdown_id").drop("breakdown_id")
