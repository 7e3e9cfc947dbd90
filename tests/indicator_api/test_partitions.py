"""Base partitions: one at a time, of one's own municipality, with what the register holds."""

import pytest

from tests.indicator_api.partition_world import (
    PARTITION,
    TOWN,
    PartitionWorld,
    make_partition_world,
)
from tests.indicator_api.world import import_areas, square
from tests.support.stack import Stack

PATH = f"/partitions/{PARTITION['code']}"


@pytest.fixture
async def town(stack: Stack) -> PartitionWorld:
    return await make_partition_world(stack)


async def test_the_registers_areas_become_the_units(town: PartitionWorld) -> None:
    read = (await town.send("GET", PATH)).json()
    assert [unit["name"] for unit in read["unit_items"]] == [f"Quartier {n}" for n in "1234"]
    assert read["units"] == 4
    assert read["units_km2"] == pytest.approx(read["municipality_km2"]) == pytest.approx(100)
    assert read["municipality"] == {"code": TOWN, "name": "Stadt 1"}
    assert (read["is_own"], read["is_fictional"], read["addresses"]) == (True, True, 0)
    unit = (await town.send("GET", f"/areas/{TOWN}01")).json()
    assert unit["parent"] == TOWN


async def test_who_sees_a_partition_and_who_does_not(town: PartitionWorld) -> None:
    for key in (town.town_hall, town.kreis):
        read = (await town.send("GET", PATH, key)).json()
        assert not read["is_own"]
        assert read["addresses"] is None
        assert {unit["addresses"] for unit in read["unit_items"]} == {None}
        assert len((await town.send("GET", "/partitions", key)).json()["items"]) == 1
    answer = await town.send("GET", PATH, town.elsewhere)
    assert (answer.status_code, answer.json()["code"]) == (404, "partition_unknown")
    nothing = (await town.send("GET", "/partitions", town.elsewhere)).json()
    assert (nothing["items"], nothing["reason"]["code"]) == ([], "no_partition")
    assert (await town.send("GET", PATH, town.ministry)).status_code == 403


async def test_only_the_keeper_changes_it_and_from_the_state_it_read(town: PartitionWorld) -> None:
    tag = await town.etag(PATH)
    for key in (town.town_hall, town.kreis, town.elsewhere):
        answer = await town.send("PATCH", PATH, key, json={"name": "X"}, headers={"If-Match": tag})
        assert answer.status_code == 404
    assert (await town.send("PATCH", PATH, json={"name": "X"})).status_code == 428
    changed = await town.send("PATCH", PATH, json={"name": "Viertel"}, headers={"If-Match": tag})
    assert changed.json()["name"] == "Viertel"
    again = await town.send("PATCH", PATH, json={"name": "Y"}, headers={"If-Match": tag})
    assert again.status_code == 412


async def test_a_municipality_has_one_partition_at_a_time(town: PartitionWorld) -> None:
    second = PARTITION | {"code": f"{TOWN}-b", "kind": "baublock", "valid_from": "2030-01-01"}
    answer = await town.send("POST", "/partitions", json=second)
    assert (answer.status_code, answer.json()["code"]) == (409, "partition_overlaps")
    await town.send(
        "PATCH",
        PATH,
        json={"valid_to": "2030-01-01"},
        headers={"If-Match": await town.etag(PATH)},
    )
    answer = await town.send("POST", "/partitions", json=second)
    assert answer.status_code == 201, answer.text
    assert answer.json()["units"] == 2
    for day, code in (("2029-12-31", PARTITION["code"]), ("2030-01-01", f"{TOWN}-b")):
        listed = (await town.send("GET", f"/partitions?valid_on={day}")).json()["items"]
        assert [item["code"] for item in listed] == [code]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"municipality": "99001002", "code": "99001002-q"}, "area_not_yours"),
        ({"municipality": "99001", "code": "99001-q"}, "area_not_yours"),
        ({"municipality": "nirgends", "code": "nirgends-q"}, "area_not_yours"),
        ({"kind": "gemeinde"}, "kind_not_below"),
        ({"kind": "straße"}, "invalid_request"),
        ({"kind": "dorf"}, "kind_not_below"),
        ({"code": "quartiere"}, "code_not_below"),
        ({"valid_from": "2025-01-01", "valid_to": "2024-01-01"}, "validity_reversed"),
        ({"municipality": "99001", "code": "99001-q", "by": "kreis"}, "not_a_municipality"),
    ],
)
async def test_what_is_refused(town: PartitionWorld, change: dict[str, str], code: str) -> None:
    key = town.kreis if change.pop("by", "") else town.office
    answer = await town.send("POST", "/partitions", key, json=PARTITION | change)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_same_request_twice_makes_one_partition(town: PartitionWorld) -> None:
    body = PARTITION | {"code": "99001002-q", "municipality": "99001002"}
    headers = {"Idempotency-Key": "einmal"}
    first = await town.send("POST", "/partitions", town.elsewhere, json=body, headers=headers)
    second = await town.send("POST", "/partitions", town.elsewhere, json=body, headers=headers)
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    taken = await town.send("POST", "/partitions", town.elsewhere, json=body)
    assert taken.status_code == 409


async def test_units_that_overlap_are_no_partition(town: PartitionWorld) -> None:
    overlapping = [
        {
            "code": f"99001002{number}",
            "kind": "quartier",
            "name": f"Quartier {number}",
            "parent": "99001002",
            "geometry": square(320_000 + east, 5_700_000, 5_000),
        }
        for number, east in ((1, 0), (2, 4_990))
    ]
    await import_areas(town.stack, town.writer, overlapping)
    body = PARTITION | {"code": "99001002-q", "municipality": "99001002"}
    answer = await town.send("POST", "/partitions", town.elsewhere, json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "units_overlap")
    assert problem["overlap_m2"] == pytest.approx(50_000)
    listed = (await town.send("GET", "/partitions", town.elsewhere)).json()["items"]
    assert not listed
