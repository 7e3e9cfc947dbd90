"""The register through time: what it lists on a day, and what it does not take in."""

from datetime import UTC, date, datetime, tzinfo
from typing import Any

import pytest

from services.indicator_api.areas import service
from tests.indicator_api.world import World, areas, import_areas, square
from tests.support.stack import as_bearer


def area(code: str, parent: str | None = "99001", **more: Any) -> dict[str, Any]:
    """A town of the invented Kreis."""
    return {"code": code, "kind": "gemeinde", "name": code, "parent": parent, **more}


TOWNS = [
    area("99001041", valid_to="2010-01-01", geometry=square(3e5, 5.8e6)),
    area("99001042", valid_from="2010-01-01", geometry=square(3e5, 5.8e6)),
]


async def test_lists_details_and_borders_are_those_of_the_day(world: World) -> None:
    stack = world.stack
    assert (await import_areas(stack, world.office, TOWNS))["state"] == "accepted"

    async def found(**params: Any) -> dict[str, Any]:
        answer = await stack.indicator.get("/v1/areas", params={"parent": "99001", **params})
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def keys(valid_on: str) -> set[str]:
        return {item["code"] for item in (await found(valid_on=valid_on))["items"]}

    changing = {"99001041", "99001042"}
    assert await keys("2009-12-31") & changing == {"99001041"}
    assert await keys("2010-01-01") & changing == {"99001042"}
    for valid_on, code in (("2009-12-31", "99001041"), ("2010-01-01", "99001042")):
        borders = await found(valid_on=valid_on, f="geojson", detail="full")
        shown = {item["id"] for item in borders["features"]}
        assert code in shown
        assert not {"99001041", "99001042"} - {code} & shown
    kreis = await stack.read(world.office, "/v1/areas/99001?valid_on=2009-12-31")
    assert kreis["children_count"] == {"gemeinde": 4}
    gone = await stack.read(world.office, "/v1/areas/99001041?valid_on=2009-12-31")
    assert gone["ended"] is None
    gone = await stack.read(world.office, "/v1/areas/99001041")
    assert gone["ended"]["last_day"] == "2009-12-31"
    assert gone["ended"]["detail"].startswith("99001041 endete am 31.12.2009.")
    assert "nennt keinen Nachfolger" in gone["ended"]["detail"]


async def test_before_the_register_begins_it_says_since_when_it_goes(world: World) -> None:
    stack = world.stack
    begun = [{"code": "DG", "kind": "bund", "name": "Deutschland", "valid_from": "1990-10-03"}]
    refused = await import_areas(stack, world.office, begun)
    assert [item["code"] for item in refused["findings"]] == ["validity_overlap"]
    stack.database.execute("UPDATE indicator.area SET valid_from = '1990-10-03' WHERE code = 'DG'")
    for params in ({}, {"f": "geojson"}):
        answer = await stack.indicator.get("/v1/areas", params={"valid_on": "1990-10-02", **params})
        document = answer.json()
        assert (document.get("items") or document.get("features")) in ([], None)
        assert document["reason"]["code"] == "valid_on_before_register"
        assert "beginnt am 03.10.1990" in document["reason"]["detail"]
    # what was entered for a day on which nothing lay above it is no beginning
    stack.database.execute(
        "INSERT INTO indicator.area (code, kind, name, search_name, lineage, valid_from, valid_to,"
        " source, attribution) VALUES ('05777', 'kreis', 'X', 'x', '{}', '1700-01-01',"
        " '1701-01-01', '', '')"
    )
    early = await stack.indicator.get("/v1/areas", params={"valid_on": "1990-10-02"})
    assert "beginnt am 03.10.1990" in early.json()["reason"]["detail"]
    later = await stack.indicator.get("/v1/areas", params={"valid_on": "1990-10-03"})
    assert {item["code"] for item in later.json()["items"]} >= {"DG", "05", "99001"}
    # without roots that say so, the first day is that of the first area
    nobody = await stack.indicator.get("/v1/areas", params={"valid_on": "0001-01-01"})
    assert nobody.json()["reason"]["code"] == "valid_on_before_register"
    broken = await stack.indicator.get("/v1/areas", params={"valid_on": "gestern"})
    assert broken.status_code == 422


async def test_an_area_has_no_figures_before_the_register_or_before_itself(world: World) -> None:
    stack = world.stack
    assert (await import_areas(stack, world.office, TOWNS))["state"] == "accepted"
    old, new = "99001041", "99001042"

    async def refused(code: str, valid_on: str) -> set[tuple[str, str]]:
        found = set()
        for path in (f"/v1/areas/{code}", f"/v1/areas/{code}/profile"):
            answer = await stack.indicator.get(path, params={"valid_on": valid_on})
            assert answer.status_code == 404, answer.text
            assert "items" not in answer.json()
            found.add((answer.json()["code"], answer.json()["detail"]))
        return found

    assert await refused(new, "2009-12-31") == {
        (
            "area_not_yet",
            f"{new} {new} besteht erst seit dem 01.01.2010; am 31.12.2009 gab es dieses Gebiet "
            "noch nicht.",
        )
    }
    stack.database.execute("UPDATE indicator.area SET valid_from = '1990-10-03' WHERE code = 'DG'")
    stack.database.execute("UPDATE indicator.area SET valid_from = '1990-10-03' WHERE code = '05'")
    for code in ("05", "99001001"):
        ((kind, detail),) = await refused(code, "1800-01-01")
        assert (kind, "beginnt am 03.10.1990" in detail) == ("valid_on_before_register", True)
    assert {code for code, _ in await refused("gibtsnicht", "1800-01-01")} == {"area_unknown"}
    # what has ended is still explained, and so is what is to come where no day was asked for
    gone = await stack.read(world.office, f"/v1/areas/{old}?valid_on=2010-01-01")
    assert gone["ended"]["last_day"] == "2009-12-31"
    coming = area("99001043", valid_from="2999-01-01")
    assert (await import_areas(stack, world.office, [coming]))["state"] == "accepted"
    assert (await stack.read(world.office, "/v1/areas/99001043"))["valid_from"] == "2999-01-01"
    ((_, detail),) = await refused("99001043", "2020-01-01")
    assert "besteht erst ab dem 01.01.2999" in detail


async def test_between_two_lives_of_a_key_the_first_is_explained(world: World) -> None:
    lives = [area("99001041", valid_to="2010-01-01"), area("99001041", valid_from="2015-01-01")]
    assert (await import_areas(world.stack, world.office, lives))["state"] == "accepted"
    between = await world.stack.read(world.office, "/v1/areas/99001041?valid_on=2012-01-01")
    assert between["ended"]["last_day"] == "2009-12-31"
    path = "/v1/areas/99001041/profile?valid_on=2012-01-01"
    assert (await world.stack.read(world.office, path))["area"]["valid_to"] == "2010-01-01"


async def test_what_cannot_be_is_refused_and_nothing_is_half_written(world: World) -> None:
    stack = world.stack
    far = {"type": "Polygon", "coordinates": [[[-7, -51], [-6, -51], [-6, -50], [-7, -51]]]}
    degrees = {"type": "Polygon", "coordinates": [[[7, 51], [8, 51], [8, 52], [7, 51]]]}
    bow_tie = {
        "type": "Polygon",
        "coordinates": [
            [[3e5, 5.7e6], [3.1e5, 5.71e6], [3.1e5, 5.7e6], [3e5, 5.71e6], [3e5, 5.7e6]]
        ],
    }
    cases: list[tuple[list[dict[str, Any]], str, str]] = [
        # in one import, and closed by an area that is registered
        ([area("A", "B"), area("B", "A")], "parent_cycle", "A in B in A"),
        ([area("99001", "C", kind="kreis"), area("C", "99001001")], "parent_cycle", "99001"),
        ([area("A"), area("A")], "duplicate", "mehrfach"),
        (
            [area("A", valid_to="2010-06-01"), area("A", valid_from="2010-01-01")],
            "validity_overlap",
            "bis zum 31.05.2010",
        ),
        ([area("99001001", valid_from="2020-01-01")], "validity_overlap", "ohne Anfang und Ende"),
        ([area("A", valid_from="2020-01-01", valid_to="2020-01-01")], "validity_reversed", "endet"),
        ([area("A", geometry=square(-3e5, -5.7e6))], "geometry_elsewhere", "nicht in Deutschland"),
        ([area("A", geometry=far)], "geometry_elsewhere", "nicht in Deutschland"),
        ([area("A", geometry=degrees)], "geometry_elsewhere", "passen nicht zu EPSG:25832"),
        ([area("A", geometry=bow_tie)], "geometry_invalid", "Self-intersection"),
        (
            [area("A", geometry={"type": "Point", "coordinates": [3e5, 5.7e6]})],
            "geometry_not_polygon",
            "keine Linie, kein Punkt",
        ),
    ]
    before = stack.database.execute("SELECT id, code, parent_id, lineage FROM indicator.area")
    for items, code, words in cases:
        # the good one beside the bad one is not taken either
        ended = await import_areas(stack, world.office, [area("99001055"), *items])
        assert ended["state"] == "rejected", (code, ended)
        assert code in [item["code"] for item in ended["findings"]], (code, ended["findings"])
        assert any(words in item["detail"] for item in ended["findings"]), ended["findings"]
    assert (
        stack.database.execute("SELECT id, code, parent_id, lineage FROM indicator.area") == before
    )


async def test_swapped_axes_are_recognised_in_degrees(world: World) -> None:
    body = {
        "source": "Test",
        "attribution": "Test",
        "crs": "EPSG:4326",
        "areas": [
            area(
                "A",
                geometry={"type": "Polygon", "coordinates": [[[51, 7], [52, 7], [52, 8], [51, 7]]]},
            )
        ],
    }
    answer = await world.stack.indicator.post(
        "/v1/area-imports",
        json=body,
        headers=as_bearer(world.office) | {"Idempotency-Key": "axes"},
    )
    await world.stack.run_jobs()
    ended = await world.stack.read(world.office, answer.headers["Location"])
    assert "Achsen der Koordinaten sind vertauscht" in ended["findings"][0]["detail"]


async def test_a_parent_of_the_same_time_is_taken(world: World) -> None:
    """Where a key has had two versions, a child belongs to that of its own time."""
    kreis = [
        area("99007", None, kind="kreis", valid_to="2010-01-01"),
        area("99007", None, kind="kreis", valid_from="2010-01-01", name="Neu"),
        area("99007001", "99007", valid_to="2010-01-01"),
        area("99007002", "99007", valid_from="2010-01-01"),
    ]
    for _ in range(2):
        # the second time they are brought up to date, and stay where they were
        assert (await import_areas(world.stack, world.office, kreis))["state"] == "accepted"
        assert world.stack.database.execute(
            "SELECT a.code, p.valid_from::text FROM indicator.area AS a"
            " JOIN indicator.area AS p ON p.id = a.parent_id WHERE p.code = '99007' ORDER BY 1"
        ) == [("99007001", None), ("99007002", "2010-01-01")]


async def test_the_world_itself_is_taken_again_without_a_change(world: World) -> None:
    ended = await import_areas(world.stack, world.office, areas())
    assert (ended["state"], ended["counts"]["new"], ended["counts"]["updated"]) == (
        "accepted",
        0,
        len(areas()),
    )


def test_today_begins_at_midnight_in_germany(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            return cls(2024, 6, 30, 22, 30, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr(service, "datetime", Clock)
    assert service.today() == date(2024, 7, 1)
