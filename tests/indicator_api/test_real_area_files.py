"""Files of areas as offices give them out: taken whole, with all that is odd about them."""

from pathlib import Path

from tests.indicator_api.area_importer import AS_REGISTER, Importer, codes
from tests.indicator_api.world import World
from tests.support.stack import as_bearer


async def test_the_register_takes_borders_of_real_files_and_koeln_lies_in_koeln(
    world: World, shared_data: Path
) -> None:
    """NRW's three files; then Köln's shapefile with its own false easting and a broken ring."""
    keeper = Importer(world, world.office)
    for name, kind, number in (
        ("nrw_regierungsbezirke", "regierungsbezirk", 5),
        ("nrw_kreise", "kreis", 53),
        ("nrw_gemeinden", "gemeinde", 396),
    ):
        data = (shared_data / "areas" / f"{name}.gpkg").read_bytes()
        document = await keeper.take(data, AS_REGISTER | {"kind": kind})
        assert document["state"] == "accepted", document
        assert document["counts"]["areas"] == number
        assert document["mapping"]["key_column"] == "AGS"
    area = await world.stack.read(world.office, "/v1/areas/05334002")
    assert [item["code"] for item in area["ancestors"]] == ["DG", "05", "053", "05334"]
    again = await keeper.take(data, AS_REGISTER)
    assert (again["counts"]["new"], again["counts"]["updated"]) == (0, 396)

    people = world.stack.people
    office = people.organisation("Stadt Köln", "statistikstelle", ("05315000",))
    koeln = Importer(world, people.api_key(office, ("partitions:write",)))
    wanted = {
        "kind": "stadtteil", "source": "Stadt Köln", "attribution": "Stadt Köln, CC BY",
        "municipality": "05315000", "partition_code": "05315000-stadtteile",
        "partition_name": "Stadtteile", "valid_from": "2010-01-01",
    }  # fmt: skip
    data = (shared_data / "areas" / "koeln_Stadtteil.zip").read_bytes()
    document = await koeln.take(data, wanted)
    assert document["state"] == "accepted", document["failure"]
    assert document["counts"]["new"] == 86
    assert document["counts"]["repaired"] == 1
    assert "Rechtswert-Zuschlag 2.500.000 m" in document["crs"]["found"]
    assert {"crs_defined_in_file", "geometry_repaired", "overlap", "coverage"} <= codes(document)
    assert world.stack.database.execute(
        "SELECT sum(ST_Area(ST_Intersection(a.geometry, k.geometry)))"
        " > 0.99 * sum(ST_Area(a.geometry)) FROM indicator.area AS a, indicator.area AS k"
        " WHERE a.kind = 'stadtteil' AND k.code = '05315000'"
    ) == [(True,)]
    assert world.stack.database.execute(
        "SELECT count(*) FROM indicator.area WHERE kind = 'stadtteil' AND ST_IsValid(geometry)"
    ) == [(86,)]
    data = (shared_data / "areas" / "koeln_Stadtviertel.zip").read_bytes()
    path, quarter = await koeln.check(
        data, wanted | {"kind": "quartier", "partition_code": "05315000-viertel",
                        "valid_from": "2020-01-01"}
    )  # fmt: skip
    assert quarter["state"] == "checked", quarter["findings"]
    assert quarter["counts"]["repaired"] == 2
    covered = next(item for item in quarter["findings"] if item["code"] == "coverage")
    assert "46,1\u00a0%" in covered["detail"], "Köln's Viertel leave out woods, water and fields"
    picture = await world.stack.indicator.get(f"{path}/preview.svg", headers=as_bearer(koeln.key))
    assert "371\u00a0Gebieten" in picture.text
    assert len(picture.content) < 1_000_000
