"""Series cross the reform of Aachen: sums preserved, keys exact, Aachen once in every total."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.indicator_api.test_area_directories import AACHEN_2005, AACHEN_2009, hand_in
from tests.indicator_api.world import DATASET, World, create, make_world
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import as_bearer, open_stack

FIGURES = {
    2005: {
        "05313": (30, 300),
        "05354": (20, 200),
        "05313000": (30, 300),
        "05354004": (15, 150),
    },
    2010: {"05334": (60, 500), "05334002": (35, 300), "05334004": (18, 150)},
}


def file_of(figures: dict[int, dict[str, tuple[int, int]]]) -> str:
    """A delivery of numerators and denominators."""
    lines = [
        f"{area};{year};{measure};{value}\n"
        for year, values in figures.items()
        for area, parts in values.items()
        for measure, value in zip(("lb", "ew"), parts, strict=True)
    ]
    return "area;period;measure;value\n" + "".join(lines)


@pytest.fixture(scope="module")
async def reformed(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A register with Aachen's reform, and figures before and after it."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_world(stack)
        for directory in (AACHEN_2005, AACHEN_2009):
            assert (await hand_in(stack, world.office, directory))["state"] == "accepted"
        await create(
            stack, world.office, "/v1/datasets", DATASET | {"code": "aachen", "area_code": "DG"}
        )
        # the figures name but one of the towns
        stack.database.execute(
            "UPDATE indicator.dataset SET additivity = 'exact', unplaced_cases = NULL"
        )
        delivery = await stack.deliver(
            world.office, "aachen", file_of(FIGURES), confirm="Zahlen für diesen Test"
        )
        assert delivery["state"] == "accepted", delivery
        await stack.release(world.office, "aachen")
        yield world
    databases.drop(database)


async def ask(world: World, **params: Any) -> dict[str, Any]:
    """The answer to a question about the indicator."""
    answer = await world.stack.indicator.get(
        "/v1/observations", params={"indicator": "sgb2_quote"} | params
    )
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def by_period(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The items of one area."""
    return {item["period"]: item for item in document["items"]}


async def test_the_merged_kreis_carries_the_sum_of_its_parts(reformed: World) -> None:
    found = by_period(await ask(reformed, area="05334"))
    before, after = found["2005"], found["2010"]
    assert (before["numerator"], before["denominator"], before["value"]) == (50, 500, 10.0)
    assert before["derivation"]["method"] == "merge"
    assert not before["derivation"]["is_estimated"]
    assert before["quality"] == []
    assert before["derivation"]["detail"] == ("Summe aus 05313, 05354, die hierin aufgegangen sind")
    # the rate is made from the parts: neither 10 % of one nor a mean of two rates
    assert before["lower"] < before["value"] < before["upper"]
    assert (after["value"], after["derivation"]) == (12.0, None)


async def test_a_town_that_only_changed_its_key_goes_on_exactly(reformed: World) -> None:
    found = by_period(await ask(reformed, area="05334004"))
    assert (found["2005"]["value"], found["2005"]["quality"]) == (10.0, [])
    assert found["2005"]["derivation"]["method"] == "key_change"
    assert found["2005"]["derivation"]["is_estimated"] is False
    assert found["2010"]["derivation"] is None
    # and its old key leads to the new figures
    old = by_period(await ask(reformed, area="05354004"))
    assert (old["2005"]["derivation"], old["2010"]["value"]) == (None, 12.0)
    assert old["2010"]["derivation"]["method"] == "key_change"


@pytest.mark.parametrize(("period", "cases", "people"), [("2005", 50, 500), ("2010", 60, 500)])
async def test_aachen_is_counted_once_in_the_land(
    reformed: World, period: str, cases: int, people: int
) -> None:
    """05334 stands beside 05334002, and 05313 beside its only municipality."""
    (land,) = (await ask(reformed, area="05", period=period))["items"]
    assert (land["numerator"], land["denominator"]) == (cases, people)
    assert land["derivation"]["method"] == "sum"
    assert land["derivation"]["parts_kind"] == "kreis"
    parts = 2 if period == "2005" else 1
    assert (land["derivation"]["parts"], land["derivation"]["parts_expected"]) == (parts, parts)


async def test_a_list_holds_the_areas_of_the_day_asked_for(reformed: World) -> None:
    now = await ask(reformed, level="kreis", within="05", period="2005")
    assert [item["area"] for item in now["items"]] == ["05334"]
    assert now["items"][0]["numerator"] == 50
    then = await ask(reformed, level="kreis", within="05", period="2005", valid_on="2005-12-31")
    assert [(item["area"], item["numerator"]) for item in then["items"]] == [
        ("05313", 30),
        ("05354", 20),
    ]
    assert all(item["derivation"] is None for item in then["items"])
    assert (now["valid_on"] > "2020", then["valid_on"]) == (True, "2005-12-31")


async def test_a_dead_key_is_explained(reformed: World) -> None:
    series = await ask(reformed, area="05313")
    assert [(item["period"], item["value"]) for item in series["items"]] == [("2005", 10.0)]
    (note,) = series["notes"]
    assert note["code"] == "area_ended"
    assert note["detail"] == (
        "05313 Aachen, kreisfreie Stadt endete am 20.10.2009; "
        "Nachfolger ist 05334 Städteregion Aachen."
    )
    assert note["successors"] == [{"code": "05334", "name": "Städteregion Aachen"}]
    later = await ask(reformed, area="05313", period="2010")
    assert (later["items"], later["reason"]["code"]) == ([], "area_ended")
    assert "05334" in later["reason"]["suggestion"]


@pytest.mark.parametrize("asked", ["within", "parent"])
async def test_a_dead_key_is_explained_as_a_region_too(reformed: World, asked: str) -> None:
    document = await ask(reformed, level="gemeinde", **{asked: "05313"})
    assert document["items"] == []
    (note,) = document["notes"]
    assert note["successors"] == [{"code": "05334", "name": "Städteregion Aachen"}]
    assert document["reason"]["code"] == "area_ended"
    assert "05313 Aachen, kreisfreie Stadt endete am 20.10.2009" in document["reason"]["detail"]
    assert document["reason"]["suggestion"] == "Fragen Sie nach 05334."


async def test_the_series_shows_where_the_area_changed(reformed: World) -> None:
    document = await ask(reformed, area="05334")
    assert [(item["kind"], item["on"], item["period"]) for item in document["breaks"]] == [
        ("area", "2009-10-21", "2010")
    ]
    assert (await ask(reformed, area="05334004"))["breaks"] == []
    # beside a town to which nothing happened it is said whose break it is
    (item,) = (await ask(reformed, area=["05334", "05334004"]))["breaks"]
    assert [area["code"] for area in item["areas"]] == ["05334"]
    assert item["detail"].endswith(f"betrifft {item['areas'][0]['name']} (05334)")


async def test_the_day_before_the_register_is_told(reformed: World) -> None:
    """Areas without a first day have always been there: only where all have one it can be told."""
    document = await ask(reformed, area="05999", valid_on="1700-01-01")
    assert document["reason"]["code"] == "area_unknown"
    assert "01.01.1700" in document["reason"]["detail"]


@pytest.mark.parametrize("path", ["/v1/areas/05334", "/v1/areas/05334/profile"])
async def test_before_an_area_began_its_predecessors_are_named(reformed: World, path: str) -> None:
    answer = await reformed.stack.indicator.get(path, params={"valid_on": "2005-12-31"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (404, "area_not_yet")
    assert problem["detail"] == (
        "05334 Städteregion Aachen besteht erst seit dem 21.10.2009; am 31.12.2005 gab es dieses "
        "Gebiet noch nicht. Vorgänger sind 05313 Aachen, kreisfreie Stadt und 05354 Kreis Aachen."
    )
    assert [item["code"] for item in problem["predecessors"]] == ["05313", "05354"]
    assert problem["valid_from"] == "2009-10-21"
    ended = await reformed.stack.indicator.get("/v1/areas/05313", params={"valid_on": "2010-01-01"})
    assert "Nachfolger ist 05334" in ended.json()["ended"]["detail"]


async def test_an_answer_says_so_in_the_holder_s_files_too(reformed: World) -> None:
    answer = await reformed.stack.indicator.get(
        "/v1/observations",
        params={"indicator": "sgb2_quote", "area": "05334", "f": "csv"},
        headers=as_bearer(reformed.office),
    )
    assert "Summe aus 05313, 05354" in answer.text
