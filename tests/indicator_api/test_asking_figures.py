"""Questions over many indicators, periods and areas; what was known when; why there is nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.indicator_api.test_statement_counts import counted
from tests.indicator_api.world import INDICATOR, ONE_PERSON, World, create
from tests.support.stack import as_bearer

HEAD = "area;period;measure;value\n"
TOWNS = ("99001001", "99001002", "99001003")


def file_of(cases: dict[int, tuple[int, ...]]) -> str:
    """Cases of the three towns by year, among a thousand people each."""
    return HEAD + "".join(
        f"{town};{year};lb;{value}\n{town};{year};ew;1000\n"
        for year, values in cases.items()
        for town, value in zip(TOWNS, values, strict=True)
    )


async def release(world: World, body: str) -> None:
    """Have a file delivered and released to the public."""
    delivery = await world.stack.deliver(world.office, "sgb2", body)
    assert delivery["state"] == "accepted", delivery
    await world.stack.release(world.office, "sgb2")


async def ask(world: World, key: str | None = None, **params: Any) -> dict[str, Any]:
    """The answer to a question."""
    answer = await world.stack.indicator.get(
        "/v1/observations", params=params, headers={} if key is None else as_bearer(key)
    )
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def refused(world: World, **params: Any) -> tuple[int, str]:
    """Status and code of a question that is refused."""
    answer = await world.stack.indicator.get("/v1/observations", params=params)
    return answer.status_code, answer.json()["code"]


async def test_many_indicators_measures_and_years_in_one_answer(world: World) -> None:
    other = INDICATOR | {"code": "dichte", "name": "Dichte", "kind": "density", "factor": 1000}
    await create(world.stack, world.office, "/v1/indicators", other)
    await release(world, file_of({2021: (10, 20, 30), 2022: (11, 21, 31), 2023: (12, 22, 32)}))
    ask_for: dict[str, Any] = {
        "indicator": ["sgb2_quote", "dichte"],
        "measure": "lb",
        "period": ["2021..2022"],
        "level": "gemeinde",
        "within": "99001",
    }
    document = await ask(world, **ask_for)
    found = {
        (item["indicator"], item["area"], item["period"]): item["value"]
        for item in document["items"]
    }
    assert len(found) == len(document["items"]) == 3 * 3 * 2
    assert found["sgb2_quote", "99001002", "2022"] == 2.1
    assert found["dichte", "99001002", "2022"] == 21
    assert found["lb", "99001002", "2022"] == 21
    assert [head["code"] for head in document["indicators"]] == ["sgb2_quote", "dichte", "lb"]
    assert [head["interval"]["method"] for head in document["indicators"]] == [
        "wilson",
        "byar",
        "byar",
    ]
    assert (document["period"], "classes" in document) == (None, False)
    # the same, page by page
    paged, cursor = [], None
    while True:
        page = await ask(world, **ask_for, limit=4, **({"cursor": cursor} if cursor else {}))
        paged += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert paged == document["items"]


async def test_a_question_takes_as_many_statements_however_much_it_asks(world: World) -> None:
    await release(world, file_of(dict.fromkeys(range(2010, 2024), (10, 20, 30))))
    small: dict[str, Any] = {"indicator": "sgb2_quote", "level": "gemeinde", "within": "99001"}
    large = small | {"indicator": ["sgb2_quote"], "measure": ["lb", "ew"], "period": "2010.."}
    derived = {"indicator": "sgb2_quote", "area": ["99001", "99001001"], "derive": "rolling3"}
    taken = []
    for params in (small, large, derived):
        with counted(world) as statements:
            await ask(world, **params)
        taken.append([line for line in statements if "set_config" not in line])
        # what is remembered is only planned anew
        with counted(world) as statements:
            await ask(world, **params)
        assert len([line for line in statements if "set_config" not in line]) == 1, statements
    # the plan, the figures, the places to compare with and, if there are any, their figures
    assert [len(lines) for lines in taken] == [4, 4, 3]


async def test_an_earlier_state_of_knowledge_can_be_asked_for(world: World) -> None:
    await release(world, file_of({2023: (10, 20, 30)}))
    await release(world, file_of({2023: (15, 20, 30)}))
    day = datetime.now(UTC) - timedelta(days=400)
    # the first of both releases was published long ago
    world.stack.database.execute(
        "UPDATE indicator.release SET published_at = %s WHERE number = 1", day
    )
    asked = {"indicator": "sgb2_quote", "area": "99001001", "period": "2023"}
    now = await ask(world, **asked)
    then = await ask(world, **asked, as_of=(day + timedelta(days=2)).date().isoformat())
    before = await ask(world, **asked, as_of=(day - timedelta(days=2)).date().isoformat())
    assert [item["value"] for item in now["items"]] == [1.5]
    assert [item["value"] for item in then["items"]] == [1.0]
    assert [source["release"]["number"] for source in then["sources"]] == [1, 1]
    assert (before["items"], before["reason"]["code"]) == ([], "nothing_released_yet")
    release_id = now["sources"][0]["release"]["id"]
    assert await refused(world, **asked, as_of="2024-01-01", release=release_id) == (
        422,
        "release_or_as_of",
    )


async def test_what_was_withdrawn_for_disclosure_is_in_no_earlier_knowledge(world: World) -> None:
    await world.stack.deliver(world.office, "sgb2", file_of({2023: (10, 20, 30)}))
    first = await world.stack.release(world.office, "sgb2")
    path = f"/v1/releases/{first['id']}"
    current = await world.stack.indicator.get(path, headers=as_bearer(world.office))
    withdrawn = await world.stack.indicator.post(
        f"{path}/withdraw",
        json={"reason": "disclosure"},
        headers=as_bearer(world.office) | {"If-Match": current.headers["ETag"]},
    )
    assert withdrawn.status_code == 200, withdrawn.text
    for key in (None, world.office):
        document = await ask(
            world, key, indicator="sgb2_quote", area="99001001", as_of="2999-01-01"
        )
        assert document["items"] == []


async def test_a_reason_that_changes_is_not_answered_with_304(world: World) -> None:
    async def again(etag: str = "") -> Any:
        return await world.stack.indicator.get(
            "/v1/observations",
            params={"indicator": "sgb2_quote"},
            headers=as_bearer(world.office) | {"If-None-Match": etag},
        )

    first = await again()
    assert (await again(first.headers["ETag"])).status_code == 304
    await world.stack.deliver(world.office, "sgb2", file_of({2023: (10, 20, 30)}))
    assert (await again(first.headers["ETag"])).json()["reason"]["code"] == "nothing_released"


async def test_an_empty_answer_says_why_and_what_there_is(world: World) -> None:
    asked = {"indicator": "sgb2_quote"}
    empty = await ask(world, **asked)
    assert empty["reason"]["code"] == "nothing_released"
    # who holds raw facts learns that nothing came, or that it waits to be released
    assert (await ask(world, world.office, **asked))["reason"]["code"] == "nothing_delivered"
    await world.stack.deliver(world.office, "sgb2", file_of({2023: (10, 20, 30)}))
    waiting = await ask(world, world.office, **asked)
    assert waiting["reason"]["code"] == "nothing_released"
    assert "geliefert" in waiting["reason"]["detail"]
    assert (await ask(world, **asked))["reason"] == empty["reason"], "the public learns nothing"
    await world.stack.release(world.office, "sgb2")
    reasons = {
        name: (await ask(world, **asked, **params))["reason"]
        for name, params in {
            "area_unknown": {"area": "12345678"},
            "level_not_available": {"level": "quartier", "within": "99001"},
            "period_not_available": {"period": "1999", "within": "99001"},
        }.items()
    }
    assert {name: reason["code"] for name, reason in reasons.items()} == {
        name: name for name in reasons
    }
    assert "Gemeinden" in reasons["level_not_available"]["suggestion"]
    assert "2023" in reasons["period_not_available"]["suggestion"]


async def test_a_series_shows_where_definition_and_basis_break(world: World) -> None:
    await release(world, file_of({2021: (10, 20, 30)}))
    await create(
        world.stack,
        world.office,
        "/v1/datasets",
        {
            "code": "neu",
            "title": "Neu",
            "publisher": "Testamt",
            "source": "Testregister",
            "licence": "dl-de/by-2-0",
            "attribution": "Testamt",
            "additivity": "exact",
            "area_code": "99001",
            "denominator_basis": "Zensus 2022",
            **ONE_PERSON,
        },
    )
    await world.stack.deliver(world.office, "neu", file_of({2022: (11, 21, 31)}))
    await world.stack.release(world.office, "neu")
    world.stack.database.execute(
        "UPDATE indicator.indicator SET breaks ="
        """ '[{"on": "2022-01-01", "detail": "Neue Regelaltersgrenze"}]'"""
    )
    breaks = (await ask(world, indicator="sgb2_quote", area="99001001"))["breaks"]
    assert [(item["kind"], item["period"]) for item in breaks] == [
        ("definition", "2022"),
        ("denominator_basis", "2022"),
    ]
    assert "Zensus 2022" in breaks[1]["detail"]


async def test_classes_of_every_kind_are_the_same_for_table_tile_and_picture(
    world: World,
) -> None:
    await release(world, file_of({2023: (10, 11, 300)}))
    asked = {"indicator": "sgb2_quote", "level": "gemeinde", "within": "99001", "period": "2023"}
    cases: tuple[tuple[dict[str, Any], list[int]], ...] = (
        ({"classes": "jenks", "class_count": 2}, [2, 1]),
        ({"classes": "equal", "class_count": 3}, [2, 0, 1]),
        ({"classes": "fixed", "breaks": "5,40"}, [2, 1, 0]),
    )
    for classes, counts in cases:
        document = await ask(world, **asked, **classes)
        assert (document["classes"]["method"], document["classes"]["counts"]) == (
            classes["classes"],
            counts,
        )
        for path in ("/v1/maps/sgb2_quote/2023.svg", "/v1/tiles/sgb2_quote/2023/0/0/0.mvt"):
            drawn = await world.stack.indicator.get(
                path, params={"level": "gemeinde", "within": "99001", **classes}
            )
            assert drawn.status_code == 200, drawn.text
    assert await refused(world, **asked, classes="fixed") == (422, "breaks_missing")
    assert await refused(world, **asked, classes="fixed", breaks="3,1") == (
        422,
        "breaks_unreadable",
    )


async def _two_more(world: World) -> None:
    """An indicator that is not delivered yet, and one that only the first town has."""
    for code in ("leer", "alt"):
        measure = {"code": code, "name": code, "unit": "Anzahl", "kind": "count"}
        await create(world.stack, world.office, "/v1/measures", measure)
        definition = INDICATOR | {"code": code, "name": f"Anteil {code}"}
        definition |= {"numerator": {"measure": code}}
        await create(world.stack, world.office, "/v1/indicators", definition)


async def test_each_of_several_indicators_without_figures_has_its_reason(world: World) -> None:
    await _two_more(world)
    await release(world, file_of({2022: (11, 21, 31)}) + "99001001;2021;alt;100\n")
    named = ["sgb2_quote", "leer", "alt"]
    document = await ask(world, indicator=named, period="2022", level="gemeinde", within="99001")
    assert document["reason"] is None
    assert {item["indicator"] for item in document["items"]} == {"sgb2_quote"}
    told = {note["indicator"]: (note["code"], note["detail"]) for note in document["notes"]}
    assert set(told) == {"leer", "alt"}
    assert told["leer"] == (
        "nothing_released",
        "Zu „Anteil leer“ ist nichts freigegeben, was Sie sehen dürfen.",
    )
    asked: dict[str, Any] = {"indicator": named, "period": "2022", "area": "99001001"}
    mine = await ask(world, world.office, **asked)
    assert {note["indicator"]: note["code"] for note in mine["notes"]}["leer"] == (
        "nothing_delivered"
    ), "the holder learns what was delivered"
    # with all of them there is nobody who asked for the empty ones
    assert (await ask(world, indicator="*", area="99001001"))["notes"] == []


async def test_several_indicators_without_any_figure_are_all_told(world: World) -> None:
    await _two_more(world)
    document = await ask(world, indicator=["leer", "alt"], level="gemeinde")
    assert document["reason"]["code"] == "nothing_released"
    for code in ("leer", "alt"):
        assert f"„Anteil {code}“" in document["reason"]["detail"]
    assert [note["indicator"] for note in document["notes"]] == ["leer", "alt"]


async def test_an_indicator_with_figures_of_other_areas_alone_is_told(world: World) -> None:
    await _two_more(world)
    body = file_of({2022: (11, 21, 31)}) + "99001001;2022;alt;100\n"
    await release(world, body)
    named = ["sgb2_quote", "alt"]
    document = await ask(world, indicator=named, area="99001002", period="2022")
    assert [(note["indicator"], note["code"], note["detail"]) for note in document["notes"]] == [
        ("alt", "no_area", "Für 99001002 liegt zu „Anteil alt“ keine Zahl vor.")
    ]
    assert (await ask(world, indicator=named, area="99001001", period="2022"))["notes"] == []
