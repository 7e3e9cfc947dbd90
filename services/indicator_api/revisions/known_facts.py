"""Any earlier state of knowledge of a dataset's raw facts: its SQL. The holder's alone, by policy.

A fact was known at a moment if it stands now since before it, or stood then and was replaced
later. A day means its end in Germany.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.facts.status import QUALITY_SQL, STATUS_SQL

ROWS_PER_FETCH = 5_000
COLUMNS = (
    "area",
    "name",
    "kind",
    "period",
    "measure",
    "breakdown",
    "value",
    "status",
    "quality",
    "delivery",
    "known_from",
)


@dataclass(frozen=True, slots=True)
class KnownFilter:
    """Which facts of a dataset, and before which moment known (None: now)."""

    dataset_id: int
    before: datetime | None = None
    measure_ids: Sequence[int] | None = None
    area_ids: Sequence[int] | None = None
    period_ids: Sequence[int] | None = None


def _query(wanted: KnownFilter, after: list[Any] | None) -> tuple[str, dict[str, Any]]:
    conditions = ["c.dataset_id = :dataset"]
    values: dict[str, Any] = {"dataset": wanted.dataset_id, "before": wanted.before}
    for column, ids in (
        ("measure_id", wanted.measure_ids),
        ("area_id", wanted.area_ids),
        ("period_id", wanted.period_ids),
    ):
        if ids is not None:
            conditions.append(f"c.{column} = ANY(:{column}s)")
            values[f"{column}s"] = list(ids)
    if after is not None:
        conditions.append(
            "(c.period_id, c.measure_id, c.breakdown_id, c.area_id) > (:after_period,"
            " :after_measure, :after_breakdown, :after_area)"
        )
        names = ("after_period", "after_measure", "after_breakdown", "after_area")
        values |= dict(zip(names, after, strict=True))
    where = " AND ".join(conditions)
    cells = (
        "c.period_id, c.measure_id, c.breakdown_id, c.area_id, c.value, c.status, c.quality,"
        " c.delivery_number, c.known_from"
    )
    known = f"SELECT {cells} FROM indicator.fact AS c WHERE {where}"
    if wanted.before is not None:
        known += f""" AND c.known_from < :before
            UNION ALL
            SELECT {cells} FROM indicator.fact_history AS c
            WHERE {where} AND c.known_from < :before AND c.known_to >= :before"""
    query = f"""
        SELECT a.code AS area, a.name, a.kind, p.code AS period, m.code AS measure,
            b.code AS breakdown, c.value, {STATUS_SQL.format(column="c.status")} AS status,
            array_to_string({QUALITY_SQL.format(column="c.quality")}, ' ') AS quality,
            c.delivery_number AS delivery, c.known_from,
            c.period_id, c.measure_id, c.breakdown_id, c.area_id
        FROM ({known}) AS c
        JOIN indicator.area AS a ON a.id = c.area_id
        JOIN indicator.period AS p ON p.id = c.period_id
        JOIN indicator.measure AS m ON m.id = c.measure_id
        JOIN indicator.breakdown AS b ON b.id = c.breakdown_id
        ORDER BY c.period_id, c.measure_id, c.breakdown_id, c.area_id
    """
    return query, values


async def list_known(
    session: AsyncSession, wanted: KnownFilter, after: list[Any] | None, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit` facts by period, measure, breakdown and area, behind the given ids."""
    query, values = _query(wanted, after)
    rows = await session.execute(text(f"{query} LIMIT :limit"), values | {"limit": limit})
    return [dict(row) for row in rows.mappings()]


async def stream_known(
    session: AsyncSession, wanted: KnownFilter
) -> AsyncGenerator[Sequence[Sequence[Any]], None]:
    """All of them in the order of COLUMNS, some thousand at a time, by a server-side cursor."""
    query, values = _query(wanted, None)
    rows = await session.stream(
        text(query), values, execution_options={"yield_per": ROWS_PER_FETCH}
    )
    try:
        async for part in rows.columns(*COLUMNS).partitions(ROWS_PER_FETCH):
            yield part
    finally:
        await rows.close()


async def first_known(session: AsyncSession, dataset_id: int) -> datetime | None:
    """When the first fact of a dataset became known; None if there is none."""
    rows = await session.execute(
        text(
            "SELECT min(k.known_from) FROM ("
            " SELECT known_from FROM indicator.fact WHERE dataset_id = :dataset UNION ALL"
            " SELECT known_from FROM indicator.fact_history WHERE dataset_id = :dataset) AS k"
        ),
        {"dataset": dataset_id},
    )
    found: datetime | None = rows.scalar_one()
    return found
