"""What a delivery's values are held against: worked examples, through the whole intake."""

import random
from typing import Any

import pytest

from tests.indicator_api.world import DATASET, World, create, import_areas, square
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


async def findings(
    world: World, delivery: dict[str, Any], lang: str = "de"
) -> list[dict[str, Any]]:
    """All findings of a delivery."""
    path = f"/v1/deliveries/{delivery['id']}/findings?lang={lang}"
    page = await world.stack.read(world.office, path)
    found: list[dict[str, Any]] = page["items"]
    return found


async def dataset_of(world: World, additivity: str, **said: Any) -> str:
    """Another dataset, whose figures add up otherwise, or which says more of its totals."""
    code = f"d_{additivity}"
    values = DATASET | {"code": code, "additivity": additivity} | said
    read = await create(world.stack, world.office, "/v1/datasets", values)
    assert said.items() <= read.items()
    return code


async def test_an_exact_total_that_is_off_by_one_does_not_pass(world: World) -> None:
    """The finding names the row of the total, both figures, the difference and what is allowed."""
    delivery = await delivered(world, kreis(601))
    assert delivery["state"] == "rejected"
    (finding,) = await findings(world, delivery)
    assert (finding["code"], finding["row"], finding["column"]) == ("area_total_wrong", 2, "value")
    assert finding["severity"] == "error"
    assert finding["detail"] == (
        "Für das Gebiet steht hier 601, seine Teile ergeben 600, also 1 weniger; erlaubt ist kein "
        "Unterschied."
    )
    assert "Restfälle ohne Ortsangabe (unplaced_cases)" in finding["remedy"]
    (english,) = await findings(world, delivery, "en")
    assert english["detail"] == (
        "The area has 601, its parts give 600, that is 1 less; no difference is allowed."
    )
    assert "cases without a place (unplaced_cases)" in english["remedy"]
    assert (await delivered(world, kreis(599)))["state"] == "rejected"
    assert (await delivered(world, kreis(600)))["state"] == "accepted"


async def test_a_total_that_is_wrong_is_left_out_of_what_is_taken_in_part(world: World) -> None:
    """Its parts are taken, where the sender asked for that."""
    delivery = await delivered(world, kreis(601), partial="true")
    assert (delivery["state"], delivery["counts"]["values"]) == ("accepted", 3)


@pytest.mark.parametrize(
    ("said", "total", "is_taken"),
    [
        # three cases of the Kreis have no address
        ({"unplaced_cases": 3}, 603, True),
        ({"unplaced_cases": 3}, 604, False),
        ({"unplaced_cases": 3}, 599, False),
        # nobody says how many
        ({"unplaced_cases": None}, 900, True),
        ({"unplaced_cases": None}, 599, False),
        # what is said of amounts counts for amounts alone
        ({"amount_rounding": 1}, 601, False),
    ],
)
async def test_exact_totals_as_the_published_table_has_them(
    world: World, said: dict[str, Any], total: int, is_taken: bool
) -> None:
    """What the dataset says explains a difference, and no more than that."""
    dataset = await dataset_of(world, "exact", **said)
    delivery = await delivered(world, kreis(total), dataset)
    assert delivery["state"] == ("accepted" if is_taken else "rejected")


async def test_amounts_in_thousands_may_differ_by_the_rounding_of_their_parts(world: World) -> None:
    """Half a thousand for each of three parts and the total; what is beyond is told."""
    amount = {"code": "eink", "name": "Einkünfte", "unit": "Tsd. EUR", "kind": "amount"}
    await create(world.stack, world.office, "/v1/measures", amount)
    dataset = await dataset_of(world, "exact", amount_rounding=1)
    for total in (598, 602):
        file = kreis(total).replace(";ew;", ";eink;")
        assert (await delivered(world, file, dataset))["state"] == "accepted"
    delivery = await delivered(world, kreis(603).replace(";ew;", ";eink;"), dataset)
    (finding,) = await findings(world, delivery)
    assert finding["detail"] == (
        "Für das Gebiet steht hier 603, seine Teile ergeben 600, also 3 weniger; erlaubt sind "
        "höchstens 2 mehr oder höchstens 2 weniger."
    )


async def test_a_dataset_is_made_to_say_what_its_table_does(world: World) -> None:
    """Refused, said of the dataset, taken: `PATCH`, and back again."""
    path, headers = "/v1/datasets/sgb2", as_bearer(world.office)

    async def say(**change: Any) -> dict[str, Any]:
        etag = (await world.stack.indicator.get(path, headers=headers)).headers["ETag"]
        answer = await world.stack.indicator.patch(
            path, json=change, headers=headers | {"If-Match": etag}
        )
        assert answer.status_code == 200, answer.text
        read: dict[str, Any] = answer.json()
        return read

    file = kreis(602)
    assert (await delivered(world, file))["state"] == "rejected"
    assert (await say(unplaced_cases=2))["unplaced_cases"] == 2
    assert (await say(title="Anders"))["unplaced_cases"] == 2
    assert (await delivered(world, file))["state"] == "accepted"
    assert (await say(unplaced_cases=None, amount_rounding=0.5))["amount_rounding"] == 0.5
    assert (await delivered(world, kreis(700)))["state"] == "accepted"
    await say(unplaced_cases=0)
    assert (await delivered(world, file))["state"] == "rejected"
    for nonsense in ({"unplaced_cases": -1}, {"amount_rounding": -1}, {"amount_rounding": None}):
        etag = (await world.stack.indicator.get(path, headers=headers)).headers["ETag"]
        answer = await world.stack.indicator.patch(
            path, json=nonsense, headers=headers | {"If-Match": etag}
        )
        assert answer.status_code == 422, answer.text


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


async def test_a_zero_says_what_it_was_and_what_to_write(world: World) -> None:
    """Nought and „-“ where there were many; not where there were few."""
    before = rows(
        (TOWNS[0], "2021", "ew", "", 80),
        (TOWNS[1], "2021", "ew", "", 40),
        (TOWNS[2], "2021", "ew", "", 19),
    )
    assert (await delivered(world, before))["state"] == "accepted"
    now = rows(
        (TOWNS[0], "2022", "ew", "", 0),
        (TOWNS[1], "2022", "ew", "", "-"),
        (TOWNS[2], "2022", "ew", "", 0),
        # an area of which there is but „-“ would be one without any figure
        (TOWNS[1], "2022", "lb", "", 0),
    )
    delivery = await delivered(world, now)
    assert delivery["state"] == "confirming"
    found = await findings(world, delivery)
    assert [(item["code"], item["row"], item["column"]) for item in found] == [
        ("zero_implausible", 2, "value"),
        ("zero_implausible", 3, "value"),
    ]
    assert found[0]["detail"] == "Hier steht „0“, im Vorzeitraum waren es 80."
    assert "keine Null" in found[0]["remedy"]
    (english, _) = await findings(world, delivery, "en")
    assert english["detail"] == "“0” stands here; in the period before it was 80."
    assert "not zero" in english["remedy"]


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
    assert (finding["severity"], finding["column"]) == ("error", "area")
    assert "seit dem 01.01.2015" in finding["detail"]
    (english,) = await findings(world, delivery, "en")
    assert "99001009" in english["detail"]
    assert "" != finding["remedy"] != english["remedy"] != ""


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
    assert (finding["severity"], finding["column"]) == ("warning", "area")
    assert "erst seit dem 01.01.2015" in finding["detail"]
    (english,) = await findings(world, delivery, "en")
    assert "" != finding["remedy"] != english["remedy"] != ""
