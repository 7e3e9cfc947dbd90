"""The SQL of figures beside an independent reference, on small worlds drawn at random."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.indicator_api.facts.status import STATUS_NAMES, Status
from services.indicator_api.observations.question import AreaChoice, Question
from services.indicator_api.observations.repository import read_rows
from services.indicator_api.observations.service import plan_figures
from services.shared.principal import PUBLIC
from tests.indicator_api.figure_reference import Figure, Reference, exists
from tests.indicator_api.figure_world import (
    FIRST,
    SECOND,
    Area,
    Cell,
    Composition,
    Dataset,
    FigureWorld,
    written,
)
from tests.support import databases
from tests.support.databases import TestDatabase

TURN = date(2010, 1, 1)
TODAY = date(2020, 1, 1)
WITHOUT_BASE = "Kein Wert, denn der Nenner ist null"
VALIDITIES = ((None, None), (None, None), (None, None), (None, TURN), (TURN, None))
AUDIENCES = st.sampled_from(("public", "public", "ministry"))
STATUSES = st.sampled_from((0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7))


@pytest.fixture(scope="module")
async def engine(template_database: TestDatabase) -> AsyncIterator[AsyncEngine]:
    """Connections to an empty database, as the administrator."""
    database = databases.clone(template_database)
    url = database.admin_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_async_engine(url, connect_args={"options": "-cjit=off"})
    yield engine
    await engine.dispose()
    databases.drop(database)


@st.composite
def trees(draw: st.DrawFn) -> tuple[Area, ...]:
    """A Land with Kreise, municipalities, Quartiere and sets, some of them of one time only."""
    numbers = count(1)
    areas: list[Area] = []

    def add(parent: Area | None, kind: str, **values: Any) -> Area:
        number = next(numbers)
        lineage = (*(parent.lineage if parent else ()), number)
        valid_from, valid_to = (None, None) if parent is None else draw(st.sampled_from(VALIDITIES))
        area = Area(number, f"a{number}", kind, lineage, valid_from, valid_to, **values)
        areas.append(area)
        return area

    land = add(None, "land")
    for _ in range(draw(st.integers(1, 2))):
        # what is invented stands among the real ones, and counts into none of their sums
        values = {"is_fictional": draw(st.integers(0, 5)) == 0}
        kreis = add(land, "kreis", **values)
        for _ in range(draw(st.integers(0, 3))):
            town = add(kreis, "gemeinde", **values)
            for _ in range(draw(st.integers(0, 2))):
                add(town, "quartier", **values)
            if draw(st.booleans()):
                add(town, "quartier", is_set=True, **values)
    return tuple(areas)


@st.composite
def worlds(draw: st.DrawFn) -> FigureWorld:
    """A tree with compositions, and cells of two datasets that may overlap."""
    areas = draw(trees())
    ids = [area.id for area in areas]
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(ids), st.sampled_from(ids)).filter(lambda p: p[0] != p[1]),
            max_size=6,
            unique=True,
        )
    )
    compositions = []
    for target, source in pairs:
        basis = draw(st.sampled_from(("whole", "whole", "residents", "area")))
        weight = 1.0 if basis == "whole" else draw(st.sampled_from((0.25, 0.5)))
        is_set = next(area.is_set for area in areas if area.id == target)
        compositions.append(
            Composition(target, source, "set" if is_set else "event", weight, basis)
        )
    additivities = st.sampled_from(("exact", "exact", "cell_key", "not_additive"))
    datasets = tuple(
        Dataset(number, draw(additivities), draw(st.integers(0, 4)) == 0, audience)
        for number, audience in ((1, "public"), (2, draw(AUDIENCES)))
    )
    cells = []
    for period in (FIRST, SECOND):
        for area in draw(st.lists(st.sampled_from(ids), unique=True)):
            for dataset in (1, 2) if draw(st.integers(0, 5)) == 0 else (1,):
                for measure in (1, 2) if draw(st.integers(0, 9)) else (1,):
                    status = draw(STATUSES)
                    value = float(draw(st.integers(0, 30))) if status == 0 else None
                    value = 0.0 if status == 1 else value
                    if measure == 2 and value is not None:
                        value *= 10
                    cells.append(Cell(dataset, measure, period, area, status, value))
    return FigureWorld(
        areas,
        tuple(compositions),
        datasets,
        tuple(cells),
        kind=draw(st.sampled_from(("rate", "rate", "rate", "count"))),
        measure_kind=draw(st.sampled_from(("count", "count", "count", "count", "rate"))),
    )


def compared(row: dict[str, Any]) -> Figure:
    """A row of the SQL as the reference writes it."""
    status = next(status for status in Status if STATUS_NAMES[status] == row["status"])
    return Figure(
        int(status),
        row["value"],
        row["numerator"],
        row["denominator"],
        row["lower"],
        row["upper"],
        row["derivation"],
        row["is_estimated"],
        row["parts"],
        row["parts_expected"],
        row["parts_kind"],
        is_without_base=(row["derivation_detail"] or "").startswith(WITHOUT_BASE),
    )


def alike(one: Figure | None, other: Figure | None) -> bool:
    """Whether two figures are the same, but for the last digits."""
    if one is None or other is None:
        return one is other
    for name in Figure.__dataclass_fields__:
        mine, theirs = getattr(one, name), getattr(other, name)
        if isinstance(mine, float) and isinstance(theirs, float):
            if mine != pytest.approx(theirs, rel=1e-9, abs=1e-9):
                return False
        elif mine != theirs:
            return False
    return True


def as_the_public_sees(world: FigureWorld) -> FigureWorld:
    """The world without what is released to others: of that no figure may tell anything."""
    datasets = tuple(dataset for dataset in world.datasets if dataset.audience == "public")
    ids = {dataset.id for dataset in datasets}
    cells = tuple(cell for cell in world.cells if cell.dataset in ids)
    return replace(world, datasets=datasets, cells=cells)


async def held_to_reference(engine: AsyncEngine, world: FigureWorld) -> None:
    """Ask for every level and for every key, and hold what comes to the reference."""
    visible = as_the_public_sees(world)
    references = {"2005": Reference(visible, FIRST), "2015": Reference(visible, SECOND)}
    choices = [
        AreaChoice(levels=(kind,), valid_on=TODAY)
        for kind in ("land", "kreis", "gemeinde", "quartier")
    ]
    choices.append(AreaChoice(codes=tuple(area.code for area in world.areas), valid_on=TODAY))
    async with written(engine, world) as session:
        for choice in choices:
            asked = [
                area
                for area in world.areas
                if (not choice.levels or area.kind in choice.levels)
                and (choice.codes or (exists(area, TODAY) and not area.is_fictional))
            ]
            question = Question(indicators=("i",), periods=("2000..",), choice=choice)
            answer = await plan_figures(session, PUBLIC, question)
            rows, _ = await read_rows(session, answer.plan, choice, after=None, limit=1000)
            found = {(row["area"], row["period"]): compared(row) for row in rows}
            assert len(found) == len(rows)
            for area in asked:
                for period, reference in references.items():
                    got = found.pop((area.code, period), None)
                    wanted = reference.figure(area.id)
                    if wanted is not None and not is_told(world, area, wanted, choice):
                        wanted = got
                    if not alike(got, wanted):
                        print("WORLD", choice, area, period, got, wanted, world)
                    assert alike(got, wanted), (choice, area, period, got, wanted)
            assert not found


def is_told(world: FigureWorld, area: Area, wanted: Figure, choice: AreaChoice) -> bool:
    """What is neither a value nor derived of an area that ended need not be told."""
    is_dead = area.valid_to is not None
    return not (is_dead and choice.codes and wanted.status not in (0, 1) and not wanted.method)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(world=worlds())
async def test_figures_are_what_the_rules_say(engine: AsyncEngine, world: FigureWorld) -> None:
    await held_to_reference(engine, world)
