"""Totals beside their parts: what is said, and what is never said to be wrong."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.indicator_api.observations.question import AreaChoice, Question
from services.indicator_api.observations.service import plan_figures
from services.indicator_api.observations.totals import read_notes
from services.shared.principal import PUBLIC
from tests.indicator_api.figure_world import Area, Cell, FigureWorld, written
from tests.indicator_api.test_figure_derivations import KREIS, LAND, TOWNS, cells, world_of
from tests.support import databases
from tests.support.databases import TestDatabase

Values = dict[int, tuple[float | None, float | None]]
PARTS: Values = {3: (5, 50), 4: (5, 60), 5: (5, 70)}


@pytest.fixture(scope="module")
async def engine(template_database: TestDatabase) -> AsyncIterator[AsyncEngine]:
    """Connections to an empty database, as the administrator."""
    database = databases.clone(template_database)
    url = database.admin_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_async_engine(url, connect_args={"options": "-cjit=off"})
    yield engine
    await engine.dispose()
    databases.drop(database)


async def notes(
    engine: AsyncEngine, world: FigureWorld, code: str = "05100", change: str = ""
) -> list[dict[str, Any]]:
    """The notes about one area's totals; `change` is SQL that is done to the world before."""
    async with written(engine, world) as session:
        if change:
            await session.execute(text("RESET ROLE"))
            await session.execute(text(change))
            await session.execute(text("SET LOCAL ROLE qb_indicator"))
        question = Question(indicators=("i",), choice=AreaChoice(codes=(code,)))
        answer = await plan_figures(session, PUBLIC, question)
        return await read_notes(session, answer.plan, [code])


def with_total(total: tuple[float | None, float | None], parts: Values = PARTS) -> list[Cell]:
    """The Kreis and its towns."""
    return cells({2: total} | parts)


async def test_what_stands_and_what_the_parts_give_is_said(engine: AsyncEngine) -> None:
    (note,) = await notes(engine, world_of(with_total((1015, 180))))
    assert note == {
        "code": "parts_differ",
        "area": "05100",
        "indicator": "i",
        "indicators": ["i"],
        "period": "2022",
        "dataset": "ds1",
        "total": 1015,
        "together": 15,
        "parts": 3,
        "allowed_below": pytest.approx(0, abs=1e-5),
        "allowed_above": pytest.approx(0, abs=1e-5),
        "detail": "n, 2022: Für Gebiet 05100 stehen 1.015, die Teile (3 Gemeinden) ergeben "
        "zusammen 15, also 1.000 weniger. Die Zahlen aus „Test“ sind genau: Ganzes und Teile "
        "sollten gleich sein.",
    }


async def test_what_adds_up_needs_no_note(engine: AsyncEngine) -> None:
    assert await notes(engine, world_of(with_total((15, 180)))) == []


async def test_the_denominator_is_held_to_its_parts_too(engine: AsyncEngine) -> None:
    (note,) = await notes(engine, world_of(with_total((15, 100))))
    assert note["detail"].startswith("d, 2022: Für Gebiet 05100 stehen 100, ")
    assert "zusammen 180, also 80 mehr." in note["detail"]


@pytest.mark.parametrize(
    ("additivity", "total", "words"),
    [
        # five for the total and each of three parts, halved
        ("rounded", 25, ""),
        ("rounded", 26, "sind auf 5 gerundet: Das erklärt höchstens 10 Unterschied."),
        ("suppressed_at_source", 500, ""),
        ("suppressed_at_source", 10, "Die Teile dürfen weniger ergeben als das Ganze"),
        ("cell_key", 500, ""),
        ("not_additive", 500, ""),
    ],
)
async def test_what_cannot_add_up_is_not_said_to_be_wrong(
    engine: AsyncEngine, additivity: str, total: float, words: str
) -> None:
    found = await notes(engine, world_of(with_total((total, 180)), additivity=additivity))
    assert [words in note["detail"] for note in found] == ([True] if words else [])


@pytest.mark.parametrize(
    ("said", "total", "words"),
    [
        ("unplaced_cases = 4", 19, ""),
        ("unplaced_cases = 4", 20, " Höchstens 4 Fälle ohne Ortsangabe stehen nur im Ganzen"),
        ("unplaced_cases = NULL", 500, ""),
        ("unplaced_cases = NULL", 14, " Fälle ohne Ortsangabe stehen nur im Ganzen"),
        # of amounts alone, and these are counts
        ("amount_rounding = 10", 20, "sind genau: Ganzes und Teile sollten gleich sein."),
    ],
)
async def test_what_the_dataset_says_of_its_totals_is_no_contradiction(
    engine: AsyncEngine, said: str, total: float, words: str
) -> None:
    world = world_of(with_total((total, 180)))
    found = await notes(engine, world, change=f"UPDATE indicator.dataset SET {said}")
    assert [words in note["detail"] for note in found] == ([True] if words else [])


@pytest.mark.parametrize(
    ("total", "words"), [(17, ""), (18, "auf 1 gerundet: Das erklärt höchstens 2 Unterschied.")]
)
async def test_amounts_are_rounded_as_the_dataset_says(
    engine: AsyncEngine, total: float, words: str
) -> None:
    change = (
        "UPDATE indicator.dataset SET amount_rounding = 1;"
        " UPDATE indicator.measure SET kind = 'amount'"
    )
    found = await notes(engine, world_of(with_total((total, 180))), change=change)
    assert [words in note["detail"] for note in found] == ([True] if words else [])


@pytest.mark.parametrize(
    "parts",
    [
        {3: (5, 50), 4: (5, 60)},
        {3: (5, 50), 4: (5, 60), 5: (None, 70)},
        {},
    ],
)
async def test_parts_that_are_not_all_there_are_held_against_nothing(
    engine: AsyncEngine, parts: Values
) -> None:
    found = await notes(engine, world_of(with_total((1015, 180), parts)))
    assert [note for note in found if note["detail"].startswith("n,")] == []


async def test_a_total_of_another_dataset_is_another_matter(engine: AsyncEngine) -> None:
    world = world_of(with_total((1015, 180)))
    first = world.datasets[0]
    other = [replace(cell, dataset=2) if cell.area == 2 else cell for cell in world.cells]
    apart = replace(world, cells=tuple(other), datasets=(first, replace(first, id=2)))
    assert await notes(engine, apart) == []


async def test_a_sum_is_the_sum_of_its_parts(engine: AsyncEngine) -> None:
    assert await notes(engine, world_of(cells(PARTS))) == []


async def test_further_years_are_named_in_one_note(engine: AsyncEngine) -> None:
    found = [
        cell
        for year in (2020, 2021, 2022)
        for cell in cells({2: (20 if year != 2021 else 15, 180)} | PARTS, year)
    ]
    (note,) = await notes(engine, world_of(found))
    assert note["period"] == "2022"
    assert note["detail"].endswith("Ebenso: 2020.")


@pytest.mark.parametrize(
    ("sizes", "is_told"),
    [({1: 100, 2: 99}, True), ({1: 100, 2: 60}, False), ({}, False)],
)
async def test_children_that_do_not_cover_a_land_are_held_against_nothing(
    engine: AsyncEngine, sizes: dict[int, int], is_told: bool
) -> None:
    world = world_of(cells({1: (50, 500), 2: (15, 500)}))
    change = "; ".join(
        f"UPDATE indicator.area SET area_km2 = {size} WHERE id = {area}"
        for area, size in sizes.items()
    )
    assert bool(await notes(engine, world, "05", change)) is is_told


async def test_partitions_of_a_town_stand_side_by_side(engine: AsyncEngine) -> None:
    units: Sequence[Area] = [
        Area(10 + number, f"u{number}", kind, (1, 2, 3, 10 + number))
        for number, kind in enumerate(("stadtteil", "stadtteil", "baublock", "baublock"))
    ]
    values: Values = {3: (10, 100), 10: (4, 40), 11: (6, 60), 12: (4, 40), 13: (5, 60)}
    world = replace(world_of(cells(values)), areas=(LAND, KREIS, *TOWNS, *units))
    (note,) = await notes(engine, world, "05100003")
    assert "(2 Baublöcke) ergeben zusammen 9, also 1 weniger" in note["detail"]
