"""Which coordinate reference system a file's coordinates are in: found, or asked for.

A file's definition is honoured as it is written, code or not: Köln publishes a `.prj` named
UTM 32N with a false easting of 2,500,000, and its coordinates fit exactly that. Whether a
definition fits is seen from where the areas come to lie.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from babel.numbers import format_decimal
from shapely.geometry.base import BaseGeometry

from services.indicator_api.area_imports.findings import FindingList
from services.indicator_api.area_imports.reading.files import Geometries

TARGET = "EPSG:25832"
# Germany with its islands: west, south, east, north in degrees
GERMANY = (5.8, 47.2, 15.1, 55.1)
# how much of the areas must lie where they are said to lie
_FIT = 0.5
_SAMPLE = 200
SWAPPED = "/yx"
_CODE = re.compile(r"EPSG:\d{4,6}(/yx)?|UTM32-FE2500000")
FALSE_EASTING = "UTM32-FE2500000"
_FALSE_EASTING_DEFINITION = (
    "+proj=tmerc +lat_0=0 +lon_0=9 +k=0.9996 +x_0=2500000 +y_0=0 +ellps=GRS80 +units=m +no_defs"
)
# What German offices deliver in, the usual first.
CANDIDATES: dict[str, str] = {
    "EPSG:25832": "ETRS89 / UTM Zone 32N",
    "EPSG:4326": "WGS 84, Länge und Breite in Grad",
    "EPSG:4647": "ETRS89 / UTM Zone 32N mit vorangestellter Zonenziffer",
    "EPSG:31466": "DHDN / Gauß-Krüger, 2. Streifen",
    "EPSG:31467": "DHDN / Gauß-Krüger, 3. Streifen",
    "EPSG:25833": "ETRS89 / UTM Zone 33N",
    "EPSG:3857": "Web-Mercator",
    FALSE_EASTING: "UTM Zone 32N mit dem Rechtswert-Zuschlag 2.500.000 m",
    "EPSG:4326/yx": "WGS 84, Breite vor Länge (vertauschte Achsen)",
    "EPSG:25832/yx": "ETRS89 / UTM Zone 32N, Hochwert vor Rechtswert (vertauschte Achsen)",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """Where areas belong: a geometry in EPSG:25832 (None: anywhere in Germany), and its name."""

    geometry: BaseGeometry | None
    name: str


@dataclass(frozen=True, slots=True)
class CrsProposal:
    """A CRS that would bring the areas to their place, with the share that would lie there."""

    code: str
    label: str
    fit: float


@dataclass(frozen=True, slots=True)
class CrsOutcome:
    """What was understood: `chosen` can be given to `to_target`, None while it is asked for."""

    chosen: str | None
    found: str | None
    note: str
    is_asked: bool
    proposals: tuple[CrsProposal, ...]


def is_crs_code(code: str) -> bool:
    """Whether this is a CRS one may name: an EPSG code, also with „/yx“, or a known own name."""
    return _CODE.fullmatch(code) is not None and _crs(code) is not None


@lru_cache(maxsize=256)
def _crs(code: str) -> pyproj.CRS | None:
    try:
        if code == FALSE_EASTING:
            return pyproj.CRS.from_proj4(_FALSE_EASTING_DEFINITION)
        return pyproj.CRS.from_user_input(code.removesuffix(SWAPPED)).to_2d()
    except pyproj.exceptions.CRSError:
        return None


@lru_cache(maxsize=256)
def _transformer(code: str, target: str) -> pyproj.Transformer | None:
    crs = _crs(code)
    if crs is None:
        return None
    return pyproj.Transformer.from_crs(crs, target, always_xy=True)


def to_target(geometries: Geometries, code: str) -> Geometries:
    """The geometries in EPSG:25832; what lies outside the CRS's domain becomes infinite."""
    if code in (TARGET, "urn:ogc:def:crs:EPSG::25832"):
        return geometries
    transformer = _transformer(code, TARGET)
    assert transformer is not None  # noqa: S101 - the code was looked at before

    columns = (1, 0) if code.endswith(SWAPPED) else (0, 1)

    def move(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        x, y = points[:, columns[0]], points[:, columns[1]]
        return np.column_stack(transformer.transform(x, y))

    return shapely.transform(geometries, move)


def understand_crs(
    geometries: Geometries,
    frame: Frame,
    findings: FindingList,
    *,
    written: str | None,
    is_assumed: bool,
    given: str | None,
) -> CrsOutcome:
    """Which CRS holds, and what speaks against it.

    `written` is the file's own definition, `given` what a person named; `is_assumed` marks a
    definition that the format presumes where the file says nothing.
    """
    points = _sample(geometries)
    found = None if written is None else describe(written)
    if given is not None:
        if not is_crs_code(given):
            findings.add("crs_unknown", f"„{given}“ ist kein bekanntes Bezugssystem.")
            return CrsOutcome(None, found, "", True, _proposals(points, frame))
        return _judged(points, frame, findings, given, found, f"Angegeben: {label_of(given)}.")
    if written is None or _crs(written) is None:
        return _asked(points, frame, findings, found, "Die Datei nennt kein Bezugssystem.")
    if is_assumed and _fit(points, written, frame) < _FIT and not _is_degrees(points):
        words = "Die Koordinaten sind keine Grade, wie GeoJSON sie vorsieht."
        return _asked(points, frame, findings, found, words)
    outcome = _judged(points, frame, findings, written, found, f"In der Datei: {found}.")
    if outcome.chosen is not None and code_of(written) is None:
        findings.add(
            "crs_defined_in_file",
            f"Die Datei beschreibt ihr Bezugssystem selbst ({found}). Es wurde so angewandt, wie "
            f"es dort steht; die Gebiete liegen damit in {frame.name}.",
        )
    return outcome


def _asked(
    points: npt.NDArray[np.float64],
    frame: Frame,
    findings: FindingList,
    found: str | None,
    reason: str,
) -> CrsOutcome:
    proposals = _proposals(points, frame)
    hint = (
        f"Vermutlich {proposals[0].label} ({proposals[0].code}): Damit lägen die Gebiete in "
        f"{frame.name}."
        if proposals
        else f"Kein gebräuchliches Bezugssystem bringt die Gebiete nach {frame.name}."
    )
    findings.add("crs_missing", f"{reason} {hint}")
    return CrsOutcome(None, found, reason, True, proposals)


def _judged(
    points: npt.NDArray[np.float64],
    frame: Frame,
    findings: FindingList,
    code: str,
    found: str | None,
    note: str,
) -> CrsOutcome:
    """The CRS if it brings the areas to their place, else the error that names the place."""
    if _fit(points, code, frame) >= _FIT:
        return CrsOutcome(code, found, note, False, ())
    proposals = _proposals(points, frame)
    fitting = (
        f" Passen würde {proposals[0].label} ({proposals[0].code})."
        if proposals
        else " Auch kein anderes gebräuchliches Bezugssystem bringt sie dorthin."
    )
    findings.add(
        "crs_elsewhere",
        f"{note} Damit lägen die Gebiete {_place(points, code)} und nicht in {frame.name}."
        + fitting,
    )
    return CrsOutcome(None, found, note, True, proposals)


def describe(definition: str) -> str:
    """A CRS in words: its name and code, or what is peculiar about its own definition."""
    crs = _crs(definition)
    if crs is None:
        return "unlesbare Angabe"
    code = code_of(definition)
    if code is not None:
        return f"{crs.name} ({code})"
    easting = next(
        (
            parameter.value
            for parameter in (crs.coordinate_operation.params if crs.coordinate_operation else ())
            if parameter.name == "False easting"
        ),
        None,
    )
    if easting is None:
        return f"{crs.name}, ohne EPSG-Code"
    metres = format_decimal(easting, format="#,##0.###", locale="de_DE")
    return f"{crs.name} mit Rechtswert-Zuschlag {metres} m, ohne EPSG-Code"


def code_of(definition: str) -> str | None:
    """The EPSG code of a definition that means exactly this system, else None."""
    crs = _crs(definition)
    number = None if crs is None else crs.to_epsg(min_confidence=100)
    if number is None and crs is not None:
        # GDAL writes some definitions out; equal is what transforms equally
        guess = crs.to_epsg(min_confidence=70)
        if guess is not None and crs.equals(pyproj.CRS.from_epsg(guess), ignore_axis_order=True):
            number = guess
    return None if number is None else f"EPSG:{number}"


def label_of(code: str) -> str:
    """A CRS that may be named, in words."""
    return CANDIDATES.get(code) or describe(code)


def _sample(geometries: Geometries) -> npt.NDArray[np.float64]:
    """A point of some areas spread over the file, one row each; empty where there is none."""
    usable = geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))]
    step = max(1, len(usable) // _SAMPLE)
    boxes = shapely.bounds(usable[::step])
    centres = np.column_stack(((boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2))
    return centres[np.isfinite(centres).all(axis=1)]


def _moved(points: npt.NDArray[np.float64], code: str, target: str) -> npt.NDArray[np.float64]:
    transformer = _transformer(code, target)
    if transformer is None or not len(points):
        return np.empty((0, 2))
    columns = (1, 0) if code.endswith(SWAPPED) else (0, 1)
    return np.column_stack(transformer.transform(points[:, columns[0]], points[:, columns[1]]))


def _fit(points: npt.NDArray[np.float64], code: str, frame: Frame) -> float:
    """The share of the points that would lie in the frame."""
    if not len(points):
        return 1.0  # nothing to judge by: other findings say so
    moved = _moved(points, code, TARGET if frame.geometry is not None else "EPSG:4326")
    if not len(moved):
        return 0.0
    finite = np.isfinite(moved).all(axis=1)
    if frame.geometry is None:
        west, south, east, north = GERMANY
        inside = (
            (moved[:, 0] > west) & (moved[:, 0] < east)
            & (moved[:, 1] > south) & (moved[:, 1] < north)
        )  # fmt: skip
    else:
        inside = np.zeros(len(moved), dtype=bool)
        inside[finite] = shapely.contains_xy(frame.geometry, moved[finite])
    return float((inside & finite).mean())


def _proposals(points: npt.NDArray[np.float64], frame: Frame) -> tuple[CrsProposal, ...]:
    """The usual systems that bring the areas to their place, the best first."""
    rated = [
        CrsProposal(code, label, round(_fit(points, code, frame), 3))
        for code, label in CANDIDATES.items()
    ]
    fitting = [item for item in rated if item.fit >= _FIT] if len(points) else []
    # sorted() is stable: of equals the more usual stays first
    return tuple(sorted(fitting, key=lambda item: -item.fit))


def _is_degrees(points: npt.NDArray[np.float64]) -> bool:
    return bool((np.abs(points[:, 0]) <= 180).all() and (np.abs(points[:, 1]) <= 90).all())


def _place(points: npt.NDArray[np.float64], code: str) -> str:
    """Where the areas would lie, in degrees."""
    moved = _moved(points, code, "EPSG:4326")
    moved = moved[np.isfinite(moved).all(axis=1)]
    if not len(moved):
        return "außerhalb der Erde"
    east, north = np.median(moved, axis=0)
    if abs(east) > 180 or abs(north) > 90:
        return "außerhalb der Erde"
    latitude = f"{abs(north):.1f}° {'nördlicher' if north >= 0 else 'südlicher'} Breite"
    longitude = f"{abs(east):.1f}° {'östlicher' if east >= 0 else 'westlicher'} Länge"
    return f"bei {latitude} und {longitude}".replace(".", ",")
