"""Geometries made fit for the register: areas only, flat, valid; what was changed is kept."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from services.indicator_api.area_imports.findings import FindingList
from services.indicator_api.area_imports.reading.files import Geometries
from services.indicator_api.area_imports.words import exact_metres, percent, square_metres

POLYGON, MULTIPOLYGON, COLLECTION = 3, 6, 7
# a repair may change an area by this share of it, no more
REPAIR_TOLERANCE = 0.01
# smaller than a garden shed: a remnant of editing
TINY_M2 = 10.0
# the mark around a place where a ring touches itself, in metres
_MARK_RADIUS = 40.0
_TYPE_NAMES = {
    0: "ein Punkt", 1: "eine Linie", 2: "eine Linie", 4: "eine Gruppe von Punkten",
    5: "eine Gruppe von Linien", 7: "ein Gemisch verschiedener Formen",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair changed: area before and after in m², and the place or part, EPSG:25832."""

    index: int
    before_m2: float
    after_m2: float
    part: BaseGeometry


@dataclass(frozen=True, slots=True)
class MadeFit:
    """MultiPolygons in EPSG:25832; None where an area is refused (a finding says why)."""

    geometries: Geometries
    repairs: tuple[Repair, ...]


def flatten(geometries: Geometries, labels: list[str], findings: FindingList) -> Geometries:
    """Areas without heights; lines, points, mixtures and empty ones become None with a finding."""
    flat = geometries.copy()
    missing = shapely.is_missing(flat) | shapely.is_empty(flat)
    for index in np.flatnonzero(missing):
        findings.add("geometry_missing", f"{labels[index]} hat keine Fläche.", row=int(index) + 1)
    flat[missing] = None
    types = shapely.get_type_id(flat)
    for index in np.flatnonzero(types == COLLECTION):
        flat[index] = _polygons_of(flat[index])
    types = np.where(types == COLLECTION, shapely.get_type_id(flat), types)
    for index in np.flatnonzero(~missing & ~np.isin(types, (POLYGON, MULTIPOLYGON))):
        kind = _TYPE_NAMES.get(int(shapely.get_type_id(geometries[index])), "eine Kurve")
        findings.add(
            "geometry_not_polygon",
            f"{labels[index]} ist {kind}, keine Fläche.",
            row=int(index) + 1,
        )
        flat[index] = None
    has_height = shapely.has_z(flat)
    if has_height.any():
        findings.add(
            "geometry_z_dropped", f"{int(has_height.sum())} Flächen tragen Höhen; sie entfallen."
        )
        flat = shapely.force_2d(flat)
    return flat


def _polygons_of(collection: BaseGeometry) -> BaseGeometry | None:
    """The areas in a collection as one MultiPolygon; None if it holds anything else as well."""
    parts = shapely.get_parts(collection)
    while (shapely.get_type_id(parts) == COLLECTION).any():
        parts = shapely.get_parts(parts)
    if not len(parts) or not np.isin(shapely.get_type_id(parts), (POLYGON, MULTIPOLYGON)).all():
        return None
    return MultiPolygon(list(shapely.get_parts(parts)))


def make_fit(geometries: Geometries, labels: list[str], findings: FindingList) -> MadeFit:
    """Valid MultiPolygons of areas in EPSG:25832; invalid rings are repaired or refused.

    Repaired is by structure (`make_valid`, GEOS): shells are merged, holes cut out, so that a
    ring that touches itself keeps its area. What changes more than REPAIR_TOLERANCE is refused.
    """
    fit = geometries.copy()
    repairs: list[Repair] = []
    present = ~shapely.is_missing(fit)
    for index in np.flatnonzero(present & ~shapely.is_valid(fit)):
        repair = _repaired(fit[index], int(index), labels[index], findings)
        fit[index] = None if repair is None else repair[0]
        if repair is not None:
            repairs.append(repair[1])
    sizes = shapely.area(fit)
    for index in np.flatnonzero(present & (sizes < TINY_M2)):
        findings.add(
            "area_tiny",
            f"{labels[index]} ist nur {square_metres(float(sizes[index]))} groß.",
            row=int(index) + 1,
            area_m2=float(sizes[index]),
        )
    return MadeFit(_as_multi(fit), tuple(repairs))


def _as_multi(geometries: Geometries) -> Geometries:
    result = geometries.copy()
    for index in np.flatnonzero(shapely.get_type_id(result) == POLYGON):
        result[index] = MultiPolygon([result[index]])
    return result


def _repaired(
    geometry: BaseGeometry, index: int, label: str, findings: FindingList
) -> tuple[BaseGeometry, Repair] | None:
    reason = shapely.is_valid_reason(geometry)
    before = float(abs(shapely.area(geometry)))
    valid = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    after = float(shapely.area(valid))
    words = f"{label}: {_reason_in_words(reason)}"
    if after == 0 or not np.isfinite(after):
        findings.add("geometry_repair_refused", f"{words}; es bliebe keine Fläche.", row=index + 1)
        return None
    change = abs(after - before) / max(after, before)
    sizes = f"vorher {exact_metres(before)}, nachher {exact_metres(after)}"
    if change > REPAIR_TOLERANCE:
        findings.add(
            "geometry_repair_refused",
            f"{words}; berichtigt änderte sich die Fläche um {percent(change)} ({sizes}).",
            row=index + 1,
            area_m2=abs(after - before),
        )
        return None
    part = _changed_part(geometry, valid, reason)
    findings.add(
        "geometry_repaired", f"{words}; {sizes}.", row=index + 1, area_m2=abs(after - before)
    )
    return valid, Repair(index, before, after, part)


def _changed_part(geometry: BaseGeometry, valid: BaseGeometry, reason: str) -> BaseGeometry:
    """Where the repair took effect: the part gained or lost against the lines as drawn, or a mark.

    The lines as drawn enclose an area by the even-odd rule; a ring that merely touches itself
    encloses the same before and after.
    """
    drawn = shapely.make_valid(geometry, method="linework")
    changed = shapely.symmetric_difference(shapely.buffer(drawn, 0), valid)
    marks = [changed] if shapely.area(changed) > 0 else []
    place = _place_of(reason)
    if place is not None:
        marks.append(shapely.buffer(place, _MARK_RADIUS))
    return shapely.union_all(marks) if marks else shapely.buffer(shapely.centroid(valid), 1.0)


def _place_of(reason: str) -> BaseGeometry | None:
    """The place in GEOS's reason, „Ring Self-intersection[357379.2963 5641201.1448]“."""
    start, end = reason.find("["), reason.find("]")
    try:
        x, y = (float(number) for number in reason[start + 1 : end].split()[:2])
    except ValueError:
        return None
    return shapely.points(x, y)


def _reason_in_words(reason: str) -> str:
    place = _place_of(reason)
    where = "" if place is None else f" bei {shapely.get_x(place):.0f} / {shapely.get_y(place):.0f}"
    known = {
        "Ring Self-intersection": "Der Rand berührt sich selbst",
        "Self-intersection": "Der Rand überkreuzt sich",
        "Hole lies outside shell": "Ein Loch liegt außerhalb der Fläche",
        "Nested shells": "Teile liegen ineinander",
        "Nested holes": "Löcher liegen ineinander",
        "Duplicate Rings": "Ein Rand ist doppelt",
        "Too few points in geometry component": "Ein Rand hat zu wenige Punkte",
        "Interior is disconnected": "Das Innere ist zerteilt",
        "Invalid Coordinate": "Eine Koordinate ist keine Zahl",
    }
    return known.get(reason.split("[")[0].strip(), "Die Fläche ist ungültig") + where
