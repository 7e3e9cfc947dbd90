"""What is there and what is missing, by municipality and indicator."""

from collections.abc import AsyncIterator
from typing import Any

import fastexcel
import pytest

from services.indicator_api.coverage.rules import WITHOUT_DENOMINATOR, Found, judge
from tests.indicator_api.test_statement_counts import counted
from tests.indicator_api.world import INDICATOR, World, create, make_world
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import as_bearer, open_stack

HEAD = "area;period;measure;value\n"
COUNT = {
    name: value
    for name, value in INDICATOR.items()
    if name not in ("denominator", "denominator_text", "factor")
} | {"code": "lb_anzahl", "name": "Leistungsberechtigte", "kind": "count", "unit": "Anzahl"}
# 2022 is released everywhere but in Stadt 3; 2023 only delivered for Stadt 2
RELEASED = """\
99001001;2022;lb;120
99001001;2022;ew;1000
99001002;2022;lb;.
99001002;2022;ew;900
99001001;2023;lb;130
99001001;2023;ew;1010
99001003;2021;lb;70
99001003;2021;ew;800
"""
DELIVERED = """\
99001002;2023;lb;90
99001003;2022;lb;71
"""


@pytest.fixture(scope="module")
async def filled(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Figures of three towns: some released, some delivered, some not there."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_world(stack)
        await create(stack, world.office, "/v1/indicators", COUNT)
        await create(
            stack, world.office, "/v1/indicators", COUNT | {
                "code": "nur_kreis", "name": "Nur im Kreis", "smallest_level": "kreis"
            },
        )  # fmt: skip
        for body in (RELEASED, DELIVERED):
            if body is DELIVERED:
                await stack.release(world.office, "sgb2")
            delivery = await stack.deliver(world.office, "sgb2", HEAD + body)
            assert delivery["state"] == "accepted", delivery
        yield world
    databases.drop(database)


async def coverage(world: World, key: str | None = None, **asked: Any) -> dict[str, Any]:
    """The matrix of the towns; in the office's name, unless somebody else asks."""
    answer = await world.stack.indicator.get(
        "/v1/coverage",
        params={"parent": "99001", **asked},
        headers=as_bearer(key or world.office),
    )
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def states(matrix: dict[str, Any], indicator: str) -> list[tuple[str, str | None, str | None]]:
    """State, newest period and status of each town."""
    column = [item["code"] for item in matrix["indicators"]].index(indicator)
    cells = [row[column] for row in matrix["cells"]]
    return [(c["state"], c["latest"] and c["latest"]["code"], c["status"]) for c in cells]


async def test_the_holder_sees_what_is_released_delivered_outdated_and_missing(
    filled: World,
) -> None:
    matrix = await coverage(filled, indicator=["lb_anzahl", "sgb2_quote", "nur_kreis"])
    assert [area["code"] for area in matrix["areas"]] == ["99001001", "99001002", "99001003"]
    assert states(matrix, "lb_anzahl") == [
        ("released", "2023", "value"),
        ("delivered", "2023", "value"),
        ("outdated", "2022", "value"),
    ]
    # the denominator of 2023 and of 2022 is missing: the newest entry is no figure
    assert states(matrix, "sgb2_quote") == [
        ("released", "2023", "value"),
        ("missing", None, "no_denominator"),
        ("outdated", "2021", "value"),
    ]
    assert states(matrix, "nur_kreis") == [("not_applicable", None, None)] * 3
    by_code = {item["code"]: item for item in matrix["indicators"]}
    assert by_code["lb_anzahl"]["newest"]["code"] == "2023"
    assert by_code["lb_anzahl"]["counts"] == {
        "released": 1, "delivered": 1, "computed": 0, "outdated": 1, "missing": 0,
        "not_applicable": 0,
    }  # fmt: skip
    assert matrix["areas"][0]["counts"]["released"] == 2
    quota = list(by_code).index("sgb2_quote")
    assert "Bezugsgröße" in matrix["cells"][1][quota]["reason"]


async def test_others_see_what_is_released_and_its_signs_alone(filled: World) -> None:
    matrix = await coverage(filled, filled.other_office, indicator="lb_anzahl")
    assert states(matrix, "lb_anzahl") == [
        ("released", "2023", "value"),
        ("missing", None, "unknown"),
        ("outdated", "2021", "value"),
    ]
    assert "geheim" in matrix["cells"][1][0]["reason"]


async def test_a_period_asks_what_is_there_for_it(filled: World) -> None:
    matrix = await coverage(filled, indicator="lb_anzahl", period="2022")
    assert states(matrix, "lb_anzahl") == [
        ("released", "2022", "value"),
        ("missing", None, "unknown"),
        ("delivered", "2022", "value"),
    ]
    assert matrix["period"]["code"] == "2022"


async def test_without_indicators_the_key_indicators_are_shown_and_all_if_asked(
    filled: World,
) -> None:
    matrix = await coverage(filled)
    assert (matrix["indicators"], matrix["reason"]["code"]) == ([], "no_indicator")
    matrix = await coverage(filled, indicator="*")
    assert len(matrix["indicators"]) == 3


async def test_without_a_parent_the_areas_are_ones_own(filled: World) -> None:
    answer = await filled.stack.indicator.get(
        "/v1/coverage", params={"indicator": "lb_anzahl"}, headers=as_bearer(filled.other_office)
    )
    assert [area["code"] for area in answer.json()["areas"]] == ["99001003"]
    everybody = await filled.stack.indicator.get("/v1/coverage", params={"indicator": "lb_anzahl"})
    assert [area["code"] for area in everybody.json()["areas"]] == ["05999000"]


async def of_kreis(world: World, key: str | None = None, **asked: Any) -> list[Any]:
    """The one row of the Kreis that its towns are in, for two indicators."""
    matrix = await coverage(
        world, key, level="kreis", indicator=["lb_anzahl", "sgb2_quote"], **asked
    )
    (row,) = matrix["cells"]
    return [(c["state"], c["latest"] and c["latest"]["code"], c["periods"]) for c in row]


async def test_a_kreis_whose_towns_all_have_figures_lacks_none(world: World) -> None:
    """It never delivers itself: what readers see of it is the sum of what is released."""
    await create(world.stack, world.office, "/v1/indicators", COUNT)
    every = "".join(
        f"9900100{town};{year};{measure};{100 if measure == 'lb' else 1000}\n"
        for town in (1, 2, 3) for year in (2021, 2022) for measure in ("lb", "ew")
    )  # fmt: skip
    file = HEAD + every + "99001001;2023;lb;130\n99001001;2023;ew;1010\n"
    delivery = await world.stack.deliver(world.office, "sgb2", file)
    assert delivery["state"] == "accepted", delivery
    assert await of_kreis(world) == [("missing", None, 0)] * 2
    await world.stack.release(world.office, "sgb2")
    computed = [("computed", "2022", 2)] * 2
    assert await of_kreis(world) == await of_kreis(world, world.other_office) == computed
    assert await of_kreis(world, period="2021") == [("computed", "2021", 1)] * 2
    assert await of_kreis(world, period="2023") == [("outdated", "2022", 2)] * 2
    matrix = await coverage(world, level="kreis", indicator="lb_anzahl")
    assert matrix["cells"][0][0]["reason"] == "Berechnet aus allen Teilen (3 Gemeinden)."
    assert matrix["indicators"][0]["counts"]["computed"] == 1
    read = await world.stack.read(
        world.office, "/v1/observations?indicator=lb_anzahl&area=99001&period=2022"
    )
    assert read["items"][0]["value"] == 300


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"level": "dorf"}, 422, "level_unknown"),
        ({"parent": "nirgends"}, 404, "area_unknown"),
        ({"indicator": "nichts"}, 404, "indicator_unknown"),
        ({"period": "bald"}, 422, "period_unreadable"),
    ],
)
async def test_what_cannot_be_asked_is_named(
    filled: World, asked: dict[str, str], status: int, code: str
) -> None:
    answer = await filled.stack.indicator.get("/v1/coverage", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_matrix_is_a_table_and_a_workbook(filled: World) -> None:
    asked = {"parent": "99001", "indicator": ["lb_anzahl", "sgb2_quote"]}
    headers = as_bearer(filled.office)
    for dialect, separator in (("semicolon", ";"), ("comma", ",")):
        answer = await filled.stack.indicator.get(
            "/v1/coverage", params=asked | {"f": "csv", "dialect": dialect}, headers=headers
        )
        lines = answer.text.strip().splitlines()
        assert len(lines) == 1 + 3 * 2
        assert f"99001002{separator}Stadt 2{separator}gemeinde" in lines[3]
    answer = await filled.stack.indicator.get(
        "/v1/coverage", params=asked | {"f": "xlsx"}, headers=headers
    )
    sheet = fastexcel.read_excel(answer.content).load_sheet("Bestand").to_polars()
    assert sheet["Gebiet"].to_list() == ["Stadt 1", "Stadt 2", "Stadt 3"]


async def test_an_unchanged_matrix_is_answered_by_304(filled: World) -> None:
    asked = {"parent": "99001", "indicator": "lb_anzahl"}
    first = await filled.stack.indicator.get("/v1/coverage", params=asked)
    again = await filled.stack.indicator.get(
        "/v1/coverage", params=asked, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304


async def test_a_large_matrix_takes_no_more_statements_than_a_small_one(filled: World) -> None:
    await coverage(filled, indicator="lb_anzahl")
    numbers = []
    for indicator in ("lb_anzahl", "*"):
        with counted(filled) as statements:
            await coverage(filled, indicator=indicator)
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]


def test_a_sign_and_nothing_at_all_are_kept_apart() -> None:
    nothing = judge(None, None, "", reads_raw=True)
    assert (nothing.state, nothing.status) == ("missing", None)
    assert nothing.reason != judge(None, None, "", reads_raw=False).reason
    found = Found(latest_on=None, latest_status=0, is_raw=False, sign_on=None, sign=0)
    assert judge(found, None, "", reads_raw=True).status is None
    without = Found(
        latest_on=None, latest_status=0, is_raw=True, sign_on=None, sign=WITHOUT_DENOMINATOR
    )
    assert judge(without, None, "", reads_raw=True).state == "missing"
