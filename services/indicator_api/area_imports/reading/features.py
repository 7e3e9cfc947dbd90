"""GeoJSON as it is found in the wild, made one FeatureCollection.

RFC 7946 knows a FeatureCollection, a Feature and a bare geometry. Published files also hold bare
arrays of features, and collections within them for areas of several parts.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from services.indicator_api.area_imports.findings import UnreadableError

_GEOMETRIES = frozenset(
    {
        "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
        "GeometryCollection",
    }
)  # fmt: skip
_MAXIMUM_DEPTH = 8


def normalise_geojson(data: bytes) -> tuple[bytes, bool]:
    """The features as one FeatureCollection, and whether the file names a CRS of its own.

    A CRS that is only linked to is none: GDAL would fetch it from wherever the sender says.
    Raises `UnreadableError` for what is no JSON, or no GeoJSON.
    """
    try:
        document = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise UnreadableError(
            "file_unreadable", f"Das JSON ist fehlerhaft: {error.msg} in Zeile {error.lineno}."
        ) from None
    if isinstance(document, dict) and document.get("type") == "Topology":
        raise UnreadableError(
            "format_unknown", "Die Datei ist TopoJSON; gelesen wird GeoJSON mit ganzen Flächen."
        )
    features = list(_features(document, 0))
    if not features:
        raise UnreadableError("no_areas", "Die GeoJSON-Datei enthält keine Flächen.")
    collection: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    name = _crs_name(document.get("crs")) if isinstance(document, dict) else None
    if name is not None:
        collection["crs"] = {"type": "name", "properties": {"name": name}}
    return orjson.dumps(collection), name is not None


def _crs_name(crs: Any) -> str | None:
    """The name in a `crs` member as GeoJSON knew it in 2008; None for a link or without one."""
    properties = crs.get("properties") if isinstance(crs, dict) else None
    if not isinstance(properties, dict):
        return None
    name, number = properties.get("name"), properties.get("code")
    if crs.get("type") == "EPSG" and isinstance(number, int):
        return f"EPSG:{number}"
    return name if crs.get("type") == "name" and isinstance(name, str) else None


def _features(item: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _MAXIMUM_DEPTH:
        raise UnreadableError("file_unreadable", "Das GeoJSON ist zu tief verschachtelt.")
    if isinstance(item, list):
        for member in item:
            yield from _features(member, depth + 1)
        return
    kind = item.get("type") if isinstance(item, dict) else None
    if kind == "FeatureCollection" and isinstance(item.get("features"), list):
        yield from _features(item["features"], depth + 1)
    elif kind == "Feature":
        properties = item.get("properties")
        yield {
            "type": "Feature",
            "properties": properties if isinstance(properties, dict) else {},
            "geometry": _geometry(item.get("geometry"), depth),
        }
    elif kind in _GEOMETRIES:
        yield {"type": "Feature", "properties": {}, "geometry": _geometry(item, depth)}
    else:
        raise UnreadableError(
            "format_unknown",
            "Die Datei ist JSON, aber kein GeoJSON: Erwartet wird eine FeatureCollection oder "
            "eine Liste von Features.",
        )


def _geometry(item: Any, depth: int) -> Any:
    """A geometry without what else may stand in it: GDAL reads a `crs` of each."""
    if depth > _MAXIMUM_DEPTH:
        raise UnreadableError("file_unreadable", "Das GeoJSON ist zu tief verschachtelt.")
    if not isinstance(item, dict):
        return None
    kept = {name: item[name] for name in ("type", "coordinates") if name in item}
    if isinstance(item.get("geometries"), list):
        kept["geometries"] = [_geometry(part, depth + 1) for part in item["geometries"]]
    return kept
