"""The findings about how areas fit: into what lies above, beside each other, over the whole."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from services.indicator_api.area_imports.checking.coverage import (
    INNER_WIDTH,
    OUTER_WIDTH,
    Remainder,
    find_inner_gaps,
    find_outer_gaps,
    find_outside,
    find_overlaps,
)
from services.indicator_api.area_imports.findings import FindingList
from services.indicator_api.area_imports.reading.files import Geometries
from services.indicator_api.area_imports.registers import Registers
from services.indicator_api.area_imports.words import counted, exact_metres, percent, square_metres

# An overlap of more than this share of the smaller area is no inaccuracy of drawing.
OVERLAP_SHARE = 0.01
# m² of slivers below which nothing is said: the last digits of coordinates.
_WORTH_A_WORD = 1.0


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What may lie outside the area above: strips narrower than `width` m, and a share of wider."""

    width: float
    share: float


# Little where both come from the same office; anything but the greater part where the border
# above is another office's, often generalised.
SAME_SOURCE = Tolerance(INNER_WIDTH, 0.05)
OTHER_SOURCE = Tolerance(OUTER_WIDTH, 0.5)


@dataclass(frozen=True, slots=True)
class Place:
    """A place to be shown on the map, EPSG:25832."""

    layer: str
    code: str | None
    name: str
    geometry: BaseGeometry


@dataclass(slots=True)
class Fitting:
    """What is being compared: areas by position, and the places and findings so far."""

    geometries: Geometries
    codes: list[str]
    names: list[str]
    findings: FindingList
    places: list[Place] = field(default_factory=list)

    def label(self, index: int) -> str:
        """An area in a sentence."""
        return f"{self.names[index]} ({self.codes[index]})"


def check_overlaps(fitting: Fitting) -> None:
    """No ground belongs to two areas."""
    sizes = shapely.area(fitting.geometries)
    overlaps = find_overlaps(fitting.geometries)
    for item in overlaps.listed:
        share = item.area_m2 / float(min(sizes[item.first], sizes[item.second]))
        names = f"{fitting.label(item.first)} und {fitting.label(item.second)}"
        fitting.findings.add(
            "overlap_large" if share > OVERLAP_SHARE else "overlap",
            f"{names} überschneiden sich auf {exact_metres(item.area_m2)}, "
            f"{percent(share)} des kleineren.",
            area=fitting.codes[item.first],
            area_m2=item.area_m2,
        )
        fitting.places.append(
            Place("overlap", fitting.codes[item.first], f"Überschneidung: {names}", item.geometry)
        )
    if overlaps.slivers_m2 >= _WORTH_A_WORD:
        fitting.findings.add(
            "overlap_slivers",
            f"{counted(overlaps.slivers, 'Stelle', 'Stellen')} schmaler als 1 m, zusammen "
            f"{exact_metres(overlaps.slivers_m2)}: Ungenauigkeiten der Zeichnung.",
            area_m2=overlaps.slivers_m2,
        )


def check_gaps(fitting: Fitting, whole: BaseGeometry | None, whole_name: str) -> None:
    """The areas leave no ground out, within themselves and, where it is known, of the whole."""
    union = shapely.union_all(fitting.geometries)
    inner = find_inner_gaps(union)
    outer, inlets = (None, []) if whole is None else find_outer_gaps(union, whole)
    # a hole may reach over the border of the whole: what lies outside is not missing
    listed = [("zwischen den Gebieten", item) for item in (*inner.listed, *inlets)]
    if outer is not None:
        listed += [("am Rand", item) for item in outer.listed]
    listed.sort(key=lambda item: -shapely.area(item[1]))
    for where, gap in listed:
        size = float(shapely.area(gap))
        beside = _neighbours(fitting, gap)
        fitting.findings.add(
            "gap", f"Lücke {where} von {exact_metres(size)}{beside}.", area_m2=size
        )
        fitting.places.append(Place("gap", None, f"Lücke {where}{beside}", gap))
    if inner.slivers_m2 >= _WORTH_A_WORD:
        fitting.findings.add(
            "gap_slivers",
            f"{counted(inner.slivers, 'Stelle', 'Stellen')} schmaler als 1 m, zusammen "
            f"{exact_metres(inner.slivers_m2)}: Ungenauigkeiten der Zeichnung.",
            area_m2=inner.slivers_m2,
        )
    if whole is not None and outer is not None:
        _tell_coverage(fitting, union, whole, whole_name, outer)


def _neighbours(fitting: Fitting, gap: BaseGeometry) -> str:
    """The areas beside a gap, in words; empty where there are many."""
    touching = np.flatnonzero(shapely.dwithin(fitting.geometries, gap, 0.5))
    names = [fitting.names[int(index)] for index in touching]
    if not 0 < len(names) <= 3:
        return ""
    return f" bei {', '.join(names)}"


def _tell_coverage(
    fitting: Fitting,
    union: BaseGeometry,
    whole: BaseGeometry,
    whole_name: str,
    outer: Remainder,
) -> None:
    share = float(shapely.area(shapely.intersection(union, whole)) / shapely.area(whole))
    fitting.findings.add(
        "coverage",
        f"Die {counted(len(fitting.codes), 'Fläche bedeckt', 'Flächen bedecken')} {percent(share)} "
        f"von {whole_name} ({square_metres(float(shapely.area(union)))} von "
        f"{square_metres(float(shapely.area(whole)))}).",
    )
    if outer.slivers_m2 >= _WORTH_A_WORD:
        fitting.findings.add(
            "edge_differs",
            f"Entlang der Grenze von {whole_name} fehlen {square_metres(outer.slivers_m2)} in "
            f"Streifen schmaler als {OUTER_WIDTH:.0f} m: Die Grenze im Verzeichnis ist "
            "vereinfacht.",
            area_m2=outer.slivers_m2,
        )


def check_nesting(
    fitting: Fitting, parents: list[str | None], registers: Registers, municipality: str | None
) -> None:
    """Each area lies in the one above, within a tolerance."""
    by_parent: dict[str, list[int]] = defaultdict(list)
    for index, parent in enumerate(parents):
        if parent is not None:
            by_parent[parent].append(index)
    for parent, members in by_parent.items():
        above = registers.valid(parent)
        if above is None or above.geometry is None:
            continue
        shapely.prepare(above.geometry)
        is_same_source = municipality is not None and parent != municipality
        _check_members(
            fitting,
            members,
            above.geometry,
            f"{above.name} ({parent})",
            SAME_SOURCE if is_same_source else OTHER_SOURCE,
        )


def _check_members(
    fitting: Fitting,
    members: list[int],
    above: BaseGeometry,
    above_name: str,
    tolerance: Tolerance,
) -> None:
    slivers_m2 = 0.0
    inside = shapely.covers(above, fitting.geometries[members])
    for index, is_inside in zip(members, inside, strict=True):
        if is_inside:
            continue
        geometry = fitting.geometries[index]
        remainder = find_outside(geometry, above, tolerance.width)
        wide = float(sum(shapely.area(item) for item in remainder.listed))
        outside = wide + remainder.slivers_m2
        share = outside / float(shapely.area(geometry))
        is_error = wide / float(shapely.area(geometry)) > tolerance.share
        if not is_error and not remainder.listed:
            slivers_m2 += outside
            continue
        fitting.findings.add(
            "outside_parent" if is_error else "partly_outside_parent",
            f"{fitting.label(index)} liegt mit {exact_metres(outside)} ({percent(share)}) "
            f"außerhalb von {above_name}.",
            area=fitting.codes[index],
            area_m2=outside,
        )
        place = shapely.difference(geometry, above)
        name = f"Außerhalb von {above_name}: {fitting.label(index)}"
        fitting.places.append(Place("outside", fitting.codes[index], name, place))
    if slivers_m2 >= _WORTH_A_WORD:
        fitting.findings.add(
            "edge_differs",
            f"Entlang der Grenze von {above_name} ragen die Gebiete in Streifen schmaler als "
            f"{tolerance.width:.0f} m hinaus, zusammen um {square_metres(slivers_m2)}.",
            area_m2=slivers_m2,
        )
