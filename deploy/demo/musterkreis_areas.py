"""Areas of the fictional Musterkreis: a valid coverage with borders that look grown.

Voronoi cells around jittered rings of seeds, their edges cut into short pieces and bent by a
smooth seeded field. Two neighbours bend the same points by the same field, so their border
stays one line. The place is the open North Sea (4.5° E, 54.5° N): no real area is covered.
"""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from deploy.demo.areas import AreaRecord, area_record

SEED = 99001
KREIS, MUSTERSTADT = "99001", "99001001"
# 4.5° E, 54.5° N in EPSG:25832 (UTM zone 32 extended westwards).
CENTRE = np.array([208_700.0, 6_047_000.0])
STEP_M = 40.0
# (wavelength, amplitude) of the bending field in metres; the slopes stay far enough below 1
# that no two borders cross.
OCTAVES = ((6000.0, 430.0), (1900.0, 150.0), (700.0, 62.0), (280.0, 20.0))

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Quarter:
    """One Quartier: its key, name, residents in the first year and how poor it leans."""

    code: str
    name: str
    residents: int
    lean: float


@dataclass(frozen=True)
class Municipality:
    """One municipality around Musterstadt, spanning the sector `angles` in degrees."""

    code: str
    name: str
    residents: int
    lean: float
    angles: tuple[float, float]


# Ring by ring from the centre, each clockwise from the north: name, residents, lean.
_RINGS: tuple[tuple[float, tuple[tuple[str, int, float], ...]], ...] = (
    (0.0, (("Altstadt", 4100, 0.1),)),
    (
        1150.0,
        (
            ("Am Hafen", 3650, 0.9),
            ("Neustadt", 5900, 0.7),
            ("Oststadt", 6450, 0.5),
            ("Bahnhofsviertel", 5200, 1.3),
            ("Südstadt", 6900, -0.1),
            ("Weststadt", 6300, -0.3),
            ("Marktviertel", 3300, 0.0),
        ),
    ),
    (
        2600.0,
        (
            ("Werftviertel", 2450, 1.0),
            ("Nordstadt", 7800, 1.1),
            ("Fabrikviertel", 5600, 1.5),
            ("Am Gleisdreieck", 4300, 0.8),
            ("Mühlenviertel", 4900, 0.0),
            ("Südpark", 5100, -0.7),
            ("Gartenstadt", 4700, -0.9),
            ("Lindenviertel", 4400, -0.6),
            ("Westpark", 3900, -0.2),
        ),
    ),
    (
        4500.0,
        (
            ("Nordsiedlung", 3100, 0.6),
            ("Gewerbepark", 140, 0.2),
            ("Am Kanal", 265, 0.4),
            ("Oberfeld", 2300, -0.5),
            ("Unterfeld", 1900, -0.6),
            ("Am Hang", 2700, -1.4),
            ("Am Wald", 2200, -1.3),
            ("Birkenhof", 310, -0.8),
            ("Seewinkel", 1250, -0.9),
        ),
    ),
)
MUNICIPALITIES = (
    Municipality("99001002", "Musterdorf", 8900, -0.9, (25.0, 125.0)),
    Municipality("99001003", "Musterhausen", 21300, -0.3, (125.0, 230.0)),
    Municipality("99001004", "Mustertal", 13600, -0.7, (230.0, 335.0)),
)
# Cells of the municipalities, and beyond them of the sea: (radius, number). Towards the north
# the sea begins right behind the town.
_OUTER_RINGS = ((6500.0, 20), (8300.0, 26), (10000.0, 32))
_SEA_RINGS = ((11700.0, 40), (14000.0, 40))


def quarters() -> list[Quarter]:
    """The 26 Quartiere of Musterstadt, keys 9900100101 to 9900100126."""
    plain = [item for _, ring in _RINGS for item in ring]
    return [
        Quarter(f"{MUSTERSTADT}{number:02d}", *item) for number, item in enumerate(plain, start=1)
    ]


def area_name(code: str) -> str:
    """The name of an area of the Musterkreis; raises KeyError for another."""
    named = {KREIS: "Musterkreis", MUSTERSTADT: "Musterstadt"}
    named |= {town.code: town.name for town in MUNICIPALITIES}
    named |= {quarter.code: quarter.name for quarter in quarters()}
    return named[code]


@cache
def boundaries() -> dict[str, BaseGeometry]:
    """{key: polygon in EPSG:25832, whole metres} of Quartiere, municipalities and Kreis."""
    seeds, owners = _seeds()
    cells = _voronoi(seeds)
    bend = _bending_field()
    groups: dict[str, list[BaseGeometry]] = {}
    for owner, cell in zip(owners, cells, strict=True):
        if owner:
            groups.setdefault(owner, []).append(shapely.transform(_cut_edges(cell), bend))
    shapes = {key: _united(parts) for key, parts in groups.items()}
    shapes[MUSTERSTADT] = _united([shapes[quarter.code] for quarter in quarters()])
    towns = [MUSTERSTADT, *(item.code for item in MUNICIPALITIES)]
    shapes[KREIS] = _united([shapes[key] for key in towns])
    return shapes


def musterkreis_areas() -> list[AreaRecord]:
    """The records to import, parents first; the Kreis is a root of its own."""
    shapes = boundaries()
    rows = [(KREIS, "kreis", "Musterkreis", ""), (MUSTERSTADT, "gemeinde", "Musterstadt", KREIS)]
    rows += [(item.code, "gemeinde", item.name, KREIS) for item in MUNICIPALITIES]
    rows += [(item.code, "quartier", item.name, MUSTERSTADT) for item in quarters()]
    return [_record(*row, shapes[row[0]]) for row in rows]


def _record(code: str, kind: str, name: str, parent: str, geometry: BaseGeometry) -> AreaRecord:
    row: dict[str, Any] = {
        "code": code,
        "ars": "",
        "kind": kind,
        "name": name,
        "parent": parent,
        "valid_from": "",
        "valid_to": "",
        "area_km2": f"{geometry.area / 1e6:.4f}",
        "is_fictional": True,
    }
    return area_record(row, geometry)


def _seeds() -> tuple[Array, list[str]]:
    """Seed points (n, 2) and the key each one's cell belongs to ("" for the sea)."""
    random = np.random.default_rng(SEED)
    points: list[Array] = []
    owners: list[str] = []
    keys = iter(quarter.code for quarter in quarters())
    for radius, ring in _RINGS:
        points.append(_ring(random, radius, len(ring), jitter=0.15))
        owners += [next(keys) for _ in ring]
    for radius, count in _OUTER_RINGS:
        ring_points = _ring(random, radius, count, jitter=0.14)
        degrees = _degrees(ring_points)
        points.append(ring_points)
        owners += [_municipality_at(angle) for angle in degrees]
    for radius, count in _SEA_RINGS:
        points.append(_ring(random, radius, count, jitter=0.15))
        owners += [""] * count
    return np.vstack(points) + CENTRE, owners


def _ring(random: np.random.Generator, radius: float, count: int, jitter: float) -> Array:
    angle = np.radians(
        np.arange(count) * 360 / count + random.uniform(-1, 1, count) * 90 * jitter / count**0.5
    )
    reach = radius * (1 + random.uniform(-1, 1, count) * jitter / 2)
    return np.column_stack([reach * np.sin(angle), reach * np.cos(angle)])


def _degrees(points: Array) -> Array:
    return np.asarray(np.degrees(np.arctan2(points[:, 0], points[:, 1])) % 360)


def _municipality_at(angle: float) -> str:
    """Key of the municipality in that direction; none towards the sea in the north."""
    for item in MUNICIPALITIES:
        if item.angles[0] <= angle < item.angles[1]:
            return item.code
    return ""


def _voronoi(seeds: Array) -> list[BaseGeometry]:
    diagram = shapely.voronoi_polygons(shapely.multipoints(seeds), ordered=True)
    return list(shapely.get_parts(diagram))


def _cut_edges(cell: BaseGeometry) -> BaseGeometry:
    """Cut each edge into equal pieces of at most STEP_M.

    The pieces are computed from the smaller end on, so that both neighbours of an edge get
    the very same points.
    """
    corners = shapely.get_coordinates(cell)
    pieces: list[Array] = []
    for start, end in pairwise(corners):
        is_forward = tuple(start) <= tuple(end)
        low, high = (start, end) if is_forward else (end, start)
        count = max(1, int(np.ceil(np.hypot(*(high - low)) / STEP_M)))
        line = low + (high - low) * (np.arange(count + 1) / count)[:, None]
        pieces.append((line if is_forward else line[::-1])[:-1])
    return Polygon(np.vstack(pieces))


def _bending_field() -> Any:
    """A function (n, 2) -> (n, 2) that shifts points smoothly, rounded to whole metres."""
    random = np.random.default_rng(SEED + 1)
    waves = [
        (
            2 * np.pi / length,
            amplitude,
            random.uniform(0, 2 * np.pi, (2, 3)),
            random.uniform(0, np.pi, (2, 3)),
        )
        for length, amplitude in OCTAVES
    ]

    def bend(points: Array) -> Array:
        moved = points.copy()
        local = points - CENTRE
        for number, amplitude, phases, directions in waves:
            for axis in (0, 1):
                for phase, direction in zip(phases[axis], directions[axis], strict=True):
                    along = local @ np.array([np.cos(direction), np.sin(direction)])
                    moved[:, axis] += amplitude / 3 * np.sin(number * along + phase)
        return np.round(moved)

    return bend


def _united(parts: list[BaseGeometry]) -> BaseGeometry:
    return shapely.coverage_union_all(np.array(parts, dtype=object))
