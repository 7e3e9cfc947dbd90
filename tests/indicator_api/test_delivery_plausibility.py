"""What a delivery's values are held against: worked examples, through the whole intake."""

import random
from typing import Any

import pytest

from tests.indicator_api.world import World, create, import_areas, square
from tests.support.stack import as_bearer, new_key

HEAD = "area;period;measure;breakdown;value\n"
KREIS, TOWNS = "99001", ("99001001", "99001002", "99001003")


@pytest.fixture(autouse=True)
def exact(world: World) -> None:
    """The dataset's figures are exact."""
    world.stack.database.execute("UPDATE indicator.dataset SET additivity = 'exact'")


def rows(*cells: tuple[str, str, str, str, object]) -> str:
    """A tidy file."""
    return HEAD + "".join(";".join(map(str, cell)) + "\n" for cell in cells)


def kreis(total: object, towns: tuple[object, ...] = (100, 200, 300), year: str = "2022") -> str:
    """The Kreis and its three towns."""
    return rows(
        (KREIS, year, "ew", "", total),
        *((town, year, "ew", "", value) for town, value in zip(TOWNS, towns, strict=True)),
    )


async def delivered(
    world: World, file: str, dataset: str = "sgb2", **options: str
) -> dict[str, Any]:
    """A delivery of a file as it ended or waits."""
    answer = await world.stack.indicator.post(
        "/v1/deliveries",
        params={"dataset": dataset, **options},
        content=file.encode(),
        headers=as_bearer(world.office) | new_key() | {"Content-Type": "text/csv"},
    )
    assert answer.status_code == 202, answer.text
    await world.stack.run_jobs()
    return await world.stack.read(world.office, answer.headers["Location"])


async def findings(world: World, delivery: dict[str, Any]) -> list[dict[str, Any]]:
    """All findings of a delivery."""
    page = await world.stack.read(world.office, f"/v1/deliveries/{delivery['id']}/findings")
    found: list[dict[str, Any]] = page["items"]
    return found


async def dataset_of(world: World, additivity: str, base: int = 5) -> str:
    """Another dataset, whose figures add up otherwise."""
    code = f"d_{additivity}"
    await create(
        world.stack,
        world.office,
        "/v1/datasets",
        {
            "code": code,
            "title": "Test",
            "publisher": "Testamt",
            "source": "Testregister",
            "licence": "dl-de/by-2-0",
            "attribution": "Testamt",
            "additivity": additivity,
            "rounding_base": base,
            "minimum_count": 3,
            "area_code": "99001",
        },
    )
    return code


async def test_an_exact_total_that_is_off_by_one_does_not_pass(world: World) -> None:
    """The finding names the row of the total and both figures, in two languages.

    It can be confirmed: in published exact figures too some cases belong to no part.
    """
    delivery = await delivered(world, kreis(601))
    assert delivery["state"] == "confirming"
    (finding,) = await findings(world, delivery)
    assert (finding["code"], finding["row"], finding["column"]) == ("area_total_wrong", 2, "value")
    assert finding["detail"] == "Für das Gebiet steht hier 601, seine Teile ergeben 600."
    stored = world.stack.database.execute("SELECT detail_en FROM indicator.delivery_finding")
    assert stored == [("The area has 601, its parts give 600.",)]
    assert (await delivered(world, kreis(600)))["state"] == "accepted"


async def test_parts_that_are_not_complete_prove_nothing(world: World) -> None:
    """A sign in place of a part's value, or a part that is left out, is no contradiction."""
    assert (await delivered(world, kreis(999, (100, ".", 300))))["state"] == "accepted"
    some = rows((KREIS, "2021", "ew", "", 999), (TOWNS[0], "2021", "ew", "", 100))
    assert (await delivered(world, some))["state"] == "accepted"


@pytest.mark.parametrize(
    ("additivity", "total", "state"),
    [
        # each of four figures is off by 2.5 at most
        ("rounded", 610, "accepted"),
        ("rounded", 590, "accepted"),
        ("rounded", 615, "confirming"),
        ("cell_key", 640, "accepted"),
        ("not_additive", 900, "accepted"),
        ("suppressed_at_source", 640, "accepted"),
        ("suppressed_at_source", 590, "confirming"),
    ],
)
async def test_totals_as_the_dataset_adds_up(
    world: World, additivity: str, total: int, state: str
) -> None:
    """Rounded to five passes, beyond it is doubted; perturbed figures are never held to it."""
    dataset = await dataset_of(world, additivity)
    delivery = await delivered(world, kreis(total), dataset)
    assert delivery["state"] == state
    if state == "confirming":
        assert [item["code"] for item in await findings(world, delivery)] == ["area_total_doubtful"]


async def test_breakdowns_against_their_total(world: World) -> None:
    """Women and men are the whole; a part is never more than it."""
    wrong = rows(
        (TOWNS[0], "2022", "ew", "", 100),
        (TOWNS[0], "2022", "ew", "GES=GESM", 50),
        (TOWNS[0], "2022", "ew", "GES=GESW", 51),
    )
    delivery = await delivered(world, wrong)
    assert delivery["state"] == "rejected"
    assert [(item["code"], item["row"]) for item in await findings(world, delivery)] == [
        ("breakdown_total_wrong", 2)
    ]
    part = rows((TOWNS[0], "2022", "ew", "", 100), (TOWNS[0], "2022", "ew", "ALTER=u18", 101))
    assert (await delivered(world, part))["state"] == "rejected"
    overlapping = rows(
        (TOWNS[0], "2022", "ew", "", 100),
        (TOWNS[0], "2022", "ew", "ALTER=u18", 40),
        (TOWNS[0], "2022", "ew", "ALTER=u25", 60),
        (TOWNS[0], "2022", "ew", "ALTER=ab18", 60),
    )
    assert (await delivered(world, overlapping))["state"] == "accepted"


async def test_a_part_above_its_whole_stops(world: World) -> None:
    """Recipients are residents; both in one file of one source."""
    file = rows((TOWNS[0], "2022", "lb", "", 101), (TOWNS[0], "2022", "ew", "", 100))
    delivery = await delivered(world, file)
    assert delivery["state"] == "rejected"
    (finding,) = await findings(world, delivery)
    assert (finding["code"], finding["row"]) == ("numerator_above_denominator", 2)
    assert "der Nenner ist 100" in finding["detail"]


async def test_a_part_above_the_whole_on_record_is_doubted(world: World) -> None:
    """The denominator was delivered before: perhaps it is the one that is wrong."""
    await delivered(world, rows((TOWNS[0], "2022", "ew", "", 100)))
    delivery = await delivered(world, rows((TOWNS[0], "2022", "lb", "", 101)))
    assert delivery["state"] == "confirming"
    assert [item["code"] for item in await findings(world, delivery)] == [
        "numerator_above_other_figure"
    ]


def series(year: int, changes: dict[int, object] | None = None, factor: float = 1) -> str:
    """Three towns with ages, about as large as each year."""
    draw = random.Random(7)  # noqa: S311
    cells = []
    for number in range(60):
        usual = draw.randrange(200, 900)
        value = round(usual * (1 + draw.uniform(-0.05, 0.05) * (year - 2020)) * factor)
        cell = (changes or {}).get(number, value)
        cells.append((TOWNS[number % 3], str(year), "ew", f"ALTER=A{number // 3:02}", cell))
    return rows(*cells)


async def test_jumps_and_zeros_against_the_period_before(world: World) -> None:
    """Two cells stand out; the others moved as figures do."""
    assert (await delivered(world, series(2021)))["state"] == "accepted"
    delivery = await delivered(world, series(2022, {4: 90_000, 9: 0}))
    assert delivery["state"] == "confirming"
    assert sorted((item["code"], item["row"]) for item in await findings(world, delivery)) == [
        ("jump_over_time", 6),
        ("zero_implausible", 11),
    ]


async def test_what_was_confirmed_once_is_not_doubted_again(world: World) -> None:
    """A nightly sender repeats the same figures; only new doubts ask for a reason."""
    await delivered(world, series(2021))
    file = series(2022, {4: 90_000})
    confirmed = await delivered(world, file, confirm="Neue Zählung nach dem Zensus")
    assert confirmed["state"] == "accepted"
    assert (await delivered(world, file))["state"] == "accepted"
    assert (await delivered(world, series(2022, {4: 90_000, 5: 70_000})))["state"] == "confirming"


async def test_small_figures_do_not_jump(world: World) -> None:
    """From 2 to 9 is chance."""
    few = rows(*((town, "2021", "ew", "", 2) for town in TOWNS))
    more = rows(
        *((town, "2022", "ew", "", value) for town, value in zip(TOWNS, (9, 0, 1), strict=True))
    )
    assert (await delivered(world, few))["state"] == "accepted"
    assert (await delivered(world, more))["state"] == "accepted"


@pytest.mark.parametrize("factor", [0.001, 1000])
async def test_another_unit_is_found_once(world: World, factor: float) -> None:
    """Not sixty jumps: one finding for the measure."""
    await delivered(world, series(2021).replace("value\n", "value\n", 1))
    file = series(2022, factor=1000) if factor > 1 else series(2022)
    if factor < 1:
        lines = file.splitlines()
        thousandth = [line.rsplit(";", 1) for line in lines[1:]]
        file = "\n".join(
            [lines[0], *(f"{head};{float(value) / 1000:.4f}" for head, value in thousandth)]
        )
    delivery = await delivered(world, file)
    assert delivery["state"] == "confirming"
    assert [item["code"] for item in await findings(world, delivery)] == ["unit_doubtful"]


async def test_the_file_of_the_year_before(world: World) -> None:
    """The same values under another year."""
    await delivered(world, series(2021))
    delivery = await delivered(world, series(2021).replace(";2021;", ";2022;"))
    assert delivery["state"] == "confirming"
    (finding,) = await findings(world, delivery)
    assert (finding["code"], finding["row"]) == ("period_copied", None)


async def test_values_for_areas_that_were_no_more(world: World) -> None:
    """An area that ended with 2014 has a value for 2014, and none for what came after."""
    ended = {
        "code": "99001009",
        "kind": "gemeinde",
        "name": "Altdorf",
        "parent": "99001",
        "is_fictional": True,
        "valid_from": "2005-01-01",
        "valid_to": "2015-01-01",
        "geometry": square(500_000, 5_700_000),
    }
    await import_areas(world.stack, world.office, [ended])
    file = rows(
        ("99001009", "2014", "ew", "", 50),
        ("99001009", "2015", "ew", "", 50),
        ("99001009", "2016", "ew", "", "-"),
    )
    delivery = await delivered(world, file)
    assert delivery["state"] == "rejected"
    (finding,) = await findings(world, delivery)
    assert (finding["code"], finding["row"], finding["value"]) == ("area_ended", 3, "99001009")
    assert "seit dem 01.01.2015" in finding["detail"]


async def test_values_for_areas_that_were_not_yet(world: World) -> None:
    """Recalculated figures are possible, and must be said; a sign is no value."""
    new = {
        "code": "99001010",
        "kind": "gemeinde",
        "name": "Neudorf",
        "parent": "99001",
        "is_fictional": True,
        "valid_from": "2015-01-01",
        "geometry": square(500_000, 5_700_000),
    }
    await import_areas(world.stack, world.office, [new])
    file = rows(
        ("99001010", "2013", "ew", "", "."),
        ("99001010", "2014", "ew", "", 50),
        ("99001010", "2015", "ew", "", 50),
    )
    delivery = await delivered(world, file)
    assert delivery["state"] == "confirming"
    (finding,) = await findings(world, delivery)
    assert (finding["code"], finding["row"], finding["value"]) == ("area_not_yet", 3, "99001010")
    assert "erst seit dem 01.01.2015" in finding["detail"]
