"""What is said of derived figures, and figures derived from other years."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

import orjson
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.indicator_api.observations.formats.items import item_of
from services.indicator_api.observations.question import AreaChoice, Question
from services.indicator_api.observations.repository import read_items, read_rows, stream_rows
from services.indicator_api.observations.service import Answer, plan_figures
from services.shared.principal import PUBLIC
from tests.indicator_api.figure_world import Area, Cell, Composition, Dataset, FigureWorld, written
from tests.support import databases
from tests.support.databases import TestDatabase

YEARS = {year * 10_000: date(year, 12, 31) for year in (2019, 2020, 2021, 2022)}
LAND = Area(1, "05", "land", (1,))
KREIS = Area(2, "05100", "kreis", (1, 2))
TOWNS = tuple(Area(number, f"0510000{number}", "gemeinde", (1, 2, number)) for number in (3, 4, 5))
QUARTER = Area(6, "q", "quartier", (1, 2, 3, 6), is_set=True)
Values = dict[int, tuple[float | None, float | None]]


@pytest.fixture(scope="module")
async def engine(template_database: TestDatabase) -> AsyncIterator[AsyncEngine]:
    """Connections to an empty database, as the administrator."""
    database = databases.clone(template_database)
    url = database.admin_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_async_engine(url, connect_args={"options": "-cjit=off"})
    yield engine
    await engine.dispose()
    databases.drop(database)


def cells(values: Values, year: int = 2022) -> list[Cell]:
    """Numerator and denominator by area; None: hidden."""
    return [
        Cell(1, measure, year * 10_000, area, 7 if value is None else 0, value)
        for area, parts in values.items()
        for measure, value in zip((1, 2), parts, strict=True)
    ]


def world_of(
    found: Sequence[Cell],
    *,
    additivity: str = "exact",
    compositions: Sequence[Composition] = (),
    kind: str = "rate",
) -> FigureWorld:
    """A Land with a Kreis, three towns and a set."""
    return FigureWorld(
        (LAND, KREIS, *TOWNS, QUARTER),
        tuple(compositions),
        (Dataset(1, additivity),),
        tuple(found),
        kind=kind,
        periods=YEARS,
    )


async def ask(
    engine: AsyncEngine, world: FigureWorld, code: str, **asked: Any
) -> tuple[list[dict[str, Any]], Answer]:
    """The figures of a key, and the answer they belong to."""
    choice = AreaChoice(codes=(code,))
    async with written(engine, world) as session:
        question = Question(indicators=("i",), choice=choice, **asked)
        answer = await plan_figures(session, PUBLIC, question)
        rows, _ = await read_rows(session, answer.plan, choice, after=None, limit=100)
        return rows, answer


@pytest.mark.parametrize(
    ("additivity", "values", "detail"),
    [
        ("exact", {3: (5, 50), 4: (5, 50), 5: (5, 50)}, "Summe aus 3 von 3 Gemeinden"),
        ("exact", {3: (5, 50), 4: (5, 50)}, "Summe aus 2 von 3 Gemeinden"),
        (
            "rounded",
            {3: (5, 50), 4: (5, 50)},
            "Summe aus 2 von 3 Gemeinden; die Teile sind gerundet, die Summe kann abweichen",
        ),
        (
            "cell_key",
            {3: (5, 50), 4: (5, 50), 5: (5, 50)},
            "Summe aus 3 von 3 Gemeinden; die Teile sind zum Schutz leicht verändert,"
            " die Summe kann abweichen",
        ),
        (
            "suppressed_at_source",
            {3: (5, 50)},
            "Summe aus 1 von 3 Gemeinden; was fehlt, kann die Quelle gesperrt haben",
        ),
        ("exact", {3: (5, 50), 4: (None, 50)}, "Keine Summe: Ein Teil ist geheim."),
        ("exact", {3: (None, 1), 4: (None, 50)}, "Keine Summe: 2 Teile sind geheim."),
    ],
)
async def test_a_sum_says_what_it_is_made_of(
    engine: AsyncEngine, additivity: str, values: Values, detail: str
) -> None:
    ((row,), _) = await ask(engine, world_of(cells(values), additivity=additivity), "05100")
    assert (row["derivation"], row["derivation_detail"]) == ("sum", detail)
    is_hidden = "geheim" in detail
    assert (row["status"], row["value"] is None) == (
        ("hidden", True) if is_hidden else ("value", False)
    )
    if is_hidden:
        # what the other parts add up to would give the hidden one away beside a total
        assert row["numerator"] is row["denominator"] is None


async def test_what_is_not_additive_is_not_added(engine: AsyncEngine) -> None:
    world = world_of(cells({3: (5, 50), 4: (5, 50)}), additivity="not_additive")
    rows, answer = await ask(engine, world, "05100")
    assert (rows, answer.reason) == ([], None)
    async with written(engine, world) as session:
        question = Question(indicators=("i",), choice=AreaChoice(levels=("kreis",)))
        reason = (await plan_figures(session, PUBLIC, question)).reason
    assert reason is not None
    assert (reason.code, reason.suggestion) == ("level_not_available", "Möglich sind: Gemeinden.")


async def test_a_set_says_whether_it_is_estimated(engine: AsyncEngine) -> None:
    for basis, weight, detail, quality in (
        ("whole", 1.0, "Summe aus 2 Teilgebieten", ""),
        (
            "residents",
            0.5,
            "Geschätzt aus 2 Teilgebieten, angeschnittene nach Einwohnern",
            "estimated",
        ),
        ("area", 0.5, "Geschätzt aus 2 Teilgebieten, angeschnittene nach Fläche", "estimated"),
    ):
        parts = [Composition(6, 3, "set", weight, basis), Composition(6, 4, "set", 1.0, "whole")]
        world = world_of(cells({3: (10, 50), 4: (5, 50)}), compositions=parts)
        ((row,), _) = await ask(engine, world, "q")
        assert (row["derivation_detail"], row["quality"]) == (detail, quality)
        assert row["numerator"] == 5 + 10 * weight
        assert row["denominator"] == 50 + 50 * weight


def years(values: dict[int, tuple[float | None, float | None]]) -> FigureWorld:
    """One town over the years."""
    return world_of([cell for year, parts in values.items() for cell in cells({3: parts}, year)])


THREE = years({2020: (10, 100), 2021: (20, 100), 2022: (30, 200)})


async def test_three_years_are_pooled_not_averaged(engine: AsyncEngine) -> None:
    rows, answer = await ask(engine, THREE, "05100003", derive="rolling3")
    found = {row["period"]: row for row in rows}
    assert found["2022"]["value"] == pytest.approx(100 * 60 / 400)
    assert (found["2022"]["numerator"], found["2022"]["denominator"]) == (60, 400)
    assert found["2022"]["derivation_detail"] == "Aus 2020, 2021, 2022 zusammen"
    # narrower than one year's: Wilson on the parts of all three
    single = {row["period"]: row for row in (await ask(engine, THREE, "05100003"))[0]}["2022"]
    assert found["2022"]["upper"] - found["2022"]["lower"] < single["upper"] - single["lower"]
    for year in ("2020", "2021"):
        assert (found[year]["status"], found[year]["value"]) == ("not_available", None)
    assert answer.plan.derive == "rolling3"


async def test_a_hidden_year_leaves_no_mean(engine: AsyncEngine) -> None:
    world = years({2020: (10, 100), 2021: (None, 100), 2022: (30, 200)})
    rows, _ = await ask(engine, world, "05100003", derive="rolling3", periods=("2022",))
    assert [(row["status"], row["value"], row["numerator"]) for row in rows] == [
        ("hidden", None, None)
    ]


async def test_a_change_has_points_and_newcombes_range(engine: AsyncEngine) -> None:
    world = years({2021: (48, 80), 2022: (56, 70)})
    rows, _ = await ask(engine, world, "05100003", derive="change", periods=("2022",))
    (row,) = rows
    # R. G. Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10, example (a)
    assert row["value"] == pytest.approx(20.0)
    assert (row["lower"], row["upper"]) == pytest.approx((5.24, 33.39), abs=0.005)
    assert row["derivation_detail"] == "Veränderung gegenüber 2021"


async def test_a_change_may_start_from_any_year(engine: AsyncEngine) -> None:
    rows, _ = await ask(
        engine, THREE, "05100003", derive="change", change_from="2020", periods=("2022",)
    )
    assert [row["value"] for row in rows] == [pytest.approx(5.0)]
    rows, _ = await ask(engine, THREE, "05100003", derive="change")
    assert [row["value"] for row in rows] == [
        None,
        pytest.approx(10.0),
        pytest.approx(-5.0),
    ]
    assert rows[0]["derivation_detail"] == "Kein Vergleich: Es gibt keinen früheren Zeitraum"


async def test_growth_is_in_per_cent_and_none_from_zero(engine: AsyncEngine) -> None:
    world = years({2020: (0, 100), 2021: (20, 100), 2022: (30, 100)})
    rows, _ = await ask(engine, world, "05100003", derive="growth")
    assert [row["value"] for row in rows] == [None, None, pytest.approx(50.0)]
    assert rows[1]["derivation_detail"] == (
        "Kein Wachstum in Prozent: Der Ausgangswert 2020 ist null"
    )
    assert all(row["lower"] is None for row in rows)


NO_VALUE = "Kein Wert, denn der Nenner ist null"


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        ("05100003", NO_VALUE),
        ("05100", f"{NO_VALUE}; Summe aus 3 von 3 Gemeinden"),
        ("q", f"{NO_VALUE}; Summe aus 2 Teilgebieten"),
    ],
)
async def test_a_denominator_of_zero_is_said(engine: AsyncEngine, code: str, detail: str) -> None:
    parts = [Composition(6, 3, "set", 1.0, "whole"), Composition(6, 4, "set", 1.0, "whole")]
    world = world_of(cells({3: (0, 0), 4: (0, 0), 5: (0, 0)}), compositions=parts)
    ((row,), answer) = await ask(engine, world, code)
    assert (row["status"], row["value"], row["denominator"]) == ("not_available", None, 0)
    assert row["derivation_detail"] == detail
    choice = AreaChoice(codes=(code,))
    async with written(engine, world) as session:
        body, _, _ = await read_items(session, answer.plan, choice, after=None, limit=10)
    (item,) = orjson.loads(body)
    assert (item["detail"], item_of(row)) == (detail, item)


async def test_a_denominator_of_zero_in_one_part_is_no_matter(engine: AsyncEngine) -> None:
    world = world_of(cells({3: (0, 0), 4: (5, 50), 5: (5, 50)}))
    ((row,), _) = await ask(engine, world, "05100")
    assert (row["value"], row["derivation_detail"]) == (10.0, "Summe aus 3 von 3 Gemeinden")


async def test_derived_years_say_which_of_them_has_nobody_to_relate_to(engine: AsyncEngine) -> None:
    nobody = years(dict.fromkeys((2020, 2021, 2022), (0, 0)))
    rows, _ = await ask(engine, nobody, "05100003", derive="rolling3", periods=("2022",))
    assert [row["derivation_detail"] for row in rows] == [
        "Kein Mittel: Der Nenner ist in allen drei Jahren null"
    ]
    once = years({2020: (10, 100), 2021: (0, 0), 2022: (30, 300)})
    rows, _ = await ask(engine, once, "05100003", derive="rolling3", periods=("2022",))
    assert [(row["value"], row["derivation_detail"]) for row in rows] == [
        (10.0, "Aus 2020, 2021, 2022 zusammen")
    ]
    rows, _ = await ask(engine, once, "05100003", derive="change")
    assert [row["derivation_detail"] for row in rows] == [
        "Kein Vergleich: Es gibt keinen früheren Zeitraum",
        "Kein Vergleich: Der Nenner ist null",
        "Kein Vergleich: Für 2021 ist der Nenner null",
    ]


async def test_derived_years_are_made_of_sums_too(engine: AsyncEngine) -> None:
    found = [
        cell
        for year in (2021, 2022)
        for cell in cells({3: (year - 2011, 100), 4: (10, 100), 5: (10, 100)}, year)
    ]
    ((row,), _) = await ask(engine, world_of(found), "05100", derive="change", periods=("2022",))
    assert row["value"] == pytest.approx(100 * (31 - 30) / 300)
    assert row["derivation_detail"] == ("Veränderung gegenüber 2021; Summe aus 3 von 3 Gemeinden")


async def test_a_stream_gives_what_a_page_gives_in_batches(engine: AsyncEngine) -> None:
    world = world_of(cells({3: (5, 50), 4: (6, 50), 5: (7, 50)}))
    choice = AreaChoice(levels=("gemeinde",))
    async with written(engine, world) as session:
        answer = await plan_figures(session, PUBLIC, Question(indicators=("i",), choice=choice))
        rows, _ = await read_rows(session, answer.plan, choice, after=None, limit=100)
        batches = [batch async for batch in stream_rows(session, answer.plan, choice, batch=2)]
    assert [len(batch) for batch in batches] == [2, 1]
    assert [row[2] for batch in batches for row in batch] == [row["area"] for row in rows]
