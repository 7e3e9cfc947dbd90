"""Changes recorded by hand: who may, how they are listed, what they cost."""

from typing import Any

from tests.indicator_api.test_area_events import compositions, record, register
from tests.indicator_api.world import World, import_areas, square


async def test_with_partitions_write_only_own_areas_change(world: World) -> None:
    stack = world.stack
    town = stack.people.organisation("Statistikstelle", "statistikstelle", ("99001001",))
    key = stack.people.api_key(town, ("partitions:write",))
    stack.database.execute(
        "INSERT INTO indicator.area (code, kind, name, search_name, parent_id, lineage, source,"
        " attribution, holder_organisation_id, is_fictional, is_set) SELECT t.code || n,"
        " 'sozialraum', 'Raum', 'raum', t.id, t.lineage, '', '', %s, true, true"
        " FROM indicator.area AS t, unnest(ARRAY['1', '2']) AS n WHERE t.code = '99001001'",
        town,
    )
    stack.database.execute("UPDATE indicator.area SET lineage = lineage || id WHERE is_set")
    foreign = await record(stack, key, kind="ended", links=[{"from": "99001002"}])
    assert (foreign.status_code, foreign.json()["code"]) == (403, "area_not_yours")
    elsewhere = await record(
        stack, key, kind="founded", links=[{"to": "990010021"}],
        opens=[{"code": "990010021", "kind": "sozialraum", "name": "X", "parent": "99001002"}],
    )  # fmt: skip
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "area_not_yours")
    own = await record(stack, key, links=[{"from": "990010012", "to": "990010011"}])
    assert own.status_code == 201, own.text
    reader = stack.people.api_key(world.other_office_id, ("datasets:read",))
    refused = await record(stack, reader, links=[{"from": "99001001", "to": "99001002"}])
    assert (refused.status_code, refused.json()["right"]) == (403, "areas:write|partitions:write")


async def test_own_areas_have_no_place_in_the_official_tree(world: World) -> None:
    stack = world.stack
    town = stack.people.organisation("Statistikstelle", "statistikstelle", ("99001001",))
    key = stack.people.api_key(town, ("partitions:write",))
    good = {"code": "990010011", "kind": "stadtteil", "name": "X", "parent": "99001001"}
    before = register(world)
    for change, status, code in (
        ({"kind": "gemeinde"}, 422, "kind_not_below"),
        ({"kind": "kreis"}, 422, "kind_not_below"),
        ({"kind": "straße"}, 422, "kind_unknown"),
        ({"parent": None}, 422, "parent_missing"),
        ({"ars": "990010002002"}, 422, "ars_official"),
        ({"parent": "99001"}, 403, "area_not_yours"),
        ({"parent": "99001002"}, 403, "area_not_yours"),
    ):
        answer = await record(
            stack, key, kind="founded", links=[{"to": good["code"]}], opens=[good | change]
        )
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert register(world) == before
    below = {"code": "9900100101", "kind": "quartier", "name": "Y", "parent": good["code"]}
    links = [{"to": good["code"]}, {"to": below["code"]}]
    level = await record(
        stack, key, kind="founded", links=links, opens=[good, below | {"kind": "stadtteil"}]
    )
    assert (level.status_code, level.json()["code"]) == (422, "parent_not_above")
    founded = await record(stack, key, kind="founded", links=links, opens=[below, good])
    assert founded.status_code == 201, founded.text
    assert stack.database.execute(
        "SELECT p.code, cardinality(a.lineage) FROM indicator.area AS a"
        " JOIN indicator.area AS p ON p.id = a.parent_id WHERE a.code = '9900100101'"
    ) == [(good["code"], 4)]
    for change, status, code in (
        ({"parent": "99001002"}, 403, "area_not_yours"),
        ({"parent": "99001001", "ars": "990010002002"}, 422, "ars_official"),
    ):
        answer = await record(
            stack, key, kind="parent_change", effective_on="2021-01-01",
            links=[{"from": below["code"], "to": below["code"]}],
            opens=[{"code": below["code"]} | change],
        )  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    moved = await record(
        stack, key, kind="parent_change", effective_on="2021-01-01",
        links=[{"from": below["code"], "to": below["code"]}],
        opens=[{"code": below["code"], "parent": "99001001"}],
    )  # fmt: skip
    assert moved.status_code == 201, moved.text


async def test_many_partial_changes_of_two_areas_do_not_double_the_work_each_time(
    world: World,
) -> None:
    stack = world.stack
    pair = ("99001001", "99001002")
    for year in range(1990, 2012):
        answer = await record(
            stack, world.office, kind="partial", effective_on=f"{year}-01-01",
            links=[
                {"from": source, "to": target, "weight_residents": 0.5}
                for source in pair for target in pair
            ],
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
    assert {item for item in compositions(world) if item[0] == "99001001@2011"} >= {
        ("99001001@2011", "99001001", "residents", 0.5),
        ("99001001@2011", "99001002", "residents", 0.5),
        ("99001001@2011", "99001002@2010", "residents", 0.5),
    }


async def test_lists_of_events_are_chosen_and_turned_page_by_page(world: World) -> None:
    stack = world.stack
    for number, code in enumerate(("99001001", "99001002", "05999000")):
        answer = await record(
            stack, world.office, kind="ended", effective_on=f"201{number}-01-01",
            links=[{"from": code}],
        )  # fmt: skip
        assert answer.status_code == 201, answer.text

    async def found(**params: Any) -> list[str]:
        page = (await stack.indicator.get("/v1/area-events", params=params)).json()
        codes = [link["from"]["code"] for item in page["items"] for link in item["links"]]
        if page["next"]:
            codes += await found(**params | {"cursor": page["next"]})
        return codes

    assert await found(limit=1) == ["05999000", "99001002", "99001001"]
    assert await found(within="99001") == ["99001002", "99001001"]
    assert await found(area="05999000") == ["05999000"]
    assert await found(since="2011-01-01", until="2011-12-31") == ["99001002"]
    none = (await stack.indicator.get("/v1/area-events", params={"kind": "merge"})).json()
    assert none["reason"]["code"] == "no_event"
    broken = await stack.indicator.get("/v1/area-events", params={"cursor": "xx"})
    assert (broken.status_code, broken.json()["code"]) == (422, "cursor_invalid")
    unknown = await stack.indicator.get("/v1/areas/4711/history")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "area_unknown")


async def test_the_register_s_version_rises_with_every_change_and_with_no_read(
    world: World,
) -> None:
    def version() -> int:
        rows: list[tuple[Any, ...]] = world.stack.database.execute(
            "SELECT indicator.area_register_version()"
        )
        return int(rows[0][0])

    first = version()
    await world.stack.read(world.office, "/v1/areas/99001001")
    assert version() == first
    await record(world.stack, world.office, kind="ended", links=[{"from": "99001001"}])
    assert version() == first + 1
    refused = await record(world.stack, world.office, kind="ended", links=[{"from": "4711"}])
    assert refused.status_code == 422
    assert version() == first + 1
    town = {"code": "99001030", "kind": "gemeinde", "name": "Neu", "geometry": square(5e5, 5.7e6)}
    await import_areas(world.stack, world.office, [town])
    assert version() == first + 2
