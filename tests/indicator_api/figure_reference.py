"""What figures ought to be, in plain Python: walked area by area, unlike the SQL it is held to.

Statuses: 0 value, 1 nothing, 2 unknown, 3 unreliable, 4 blocked, 5 later, 6 not available,
7 hidden.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, sqrt

from scipy.stats import chi2

from tests.indicator_api.figure_world import Area, Cell, Dataset, FigureWorld

VALUES = (0, 1)
SILENT = (5, 6)
HIDDEN, UNKNOWN, MISSING = 7, 2, 6
RANKS = {"land": 20, "kreis": 40, "gemeinde": 50, "quartier": 90}
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; of the parts only what an answer shows."""

    status: int
    value: float | None
    numerator: float | None
    denominator: float | None
    lower: float | None
    upper: float | None
    method: str | None = None
    is_estimated: bool = False
    parts: int | None = None
    parts_expected: int | None = None
    parts_kind: str | None = None
    # both parts are there, but the denominator is zero: said in words
    is_without_base: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """Numerator and denominator of one area, and whether they may be added to others."""

    status: int
    numerator: float | None
    denominator: float | None
    adds: bool
    has_interval: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of parts and how complete it is."""

    whole: Whole
    parts: int | None
    expected: int | None
    kind: str | None


def exists(area: Area, day: date) -> bool:
    """Whether an area is valid on a day."""
    return (area.valid_from is None or area.valid_from <= day) and (
        area.valid_to is None or area.valid_to > day
    )


class Reference:
    """Figures of one period of a world."""

    def __init__(self, world: FigureWorld, period: int) -> None:
        self.world = world
        self.day = world.periods[period]
        self.areas = {area.id: area for area in world.areas}
        self.children: dict[int, list[Area]] = {}
        for area in world.areas:
            if len(area.lineage) > 1:
                self.children.setdefault(area.lineage[-2], []).append(area)
        self.cells: dict[tuple[int, int, int], Cell] = {
            (cell.dataset, cell.measure, cell.area): cell
            for cell in world.cells
            if cell.period == period
        }

    def own(self, area: int, *, prefers_adding: bool = False) -> Whole | None:
        """The area's own cells: of all pairs of datasets the first that is complete.

        As a part of others what may be added comes first.
        """
        found = list(self._pairs(area))
        if prefers_adding:
            found.sort(key=lambda item: not item[1].adds)
            found = [item for item in found if item[1].adds == found[0][1].adds]
        found.sort(key=lambda item: not item[0])
        return found[0][1] if found else None

    def _pairs(self, area: int) -> Iterator[tuple[bool, Whole]]:
        """Every pair of datasets that holds the numerator, and whether it is complete."""
        datasets = sorted(self.world.datasets, key=lambda dataset: dataset.id)
        for one in datasets:
            numerator = self.cells.get((one.id, 1, area))
            if numerator is None:
                continue
            if self.world.kind == "count":
                yield True, self._whole(numerator, None, one, one)
                continue
            for other in datasets:
                # a pair exists only where both datasets hold something for the period
                if self._has(other, 2):
                    denominator = self.cells.get((other.id, 2, area))
                    whole = self._whole(numerator, denominator, one, other)
                    yield denominator is not None, whole

    def _has(self, dataset: Dataset, measure: int) -> bool:
        return any(key[:2] == (dataset.id, measure) for key in self.cells)

    def _whole(
        self, numerator: Cell, denominator: Cell | None, one: Dataset, other: Dataset
    ) -> Whole:
        adds = "not_additive" not in (one.additivity, other.additivity)
        adds = adds and self.world.measure_kind != "rate"
        has_interval = not (one.is_sample or other.is_sample)
        if self.world.kind == "count":
            status, below = numerator.status, None
        else:
            below = None if denominator is None else denominator.value
            of_denominator = MISSING if denominator is None else denominator.status
            if HIDDEN in (numerator.status, of_denominator):
                status = HIDDEN
            elif numerator.status not in VALUES:
                status = numerator.status
            else:
                status = 0 if of_denominator in VALUES else of_denominator
        return Whole(status, numerator.value, below, adds, has_interval)

    def figure(self, area: int) -> Figure | None:
        """The figure of an area by the rules: own, composition, sum, or what is left."""
        own = self.own(area)
        if own is not None and own.status not in SILENT:
            return self._shown(own)
        composed = self.composition(area)
        if composed is not None and composed[0] != MISSING:
            return composed[1]
        added = self.added(area)
        if added is not None:
            return self._shown(added.whole, "sum", False, added.parts, added.expected, added.kind)
        if composed is not None:
            return composed[1]
        return None if own is None else self._shown(own)

    def composition(self, target: int) -> tuple[int, Figure] | None:
        """From the sources that exist on the day, each with its weight; and how it stands.

        A denominator of zero makes no rate, but the parts are there all the same.
        """
        rows = [
            row
            for row in self.world.compositions
            if row.target == target and exists(self.areas[row.source], self.day)
        ]
        found = [self.for_composition(row.source) for row in rows]
        there = [whole for whole in found if whole is not None]
        if not there:
            return None
        is_whole = all(row.basis == "whole" for row in rows)
        if not (all(whole.adds for whole in there) or (len(rows) == 1 and is_whole)):
            return None
        usable = [whole for whole in there if whole.status in VALUES]
        if any(whole.status == HIDDEN for whole in there):
            status = HIDDEN
        elif any(whole.status == UNKNOWN for whole in there):
            status = UNKNOWN
        elif len(usable) < len(rows):
            status = MISSING
        else:
            status = min(whole.status for whole in usable)
        numerator = denominator = None
        for row, whole in zip(rows, found, strict=True):
            if whole is not None and whole.status in VALUES:
                numerator = (numerator or 0) + row.weight * (whole.numerator or 0)
                if whole.denominator is not None:
                    denominator = (denominator or 0) + row.weight * whole.denominator
        method = "estimate"
        if any(row.origin == "set" for row in rows):
            method = "set"
        elif is_whole:
            method = "key_change" if len(rows) == 1 else "merge"
        has_interval = all(whole.has_interval for whole in there)
        if status not in VALUES:
            numerator = denominator = None
        together = Whole(status, numerator, denominator, True, has_interval)
        return status, self._shown(together, method, not is_whole, len(usable), len(rows))

    def for_composition(self, area: int) -> Whole | None:
        """What an area gives to others: its own cell, else its complete sum."""
        own = self.own(area, prefers_adding=True)
        if own is not None and own.status not in SILENT:
            return own
        added = self.added(area)
        if added is None:
            return None
        whole = added.whole
        if whole.status in VALUES and (added.parts or 0) < (added.expected or 0):
            return Whole(MISSING, None, None, whole.adds, whole.has_interval)
        return whole

    def added(self, area: int) -> Sum | None:
        """The sum of the largest areas below that have cells."""
        target = self.areas[area]
        parts = list(self._largest(target, is_fictional=target.is_fictional))
        if not parts:
            return None
        wholes = [whole for _, whole in parts]
        usable = [(part, whole) for part, whole in parts if whole.status in VALUES]
        if any(whole.status == HIDDEN for whole in wholes):
            status = HIDDEN
        elif any(whole.status == UNKNOWN for whole in wholes):
            status = UNKNOWN
        elif not usable:
            status = MISSING
        else:
            status = min(whole.status for _, whole in usable)
        has_interval = all(whole.has_interval for whole in wholes)
        numerator = sum(whole.numerator or 0 for _, whole in usable) if usable else None
        below = [whole.denominator for _, whole in usable if whole.denominator is not None]
        denominator = sum(below) if below else None
        if status not in VALUES:
            numerator = denominator = None
        together = Whole(status, numerator, denominator, True, has_interval)
        kind = max((part.kind for part, _ in parts), key=RANKS.__getitem__)
        within = [
            other
            for other in self.world.areas
            if not other.is_set and exists(other, self.day) and area in other.lineage
        ]
        alike = [other for other in within if other.kind == kind]
        above_alike = {number for other in alike for number in other.lineage}
        undivided = [
            other
            for other in within
            if other.kind == "gemeinde" and RANKS[kind] > RANKS["gemeinde"]
            and other.id not in above_alike
        ]  # fmt: skip
        ids = {part.id for part, _ in usable}
        covered = [other for other in (*alike, *undivided) if ids & set(other.lineage)]
        shown = None if undivided else kind
        return Sum(together, len(covered), len(alike) + len(undivided), shown)

    def _largest(self, area: Area, *, is_fictional: bool) -> Iterator[tuple[Area, Whole]]:
        for child in self.children.get(area.id, []):
            own = self.own(child.id, prefers_adding=True)
            counts = own is not None and own.status not in SILENT and own.adds
            if own is not None and counts and not child.is_set and exists(child, self.day):
                if child.is_fictional == is_fictional:
                    yield child, own
            else:
                yield from self._largest(child, is_fictional=is_fictional)

    def _shown(
        self,
        whole: Whole,
        method: str | None = None,
        is_estimated: bool = False,
        parts: int | None = None,
        expected: int | None = None,
        kind: str | None = None,
    ) -> Figure:
        status, value, lower, upper = whole.status, None, None, None
        is_rate = self.world.kind == "rate"
        is_without_base = status in VALUES and is_rate and not whole.denominator
        if is_without_base:
            status = MISSING
        if status in VALUES:
            assert whole.numerator is not None
            value = 100 * whole.numerator
            if is_rate:
                assert whole.denominator is not None
                value /= whole.denominator
            if whole.has_interval and self.world.measure_kind == "count":
                if is_rate:
                    lower, upper = wilson(whole.numerator, whole.denominator or 0)
                else:
                    lower, upper = (100 * limit for limit in poisson(whole.numerator))
        is_hidden = status == HIDDEN
        return Figure(
            status,
            value,
            None if is_hidden else whole.numerator,
            None if is_hidden else whole.denominator,
            lower,
            upper,
            method,
            is_estimated,
            parts,
            expected,
            kind,
            is_without_base,
        )


def wilson(x: float, n: float) -> tuple[float | None, float | None]:
    """Both limits in per cent as Wilson wrote them; none where it is no share."""
    if not 0 <= x <= n:
        return None, None
    share = x / n
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return 100 * max(centre - half, 0), 100 * min(centre + half, 1)


def poisson(x: float) -> tuple[float, float]:
    """Both limits of a count: Byar's from 10 on, below the exact ones of the next whole numbers."""
    if x >= 10:
        return (
            x * (1 - 1 / (9 * x) - Z / (3 * sqrt(x))) ** 3,
            (x + 1) * (1 - 1 / (9 * (x + 1)) + Z / (3 * sqrt(x + 1))) ** 3,
        )
    few, more = floor(x), ceil(x)
    lower = float(chi2.ppf(0.025, 2 * few) / 2) if few else 0.0
    return lower, float(chi2.ppf(0.975, 2 * more + 2) / 2)
