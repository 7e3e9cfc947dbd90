"""A map of units as SVG, made on the server: which belong to a set, wholly or in part.

With JavaScript a click on a unit ticks its box in the list beside, and a polygon may be drawn:
the element says how its coordinates become degrees.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup, escape

WIDTH = 720
MOST_HEIGHT = 720
EDGE = 8

Ring = list[tuple[float, float]]


def unit_map(
    units: Mapping[str, Any],
    *,
    text: str,
    chosen: Mapping[str, float] | None = None,
    outline: Mapping[str, Any] | None = None,
    notes: Mapping[str, str] | None = None,
) -> Markup:
    """The units of a GeoJSON FeatureCollection (EPSG:4326).

    `chosen` holds the weight of each unit in the set: 1 is drawn full, less is hatched by a
    lighter colour; `outline` (a GeoJSON geometry) is drawn over them; `notes` are added to the
    names shown on pointing. Empty where no unit has a shape.
    """
    shapes = {
        str((feature.get("properties") or {}).get("code", "")): (
            str((feature.get("properties") or {}).get("name", "")),
            list(_rings(feature.get("geometry") or {})),
        )
        for feature in units.get("features", [])
    }
    corners = [point for _, rings in shapes.values() for ring in rings for point in ring]
    if not corners:
        return Markup("")
    frame = _Frame(corners)
    weights = chosen or {}
    paths = "".join(
        _unit(code, name, rings, weights.get(code, 0.0), (notes or {}).get(code, ""), frame)
        for code, (name, rings) in sorted(shapes.items())
        if rings
    )
    drawn = list(_rings(outline or {}))
    over = f'<path class="unit-map__outline" d="{frame.path(drawn)}"/>' if drawn else ""
    return Markup(  # noqa: S704 - all that varies is escaped or a number
        f'<svg class="unit-map" viewBox="0 0 {frame.width:.0f} {frame.height:.0f}" role="img" '
        f'aria-label="{escape(text)}" data-unit-map {frame.attributes()}>{paths}{over}</svg>'
    )


class _Frame:
    """How degrees become places in the image."""

    def __init__(self, corners: Ring) -> None:
        self.west, east = min(x for x, _ in corners), max(x for x, _ in corners)
        south, self.north = min(y for _, y in corners), max(y for _, y in corners)
        self.shrink = math.cos(math.radians((south + self.north) / 2))
        wide, high = max((east - self.west) * self.shrink, 1e-9), max(self.north - south, 1e-9)
        self.scale = min((WIDTH - 2 * EDGE) / wide, (MOST_HEIGHT - 2 * EDGE) / high)
        self.width = wide * self.scale + 2 * EDGE
        self.height = high * self.scale + 2 * EDGE

    def path(self, rings: list[Ring]) -> str:
        """The data of a path."""
        return "".join(
            "M"
            + "L".join(
                f"{EDGE + (x - self.west) * self.shrink * self.scale:.1f} "
                f"{EDGE + (self.north - y) * self.scale:.1f}"
                for x, y in ring
            )
            + "z"
            for ring in rings
        )

    def attributes(self) -> str:
        """What a script needs to lead back to degrees."""
        return (
            f'data-west="{self.west:.7f}" data-north="{self.north:.7f}" '
            f'data-across="{self.shrink * self.scale:.4f}" data-down="{self.scale:.4f}" '
            f'data-edge="{EDGE}"'
        )


def _unit(code: str, name: str, rings: list[Ring], weight: float, note: str, frame: _Frame) -> str:
    state = ""
    if weight >= 1:
        state = " unit-map__unit--whole"
    elif weight > 0:
        state = " unit-map__unit--part"
    label = f"{name}, {note}" if note else name
    return (
        f'<path class="unit-map__unit{state}" data-unit="{escape(code)}" '
        f'd="{frame.path(rings)}"><title>{escape(label)}</title></path>'
    )


def _rings(geometry: Mapping[str, Any]) -> Iterator[Ring]:
    coordinates = geometry.get("coordinates") or []
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(
        str(geometry.get("type")), []
    )
    for polygon in polygons:
        for ring in polygon:
            yield [(float(x), float(y)) for x, y, *_ in ring]
