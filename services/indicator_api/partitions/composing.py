"""From units by name or a polygon to the weighted parts of a set."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from shapely.geometry import MultiPolygon
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.partitions.cutting import (
    Cut,
    Piece,
    PolygonError,
    Unit,
    cut_units,
    read_polygon,
    united,
)
from services.indicator_api.partitions.residents import ResidentShare, resident_shares
from services.indicator_api.partitions.rules import Part, rounded_weight, twice_named
from services.indicator_api.partitions.set_schemas import PartWrite, SetNote, SetShape
from services.shared.problems import FieldError, Invalid

# m² outside the units that a hand-drawn line may take in without being worth a word
_UNNAMED_OUTSIDE_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class ComposedPart:
    """A part of a set with the unit it is of, and where its weight is known from."""

    unit: Unit
    part: Part
    detail: str = ""


@dataclass(slots=True)
class Composed:
    """What a set is made of; `geometry` in EPSG:25832, None where the units have none."""

    parts: list[ComposedPart]
    geometry: MultiPolygon | None
    notes: list[SetNote] = field(default_factory=list)
    is_cut: bool = False

    @property
    def is_estimated(self) -> bool:
        """Whether a part counts with a weight."""
        return any(item.part.basis != "whole" for item in self.parts)


async def compose(
    session: AsyncSession, wanted: SetShape, units: Sequence[Unit], day: date, town: str
) -> Composed:
    """The parts of a set; raises `Invalid` for unknown units and unusable polygons."""
    if wanted.polygon is None:
        # the schema asks for one of both
        return _named(wanted.parts or (), units)
    try:
        polygon = read_polygon(wanted.polygon, wanted.crs)
    except PolygonError as error:
        raise _fault("/polygon", error.code, error.detail) from error
    return await _cut(session, polygon, units, day, town)


def _fault(pointer: str, code: str, words: str) -> Invalid:
    return Invalid(code, words, errors=[FieldError(pointer, code, words)])


def _named(wanted: Sequence[PartWrite], units: Sequence[Unit]) -> Composed:
    by_code = {unit.code: unit for unit in units}
    unknown = [item.unit for item in wanted if item.unit not in by_code]
    if unknown:
        raise Invalid(
            "unit_unknown",
            f"Keine Einheit der Gliederung ist: {', '.join(unknown[:10])}.",
            errors=[
                FieldError(f"/parts/{place}/unit", "unit_unknown", "Keine Einheit der Gliederung.")
                for place, item in enumerate(wanted)
                if item.unit not in by_code
            ],
        )
    twice = twice_named(item.unit for item in wanted)
    if twice:
        raise _fault("/parts", "unit_twice", f"Mehrfach genannt: {', '.join(twice[:10])}.")
    parts = [ComposedPart(by_code[item.unit], _part(item)) for item in wanted]
    shapes = [item.unit.geometry for item in parts if item.unit.geometry is not None]
    notes = []
    if any(item.part.basis != "whole" for item in parts):
        notes.append(
            SetNote(
                code="drawn_whole",
                detail="Anteilige Einheiten erscheinen auf der Karte ganz: Ohne Fläche ist nicht "
                "bekannt, wo die Grenze verläuft.",
            )
        )
    return Composed(parts, united(shapes), notes)


def _part(item: PartWrite) -> Part:
    if item.weight is None or item.weight == 1 or item.basis is None:
        return Part(item.unit, 1.0, "whole")
    return Part(item.unit, item.weight, item.basis)


async def _cut(
    session: AsyncSession, polygon: MultiPolygon, units: Sequence[Unit], day: date, town: str
) -> Composed:
    cut = cut_units(polygon, units)
    if not cut.pieces:
        raise _fault(
            "/polygon",
            "polygon_hits_no_unit",
            f"Die Fläche trifft keine Einheit der Gliederung von {town}.",
        )
    partial = [piece for piece in cut.pieces if not piece.is_whole]
    known = await resident_shares(session, partial, day) if partial else {}
    composed = Composed([], None, _notes(cut, town), is_cut=True)
    for piece in cut.pieces:
        part = _weighted(piece, known.get(piece.unit.id))
        if part is None:
            composed.notes.append(
                SetNote(
                    code="nobody_lives_there",
                    detail=f"{piece.unit.name}: In dem Teil, der in der Fläche liegt, wohnt "
                    "niemand; er zählt nicht mit.",
                    unit=piece.unit.code,
                )
            )
        else:
            composed.parts.append(part)
    if not composed.parts:
        raise _fault("/polygon", "polygon_without_residents", "In der Fläche wohnt niemand.")
    composed.geometry = united(
        [
            piece.unit.geometry if piece.is_whole and piece.unit.geometry else piece.geometry
            for piece in cut.pieces
        ]
    )
    return composed


def _weighted(piece: Piece, known: ResidentShare | None) -> ComposedPart | None:
    if piece.is_whole:
        return ComposedPart(piece.unit, Part(piece.unit.code, 1.0, "whole"))
    if known is None:
        weight = rounded_weight(piece.share)
        return ComposedPart(piece.unit, Part(piece.unit.code, weight, "area"))
    if known.share <= 0:
        return None
    weight = rounded_weight(known.share)
    percent = f"{piece.share * 100:.1f}".replace(".", ",")
    detail = f"{known.detail}; {percent} % der Fläche"
    return ComposedPart(piece.unit, Part(piece.unit.code, weight, "residents"), detail)


def _notes(cut: Cut, town: str) -> list[SetNote]:
    notes = [
        SetNote(
            code="sliver_left_out",
            detail=f"{piece.unit.name} wird nur gestreift ({piece.geometry.area:.0f} m², weniger "
            "als ein Hundertstel) und zählt nicht mit.",
            unit=piece.unit.code,
        )
        for piece in cut.slivers
    ]
    if cut.outside_m2 > _UNNAMED_OUTSIDE_SHARE * cut.polygon_m2:
        share = f"{cut.outside_m2 / cut.polygon_m2 * 100:.0f}"
        notes.append(
            SetNote(
                code="outside_left_out",
                detail=f"{share} % der Fläche liegen außerhalb der Gliederung von {town} und "
                "zählen nicht mit.",
            )
        )
    return notes
