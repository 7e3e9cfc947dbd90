"""Files of areas as geoinformation systems write them, by GDAL itself, and a register beside."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

# isort: off
# which drivers GDAL loads is settled here, before pyogrio
import services.indicator_api.area_imports.reading.drivers  # noqa: F401
import pyogrio.raw
# isort: on

from services.indicator_api.area_imports.registers import Intention, KnownArea, Registers

DRIVERS = {
    "gpkg": ("GPKG", ".gpkg", "application/geopackage+sqlite3"),
    "geojson": ("GeoJSON", ".geojson", "application/geo+json"),
    "flatgeobuf": ("FlatGeobuf", ".fgb", "application/flatgeobuf"),
    "shapefile": ("ESRI Shapefile", ".shp", "application/zip"),
}
TOWN = "99001001"
# the town of tests.indicator_api.world: 10 km square, in EPSG:25832
WEST, SOUTH, SIDE = 310_000.0, 5_700_000.0, 10_000.0
KINDS = {
    "bund": 10, "land": 20, "regierungsbezirk": 30, "kreis": 40, "gemeinde": 50,
    "stadtbezirk": 60, "stadtteil": 70, "statistischer_bezirk": 80, "quartier": 90,
}  # fmt: skip
DAY = date(2024, 1, 1)

Rows = Sequence[tuple[str, str, BaseGeometry | None]]


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A rectangle by its distance in metres from the town's south-west corner."""
    return shapely.box(WEST + west, SOUTH + south, WEST + east, SOUTH + north)


def quarters() -> list[tuple[str, str, BaseGeometry]]:
    """The town in four squares of 25 km² without gap or overlap."""
    return [
        ("101", "Nordwest", box(0, 5000, 5000, 10_000)),
        ("102", "Nordost", box(5000, 5000, 10_000, 10_000)),
        ("103", "Südwest", box(0, 0, 5000, 5000)),
        ("104", "Südost", box(5000, 0, 10_000, 5000)),
    ]


def write(
    folder: Path,
    rows: Rows,
    format: str = "gpkg",
    *,
    crs: str | None = "EPSG:25832",
    columns: dict[str, Sequence[Any]] | None = None,
    layer: str = "gebiete",
    append: bool = False,
    geometry_type: str = "Unknown",
) -> Path:
    """Write key, name and geometry of each row as a file; a shapefile as its folder's path."""
    driver, suffix, _ = DRIVERS[format]
    path = folder / f"{layer if format == 'shapefile' else 'gebiete'}{suffix}"
    values: dict[str, Sequence[Any]] = {
        "NR": [row[0] for row in rows],
        "NAME": [row[1] for row in rows],
        **(columns or {}),
    }
    fields = [
        np.array(list(items), dtype=object if any(isinstance(i, str) for i in items) else None)
        for items in values.values()
    ]
    shapes = [row[2] for row in rows]
    if format == "shapefile":
        geometry_type = "Polygon"
    pyogrio.raw.write(
        path,
        np.array([None if shape is None else shapely.to_wkb(shape) for shape in shapes],
                 dtype=object),
        fields,
        list(values),
        driver=driver,
        layer=layer,
        geometry_type=geometry_type,
        crs=crs,
        append=append,
        encoding="UTF-8",
        **({"RFC7946": "NO"} if format == "geojson" else {}),
    )  # fmt: skip
    return path


def file_of(folder: Path, rows: Rows, format: str = "gpkg", **options: Any) -> bytes:
    """A whole file with these rows; a shapefile zipped as offices publish it."""
    path = write(folder, rows, format, **options)
    return zipped(folder, leave_out=()) if format == "shapefile" else path.read_bytes()


def zipped(folder: Path, leave_out: Sequence[str]) -> bytes:
    """The files of a folder as a ZIP archive, but for those with an ending in `leave_out`."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path in sorted(folder.iterdir()):
            if path.suffix not in leave_out:
                opened.write(path, path.name)
    return archive.getvalue()


def known(
    number: int,
    code: str,
    name: str,
    kind: str,
    parent: str | None,
    geometry: BaseGeometry | None = None,
    **more: Any,
) -> KnownArea:
    """An area of the register."""
    values: dict[str, Any] = {
        "valid_from": None, "valid_to": None, "is_fictional": False,
        "is_official": True, "is_own": False, "partition_id": None, **more,
    }  # fmt: skip
    return KnownArea(
        id=number, code=code, name=name, kind=kind, rank=KINDS[kind], parent=parent,
        geometry=geometry, **values,
    )  # fmt: skip


def registers(*areas: KnownArea, **more: Any) -> Registers:
    """A register with a Kreis and its town, and whatever else."""
    town = shapely.MultiPolygon([box(0, 0, SIDE, SIDE)])
    all_areas = [
        known(1, "DG", "Deutschland", "bund", None),
        known(2, "99001", "Kreis", "kreis", None),
        known(3, TOWN, "Stadt 1", "gemeinde", "99001", town),
        *areas,
    ]
    by_code: dict[str, list[KnownArea]] = {}
    for area in all_areas:
        by_code.setdefault(area.code, []).append(area)
    return Registers(
        version=1, day=DAY, kinds=KINDS, kind_labels={kind: kind for kind in KINDS},
        areas=by_code, **more,
    )  # fmt: skip


def partition(**more: Any) -> Intention:
    """Handed in as the town's base partition."""
    return Intention(
        **{
            "kind": "stadtteil", "source": "Stadt", "attribution": "Stadt", "municipality": TOWN,
            "partition_code": f"{TOWN}-2024", "partition_name": "Stadtteile", "valid_from": DAY,
            **more,
        }
    )  # fmt: skip
