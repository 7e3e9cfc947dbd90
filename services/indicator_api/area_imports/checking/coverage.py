"""Whether areas fit together and into what lies above: overlaps, gaps, what sticks out.

All in EPSG:25832, areas in m². Borders drawn twice differ by hair's breadths: such slivers are
summed up, not listed. Inside a file a sliver is narrower than INNER_WIDTH. Along the outer border,
which comes from another source (often generalised), narrower than OUTER_WIDTH.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from services.indicator_api.area_imports.reading.files import Geometries

INNER_WIDTH = 1.0
OUTER_WIDTH = 100.0
# Further from the border, m, no generalisation reaches: what is missing there is missing.
DEEP_INSIDE = 1000.0


@dataclass(frozen=True, slots=True)
class Overlap:
    """A place that belongs to two areas (positions in the file)."""

    first: int
    second: int
    geometry: BaseGeometry
    area_m2: float


@dataclass(frozen=True, slots=True)
class Overlaps:
    """The overlaps worth listing, and how many slivers of how many m² there are besides."""

    listed: tuple[Overlap, ...]
    slivers: int
    slivers_m2: float


@dataclass(frozen=True, slots=True)
class Remainder:
    """Parts worth listing of what is left over, and the m² of the slivers besides."""

    listed: tuple[BaseGeometry, ...]
    slivers: int
    slivers_m2: float


def find_overlaps(geometries: Geometries) -> Overlaps:
    """Where two of the valid areas cover the same ground."""
    # borders that do not match name the few areas that can overlap at all
    suspects = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(geometries)))
    if not len(suspects):
        return Overlaps((), 0, 0.0)
    chosen = geometries[suspects]
    tree = shapely.STRtree(chosen)
    left, right = tree.query(chosen, predicate="intersects")
    pairs = left < right
    left, right = suspects[left[pairs]], suspects[right[pairs]]
    common = shapely.intersection(geometries[left], geometries[right])
    sizes = shapely.area(common)
    listed: list[Overlap] = []
    slivers, slivers_m2 = 0, 0.0
    for position in np.flatnonzero(sizes > 0):
        wide, thin = _split(common[position], INNER_WIDTH)
        slivers += len(thin)
        slivers_m2 += float(shapely.area(thin).sum())
        if len(wide):
            place = MultiPolygon(list(wide))
            size = float(shapely.area(place))
            listed.append(Overlap(int(left[position]), int(right[position]), place, size))
    listed.sort(key=lambda item: -item.area_m2)
    return Overlaps(tuple(listed), slivers, slivers_m2)


def find_inner_gaps(union: BaseGeometry) -> Remainder:
    """Holes in the union of the areas: ground that no area covers, enclosed by areas."""
    rings = shapely.get_rings(shapely.get_parts(union))
    shells = shapely.get_exterior_ring(shapely.get_parts(union))
    known = {shapely.to_wkb(shell) for shell in shells}
    holes = [shapely.polygons(ring) for ring in rings if shapely.to_wkb(ring) not in known]
    if not holes:
        return Remainder((), 0, 0.0)
    # an area may lie like an island in the hole of another
    open_ground = shapely.difference(shapely.union_all(holes), union)
    wide, thin = _split(open_ground, INNER_WIDTH)
    return _remainder(list(wide), list(thin))


def find_outer_gaps(
    union: BaseGeometry, whole: BaseGeometry
) -> tuple[Remainder, list[BaseGeometry]]:
    """What of `whole` no area covers and no areas enclose: along its border, and inlets.

    An inlet is a strip between areas that is open to the border: where it reaches DEEP_INSIDE, it
    is a gap however narrow.
    """
    filled = shapely.union_all([shapely.polygons(shapely.get_exterior_ring(part))
                                for part in shapely.get_parts(union)])  # fmt: skip
    missing = shapely.difference(whole, filled)
    along = _opened(missing, OUTER_WIDTH)
    # beside a wide gap lie the corners that its opening left over
    near = [shapely.boundary(whole), *along.listed]
    inside = shapely.difference(missing, shapely.union_all(shapely.buffer(near, OUTER_WIDTH)))
    strips, _ = _split(inside, INNER_WIDTH)
    inlets = strips[~shapely.within(strips, shapely.buffer(near[0], DEEP_INSIDE))]
    if not len(inlets):
        return along, []
    thin = along.slivers_m2 - float(shapely.area(inlets).sum())
    return Remainder(along.listed, along.slivers, thin), list(inlets)


def find_outside(geometry: BaseGeometry, whole: BaseGeometry, width: float) -> Remainder:
    """What of a geometry lies outside `whole`; strips narrower than `width` are slivers."""
    return _opened(shapely.difference(geometry, whole), width)


def _opened(geometry: BaseGeometry, width: float) -> Remainder:
    """The places of a leftover that are wider than `width`; the rest are slivers.

    A leftover along a border is one thin band round everything: it is opened (shrunk, then grown
    again), so that a wide place is told from the band it hangs on.
    """
    half = width / 2
    core = shapely.buffer(geometry, -half, join_style="mitre")
    if shapely.is_empty(core):
        thin = shapely.get_parts(geometry)
        return _remainder([], [item for item in thin if shapely.area(item) > 0])
    wide = shapely.intersection(shapely.buffer(core, half, join_style="mitre"), geometry)
    rest = shapely.get_parts(shapely.difference(geometry, wide))
    parts = _polygons(wide)
    return _remainder(parts, [item for item in rest if shapely.area(item) > 0])


def _remainder(wide: list[BaseGeometry], thin: list[BaseGeometry]) -> Remainder:
    wide = sorted(wide, key=lambda item: -shapely.area(item))
    return Remainder(tuple(wide), len(thin), float(sum(shapely.area(item) for item in thin)))


def _polygons(geometry: BaseGeometry) -> list[BaseGeometry]:
    return [part for part in shapely.get_parts(geometry) if shapely.area(part) > 0]


def _split(geometry: BaseGeometry, width: float) -> tuple[Geometries, Geometries]:
    """The polygons of a geometry: those that are somewhere wider than `width`, and the others."""
    parts = np.array(_polygons(geometry), dtype=object)
    if not len(parts):
        return parts, parts
    is_wide = ~shapely.is_empty(shapely.buffer(parts, -width / 2))
    return parts[is_wide], parts[~is_wide]
