"""What of a partition's units lies in a drawn or uploaded polygon; shapely, no database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.enums import TransformDirection
from shapely.geometry import MultiPolygon, Polygon, mapping, shape
from shapely.geometry.base import BaseGeometry

from services.indicator_api.partitions.rules import SLIVER_BELOW, WHOLE_FROM

STORED_CRS = "EPSG:25832"
MAXIMUM_VERTICES = 50_000
# West, south, east, north of Germany and its seas in degrees.
_GERMANY = (2.0, 46.5, 16.5, 56.5)
_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    shapely.errors.ShapelyError,
)
Points = NDArray[np.float64]
_FROM_DEGREES = pyproj.Transformer.from_crs("EPSG:4326", STORED_CRS, always_xy=True)


def _to_metres(points: Points) -> Points:
    return np.column_stack(_FROM_DEGREES.transform(points[:, 0], points[:, 1]))


def _to_degrees(points: Points) -> Points:
    inverse = TransformDirection.INVERSE
    return np.column_stack(_FROM_DEGREES.transform(points[:, 0], points[:, 1], direction=inverse))


class PolygonError(Exception):
    """The polygon cannot be used: a stable code and a German sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the partition; geometry in EPSG:25832, None where it has none."""

    id: int
    code: str
    name: str
    geometry: BaseGeometry | None


@dataclass(frozen=True, slots=True)
class Piece:
    """What of a unit lies in the polygon: its share of the unit's area, and its shape."""

    unit: Unit
    share: float
    geometry: BaseGeometry

    @property
    def is_whole(self) -> bool:
        """Whether the polygon takes in the unit but for less than a hundredth."""
        return self.share >= WHOLE_FROM


@dataclass(frozen=True, slots=True)
class Cut:
    """The units that a polygon hits, those it only grazes, and what lies outside all (m²)."""

    pieces: list[Piece] = field(default_factory=list)
    slivers: list[Piece] = field(default_factory=list)
    outside_m2: float = 0.0
    polygon_m2: float = 0.0


def read_polygon(document: Mapping[str, Any], crs: str) -> MultiPolygon:
    """The polygon of a GeoJSON geometry, Feature or FeatureCollection, in EPSG:25832.

    Raises `PolygonError` for anything but areas, for a ring that crosses itself, and for
    coordinates that do not lie in Germany in the named system (EPSG:4326 or EPSG:25832).
    """
    polygons = [part for item in _geometries(document) for part in _polygons(item)]
    if not polygons:
        raise PolygonError("polygon_missing", "Die Datei enthält keine Fläche.")
    if sum(shapely.get_num_coordinates(part) for part in polygons) > MAXIMUM_VERTICES:
        raise PolygonError(
            "polygon_too_detailed",
            f"Die Fläche hat mehr als {MAXIMUM_VERTICES} Stützpunkte. Vereinfachen Sie sie.",
        )
    for part in polygons:
        if not part.is_valid:
            raise PolygonError("polygon_crosses_itself", _fault_of(part))
    for part in polygons:
        _check_place(part, crs)
    metres = [
        shapely.transform(part, _to_metres) if crs == "EPSG:4326" else part for part in polygons
    ]
    return surface(shapely.union_all(metres))


def _geometries(document: Mapping[str, Any]) -> Iterable[BaseGeometry]:
    kind = document.get("type")
    try:
        if kind == "FeatureCollection":
            members = [item.get("geometry") for item in document["features"]]
        elif kind == "Feature":
            members = [document.get("geometry")]
        else:
            members = [document]
        return [shapely.force_2d(shape(item)) for item in members if item is not None]
    except (
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        shapely.errors.ShapelyError,
    ):
        raise PolygonError("polygon_unreadable", "Das ist keine Geometrie in GeoJSON.") from None


def _polygons(geometry: BaseGeometry) -> list[Polygon]:
    if isinstance(geometry, Polygon | MultiPolygon):
        parts = [geometry] if isinstance(geometry, Polygon) else list(geometry.geoms)
        return [part for part in parts if not part.is_empty]
    raise PolygonError(
        "polygon_not_an_area",
        f"Erwartet wird eine Fläche; die Datei enthält „{geometry.geom_type}“.",
    )


def _fault_of(part: Polygon) -> str:
    reason, _, place = shapely.is_valid_reason(part).partition("[")
    where = f" bei {place.rstrip(']')}" if place else ""
    if "Self-intersection" in reason:
        return f"Die Linie der Fläche überkreuzt sich{where}. Zeichnen Sie sie neu."
    return f"Die Fläche ist nicht gültig{where} ({reason.strip()})."


def _check_place(part: Polygon, crs: str) -> None:
    coordinates = shapely.get_coordinates(part)
    if not np.isfinite(coordinates).all():
        raise PolygonError("polygon_unreadable", "Die Koordinaten sind keine Zahlen.")
    if crs == "EPSG:4326":
        _check_degrees(coordinates)
        return
    west, south, east, north = part.bounds
    if max(abs(west), abs(east), abs(south), abs(north)) <= 360:
        raise PolygonError(
            "polygon_crs_wrong",
            "Die Koordinaten sind Grad, angegeben ist EPSG:25832 (Meter). Geben Sie EPSG:4326 an.",
        )
    if west <= 0 or east >= 1_100_000 or south <= 5_100_000 or north >= 6_300_000:
        raise PolygonError(
            "polygon_wrong_place",
            "Die Fläche liegt nach ihren Koordinaten nicht in Deutschland. Prüfen Sie das "
            "Koordinatensystem; erwartet wird EPSG:25832 ohne vorangestellte Zonenziffer.",
        )


def _check_degrees(coordinates: Any) -> None:
    if (np.abs(coordinates) > 360).any():
        raise PolygonError(
            "polygon_crs_wrong",
            "Die Koordinaten sind Meter, angegeben ist EPSG:4326 (Grad). Geben Sie EPSG:25832 an.",
        )
    west, south, east, north = _GERMANY
    low, high = np.array([west, south]), np.array([east, north])
    if ((coordinates >= low) & (coordinates <= high)).all():
        return
    swapped = coordinates[:, ::-1]
    if ((swapped >= low) & (swapped <= high)).all():
        raise PolygonError(
            "polygon_wrong_place",
            "Länge und Breite sind vertauscht: GeoJSON nennt zuerst die Länge (Ost), dann die "
            "Breite (Nord).",
        )
    raise PolygonError(
        "polygon_wrong_place",
        "Die Fläche liegt nach ihren Koordinaten nicht in Deutschland. Prüfen Sie Vorzeichen, "
        "Reihenfolge und Koordinatensystem.",
    )


def cut_units(polygon: MultiPolygon, units: Sequence[Unit]) -> Cut:
    """Which units lie in the polygon and with what share of their area."""
    placed = [unit for unit in units if unit.geometry is not None]
    shapes = np.array([unit.geometry for unit in placed], dtype=object)
    pieces: list[Piece] = []
    slivers: list[Piece] = []
    covered = 0.0
    hit = shapely.STRtree(shapes).query(polygon, predicate="intersects")
    for index in sorted(int(number) for number in hit):
        inside = surface(shapely.intersection(shapes[index], polygon))
        share = inside.area / shapes[index].area if shapes[index].area else 0.0
        if share <= 0:
            continue
        covered += inside.area
        piece = Piece(placed[index], min(1.0, share), inside)
        (slivers if share < SLIVER_BELOW else pieces).append(piece)
    return Cut(pieces, slivers, max(0.0, polygon.area - covered), polygon.area)


def surface(geometry: BaseGeometry) -> MultiPolygon:
    """The areas in a geometry; lines and points where shapes only touch are left out."""
    parts = getattr(geometry, "geoms", [geometry])
    flat = [part for item in parts for part in getattr(item, "geoms", [item])]
    return MultiPolygon([part for part in flat if isinstance(part, Polygon) and part.area > 0])


def united(geometries: Sequence[BaseGeometry]) -> MultiPolygon | None:
    """The union of shapes as a MultiPolygon, None of none."""
    if not geometries:
        return None
    return surface(shapely.union_all(np.array(geometries, dtype=object)))


def in_degrees(geometry: MultiPolygon) -> dict[str, Any]:
    """A shape as GeoJSON in EPSG:4326, to about a tenth of a metre."""
    degrees = shapely.transform(geometry, _to_degrees)
    document: dict[str, Any] = mapping(shapely.set_precision(degrees, 1e-6))
    return document


def overlap_m2(units: Sequence[Unit]) -> float:
    """How much area the units share, in square metres; 0 for a proper partition."""
    shapes = [unit.geometry for unit in units if unit.geometry is not None]
    if not shapes:
        return 0.0
    return max(0.0, sum(item.area for item in shapes) - shapely.union_all(shapes).area)
