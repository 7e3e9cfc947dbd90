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
    crs = document.get("crs") if isinstance(document, dict) else None
    if crs:
        collection["crs"] = crs
    return orjson.dumps(collection), bool(crs)


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
            "geometry": item.get("geometry"),
        }
    elif kind in _GEOMETRIES:
        yield {"type": "Feature", "properties": {}, "geometry": item}
    else:
        raise UnreadableError(
            "format_unknown",
            "Die Datei ist JSON, aber kein GeoJSON: Erwartet wird eine FeatureCollection oder "
            "eine Liste von Features.",
        )
