"""Changes recorded before their turn, and sets whose units change."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.indicator_api.partition_world import (
    TOWN,
    A,
    B,
    C,
    D,
    PartitionWorld,
    make_partition_world,
    whole,
)
from tests.indicator_api.test_area_events import compositions, record, register
from tests.indicator_api.world import DATASET, INDICATOR, World, create
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import open_stack

RENEWED = f"{TOWN}09"


def taking_in(*codes: str) -> list[dict[str, str]]:
    """Links by which the first town goes on and takes in others."""
    return [{"from": code, "to": "99001001"} for code in ("99001001", *codes)]


async def test_an_event_recorded_after_a_later_one_leaves_the_chain_whole(world: World) -> None:
    later = await record(world.stack, world.office, links=taking_in("99001002"))
    assert later.status_code == 201, later.text
    earlier = await record(
        world.stack, world.office, effective_on="2010-01-01", links=taking_in("99001003")
    )
    assert earlier.status_code == 201, earlier.text
    assert [row for row in register(world) if row[0] == "99001001"] == [
        ("99001001", None, "2010-01-01"),
        ("99001001", "2010-01-01", "2020-01-01"),
        ("99001001", "2020-01-01", None),
    ]
    into_last = {source for target, source, *_ in compositions(world) if target.endswith("@2020")}
    assert into_last == {"99001001", "99001001@2010", "99001002", "99001003"}
    # the other way round nothing else comes about
    links = world.stack.database.execute(
        "SELECT extract(year FROM e.effective_on)::int, extract(year FROM f.valid_from)::int,"
        " extract(year FROM t.valid_from)::int FROM indicator.area_event_link AS l"
        " JOIN indicator.area_event AS e ON e.id = l.event_id"
        " JOIN indicator.area AS f ON f.id = l.from_area_id AND f.code = '99001001'"
        " JOIN indicator.area AS t ON t.id = l.to_area_id ORDER BY 1"
    )
    assert links == [(2010, None, 2010), (2020, 2010, 2020)]


@pytest.fixture(scope="module")
async def town(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PartitionWorld]:
    """Four sets; in 2020 quarter A gets another key and D takes in C; figures of both times."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_partition_world(stack)
        for code in ("lb", "ew"):
            measure = {"code": code, "name": code, "unit": "Anzahl", "kind": "count"}
            await create(stack, world.writer, "/v1/measures", measure)
        await create(stack, world.writer, "/v1/indicators", INDICATOR)
        await create(stack, world.office, "/v1/datasets", DATASET | {"area_code": TOWN})
        await world.make_set("ab", parts=whole(A, B))
        await world.make_set("bc", parts=whole(B, C))
        await world.make_set("alle", parts=whole(A, B, C, D))
        half = {"weight": 0.5, "basis": "area"}
        await world.make_set("halb", parts=[{"unit": A, **half}, {"unit": B, **half}])
        opens = [{"code": RENEWED, "kind": "quartier", "name": "Neu", "parent": TOWN}]
        for event in (
            {"kind": "key_change", "links": [{"from": A, "to": RENEWED}], "opens": opens},
            {"kind": "merge", "links": [{"from": C, "to": D}, {"from": D, "to": D}]},
        ):
            answer = await record(stack, world.writer, **event)
            assert answer.status_code == 201, answer.text
        before, after = (A, B, C, D), (RENEWED, B, D)
        body = "area;period;measure;value\n" + "".join(
            f"{unit};{day};lb;{10 * place}\n{unit};{day};ew;1000\n"
            for units, day in ((before, "2019-12-31"), (after, "2024-12-31"))
            for place, unit in enumerate(units, start=1)
        )
        stack.database.execute("UPDATE indicator.dataset SET additivity = 'exact'")
        delivery = await stack.deliver(world.office, "sgb2", body, confirm="Zahlen für diesen Test")
        assert delivery["state"] == "accepted", delivery
        await stack.release(world.office, "sgb2")
        yield world
    databases.drop(database)


async def figure(town: PartitionWorld, code: str, year: int) -> dict[str, Any]:
    """The indicator's figure of a set at the end of a year."""
    answer = await town.send(
        "GET", f"/observations?indicator=sgb2_quote&period={year}-12-31&area={TOWN}-{code}"
    )
    (item,) = answer.json()["items"]
    found: dict[str, Any] = item
    return found


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("ab", 1.5, 1.5),
        ("alle", 2.5, 2.0),
        ("bc", 2.5, None),
        ("halb", 1.5, 1.5),
    ],
)
async def test_a_set_follows_its_units_where_their_change_is_exact(
    town: PartitionWorld, code: str, before: float, after: float | None
) -> None:
    assert (await figure(town, code, 2019))["value"] == pytest.approx(before)
    now = await figure(town, code, 2024)
    assert now["value"] == (None if after is None else pytest.approx(after))
    assert now["derivation"]["is_estimated"] == (code == "halb")


async def test_where_a_unit_cannot_be_followed_the_figure_says_so(town: PartitionWorld) -> None:
    assert (await figure(town, "bc", 2024))["detail"] == (
        f"Keine Angabe: Das Gebiet besteht aus Einheiten, die es dann nicht mehr gibt ({C}). "
        "Es ist aus den heutigen neu zusammenzusetzen."
    )


async def test_a_set_names_what_became_of_its_units(town: PartitionWorld) -> None:
    (note,) = (await town.send("GET", f"/area-sets/{TOWN}-bc")).json()["notes"]
    assert (note["unit"], note["code"]) == (C, "unit_ended")
    assert note["detail"] == (
        f"Quartier 3 ({C}) gibt es seit dem 01.01.2020 nicht mehr; daraus wurde Quartier 4 ({D}). "
        "Ab da hat das Gebiet keine Zahlen: Beenden Sie es zu diesem Tag und setzen Sie es aus den "
        "heutigen Einheiten neu zusammen."
    )
    (note,) = (await town.send("GET", f"/area-sets/{TOWN}-ab")).json()["notes"]
    assert (note["unit"], note["code"]) == (A, "unit_followed")
    assert note["detail"].endswith(f"daraus wurde Neu ({RENEWED}). Das Gebiet geht damit weiter.")
