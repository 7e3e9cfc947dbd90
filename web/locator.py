"""Small maps that say where a place is: its outline among its neighbours, as SVG."""

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from markupsafe import Markup, escape

SIZE = 280
EDGE = 6

Ring = list[tuple[float, float]]


def location_map(collection: Mapping[str, Any], codes: Collection[str], *, text: str) -> Markup:
    """The areas of a GeoJSON FeatureCollection (EPSG:4326), those with `codes` filled.

    Returns an empty string where none of `codes` has an outline in it.
    """
    outlines: dict[str, list[Ring]] = {}
    for feature in collection.get("features", []):
        own_code = str((feature.get("properties") or {}).get("code", ""))
        outlines[own_code] = list(_rings(feature.get("geometry") or {}))
    here = [code for code in codes if outlines.get(code)]
    if not here:
        return Markup("")
    corners = [point for rings in outlines.values() for ring in rings for point in ring]
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    south, north = min(y for _, y in corners), max(y for _, y in corners)
    shrink = math.cos(math.radians((south + north) / 2))
    scale = (SIZE - 2 * EDGE) / max((east - west) * shrink, north - south, 1e-9)
    width = (east - west) * shrink * scale + 2 * EDGE
    height = (north - south) * scale + 2 * EDGE

    def path(rings: list[Ring]) -> str:
        return "".join(
            "M"
            + "L".join(
                f"{EDGE + (x - west) * shrink * scale:.1f} {EDGE + (north - y) * scale:.1f}"
                for x, y in ring
            )
            + "z"
            for ring in rings
        )

    others = "".join(
        f'<path class="locator-area" d="{path(rings)}"/>'
        for other, rings in outlines.items()
        if other not in here and rings
    )
    chosen = "".join(
        f'<path class="locator-area locator-area--here" d="{path(outlines[code])}"/>'
        for code in here
    )
    return Markup(  # noqa: S704 - all that varies is escaped or a number
        f'<svg class="locator" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="{escape(text)}">{others}{chosen}</svg>'
    )


def _rings(geometry: Mapping[str, Any]) -> Iterator[Ring]:
    """All rings of a Polygon or MultiPolygon; other kinds have none."""
    coordinates = geometry.get("coordinates") or []
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(
        str(geometry.get("type")), []
    )
    for polygon in polygons:
        for ring in polygon:
            yield [(float(x), float(y)) for x, y, *_ in ring]
