"""Sums where not every town is divided as finely as another."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.indicator_api.observations.question import AreaChoice, Question
from services.indicator_api.observations.repository import read_rows
from services.indicator_api.observations.service import plan_figures
from services.shared.principal import PUBLIC
from tests.indicator_api.figure_world import Area, Cell, FigureWorld, written
from tests.indicator_api.test_figure_derivations import Values, cells, world_of
from tests.support import databases
from tests.support.databases import TestDatabase

QUARTERS = (
    Area(7, "0510000301", "quartier", (1, 2, 3, 7)),
    Area(8, "0510000302", "quartier", (1, 2, 3, 8)),
)


@pytest.fixture(scope="module")
async def engine(template_database: TestDatabase) -> AsyncIterator[AsyncEngine]:
    """Connections to an empty database, as the administrator."""
    database = databases.clone(template_database)
    url = database.admin_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_async_engine(url, connect_args={"options": "-cjit=off"})
    yield engine
    await engine.dispose()
    databases.drop(database)


def divided(values: Values) -> FigureWorld:
    """A Kreis with three towns, of which the first alone has Quartiere."""
    world = world_of(cells(values))
    return replace(world, areas=(*world.areas, *QUARTERS))


@pytest.mark.parametrize(
    ("values", "code", "parts", "kind", "detail"),
    [
        ({7: (5, 100), 8: (6, 100)}, "05100003", (2, 2), "quartier", "2 von 2 Quartieren"),
        ({7: (5, 100), 8: (6, 100)}, "05100", (2, 4), None, "2 von 4 Gebieten"),
        ({7: (5, 100), 8: (6, 100)}, "05", (2, 4), None, "2 von 4 Gebieten"),
        ({7: (5, 100), 8: (6, 100), 4: (1, 100), 5: (2, 100)}, "05100", (4, 4), None,
         "4 von 4 Gebieten"),
        ({3: (11, 200), 4: (1, 100)}, "05100", (2, 3), "gemeinde", "2 von 3 Gemeinden"),
        ({7: (5, 100), 4: (1, 100)}, "05100", (2, 4), None, "2 von 4 Gebieten"),
    ],
)  # fmt: skip
async def test_the_quarters_of_one_town_are_not_the_whole(
    engine: AsyncEngine,
    values: Values,
    code: str,
    parts: tuple[int, int],
    kind: str | None,
    detail: str,
) -> None:
    choice = AreaChoice(codes=(code,))
    async with written(engine, divided(values)) as session:
        answer = await plan_figures(session, PUBLIC, Question(indicators=("i",), choice=choice))
        (row,), _ = await read_rows(session, answer.plan, choice, after=None, limit=9)
    assert (row["parts"], row["parts_expected"]) == parts
    assert row["parts_kind"] == kind
    assert detail in row["derivation_detail"]


async def test_of_an_unknown_sum_no_part_of_it_is_told(engine: AsyncEngine) -> None:
    known = cells({3: (5, 100), 4: (6, 100)})
    unknown = [Cell(1, measure, 20220000, 5, 2, None) for measure in (1, 2)]
    choice = AreaChoice(codes=("05100",))
    async with written(engine, world_of([*known, *unknown])) as session:
        answer = await plan_figures(session, PUBLIC, Question(indicators=("i",), choice=choice))
        (row,), _ = await read_rows(session, answer.plan, choice, after=None, limit=9)
    assert (row["status"], row["numerator"], row["denominator"]) == ("unknown", None, None)


async def test_a_region_is_compared_by_complete_sums_alone(engine: AsyncEngine) -> None:
    choice = AreaChoice(codes=("05100",))
    async with written(engine, divided({7: (5, 100), 8: (6, 100)})) as session:
        answer = await plan_figures(session, PUBLIC, Question(indicators=("i",), choice=choice))
        rows, _ = await read_rows(session, answer.comparison, choice, after=None, limit=9)
    assert rows == []


async def test_a_change_from_its_own_year_is_said_once(engine: AsyncEngine) -> None:
    world = world_of([*cells({3: (5, 100)}, 2021), *cells({3: (8, 100)}, 2022)])
    choice = AreaChoice(codes=("05100003",))
    question = Question(
        indicators=("i",), periods=("2021..2022",), derive="change", change_from="2021",
        choice=choice,
    )  # fmt: skip
    async with written(engine, world) as session:
        answer = await plan_figures(session, PUBLIC, question)
        rows, _ = await read_rows(session, answer.plan, choice, after=None, limit=9)
    assert [(row["period"], row["value"]) for row in rows] == [("2021", None), ("2022", 3)]
