"""Which cells of a slice are sums of others by the places they stand for.

An attacker knows the map: areas tile the one above them, and a Quartier or Fördergebiet is a set
of units that may overlap others. For the places that have a cell in a slice (a measure, a period,
a breakdown) this finds what those cells must be sums of.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

# Parts that cover less than this of the area, by km², leave some out (as for released figures).
_COVERED = 0.02
_RANK_OF_KREIS = 40
_RANK_OF_GEMEINDE = 50


@dataclass(frozen=True, slots=True)
class Place:
    """An area as sums see it; `lineage` are ids from the root down to itself.

    `parts` are the units of a set with their weights; None for an area of the tree.
    """

    id: int
    kind: str
    rank: int
    lineage: tuple[int, ...]
    partition_id: int | None
    area_km2: float | None
    valid_from: date | None
    valid_to: date | None
    parts: tuple[tuple[int, float], ...] | None = None

    @property
    def division(self) -> tuple[str, int | None]:
        """Administrative areas are one division of what is above them, each partition another."""
        if self.rank <= _RANK_OF_GEMEINDE:
            return "administration", None
        return self.kind, self.partition_id

    def is_valid_on(self, day: date) -> bool:
        """Whether the area exists on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or self.valid_to > day
        )


@dataclass(frozen=True, slots=True)
class AreaSum:
    """`total` = Σ weight × part, or, if it is not `is_whole`, at least that.

    `most`: what the total is at most, where parts are cut by its border; else None.
    """

    total: int
    parts: tuple[tuple[int, float], ...]
    is_whole: bool
    most: tuple[tuple[int, float], ...] | None = None


class AreaSums:
    """The sums among places; what was found for one choice of places is kept for the next."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places: Mapping[int, Place] = {place.id: place for place in places}
        self._children: dict[int, list[Place]] = defaultdict(list)
        for place in self._places.values():
            if place.parts is None and len(place.lineage) > 1:
                self._children[place.lineage[-2]].append(place)
        self._found: dict[tuple[date, frozenset[int]], tuple[AreaSum, ...]] = {}

    def described(self) -> pl.DataFrame:
        """`area_id`, `kind` and `rank` of the places."""
        rows = [(place.id, place.kind, place.rank) for place in self._places.values()]
        schema = {"area_id": pl.Int32, "kind": pl.String, "rank": pl.Int32}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def among(self, present: Iterable[int], day: date) -> tuple[AreaSum, ...]:
        """The sums among the places that have a cell, on a day."""
        key = (day, frozenset(present))
        if key not in self._found:
            self._found[key] = tuple(self._among(key[1], day))
        return self._found[key]

    def units_of(self, present: Iterable[int]) -> set[int]:
        """The units of the sets among these places: what ties sets that overlap to each other."""
        return {
            unit
            for place in present
            if place in self._places
            for unit, _ in self._places[place].parts or ()
            if unit in self._places
        }

    def _among(self, present: frozenset[int], day: date) -> Iterable[AreaSum]:
        places = [self._places[place] for place in sorted(present) if place in self._places]
        yield from self._up_the_tree(places, present, day)
        for place in places:
            if place.parts and all(unit in present for unit, _ in place.parts):
                yield _of_set(place)

    def _up_the_tree(
        self, places: Sequence[Place], present: frozenset[int], day: date
    ) -> Iterable[AreaSum]:
        groups: dict[tuple[int, tuple[str, int | None]], list[Place]] = defaultdict(list)
        for place in places:
            if place.parts is not None:
                continue
            above = next((area for area in reversed(place.lineage[:-1]) if area in present), None)
            if above is not None and place.is_valid_on(day):
                groups[above, place.division].append(place)
        for (above, _), parts in groups.items():
            whole = self._tiles(self._places[above], parts, day)
            yield AreaSum(above, tuple((part.id, 1.0) for part in parts), whole)

    def _tiles(self, total: Place, parts: Sequence[Place], day: date) -> bool:
        """Whether these parts are the whole of an area, by the register."""
        if not self._is_covered(total.id, parts, day):
            return False
        sizes = [part.area_km2 for part in parts]
        if total.area_km2 and all(size is not None for size in sizes):
            covered = sum(size or 0.0 for size in sizes) / total.area_km2
            return abs(covered - 1) <= _COVERED
        return total.rank >= _RANK_OF_KREIS

    def _is_covered(self, area_id: int, parts: Sequence[Place], day: date) -> bool:
        """Whether the parts, or areas that they cover, are all areas of their divisions."""
        below: dict[int, list[Place]] = defaultdict(list)
        for part in parts:
            below[part.lineage[part.lineage.index(area_id) + 1]].append(part)
        divisions = {self._places[child].division for child in below if child in self._places}
        given = {part.id for part in parts}
        for child in self._children.get(area_id, ()):
            if child.division not in divisions or not child.is_valid_on(day):
                continue
            inside = below.get(child.id)
            if not inside or not (child.id in given or self._is_covered(child.id, inside, day)):
                return False
        return bool(divisions)


def _of_set(place: Place) -> AreaSum:
    parts = place.parts or ()
    inner = tuple((unit, 1.0) for unit, weight in parts if weight >= 1)
    if len(inner) == len(parts):
        return AreaSum(place.id, inner, is_whole=True)
    # of a unit that the border cuts nobody knows how much lies inside
    return AreaSum(place.id, inner, is_whole=False, most=tuple((unit, 1.0) for unit, _ in parts))
