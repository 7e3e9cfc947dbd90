"""What an attacker may know, from the database: figures, places, and what was shown before."""

import io
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.disclosure.collecting.area_sums import Place
from services.indicator_api.disclosure.collecting.relations import HeldTo
from services.indicator_api.periods.rules import Period, parse_period
from services.shared.database import driver_connection

_IDS = {
    "measure_id": pl.Int32,
    "period_id": pl.Int32,
    "breakdown_id": pl.Int32,
    "area_id": pl.Int32,
}

_FACTS = _IDS | {
    "status": pl.Int8,
    "quality": pl.Int16,
    "value": pl.Float64,
    "known_from": pl.String,
}
_SHOWN = _IDS | {
    "series_id": pl.Int32,
    "dataset_id": pl.Int32,
    "audience": pl.String,
    "released_from": pl.Int32,
    "released_to": pl.Int32,
    "status": pl.Int8,
    "value": pl.Float64,
}
_NEVER = 2**31 - 1
_EARLIER = _IDS | {"value": pl.Float64, "known_from": pl.String, "known_to": pl.String}


async def facts(
    session: AsyncSession, dataset_id: int, area_ids: Sequence[int] | None = None
) -> pl.DataFrame:
    """A dataset's facts: the four ids, `status`, `quality`, `value`, `known_from`."""
    return await _copied(
        session,
        f"SELECT {_names('f')}, f.status, f.quality, f.value, f.known_from FROM indicator.fact AS f"
        f" WHERE f.dataset_id = {int(dataset_id)}{_of_areas('f', area_ids)}",
        _FACTS,
    )


async def facts_count(session: AsyncSession, dataset_id: int) -> int:
    """How many facts a dataset has."""
    rows = await session.execute(
        text("SELECT count(*) FROM indicator.fact WHERE dataset_id = :dataset"),
        {"dataset": dataset_id},
    )
    return int(rows.scalar_one())


def no_earlier_facts() -> pl.DataFrame:
    """What `earlier_facts` gives where there are none."""
    return pl.DataFrame(schema=_EARLIER)


async def earlier_facts(
    session: AsyncSession, dataset_id: int, area_ids: Sequence[int] | None = None
) -> pl.DataFrame:
    """Facts that later ones took the place of: the four ids, `value`, `known_from`, `known_to`."""
    return await _copied(
        session,
        f"SELECT {_names('f')}, f.value, f.known_from, f.known_to FROM indicator.fact_history AS f"
        f" WHERE f.dataset_id = {int(dataset_id)}{_of_areas('f', area_ids)}",
        _EARLIER,
    )


async def shown(
    session: AsyncSession,
    measure_ids: Collection[int],
    area_ids: Sequence[int] | None,
) -> pl.DataFrame:
    """Whatever was ever released of these measures and places, as far as one may see it.

    Columns: the four ids, `series_id`, `dataset_id`, `audience`, `released_from`, `released_to`,
    `status`, `value`. Withdrawn releases are among it: what was seen stays known.
    """
    measures = ",".join(str(int(measure)) for measure in measure_ids) or "NULL"
    return await _copied(
        session,
        f"SELECT {_names('c')}, c.series_id, s.dataset_id, s.audience, c.released_from,"
        " c.released_to, c.status, c.value"
        " FROM indicator.released_cell AS c"
        " JOIN indicator.release_series AS s ON s.id = c.series_id"
        f" WHERE c.measure_id IN ({measures}){_of_areas('c', area_ids)}",
        _SHOWN,
    )


async def about_to_be_shown(
    session: AsyncSession, measure_ids: Collection[int], area_ids: Sequence[int] | None
) -> pl.DataFrame:
    """What confirmed releases will show, in the form of `shown`: it is as good as out."""
    measures = ",".join(str(int(measure)) for measure in measure_ids) or "NULL"
    return await _copied(
        session,
        f"SELECT {_names('c')}, s.id, s.dataset_id, s.audience, s.current_number + 1,"
        f" {_NEVER}, c.status, c.value FROM indicator.release_planned_cell AS c"
        " JOIN indicator.release AS r ON r.id = c.release_id"
        " AND r.state IN ('confirmed', 'publishing')"
        " JOIN indicator.release_series AS s ON s.id = r.series_id"
        f" WHERE c.measure_id IN ({measures}){_of_areas('c', area_ids)}",
        _SHOWN,
    )


async def publications(session: AsyncSession, dataset_id: int) -> list[tuple[int, int, str]]:
    """What was published of a dataset so far: (series, number, moment as COPY writes it)."""
    rows = await session.execute(
        text(
            "SELECT r.series_id, r.number, r.published_at::text AS published_at"
            " FROM indicator.release AS r JOIN indicator.release_series AS s ON s.id = r.series_id"
            " WHERE s.dataset_id = :dataset AND r.published_at IS NOT NULL"
            " ORDER BY r.published_at"
        ),
        {"dataset": dataset_id},
    )
    return [(row.series_id, row.number, row.published_at) for row in rows]


async def released_facts(
    session: AsyncSession, series_id: int, number: int, area_ids: Sequence[int] | None = None
) -> pl.DataFrame:
    """What a release shows, in the form of `facts`; hidden cells have no value."""
    return await _copied(
        session,
        f"SELECT {_names('c')}, c.status, c.quality, c.value, ''"
        f" FROM ({released_query(series_id, number)}) AS c WHERE true{_of_areas('c', area_ids)}",
        _FACTS,
    )


def released_query(series_id: int, number: int) -> str:
    """The cells of a release as a query."""
    return (
        "SELECT measure_id, period_id, breakdown_id, area_id, status, quality, value"
        f" FROM indicator.released_cell WHERE series_id = {int(series_id)}"
        f" AND released_from <= {int(number)} AND released_to > {int(number)}"
    )


async def released_areas(
    session: AsyncSession, series_id: int, number: int
) -> tuple[list[tuple[int, int | None]], int]:
    """The places of a release, each with its municipality, and how many cells there are."""
    cells = released_query(series_id, number)
    rows = await session.execute(text(f"SELECT count(*) FROM ({cells}) AS c"))
    count = int(rows.scalar_one())
    found = await session.execute(text(_AREAS.format(cells=cells)))
    return [(row.id, row.municipality) for row in found], count


async def held_to(session: AsyncSession, dataset_id: int) -> HeldTo:
    """How a dataset's figures add up."""
    rows = await session.execute(
        text(
            "SELECT additivity, rounding_base, unplaced_cases IS DISTINCT FROM 0 AS may_exceed"
            " FROM indicator.dataset WHERE id = :id"
        ),
        {"id": dataset_id},
    )
    row = rows.one()
    return HeldTo(row.additivity, float(row.rounding_base), row.may_exceed)


async def areas_of(session: AsyncSession, dataset_id: int) -> list[tuple[int, int | None]]:
    """The places of a dataset's facts, each with its municipality, if it lies in one."""
    cells = f"SELECT f.area_id FROM indicator.fact AS f WHERE f.dataset_id = {int(dataset_id)}"
    rows = await session.execute(text(_AREAS.format(cells=cells)))
    return [(row.id, row.municipality) for row in rows]


_AREAS = """
    WITH here AS MATERIALIZED (SELECT DISTINCT c.area_id FROM ({cells}) AS c)
    SELECT a.id, (SELECT g.id FROM indicator.area AS g WHERE g.id = ANY(a.lineage)
        AND g.kind = 'gemeinde' LIMIT 1) AS municipality
    FROM here AS h JOIN indicator.area AS a ON a.id = h.area_id ORDER BY a.id
"""


async def places(session: AsyncSession, area_ids: Sequence[int]) -> list[Place]:
    """These places, all above them, whatever lies directly below one of those, and sets' units."""
    rows = await session.execute(
        text(
            """
            WITH given AS MATERIALIZED (
                SELECT a.id, a.lineage FROM indicator.area AS a WHERE a.id = ANY(:ids)
                UNION
                SELECT u.id, u.lineage FROM indicator.area_set_part AS p
                JOIN indicator.area AS u ON u.id = p.part_area_id
                WHERE p.set_area_id = ANY(:ids)
            ),
            above AS MATERIALIZED (SELECT DISTINCT unnest(g.lineage) AS id FROM given AS g),
            wanted AS (
                SELECT id FROM above
                UNION
                SELECT c.id FROM above AS a JOIN indicator.area AS c ON c.parent_id = a.id
                WHERE NOT c.is_set
            )
            SELECT a.id, a.kind, k.rank, a.lineage, a.partition_id, a.area_km2, a.valid_from,
                a.valid_to, a.is_set, CASE WHEN a.is_set THEN ARRAY(
                    SELECT ARRAY[p.part_area_id::double precision, p.weight]
                    FROM indicator.area_set_part AS p WHERE p.set_area_id = a.id
                    ORDER BY p.part_area_id) END AS parts
            FROM wanted AS w JOIN indicator.area AS a ON a.id = w.id
            JOIN indicator.area_kind AS k ON k.code = a.kind
            """
        ),
        {"ids": list(area_ids)},
    )
    return [
        Place(
            row.id,
            row.kind,
            row.rank,
            tuple(row.lineage),
            row.partition_id,
            row.area_km2,
            row.valid_from,
            row.valid_to,
            tuple((int(unit), weight) for unit, weight in row.parts) if row.is_set else None,
        )
        for row in rows
    ]


async def breakdown_codes(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """The codes of breakdowns."""
    rows = await session.execute(
        text("SELECT id, code FROM indicator.breakdown WHERE id = ANY(:ids)"), {"ids": list(ids)}
    )
    return {row.id: row.code for row in rows}


async def periods(session: AsyncSession, ids: Collection[int]) -> dict[int, Period]:
    """The periods of these ids."""
    rows = await session.execute(
        text("SELECT id, code FROM indicator.period WHERE id = ANY(:ids)"), {"ids": list(ids)}
    )
    found = {row.id: parse_period(row.code) for row in rows}
    return {number: period for number, period in found.items() if period is not None}


async def measure_kinds(session: AsyncSession, ids: Collection[int]) -> dict[int, str]:
    """Whether a measure is a count, an amount or a rate."""
    rows = await session.execute(
        text("SELECT id, kind FROM indicator.measure WHERE id = ANY(:ids)"), {"ids": list(ids)}
    )
    return {row.id: row.kind for row in rows}


async def measure_ids(session: AsyncSession, codes: Sequence[str]) -> dict[str, int]:
    """The ids of measures by code."""
    rows = await session.execute(
        text("SELECT code, id FROM indicator.measure WHERE code = ANY(:codes)"),
        {"codes": list(codes)},
    )
    return {row.code: row.id for row in rows}


async def shares(session: AsyncSession, measure_ids: Collection[int]) -> pl.DataFrame:
    """Numerators and denominators of the rates in the catalogue: measures and breakdowns."""
    rows = await session.execute(
        text(
            "SELECT DISTINCT i.numerator_measure_id, i.numerator_breakdown_id,"
            " i.denominator_measure_id, i.denominator_breakdown_id, i.denominator_dataset_id"
            " FROM indicator.indicator AS i WHERE i.is_current AND i.kind = 'rate'"
            " AND i.denominator_period_rule = 'same' AND i.numerator_measure_id = ANY(:ids)"
        ),
        {"ids": list(measure_ids)},
    )
    names = ["measure_id", "breakdown_id", "whole_measure_id", "whole_breakdown_id"]
    schema: Mapping[str, Any] = dict.fromkeys(names, pl.Int32)
    return pl.DataFrame([tuple(row)[:4] for row in rows], schema=schema, orient="row").unique()


def _names(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in _IDS)


def _of_areas(alias: str, area_ids: Sequence[int] | None) -> str:
    if area_ids is None:
        return ""
    return f" AND {alias}.area_id = ANY('{{{','.join(str(int(area)) for area in area_ids)}}}')"


async def _copied(session: AsyncSession, query: str, schema: dict[str, Any]) -> pl.DataFrame:
    """Rows of a query as a frame; COPY gives a million of them in a second."""
    copied = io.BytesIO()
    connection = await driver_connection(session)
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)".encode()) as copy,
    ):
        async for part in copy:
            copied.write(part)
    if not copied.tell():
        return pl.DataFrame(schema=schema)
    return pl.read_csv(copied.getvalue(), has_header=False, schema=schema)
