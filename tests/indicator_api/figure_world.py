"""Small worlds of figures, written straight into the tables and gone again with the transaction.

What is written is what hypothesis drew: areas in a tree, sets, compositions, cells of two
datasets. The figures are read as the public reads them, under the service's own role.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from services.shared.principal import PUBLIC, Principal, set_principal

MEASURES = {1: "n", 2: "d"}
FIRST, SECOND = 20050000, 20150000
PERIODS = {FIRST: date(2005, 12, 31), SECOND: date(2015, 12, 31)}
FOREVER = 2147483647


@dataclass(frozen=True, slots=True)
class Area:
    """One version of an area; `lineage` from the root down to itself."""

    id: int
    code: str
    kind: str
    lineage: tuple[int, ...]
    valid_from: date | None = None
    valid_to: date | None = None
    is_set: bool = False
    is_fictional: bool = False


@dataclass(frozen=True, slots=True)
class Composition:
    """A part of what an area comes together from."""

    target: int
    source: int
    origin: str
    weight: float
    basis: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset with one public release; its id is that of its series too."""

    id: int
    additivity: str = "exact"
    is_sample: bool = False
    audience: str = "public"


@dataclass(frozen=True, slots=True)
class Cell:
    """A released cell."""

    dataset: int
    measure: int
    period: int
    area: int
    status: int
    value: float | None


@dataclass(frozen=True, slots=True)
class FigureWorld:
    """All that figures are made from."""

    areas: tuple[Area, ...]
    compositions: tuple[Composition, ...]
    datasets: tuple[Dataset, ...]
    cells: tuple[Cell, ...]
    # rate or count; measures of the kind given
    kind: str = "rate"
    measure_kind: str = "count"
    periods: dict[int, date] = field(default_factory=lambda: dict(PERIODS))


@asynccontextmanager
async def written(
    engine: AsyncEngine, world: FigureWorld, principal: Principal = PUBLIC
) -> AsyncIterator[AsyncSession]:
    """A session in the reader's name over a database that holds the world."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        try:
            await _write(connection, world)
            await connection.execute(text("SET LOCAL ROLE qb_indicator"))
            await set_principal(connection, principal)
            async with AsyncSession(connection, expire_on_commit=False) as session:
                yield session
        finally:
            await transaction.rollback()


async def _write(connection: AsyncConnection, world: FigureWorld) -> None:
    await _write_areas(connection, world)
    await _insert(
        connection,
        "area_composition",
        [
            {
                "target_area_id": item.target,
                "source_area_id": item.source,
                "origin": item.origin,
                "weight": item.weight,
                "basis": item.basis,
            }
            for item in world.compositions
        ],
    )
    await _write_catalogue(connection, world)
    await _write_releases(connection, world)


async def _write_areas(connection: AsyncConnection, world: FigureWorld) -> None:
    await _insert(
        connection,
        "area",
        [
            {
                "id": area.id,
                "code": area.code,
                "kind": area.kind,
                "name": f"Gebiet {area.code}",
                "search_name": area.code,
                "parent_id": area.lineage[-2] if len(area.lineage) > 1 else None,
                "lineage": list(area.lineage),
                "valid_from": area.valid_from,
                "valid_to": area.valid_to,
                "is_set": area.is_set,
                "is_fictional": area.is_fictional,
                "source": "Test",
                "attribution": "Test",
            }
            for area in world.areas
        ],
    )


async def _write_catalogue(connection: AsyncConnection, world: FigureWorld) -> None:
    await _insert(
        connection,
        "measure",
        [
            {"id": id_, "code": code, "name": code, "unit": "Anzahl", "kind": world.measure_kind}
            for id_, code in MEASURES.items()
        ],
    )
    has_denominator = world.kind != "count"
    await _insert(
        connection,
        "indicator",
        [
            {
                "code": "i",
                "name": "i",
                "short_name": "i",
                "kind": world.kind,
                "numerator_text": "n",
                "unit": "%",
                "factor": 100,
                "polarity": "worse",
                "dimension_code": "x",
                "dimension_label": "x",
                "numerator_measure_id": 1,
                "denominator_measure_id": 2 if has_denominator else None,
                "denominator_breakdown_id": 0 if has_denominator else None,
                "denominator_period_rule": "same" if has_denominator else None,
            }
        ],
    )
    await _insert(
        connection,
        "period",
        [
            {
                "id": id_,
                "code": str(end.year),
                "kind": "year",
                "start_on": date(end.year, 1, 1),
                "end_on": end,
                "label": str(end.year),
            }
            for id_, end in world.periods.items()
        ],
    )


async def _write_releases(connection: AsyncConnection, world: FigureWorld) -> None:
    holder = uuid4()
    for dataset in world.datasets:
        await _insert(
            connection,
            "dataset",
            [
                {
                    "id": dataset.id,
                    "code": f"ds{dataset.id}",
                    "title": "Test",
                    "publisher": "Test",
                    "source": "Test",
                    "licence": "Test",
                    "attribution": "Test",
                    "additivity": dataset.additivity,
                    "is_sample": dataset.is_sample,
                    "holder_organisation_id": holder,
                    "administration_id": holder,
                    "area_code": "05",
                }
            ],
        )
        await _insert(
            connection,
            "release_series",
            [
                {
                    "id": dataset.id,
                    "dataset_id": dataset.id,
                    "holder_organisation_id": holder,
                    "audience": dataset.audience,
                    "audience_key": dataset.audience,
                    "current_number": 1,
                }
            ],
        )
        await connection.execute(
            text(
                "INSERT INTO indicator.release (id, series_id, number, state, dataset_version,"
                " acting, created_by, published_at)"
                " VALUES (:id, :series, 1, 'released', 1, '{}', 'Test', now())"
            ),
            {"id": uuid4(), "series": dataset.id},
        )
    await _insert(
        connection,
        "released_cell",
        [
            {
                "measure_id": cell.measure,
                "period_id": cell.period,
                "breakdown_id": 0,
                "series_id": cell.dataset,
                "area_id": cell.area,
                "released_from": 1,
                "status": cell.status,
                "quality": 0,
                "value": cell.value,
            }
            for cell in world.cells
        ],
    )
    await connection.execute(
        text(
            "INSERT INTO indicator.released_slice (series_id, measure_id, period_id, breakdown_id,"
            " kind, cells, values_shown) SELECT c.series_id, c.measure_id, c.period_id, 0, a.kind,"
            " count(*), count(c.value) FROM indicator.released_cell AS c"
            " JOIN indicator.area AS a ON a.id = c.area_id GROUP BY 1, 2, 3, 5"
        )
    )


async def _insert(connection: AsyncConnection, table: str, rows: list[dict[str, object]]) -> None:
    if not rows:
        return
    names = list(rows[0])
    overriding = "OVERRIDING SYSTEM VALUE" if "id" in names and table != "period" else ""
    await connection.execute(
        text(
            f"INSERT INTO indicator.{table} ({', '.join(names)}) {overriding}"
            f" VALUES ({', '.join(':' + name for name in names)})"
        ),
        rows,
    )
