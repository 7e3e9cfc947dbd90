"""Files of areas over HTTP: checked as a dry run, mapped, taken whole or not at all."""

from pathlib import Path
from typing import Any

import pytest
import shapely

from tests.indicator_api.area_files import TOWN, box, file_of, quarters, write, zipped
from tests.indicator_api.area_importer import (
    AS_PARTITION,
    AS_REGISTER,
    Importer,
    codes,
    state_of_register,
)
from tests.indicator_api.world import World
from tests.support.stack import as_bearer, new_key


@pytest.fixture
def town(world: World) -> Importer:
    """The town's office: it may keep partitions, not the register."""
    office = world.stack.people.organisation("Stadt 1", "statistikstelle", (TOWN,))
    return Importer(world, world.stack.people.api_key(office, ("partitions:write",)))


@pytest.mark.parametrize("format", ["geojson", "shapefile"])
async def test_a_partition_is_checked_then_taken_whole(
    town: Importer, tmp_path: Path, format: str
) -> None:
    before = state_of_register(town.world)
    path, document = await town.check(
        file_of(tmp_path, quarters(), format), AS_PARTITION | {"filename": f"stadtteile.{format}"}
    )
    assert document["state"] == "checked", document["findings"]
    assert document["format"] == format
    assert document["counts"] == {"rows": 4, "areas": 4, "new": 4, "repaired": 0}
    assert document["mapping"]["key_column"] == "NR"
    assert document["mapping"]["key_prefix"] is True
    assert document["preview"]["rows"][0] == [f"{TOWN}101", "Nordwest", f"Stadt 1 ({TOWN})"]
    assert state_of_register(town.world) == before, "a check writes nothing"
    answer = await town.act("POST", f"{path}/commit")
    assert answer.status_code == 202, answer.text
    await town.world.stack.run_jobs()
    taken = await town.world.stack.read(town.key, path)
    assert taken["state"] == "accepted", taken["failure"]
    assert taken["counts"] == {"areas": 4, "new": 4, "updated": 0, "shapes": 12, "repaired": 0}
    rows = town.world.stack.database.execute(
        "SELECT a.code, a.name, a.kind, p.code, pt.code, round(ST_Area(a.geometry)), a.lineage[1:2]"
        " = p.lineage, a.lineage[array_length(a.lineage, 1)] = a.id, a.is_fictional, a.attribution,"
        " a.valid_from::text, a.area_km2 FROM indicator.area AS a"
        " JOIN indicator.area AS p ON p.id = a.parent_id"
        " JOIN indicator.partition AS pt ON pt.id = a.partition_id ORDER BY a.code"
    )
    assert len(rows) == 4
    assert rows[0] == (
        f"{TOWN}101", "Nordwest", "stadtteil", TOWN, f"{TOWN}-2024", 25_000_000, True, True, True,
        "Stadt 1, dl-de/by-2-0", "2024-01-01", 25.0,
    )  # fmt: skip
    assert state_of_register(town.world)[3] > before[3], "caches must learn of it"
    areas = await town.world.stack.read(town.key, f"/v1/areas?parent={TOWN}&kind=stadtteil")
    assert len(areas["items"]) == 4


async def test_the_reference_system_is_asked_for_and_the_mapping_changed(
    town: Importer, tmp_path: Path
) -> None:
    write(tmp_path, quarters(), "shapefile", columns={"BEZ": ["a", "b", "c", "d"]})
    path, document = await town.check(zipped(tmp_path, leave_out=(".prj",)), AS_PARTITION)
    assert document["state"] == "asking"
    assert document["crs"]["asked"] is True
    assert document["crs"]["proposals"][0]["code"] == "EPSG:25832"
    refused = await town.act("POST", f"{path}/commit")
    assert (refused.status_code, refused.json()["code"]) == (409, "import_not_checked")
    mapping = {"crs": "EPSG:25832", "key_column": "NR", "name_column": "BEZ"}
    answer = await town.act("PUT", f"{path}/mapping", json=mapping)
    assert answer.status_code == 202, answer.text
    await town.world.stack.run_jobs()
    document = await town.world.stack.read(town.key, path)
    assert document["state"] == "checked", document["findings"]
    assert document["preview"]["rows"][0][1] == "a"
    unknown = await town.act("PUT", f"{path}/mapping", json={"column": "NR"})
    assert unknown.status_code == 422


async def test_changes_name_the_version_they_start_from(town: Importer, tmp_path: Path) -> None:
    path, _ = await town.check(file_of(tmp_path, quarters()), AS_PARTITION)
    client, headers = town.world.stack.indicator, as_bearer(town.key) | new_key()
    for method, place in (("PUT", "/mapping"), ("POST", "/commit"), ("DELETE", "")):
        body: dict[str, Any] | None = {} if method == "PUT" else None
        bare = await client.request(method, path + place, headers=headers, json=body)
        assert bare.status_code == 428, (method, bare.text)
        stale = await client.request(
            method, path + place, headers=headers | {"If-Match": '"0"'} | new_key(), json=body
        )
        assert stale.status_code == 412, (method, stale.text)


async def test_the_same_request_twice_acts_once(town: Importer, tmp_path: Path) -> None:
    data = file_of(tmp_path, quarters())
    first = await town.send(data, AS_PARTITION, idempotency_key="eins")
    again = await town.send(data, AS_PARTITION, idempotency_key="eins")
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await town.send(data + b"x", AS_PARTITION, idempotency_key="eins")
    assert other.json()["code"] == "idempotency_key_reused"
    listing = await town.world.stack.read(town.key, "/v1/area-imports")
    assert len(listing["items"]) == 1
    await town.world.stack.run_jobs()
    path = first.headers["Location"]
    read = await town.world.stack.indicator.get(path, headers=as_bearer(town.key))
    headers = as_bearer(town.key) | {"If-Match": read.headers["ETag"], "Idempotency-Key": "zwei"}
    commits = [
        await town.world.stack.indicator.post(f"{path}/commit", headers=headers) for _ in range(2)
    ]
    assert [answer.status_code for answer in commits] == [202, 202]
    await town.world.stack.run_jobs()
    assert town.world.stack.database.execute("SELECT count(*) FROM indicator.partition") == [(1,)]


async def test_a_register_changed_since_the_check_is_not_written_over(
    town: Importer, tmp_path: Path
) -> None:
    path, _ = await town.check(file_of(tmp_path, quarters()), AS_PARTITION)
    change = "UPDATE indicator.area SET note = 'x' WHERE code = '99001002'"
    town.world.stack.database.execute(change)
    answer = await town.act("POST", f"{path}/commit")
    assert (answer.status_code, answer.json()["code"]) == (409, "register_changed")
    assert "erneut prüfen" in answer.json()["detail"]
    assert (await town.act("PUT", f"{path}/mapping", json={})).status_code == 202
    await town.world.stack.run_jobs()
    assert (await town.act("POST", f"{path}/commit")).status_code == 202
    # and between the button and the worker's turn
    town.world.stack.database.execute(change)
    await town.world.stack.run_jobs()
    document = await town.world.stack.read(town.key, path)
    assert document["state"] == "checked"
    assert document["failure"]["code"] == "register_changed"
    assert town.world.stack.database.execute("SELECT FROM indicator.partition") == []


async def test_a_commit_that_breaks_at_its_end_leaves_nothing(
    town: Importer, tmp_path: Path
) -> None:
    """The shapes are written last: an area without one of them must not stand either."""
    before = state_of_register(town.world)
    path, _ = await town.check(file_of(tmp_path, quarters()), AS_PARTITION)
    town.world.stack.database.execute(
        "ALTER TABLE indicator.area_shape ADD CONSTRAINT none CHECK (detail <> 'full') NOT VALID"
    )
    assert (await town.act("POST", f"{path}/commit")).status_code == 202
    await town.world.stack.run_jobs()
    document = await town.world.stack.read(town.key, path)
    assert document["state"] == "failed"
    assert document["failure"]["code"] == "internal_error"
    assert document["finished_at"] is not None
    assert state_of_register(town.world) == before


async def test_a_new_partition_ends_the_former_and_keys_go_on(
    town: Importer, tmp_path: Path
) -> None:
    await town.take(file_of(tmp_path, quarters()), AS_PARTITION)
    rows = [*quarters()[:3], ("109", "Neubaugebiet", box(5000, 0, 10_000, 5000))]
    (tmp_path / "neu").mkdir()
    later = AS_PARTITION | {
        "partition_code": f"{TOWN}-2026", "partition_name": "Neu", "valid_from": "2026-01-01",
    }  # fmt: skip
    document = await town.take(file_of(tmp_path / "neu", rows), later)
    assert document["state"] == "accepted", document["failure"]
    assert document["counts"]["closed"] == 4
    assert "partition_follows" in codes(document)
    versions = town.world.stack.database.execute(
        "SELECT code, valid_from::text, valid_to::text FROM indicator.area"
        " WHERE partition_id IS NOT NULL ORDER BY code, valid_from"
    )
    assert (f"{TOWN}101", "2024-01-01", "2026-01-01") in versions
    assert (f"{TOWN}101", "2026-01-01", None) in versions
    assert (f"{TOWN}104", "2024-01-01", "2026-01-01") in versions
    assert (f"{TOWN}109", "2026-01-01", None) in versions
    assert len(versions) == 8
    for day, number in (("2025-06-01", 4), ("2026-06-01", 4)):
        listing = await town.world.stack.read(
            town.key, f"/v1/areas?parent={TOWN}&kind=stadtteil&valid_on={day}"
        )
        assert len(listing["items"]) == number


async def test_districts_above_the_base_units_and_units_in_them(
    town: Importer, tmp_path: Path
) -> None:
    """A level without a partition code; then units that name it as the area above."""
    districts = [("1", "Bezirk West", box(0, 0, 5000, 10_000)),
                 ("2", "Bezirk Ost", box(5000, 0, 10_000, 10_000))]  # fmt: skip
    above = {name: AS_PARTITION[name] for name in ("source", "attribution", "municipality")}
    document = await town.take(file_of(tmp_path, districts), above | {"kind": "stadtbezirk"})
    assert document["state"] == "accepted"
    (tmp_path / "units").mkdir()
    units = file_of(tmp_path / "units", quarters(), columns={"BEZIRK_NR": ["1", "2", "1", "2"]})
    document = await town.take(units, AS_PARTITION)
    assert document["state"] == "accepted"
    area = await town.world.stack.read(town.key, f"/v1/areas/{TOWN}104")
    assert [item["name"] for item in area["ancestors"]] == ["Kreis", "Stadt 1", "Bezirk Ost"]


# ---- walls


async def test_another_towns_office_sees_and_touches_nothing(
    town: Importer, world: World, tmp_path: Path
) -> None:
    data = file_of(tmp_path, quarters())
    path, _ = await town.check(data, AS_PARTITION)
    people = world.stack.people
    office = people.organisation("Stadt 2", "statistikstelle", ("99001002",))
    other = Importer(world, people.api_key(office, ("partitions:write",)))
    client, headers = world.stack.indicator, as_bearer(other.key) | {"If-Match": "*"} | new_key()
    for method, place, body in (
        ("GET", "", None), ("GET", "/preview.geojson", None), ("GET", "/preview.svg", None),
        ("PUT", "/mapping", {}), ("POST", "/commit", None), ("DELETE", "", None),
    ):  # fmt: skip
        answer = await client.request(method, path + place, headers=headers, json=body)
        assert answer.status_code == 404, (method, place, answer.text)
    assert (await world.stack.read(other.key, "/v1/area-imports"))["items"] == []
    foreign = await other.send(data, AS_PARTITION)
    assert (foreign.status_code, foreign.json()["code"]) == (403, "municipality_not_yours")
    register = await other.send(data, AS_REGISTER)
    assert (register.status_code, register.json()["right"]) == (403, "areas:write")
    records = await client.post(
        "/v1/area-imports", json={"source": "x", "attribution": "x", "areas": []},
        headers=as_bearer(other.key) | new_key(),
    )  # fmt: skip
    assert (records.status_code, records.json()["right"]) == (403, "areas:write")


async def test_the_database_itself_refuses_an_import_for_another_town(
    town: Importer, world: World
) -> None:
    """Even a forged row under the service's role is refused by its policies."""
    import psycopg

    from tests.indicator_api.everyone import connect_as, principal_row

    principal = principal_row(world.stack.database, town.key)
    for code in (None, "99001002"):
        with (
            connect_as(world.stack.database, "indicator", principal) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(
                "INSERT INTO indicator.area_import (id, organisation_id, subject_id, acting,"
                " source, object_path, municipality_code) VALUES (gen_random_uuid(), %s, %s, '{}',"
                " '', '', %s)",
                (principal["organisation_id"], principal["subject_id"], code),
            )


REFUSED_AT_ONCE = (
    ({"municipality": "99001777"}, 404, "municipality_unknown"),
    ({"municipality": "99001"}, 404, "municipality_unknown"),
    ({"kind": "gemeinde"}, 422, "kind_not_below"),
    ({"kind": "sozialraum"}, 422, "kind_unknown"),
    ({"kind": "unsinn"}, 422, "kind_unknown"),
    ({"partition_name": None}, 422, "partition_incomplete"),
    ({"valid_from": None}, 422, "partition_incomplete"),
    ({"partition_code": "anders"}, 422, "partition_code_foreign"),
    ({"source": None}, 422, "parameter_invalid"),
    ({"valid_from": "gestern"}, 422, "invalid_request"),
    ({"unbekannt": "1"}, 422, "unknown_parameter"),
)


async def test_a_file_handed_in_as_something_impossible_is_refused_at_once(
    town: Importer, tmp_path: Path
) -> None:
    data = file_of(tmp_path, quarters())
    for change, status, code in REFUSED_AT_ONCE:
        wanted = {name: value for name, value in (AS_PARTITION | change).items() if value}
        answer = await town.send(data, wanted)
        assert (answer.status_code, answer.json()["code"]) == (status, code), change
    assert (await town.world.stack.read(town.key, "/v1/area-imports"))["items"] == []


async def test_a_discarded_import_is_gone_from_store_and_map(
    town: Importer, tmp_path: Path
) -> None:
    path, _ = await town.check(file_of(tmp_path, quarters()), AS_PARTITION)
    answer = await town.act("DELETE", path)
    assert answer.status_code == 200
    assert answer.json()["state"] == "discarded"
    assert town.world.stack.database.execute("SELECT FROM indicator.area_import_shape") == []
    again = await town.act("POST", f"{path}/commit")
    assert again.status_code == 409
    svg = await town.world.stack.indicator.get(f"{path}/preview.svg", headers=as_bearer(town.key))
    assert svg.status_code == 404


async def test_the_preview_shows_areas_and_what_was_found(town: Importer, tmp_path: Path) -> None:
    rows = quarters()
    rows[0] = (*rows[0][:2], rows[0][2].difference(box(2000, 7000, 2200, 7100)))
    path, _ = await town.check(file_of(tmp_path, rows), AS_PARTITION | {"filename": "a.gpkg"})
    headers = as_bearer(town.key)
    answer = await town.world.stack.indicator.get(f"{path}/preview.geojson", headers=headers)
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    layers = [item["properties"]["layer"] for item in features]
    assert layers == ["area"] * 4 + ["gap"]
    assert features[4]["properties"]["area_m2"] == 20_000
    west, south, east, north = shapely.bounds(
        shapely.from_geojson(answer.text.replace("FeatureCollection", "FeatureCollection"))
    )
    assert (5.9 < west < east < 6.6) and (51.0 < south < north < 51.7)  # noqa: PT018
    picture = await town.world.stack.indicator.get(f"{path}/preview.svg", headers=headers)
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert "Karte mit 4\u00a0Gebieten. Gekennzeichnet: 1\u00a0Lücke." in picture.text
    assert picture.text.count("<path") == 4 + 1 + 1


async def test_official_areas_that_were_taken_as_units_end_with_the_partition(
    town: Importer, world: World, tmp_path: Path
) -> None:
    """The town may not touch the register, but its own division ends when it says so."""
    run = world.stack.database.execute
    run(
        "INSERT INTO indicator.area (code, kind, name, search_name, parent_id, lineage, source,"
        " attribution) SELECT %s, 'stadtteil', 'Alt', 'alt', t.id, t.lineage, '', ''"
        " FROM indicator.area AS t WHERE t.code = %s",
        f"{TOWN}101", TOWN,
    )  # fmt: skip
    run(
        "INSERT INTO indicator.partition (code, name, municipality_code, kind,"
        " holder_organisation_id, source, attribution) SELECT 'alt', 'Alt', %s, 'stadtteil',"
        " o.id, '', '' FROM identity.organisation AS o WHERE o.name = 'Stadt 1'",
        TOWN,
    )
    run(
        "UPDATE indicator.area SET partition_id = p.id, lineage = lineage || area.id"
        " FROM indicator.partition AS p WHERE area.code = %s",
        f"{TOWN}101",
    )
    document = await town.take(file_of(tmp_path, quarters()), AS_PARTITION)
    assert document["state"] == "accepted", document["failure"]
    assert document["counts"]["closed"] == 1
    assert run(
        "SELECT valid_to::text, holder_organisation_id IS NULL FROM indicator.area"
        " WHERE code = %s ORDER BY id",
        f"{TOWN}101",
    ) == [("2024-01-01", True), (None, False)]
