"""Sets of units: made by name or by a polygon, weighted where they cut, kept by their maker."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.indicator_api.partitions.rules import (
    Part,
    rounded_weight,
    settled,
    sums_other_than_one,
)
from tests.indicator_api.partition_world import (
    HALF,
    SOUTH,
    TOWN,
    WEST,
    A,
    B,
    C,
    D,
    PartitionWorld,
    make_partition_world,
    rectangle,
    set_of,
    whole,
)
from tests.indicator_api.world import DATASET, create
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import open_stack

ALL = (A, B, C, D)
METRES = {"crs": "EPSG:25832"}


@pytest.fixture(scope="module")
async def town(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PartitionWorld]:
    """One world for the module; every test makes sets of its own names."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        yield await make_partition_world(stack)
    databases.drop(database)


def box(west: float, south: float, width: float, height: float) -> dict[str, Any]:
    """A polygon by its place in the town, metres from the south-western corner."""
    return {"polygon": rectangle(WEST + west, SOUTH + south, width, height), **METRES}


def weights(document: dict[str, Any]) -> dict[str, tuple[float, str]]:
    """{unit: (weight, basis)}."""
    return {part["unit"]: (part["weight"], part["basis"]) for part in document["parts"]}


async def refusal(town: PartitionWorld, **more: Any) -> tuple[int, str]:
    """Status and code of a set that is refused."""
    answer = await town.send("POST", "/area-sets", json=set_of("nie") | more)
    return answer.status_code, answer.json()["code"]


async def test_a_set_of_all_units_is_the_municipality(town: PartitionWorld) -> None:
    made = await town.make_set("alle", parts=whole(*ALL))
    assert weights(made) == dict.fromkeys(ALL, (1.0, "whole"))
    assert made["area_km2"] == pytest.approx(100)
    assert not made["is_estimated"]
    area = (await town.send("GET", f"/areas/{TOWN}-alle")).json()
    assert (area["kind"], area["parent"], area["has_geometry"]) == ("sozialraum", TOWN, True)
    (shape,) = town.stack.database.execute(
        "SELECT ST_Equals(s.geometry, t.geometry) FROM indicator.area AS s, indicator.area AS t"
        " WHERE s.code = %s AND t.code = %s",
        f"{TOWN}-alle",
        TOWN,
    )
    assert shape == (True,)
    composed = town.stack.database.execute(
        "SELECT u.code, c.weight, c.basis, c.origin FROM indicator.area_composition AS c"
        " JOIN indicator.area AS s ON s.id = c.target_area_id"
        " JOIN indicator.area AS u ON u.id = c.source_area_id WHERE s.code = %s ORDER BY 1",
        f"{TOWN}-alle",
    )
    assert composed == [(code, 1.0, "whole", "set") for code in ALL]


async def test_a_set_stands_in_lists_and_on_the_map(town: PartitionWorld) -> None:
    await town.make_set("karte", kind="foerdergebiet", parts=whole(A, C))
    listed = (await town.send("GET", f"/areas?kind=foerdergebiet&within={TOWN}")).json()["items"]
    assert f"{TOWN}-karte" in {item["code"] for item in listed}
    for detail in ("low", "full"):
        found = await town.send(
            "GET", f"/areas?code={TOWN}-karte&f=geojson&detail={detail}", town.elsewhere
        )
        assert found.json()["features"][0]["geometry"]["type"] == "MultiPolygon"


async def test_overlapping_sets_stand_beside_each_other(town: PartitionWorld) -> None:
    await town.make_set("links", parts=whole(A, C))
    await town.make_set("unten", parts=whole(A, B))
    both = (await town.send("GET", f"/area-sets?unit={A}&municipality={TOWN}")).json()["items"]
    assert {f"{TOWN}-links", f"{TOWN}-unten"} <= {item["code"] for item in both}


async def test_the_public_reads_sets_but_has_none_of_its_own(town: PartitionWorld) -> None:
    await town.make_set("offen", parts=whole(A))
    everything = await town.stack.indicator.get("/v1/area-sets")
    assert f"{TOWN}-offen" in {item["code"] for item in everything.json()["items"]}
    own = (await town.stack.indicator.get("/v1/area-sets?own=true")).json()
    assert (own["items"], own["reason"]["code"]) == ([], "no_area_set")


async def test_a_polygon_takes_units_whole_cuts_them_and_drops_slivers(
    town: PartitionWorld,
) -> None:
    # all of A but a strip of half a hundredth, a quarter of B, a sliver of C and of D
    drawn = box(25, 0, HALF + HALF / 4 - 25, HALF + 10)
    made = await town.make_set("cut", **drawn)
    assert weights(made) == {A: (1.0, "whole"), B: (0.25, "area")}
    assert made["is_estimated"]
    assert {note["unit"] for note in made["notes"]} == {C, D}
    # whole units are shown whole, cut ones as what was cut
    assert made["area_km2"] == pytest.approx((HALF * HALF + HALF / 4 * HALF) / 1e6)


async def test_the_draft_says_what_a_set_would_be(town: PartitionWorld) -> None:
    draft = await town.send(
        "POST", "/area-sets/draft", json={"municipality": TOWN, **box(0, 0, HALF / 2, HALF)}
    )
    assert draft.status_code == 200, draft.text
    read = draft.json()
    assert weights(read) == {A: (0.5, "area")}
    assert read["geometry"]["type"] == "MultiPolygon"
    longitude, latitude = read["geometry"]["coordinates"][0][0][0]
    assert 5 < longitude < 7 and 51 < latitude < 52  # noqa: PT018 - one place
    assert (await town.send("POST", "/area-sets/draft", town.elsewhere, json={
        "municipality": TOWN, "parts": whole(A)})).status_code == 422  # fmt: skip


async def test_residents_weigh_where_they_are_released_to_everybody(town: PartitionWorld) -> None:
    """The western fifth of B holds nine tenths of its residents."""
    drawn = box(HALF, 0, HALF / 5, HALF)
    await create(
        town.stack,
        town.writer,
        "/v1/measures",
        {"code": "EINWOHNER", "name": "Einwohner", "unit": "Anzahl", "kind": "count"},
    )
    dataset = DATASET | {"code": "ew", "area_code": TOWN, "minimum_count": 0}
    await create(town.stack, town.office, "/v1/datasets", dataset)
    lines = f"area;period;measure;value\n{B}1;2024-12-31;EINWOHNER;900\n"
    lines += f"{B}2;2024-12-31;EINWOHNER;100\n"
    await town.stack.deliver(town.office, "ew", lines)
    before = await town.make_set("vorher", **drawn)
    assert weights(before) == {B: (0.2, "area")}
    await town.stack.release(town.office, "ew", "administration")
    inside = await town.make_set("intern", **drawn)
    assert weights(inside) == {B: (0.2, "area")}, "not released to everybody"
    await town.stack.release(town.office, "ew", "public")
    after = await town.make_set("danach", **drawn)
    assert weights(after) == {B: (0.9, "residents")}


async def test_one_may_only_keep_sets_of_ones_own_town(town: PartitionWorld) -> None:
    made = await town.make_set("meins", town.town_hall, parts=whole(A))
    assert made["holder"]["name"] == "Stadt 1"
    path = f"/area-sets/{TOWN}-meins"
    tag = await town.etag(path)
    for key in (town.office, town.elsewhere, town.kreis):
        for method, way, body in (
            ("PUT", "/parts", {"parts": whole(B)}),
            ("PATCH", "", {"name": "X"}),
        ):
            answer = await town.send(method, path + way, key, json=body, headers={"If-Match": tag})
            assert answer.status_code == 404
    answer = await town.send("POST", "/area-sets", town.elsewhere, json=set_of("y", parts=whole(A)))
    assert (answer.status_code, answer.json()["code"]) == (422, "area_not_yours")
    assert (await town.send("GET", path, town.ministry)).json()["parts"][0]["unit"] == A


async def test_parts_change_from_the_state_that_was_read(town: PartitionWorld) -> None:
    await town.make_set("anders", parts=whole(A, B))
    path = f"/area-sets/{TOWN}-anders"
    tag = await town.etag(path)
    assert (await town.send("PUT", f"{path}/parts", json={"parts": whole(C)})).status_code == 428
    version = town.stack.database.execute("SELECT indicator.area_register_version()")
    changed = await town.send(
        "PUT", f"{path}/parts", json={"parts": whole(C)}, headers={"If-Match": tag}
    )
    assert weights(changed.json()) == {C: (1.0, "whole")}
    assert town.stack.database.execute("SELECT indicator.area_register_version()") > version
    stale = await town.send(
        "PUT", f"{path}/parts", json={"parts": whole(D)}, headers={"If-Match": tag}
    )
    assert stale.status_code == 412
    sources = town.stack.database.execute(
        "SELECT u.code FROM indicator.area_composition AS c"
        " JOIN indicator.area AS s ON s.id = c.target_area_id"
        " JOIN indicator.area AS u ON u.id = c.source_area_id WHERE s.code = %s",
        f"{TOWN}-anders",
    )
    assert sources == [(C,)]


async def test_a_set_ends_and_another_may_follow_under_its_key(town: PartitionWorld) -> None:
    await town.make_set("alt", parts=whole(A), valid_from="2020-01-01")
    path = f"/area-sets/{TOWN}-alt"
    early = await town.send(
        "PATCH", path, json={"valid_to": "2019-01-01"}, headers={"If-Match": await town.etag(path)}
    )
    assert (early.status_code, early.json()["code"]) == (422, "validity_reversed")
    ended = await town.send(
        "PATCH", path, json={"valid_to": "2024-01-01"}, headers={"If-Match": await town.etag(path)}
    )
    assert ended.json()["valid_to"] == "2024-01-01"
    await town.make_set("alt", parts=whole(A, B), valid_from="2024-01-01")
    for day, count in (("2023-12-31", 1), ("2024-01-01", 2)):
        read = (await town.send("GET", f"{path}?valid_on={day}")).json()
        assert len(read["parts"]) == count


async def test_the_same_request_twice_makes_one_set(town: PartitionWorld) -> None:
    body = set_of("zweimal", parts=whole(A))
    headers = {"Idempotency-Key": "zweimal"}
    first = await town.send("POST", "/area-sets", json=body, headers=headers)
    second = await town.send("POST", "/area-sets", json=body, headers=headers)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    again = await town.send("POST", "/area-sets", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "area_exists")


# ---- What a list of sets must do ------------------------------------------------------------


async def test_a_list_of_sets_divides_the_partition(town: PartitionWorld) -> None:
    half = {"weight": 0.5, "basis": "residents"}
    sets = [
        set_of("teil1", parts=[*whole(A, B), {"unit": C, **half}]),
        set_of("teil2", parts=[*whole(D), {"unit": C, **half}]),
    ]
    made = await town.send("POST", "/area-sets", json=sets)
    assert made.status_code == 201, made.text
    assert [item["code"] for item in made.json()["items"]] == [f"{TOWN}-teil1", f"{TOWN}-teil2"]


async def test_weights_that_do_not_sum_to_one_are_refused_as_a_whole(town: PartitionWorld) -> None:
    sets = [
        set_of("so1", parts=[*whole(A, B), {"unit": C, "weight": 0.5, "basis": "area"}]),
        set_of("so2", parts=[*whole(A), {"unit": C, "weight": 0.4, "basis": "area"}]),
    ]
    answer = await town.send("POST", "/area-sets", json=sets)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "weights_not_one")
    assert problem["sums"] == pytest.approx({A: 2.0, C: 0.9, D: 0.0})
    assert "Quartier 3 (9900100103): 0,9 statt 1" in problem["detail"]
    assert (await town.send("GET", f"/area-sets/{TOWN}-so1")).status_code == 404


async def test_a_claimed_distribution_counts_the_sets_beside(town: PartitionWorld) -> None:
    kind = {"kind": "schuleinzugsgebiet"}
    first = await refusal(town, **kind, parts=whole(A, B), distribution=True)
    assert first == (422, "weights_not_one")
    await town.make_set("schule1", **kind, parts=whole(A, B))
    await town.make_set("schule2", **kind, parts=whole(C, D), distribution=True)


async def test_polygons_that_divide_the_town_keep_its_sums(town: PartitionWorld) -> None:
    thirds = [box(n * 2 * HALF / 3, 0, 2 * HALF / 3, 2 * HALF) for n in range(3)]
    answer = await town.send(
        "POST",
        "/area-sets",
        json=[set_of(f"drittel{n}", **drawn) for n, drawn in enumerate(thirds)],
    )
    assert answer.status_code == 201, answer.text
    items = answer.json()["items"]
    sums = {unit: sum(weights(item).get(unit, (0.0,))[0] for item in items) for unit in ALL}
    assert sums == pytest.approx(dict.fromkeys(ALL, 1.0), abs=1e-9)
    assert sum(item["area_km2"] for item in items) == pytest.approx(100)


SHARES = st.lists(st.floats(0.01, 1.0), min_size=2, max_size=6)


@given(st.lists(SHARES, min_size=1, max_size=8))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_what_was_divided_stays_whole_after_rounding(units: list[list[float]]) -> None:
    sets: list[list[Part]] = [[] for _ in range(6)]
    for number, shares in enumerate(units):
        total = sum(shares)
        for place, share in enumerate(shares):
            weight = rounded_weight(share / total)
            sets[place].append(Part(f"u{number}", weight, "area"))
    # a share below half a step is lifted to one step: more than rounding, and left alone
    small = any(share / sum(shares) < 0.001 for shares in units for share in shares)
    off = sums_other_than_one([f"u{number}" for number in range(len(units))], settled(sets))
    assert small or not off
    assert all(0 < part.weight <= 1 for parts in settled(sets) for part in parts)


# ---- Bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"parts": []}, "invalid_request"),
        ({}, "invalid_request"),
        ({"parts": whole(A), "polygon": rectangle(0, 0, 1, 1)}, "invalid_request"),
        ({"parts": [{"unit": A, "weight": 0}]}, "invalid_request"),
        ({"parts": [{"unit": A, "weight": 1.01, "basis": "area"}]}, "invalid_request"),
        ({"parts": [{"unit": A, "weight": -0.5, "basis": "area"}]}, "invalid_request"),
        ({"parts": [{"unit": A, "weight": 0.5}]}, "invalid_request"),
        ({"parts": whole(A, A)}, "unit_twice"),
        ({"parts": whole(f"{B}1")}, "unit_unknown"),
        ({"parts": whole(TOWN)}, "unit_unknown"),
        ({"parts": whole("99001002")}, "unit_unknown"),
        ({"parts": whole(A), "code": "sozialraum"}, "code_not_below"),
        ({"parts": whole(A), "code": TOWN}, "code_not_below"),
        ({"parts": whole(A), "kind": "gemeinde"}, "invalid_request"),
        (
            {"parts": whole(A), "valid_from": "2024-01-01", "valid_to": "2024-01-01"},
            "validity_outside_partition",
        ),
    ],
)
async def test_what_is_refused(town: PartitionWorld, more: dict[str, Any], code: str) -> None:
    assert await refusal(town, **more) == (422, code)


def ring(*points: tuple[float, float]) -> dict[str, Any]:
    """A polygon through these points."""
    return {"type": "Polygon", "coordinates": [[list(point) for point in (*points, points[0])]]}


BOW = ring((WEST, SOUTH), (WEST + HALF, SOUTH + HALF), (WEST + HALF, SOUTH), (WEST, SOUTH + HALF))


@pytest.mark.parametrize(
    ("polygon", "crs", "code"),
    [
        (BOW, "EPSG:25832", "polygon_crosses_itself"),
        (rectangle(WEST, SOUTH, 100, 100), "EPSG:4326", "polygon_crs_wrong"),
        (ring((6.2, 51.4), (6.3, 51.4), (6.3, 51.5)), "EPSG:25832", "polygon_crs_wrong"),
        (ring((51.4, 6.2), (51.4, 6.3), (51.5, 6.3)), "EPSG:4326", "polygon_wrong_place"),
        (ring((6.2, -51.4), (6.3, -51.4), (6.3, -51.5)), "EPSG:4326", "polygon_wrong_place"),
        (rectangle(32_310_000, SOUTH, 100, 100), "EPSG:25832", "polygon_wrong_place"),
        (rectangle(WEST + 50_000, SOUTH, 100, 100), "EPSG:25832", "polygon_hits_no_unit"),
        ({"type": "Point", "coordinates": [WEST, SOUTH]}, "EPSG:25832", "polygon_not_an_area"),
        ({"type": "Polygon"}, "EPSG:25832", "polygon_unreadable"),
        ({"type": "Kreis"}, "EPSG:25832", "polygon_unreadable"),
        ({"type": "FeatureCollection", "features": []}, "EPSG:25832", "polygon_missing"),
        ({"type": "FeatureCollection"}, "EPSG:25832", "polygon_unreadable"),
        (ring((6.2, float("inf")), (6.3, 51.4), (6.3, 51.5)), "EPSG:4326", None),
    ],
)
async def test_polygons_that_cannot_be_used(
    town: PartitionWorld, polygon: dict[str, Any], crs: str, code: str | None
) -> None:
    if code is None:
        body = (
            str(set_of("nie", polygon=polygon, crs=crs)).replace("'", '"').replace("inf", "1e999")
        )
        answer = await town.send(
            "POST", "/area-sets", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 422, answer.text
        return
    assert await refusal(town, polygon=polygon, crs=crs) == (422, code)


async def test_a_feature_in_degrees_is_read_as_well(town: PartitionWorld) -> None:
    drawn = {"municipality": TOWN, "parts": whole(A)}
    draft = (await town.send("POST", "/area-sets/draft", json=drawn)).json()
    feature = {"type": "Feature", "properties": {}, "geometry": draft["geometry"]}
    collection = {"type": "FeatureCollection", "features": [feature]}
    made = await town.make_set("grad", polygon=collection)
    assert weights(made) == {A: (1.0, "whole")}
