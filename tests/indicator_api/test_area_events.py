"""Changes recorded by hand: validity, shares, new versions."""

import asyncio
from typing import Any

import httpx

from tests.indicator_api.world import World, import_areas
from tests.support.stack import Stack, as_bearer, new_key

DAY = "2020-01-01"


async def record(stack: Stack, key: str, **event: Any) -> httpx.Response:
    """Record an event; what is not given is filled in."""
    body = {"kind": "merge", "effective_on": DAY, "title": "Test", "source": "Test"} | event
    return await stack.indicator.post(
        "/v1/area-events", json=body, headers=as_bearer(key) | new_key()
    )


def register(world: World) -> list[tuple[Any, ...]]:
    """(key, from, to) of the invented Kreis and what lies in it."""
    return world.stack.database.execute(
        "SELECT code, valid_from::text, valid_to::text FROM indicator.area"
        " WHERE code LIKE '99001%' ORDER BY code, valid_from NULLS FIRST"
    )


def compositions(world: World) -> set[tuple[str, str, str, float]]:
    """(target, source, basis, weight), keys with the year their version begins."""
    rows: list[tuple[Any, ...]] = world.stack.database.execute(
        "SELECT t.code || COALESCE('@' || extract(year FROM t.valid_from), ''),"
        " s.code || COALESCE('@' || extract(year FROM s.valid_from), ''), c.basis, c.weight"
        " FROM indicator.area_composition AS c"
        " JOIN indicator.area AS t ON t.id = c.target_area_id"
        " JOIN indicator.area AS s ON s.id = c.source_area_id"
    )
    return {(target, source, basis, round(weight, 9)) for target, source, basis, weight in rows}


async def test_two_towns_become_a_new_one(world: World) -> None:
    answer = await record(
        world.stack,
        world.office,
        legal_basis="Gesetz vom 01.07.2019",
        links=[{"from": "99001001", "to": "99001009"}, {"from": "99001002", "to": "99001009"}],
        opens=[{"code": "99001009", "kind": "gemeinde", "name": "Neustadt", "parent": "99001"}],
    )
    assert answer.status_code == 201, answer.text
    event = answer.json()
    assert event["kind_label"] == "Zusammenschluss"
    assert [
        (link["from"]["code"], link["to"]["name"], link["share"], link["basis"])
        for link in event["links"]
    ] == [("99001001", "Neustadt", 1, "whole"), ("99001002", "Neustadt", 1, "whole")]
    assert (await world.stack.read(world.office, answer.headers["Location"])) == event
    assert register(world) == [
        ("99001", None, None),
        ("99001001", None, DAY),
        ("99001002", None, DAY),
        ("99001003", None, None),
        ("99001009", DAY, None),
    ]
    assert compositions(world) == {
        ("99001009@2020", "99001001", "whole", 1.0),
        ("99001009@2020", "99001002", "whole", 1.0),
    }
    # the borders of the new town are those of both together, at every degree of detail
    assert world.stack.database.execute(
        "SELECT round(ST_Area(geometry) / 1e6), (SELECT count(*) FROM indicator.area_shape AS s"
        " WHERE s.area_id = a.id) FROM indicator.area AS a WHERE code = '99001009'"
    ) == [(200, 3)]
    area = await world.stack.read(world.office, "/v1/areas/99001001")
    assert area["ended"]["detail"] == (
        "99001001 endete am 31.12.2019; Nachfolger ist 99001009 Neustadt."
    )
    before = await world.stack.read(world.office, "/v1/areas/99001001?valid_on=2019-12-31")
    assert before["ended"] is None
    history = await world.stack.read(world.office, "/v1/areas/99001001/history")
    (entry,) = history["items"]
    assert ([item["code"] for item in entry["from"]], [item["code"] for item in entry["to"]]) == (
        ["99001001", "99001002"],
        ["99001009"],
    )
    new = await world.stack.read(world.office, "/v1/areas/99001009")
    assert [item["code"] for item in new["predecessors"]] == ["99001001", "99001002"]


async def test_what_takes_another_in_goes_on_as_a_new_version_and_its_figures_follow(
    world: World,
) -> None:
    stack = world.stack
    quarters = [{"code": "9900100101", "kind": "quartier", "name": "Mitte", "parent": "99001001"}]
    assert (await import_areas(stack, world.office, quarters))["state"] == "accepted"
    csv = "area;period;measure;value\n" + "".join(
        f"{area};{year};lb;{value}\n"
        for area, year, value in (
            ("99001001", 2018, 100),
            ("99001002", 2018, 50),
            ("99001001", 2021, 160),
            ("9900100101", 2021, 40),
        )
    )
    assert (await stack.deliver(world.office, "sgb2", csv))["state"] == "accepted"
    await stack.release(world.office, "sgb2")
    answer = await record(
        stack,
        world.office,
        links=[{"from": "99001001", "to": "99001001"}, {"from": "99001002", "to": "99001001"}],
    )
    assert answer.status_code == 201, answer.text
    assert [row for row in register(world) if row[0] != "99001003"] == [
        ("99001", None, None),
        ("99001001", None, DAY),
        ("99001001", DAY, None),
        ("9900100101", None, DAY),
        ("9900100101", DAY, None),
        ("99001002", None, DAY),
    ]
    assert compositions(world) == {
        ("99001001@2020", "99001001", "whole", 1.0),
        ("99001001@2020", "99001002", "whole", 1.0),
        ("9900100101@2020", "9900100101", "whole", 1.0),
    }
    for table in ("fact", "released_cell"):
        assert stack.database.execute(
            "SELECT a.code, a.valid_from::text, f.value FROM indicator."
            f"{table} AS f JOIN indicator.area AS a ON a.id = f.area_id ORDER BY 3"
        ) == [
            ("9900100101", DAY, 40.0),
            ("99001002", None, 50.0),
            ("99001001", None, 100.0),
            ("99001001", DAY, 160.0),
        ]
    # what lies below the new version hangs on it, from the root down
    assert stack.database.execute(
        "SELECT p.valid_from::text, cardinality(a.lineage), a.lineage[2] = p.id"
        " FROM indicator.area AS a JOIN indicator.area AS p ON p.id = a.parent_id"
        f" WHERE a.code = '9900100101' AND a.valid_from = '{DAY}'"
    ) == [(DAY, 3, True)]


async def test_a_split_is_an_estimate_until_all_of_it_is_together_again(world: World) -> None:
    stack = world.stack
    new = [
        {"code": code, "kind": "gemeinde", "name": code, "parent": "99001"}
        for code in ("99001011", "99001012")
    ]
    answer = await record(
        stack,
        world.office,
        kind="split",
        links=[
            {"from": "99001001", "to": "99001011", "weight_residents": 0.6, "weight_area": 0.5},
            {"from": "99001001", "to": "99001012", "weight_residents": 0.4, "weight_area": 0.5},
        ],
        opens=new,
    )
    assert answer.status_code == 201, answer.text
    assert compositions(world) == {
        ("99001011@2020", "99001001", "residents", 0.6),
        ("99001012@2020", "99001001", "residents", 0.4),
    }
    answer = await record(
        stack,
        world.office,
        effective_on="2022-01-01",
        links=[{"from": code, "to": "99001013"} for code in ("99001011", "99001012")],
        opens=[{"code": "99001013", "kind": "gemeinde", "name": "Wieder eins", "parent": "99001"}],
    )
    assert answer.status_code == 201, answer.text
    assert {item for item in compositions(world) if item[0] == "99001013@2022"} == {
        ("99001013@2022", "99001001", "whole", 1.0),
        ("99001013@2022", "99001011@2020", "whole", 1.0),
        ("99001013@2022", "99001012@2020", "whole", 1.0),
    }


async def test_a_rename_keeps_the_row_and_remembers_both_names(world: World) -> None:
    answer = await record(
        world.stack,
        world.office,
        kind="rename",
        links=[{"from": "99001001", "to": "99001001"}],
        opens=[{"code": "99001001", "name": "Große Stadt"}],
    )
    assert answer.status_code == 201, answer.text
    (link,) = answer.json()["links"]
    assert (link["from"]["name"], link["to"]["name"]) == ("Stadt 1", "Große Stadt")
    assert ("99001001", None, None) in register(world)
    assert (await world.stack.read(world.office, "/v1/areas/99001001"))["name"] == "Große Stadt"
    before = await world.stack.read(world.office, "/v1/areas/99001001?valid_on=2019-12-31")
    assert before["name"] == "Stadt 1"
    listed = await world.stack.indicator.get(
        "/v1/areas", params={"code": "99001001", "valid_on": "2019-12-31"}
    )
    assert [item["name"] for item in listed.json()["items"]] == ["Stadt 1"]
    assert compositions(world) == set()


SPLIT = {"kind": "split", "opens": [
    {"code": "99001011", "kind": "gemeinde", "name": "A", "parent": "99001"},
    {"code": "99001012", "kind": "gemeinde", "name": "B", "parent": "99001"},
]}  # fmt: skip


REFUSED: list[tuple[dict[str, Any], int, str]] = [
        (
            SPLIT | {"links": [
                {"from": "99001001", "to": "99001011", "weight_residents": 0.6},
                {"from": "99001001", "to": "99001012", "weight_residents": 0.3},
            ]},
            422, "weights_not_one",
        ),
        (
            SPLIT | {"links": [
                {"from": "99001001", "to": "99001011", "weight_area": 0.6},
                {"from": "99001001", "to": "99001012"},
            ]},
            422, "weights_incomplete",
        ),
        (
            SPLIT | {"links": [
                {"from": "99001001", "to": "99001011"}, {"from": "99001001", "to": "99001012"},
            ]},
            422, "weights_missing",
        ),
        ({"links": [{"from": "99001001"}]}, 422, "link_end"),
        ({"kind": "ended", "links": [{"from": "99001001", "to": "99001002"}]}, 422, "link_end"),
        ({"links": [{"from": "99001001", "to": "99001002"}] * 2}, 422, "link_twice"),
        ({"links": [{"from": "99001001", "to": "99001001"}]}, 422, "nothing_changes"),
        (
            {"links": [
                {"from": "99001001", "to": "99001002"}, {"from": "99001002", "to": "99001001"},
            ]},
            422, "links_in_a_circle",
        ),
        ({"links": [{"from": "99001001", "to": "4711"}]}, 422, "area_unknown"),
        ({"links": [{"from": "4711", "to": "99001002"}]}, 422, "area_unknown"),
        (
            {"kind": "key_change", "links": [{"from": "99001001", "to": "99001001"}]},
            422, "key_unchanged",
        ),
        (
            {"kind": "key_change", "links": [
                {"from": "99001001", "to": "99001003"}, {"from": "99001002", "to": "99001003"},
            ]},
            422, "key_change_not_one_to_one",
        ),
        (
            {"kind": "rename", "links": [{"from": "99001001", "to": "99001001"}]},
            422, "name_missing",
        ),
        (
            {"kind": "founded", "links": [{"to": "99001011"}],
             "opens": [{"code": "99001011", "name": "A"}]},
            422, "opening_incomplete",
        ),
        (
            {"kind": "founded", "links": [{"to": "99001011"}],
             "opens": [{"code": "99001011", "kind": "gemeinde", "name": "A", "parent": "4711"}]},
            422, "parent_unknown",
        ),
        (
            {"kind": "founded", "links": [{"to": "99001011"}, {"to": "99001012"}],
             "opens": [
                 {"code": "99001011", "kind": "gemeinde", "name": "A", "parent": "99001012"},
                 {"code": "99001012", "kind": "gemeinde", "name": "B", "parent": "99001011"},
             ]},
            422, "parent_cycle",
        ),
        (
            {"kind": "parent_change", "links": [{"from": "99001", "to": "99001"}],
             "opens": [{"code": "99001", "parent": "99001001"}]},
            422, "parent_cycle",
        ),
]  # fmt: skip


async def test_what_does_not_add_up_is_refused_and_nothing_is_written(
    world: World,
) -> None:
    before = register(world)
    for event, status, code in REFUSED:
        answer = await record(world.stack, world.office, **event)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.json()["errors"]
        if code == "weights_not_one":
            assert "ergeben 0,9 statt 1" in answer.json()["detail"]
    assert register(world) == before
    assert world.stack.database.execute("SELECT count(*) FROM indicator.area_event") == [(0,)]


async def test_the_register_s_own_days_are_not_moved(world: World) -> None:
    more = [
        {"code": "99001020", "kind": "gemeinde", "name": "Alt", "parent": "99001",
         "valid_to": "2015-07-01"},
        {"code": "99001021", "kind": "gemeinde", "name": "Neu", "parent": "99001",
         "valid_from": "2015-07-01"},
    ]  # fmt: skip
    assert (await import_areas(world.stack, world.office, more))["state"] == "accepted"
    links = [{"from": "99001020", "to": "99001021"}]
    otherwise = await record(
        world.stack, world.office, kind="key_change", effective_on="2015-06-01", links=links
    )
    assert otherwise.status_code == 422
    assert otherwise.json()["code"] == "area_not_valid"
    later = await record(world.stack, world.office, kind="key_change", links=links)
    assert later.json()["code"] == "area_not_valid"
    into_older = await record(
        world.stack, world.office, links=[{"from": "99001001", "to": "99001021"}]
    )
    assert (into_older.status_code, into_older.json()["code"]) == (409, "area_exists_before")
    right = await record(
        world.stack, world.office, kind="key_change", effective_on="2015-07-01", links=links
    )
    assert right.status_code == 201, right.text
    # a new key's figures are those of the old one, and the other way round
    assert compositions(world) == {
        ("99001021@2015", "99001020", "whole", 1.0),
        ("99001020", "99001021@2015", "whole", 1.0),
    }


async def test_the_same_event_sent_twice_is_recorded_once(world: World) -> None:
    body = {
        "kind": "ended",
        "effective_on": DAY,
        "title": "Aufgelöst",
        "source": "Test",
        "links": [{"from": "99001001"}],
    }
    headers = as_bearer(world.office) | new_key()
    answers = [
        await world.stack.indicator.post("/v1/area-events", json=body, headers=headers)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert world.stack.database.execute("SELECT count(*) FROM indicator.area_event") == [(1,)]
    area = await world.stack.read(world.office, "/v1/areas/99001001")
    assert "nennt keinen Nachfolger" in area["ended"]["detail"]


async def test_what_went_over_once_does_not_go_over_again(world: World) -> None:
    whole = [{"from": "99001001", "to": "99001003"}, {"from": "99001003", "to": "99001003"}]
    assert (await record(world.stack, world.office, links=whole)).status_code == 201
    state = (register(world), compositions(world))
    # it has ended with that day, all of it in another area
    opened = [{"code": "99001009", "kind": "gemeinde", "name": "Neustadt", "parent": "99001"}]
    elsewhere = await record(
        world.stack, world.office, links=[{"from": "99001001", "to": "99001009"}], opens=opened
    )
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "area_went_over")
    # what goes on as a whole gives nothing away beside it
    shares = [
        {"from": "99001003", "to": "99001003", "weight_residents": 0.9},
        {"from": "99001003", "to": "99001002", "weight_residents": 0.1},
        {"from": "99001002", "to": "99001002"},
    ]
    partly = await record(world.stack, world.office, kind="partial", links=shares)
    assert (partly.status_code, partly.json()["code"]) == (409, "area_went_over")
    assert (register(world), compositions(world)) == state
    # two areas may be taken in on the same day by two events
    second = [{"from": "99001002", "to": "99001003"}, {"from": "99001003", "to": "99001003"}]
    assert (await record(world.stack, world.office, links=second)).status_code == 201
    assert {item for item in compositions(world) if item[0] == "99001003@2020"} == {
        ("99001003@2020", "99001001", "whole", 1.0),
        ("99001003@2020", "99001002", "whole", 1.0),
        ("99001003@2020", "99001003", "whole", 1.0),
    }


async def test_of_two_events_at_once_the_later_sees_the_first(world: World) -> None:
    opened = [
        {"code": code, "kind": "gemeinde", "name": code, "parent": "99001"}
        for code in ("99001008", "99001009")
    ]
    answers = await asyncio.gather(
        *(
            record(
                world.stack,
                world.office,
                links=[{"from": "99001001", "to": item["code"]}],
                opens=[item],
            )
            for item in opened
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len(compositions(world)) == 1
