"""Files of areas, in whichever format, read as columns and geometries."""

import sqlite3
import warnings
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

# isort: off
# decides which drivers GDAL loads, so it comes before pyogrio
from services.indicator_api.area_imports.reading.drivers import refuse_other_drivers
import pyogrio
import pyogrio.raw
# isort: on

from services.indicator_api.area_imports.findings import UnreadableError
from services.indicator_api.area_imports.reading.archives import unpack
from services.indicator_api.area_imports.reading.features import normalise_geojson
from services.indicator_api.area_imports.words import counted, listed

MAXIMUM_AREAS = 20_000
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3\x00", "gpkg"),
    (b"fgb\x03", "flatgeobuf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)
FORMAT_LABELS = {
    "gpkg": "GeoPackage",
    "geojson": "GeoJSON",
    "shapefile": "Shapefile (gezippt)",
    "flatgeobuf": "FlatGeobuf",
    "json": "JSON",
}
_SUFFIXES = {"gpkg": ".gpkg", "flatgeobuf": ".fgb", "zip": ".zip", "geojson": ".geojson"}
_FORMAT_OF_SUFFIX = {
    ".gpkg": "gpkg",
    ".fgb": "flatgeobuf",
    ".geojson": "geojson",
    ".json": "geojson",
    ".shp": "shapefile",
}

Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class AreaFile:
    """A layer of a file: `columns` by name and `geometries`, one entry a feature.

    `crs` is the definition as the file writes it (WKT, or „EPSG:…“), None without one.
    `is_crs_assumed`: the format has a CRS of its own, the file says nothing (GeoJSON, RFC 7946).
    """

    format: str
    layer: str
    layers: tuple[str, ...]
    columns: dict[str, npt.NDArray[Any]]
    geometries: Geometries
    crs: str | None
    is_crs_assumed: bool

    def __len__(self) -> int:
        return len(self.geometries)


def recognise(head: bytes) -> str | None:
    """The format of a file by its first bytes: gpkg, flatgeobuf, zip, geojson, or None."""
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return "geojson" if start[:1] in (b"{", b"[") else None


def read_area_file(data: bytes, folder: Path, layer: str | None) -> AreaFile:
    """Read the layer of a file whose bytes are given; `folder` is an empty place to work in.

    Raises `UnreadableError`: unknown format, damaged, empty, no such layer; where several layers
    hold areas and none is chosen, its `known` has `layers`.
    """
    refuse_other_drivers()
    kind = recognise(data[:512])
    if kind is None:
        raise UnreadableError(
            "format_unknown", "Der Anfang der Datei gehört zu keinem Format, das gelesen wird."
        )
    has_crs_member = False
    if kind == "geojson":
        data, has_crs_member = normalise_geojson(data)
    source = folder / f"areas{_SUFFIXES[kind]}"
    source.write_bytes(data)
    if kind == "zip":
        unpacked = folder / "unpacked"
        unpacked.mkdir()
        sources = unpack(source, unpacked)
        for path in sources:
            if path.suffix in (".geojson", ".json"):
                content, has_crs_member = normalise_geojson(path.read_bytes())
                path.write_bytes(content)
    else:
        sources = [source]
    for path in sources:
        if path.suffix == ".gpkg":
            _refuse_views(path)
    with warnings.catch_warnings():
        # what GDAL remarks and reads nevertheless
        warnings.simplefilter("ignore", RuntimeWarning)
        return _read_layer(sources, layer, has_crs_member)


def _refuse_views(path: Path) -> None:
    """A view is a query of the sender's, which may never end."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as file:
            rows = file.execute(
                "SELECT count(*) FROM sqlite_master WHERE type <> 'table'"
                " AND type <> 'index' AND type <> 'trigger'"
            )
            views = rows.fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise _damaged(error) from None
    if views:
        raise UnreadableError(
            "file_unreadable",
            "Das GeoPackage enthält Sichten (Views). Speichern Sie die Ebene als Tabelle, zum "
            "Beispiel mit „Objekte speichern als …“ im Geoinformationssystem.",
        )


def _read_layer(sources: list[Path], layer: str | None, has_crs_member: bool) -> AreaFile:
    offered = _layers(sources)
    chosen = _choose(offered, layer)
    path, name = offered[chosen]
    try:
        count = pyogrio.read_info(path, layer=name, force_feature_count=True)["features"]
        if count > MAXIMUM_AREAS:
            raise UnreadableError(
                "too_many_areas",
                f"Die Datei enthält {counted(count, 'Fläche', 'Flächen')}; gelesen werden "
                f"höchstens {counted(MAXIMUM_AREAS, 'Fläche', 'Flächen')}.",
            )
        meta, _, encoded, values = pyogrio.raw.read(path, layer=name, datetime_as_string=True)
        geometries = (
            np.full(len(values[0]) if values else 0, None, dtype=object)
            if encoded is None
            else shapely.from_wkb(encoded)
        )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise _damaged(error) from None
    except (pyogrio.errors.FeatureError, pyogrio.errors.GeometryError) as error:
        raise _damaged(error) from None
    except (pyogrio.errors.FieldError, shapely.errors.ShapelyError, UnicodeDecodeError) as error:
        raise _damaged(error) from None
    if not len(geometries):
        raise UnreadableError("no_areas", "Die Datei enthält keine einzige Zeile.")
    kind = _FORMAT_OF_SUFFIX[path.suffix]
    return AreaFile(
        format=kind,
        layer=chosen,
        layers=tuple(offered),
        columns=dict(zip((str(field) for field in meta["fields"]), values, strict=True)),
        geometries=geometries,
        crs=meta["crs"],
        is_crs_assumed=kind == "geojson" and not has_crs_member,
    )


def _layers(sources: list[Path]) -> dict[str, tuple[Path, str]]:
    """Layers by name; those without geometry are no areas, unless there is nothing else."""
    found: dict[str, tuple[Path, str]] = {}
    bare: dict[str, tuple[Path, str]] = {}
    for path in sources:
        try:
            listing = pyogrio.list_layers(path)
        except pyogrio.errors.DataSourceError as error:
            raise _damaged(error) from None
        for name, geometry_type in listing:
            label = path.stem if path.suffix in (".shp", ".geojson", ".json") else str(name)
            (bare if geometry_type is None else found)[label] = (path, str(name))
    if not found and not bare:
        raise UnreadableError("no_areas", "Die Datei enthält keine Ebene mit Flächen.")
    return found or bare


def _choose(offered: dict[str, tuple[Path, str]], layer: str | None) -> str:
    if layer is not None:
        if layer not in offered:
            names = listed([f"„{name}“" for name in offered], 10)
            raise UnreadableError(
                "layer_unknown",
                f"„{layer}“ steht nicht in der Datei; es gibt {names}.",
                layers=list(offered),
            )
        return layer
    if len(offered) > 1:
        names = listed([f"„{name}“" for name in offered], 10)
        raise UnreadableError(
            "layer_ambiguous", f"Die Datei enthält mehrere Ebenen: {names}.", layers=list(offered)
        )
    return next(iter(offered))


def _damaged(error: Exception) -> UnreadableError:
    # GDAL names the file by its path, which is ours and nobody's business
    reason = str(error).splitlines()[0] if str(error) else ""
    words = "" if "/" in reason else f" ({reason[:160]})"
    return UnreadableError(
        "file_unreadable", f"Die Datei ist beschädigt oder unvollständig.{words}"
    )
