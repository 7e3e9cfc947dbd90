"""How a figure is made from frozen cells: rate, status, interval; no input or output.

The same rules as `GET /v1/observations`, where PostgreSQL computes them; a test compares every
figure of the demo. They stand here a second time because a report must be made from its frozen
cells alone, long after the database has other figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import sqrt
from typing import Any, TypeVar

# Two-sided 95 % of the standard normal distribution.
Z = 1.959963984540054
_FINAL = 16
Key = TypeVar("Key")


class Status(IntEnum):
    """What a cell or a figure holds, as the schema `indicator` numbers it.

    Only VALUE and NOTHING carry a number (NOTHING is exactly zero).
    """

    VALUE = 0
    NOTHING = 1
    UNKNOWN = 2
    UNRELIABLE = 3
    BLOCKED = 4
    LATER = 5
    NOT_AVAILABLE = 6
    HIDDEN = 7

    @property
    def has_value(self) -> bool:
        """Whether there is a number."""
        return self in (Status.VALUE, Status.NOTHING)


@dataclass(frozen=True, slots=True)
class Cell:
    """A released cell.

    `quality` is a set of bits: 1 limited, 2 provisional, 4 estimated, 8 revised, 16 final. `id`
    is `dataset/measure/breakdown/area/period@audience.release`.
    """

    id: str
    value: float | None
    status: Status
    quality: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of one area and period; `lower` and `upper` are its 95 % interval."""

    area: str
    period: str
    value: float | None
    status: Status
    quality: int
    numerator: float | None
    denominator: float | None
    lower: float | None
    upper: float | None
    cells: tuple[str, ...]

    @property
    def is_hidden(self) -> bool:
        """Whether the figure is protected."""
        return self.status is Status.HIDDEN


@dataclass(frozen=True, slots=True)
class Formula:
    """value = numerator / denominator * factor; `is_proportion`: the interval is Wilson's."""

    factor: float
    has_denominator: bool
    is_proportion: bool


def status_of_rate(numerator: Status, denominator: Status | None, divisor: float | None) -> Status:
    """The status of a rate: hidden where a part is hidden, else missing as its part is."""
    if Status.HIDDEN in (numerator, denominator):
        return Status.HIDDEN
    if not numerator.has_value:
        return numerator
    if denominator is None:
        return Status.NOT_AVAILABLE
    if not denominator.has_value:
        return denominator
    return Status.NOT_AVAILABLE if divisor == 0 else Status.VALUE


def wilson(cases: float, population: float, factor: float) -> tuple[float, float] | None:
    """Wilson's score interval of a proportion, 95 %, in the figure's unit; None outside 0 to 1.

    Source: E. B. Wilson (1927), JASA 22, 209-212, as recommended for proportions in Public
    Health England, „Technical Guide: Confidence Intervals“ (2018).
    """
    if population <= 0:
        return None
    share = cases / population
    if not 0 <= share <= 1:
        return None
    scale = 1 + Z * Z / population
    centre = (share + Z * Z / (2 * population)) / scale
    half = (
        Z * sqrt(share * (1 - share) / population + Z * Z / (4 * population * population)) / scale
    )
    return max(centre - half, 0.0) * factor, min(centre + half, 1.0) * factor


def make_figure(
    formula: Formula, area: str, period: str, numerator: Cell, denominator: Cell | None
) -> Figure:
    """The figure of one area from its cells; `denominator` None: there is none, or it is missing.

    A hidden figure shows neither of its parts.
    """
    status = numerator.status
    divisor = None if denominator is None else denominator.value
    if formula.has_denominator:
        status = status_of_rate(
            numerator.status, None if denominator is None else denominator.status, divisor
        )
    value = interval = None
    if status.has_value and numerator.value is not None:
        value = numerator.value * formula.factor
        if formula.has_denominator and divisor is not None:
            value /= divisor
            if formula.is_proportion:
                interval = wilson(numerator.value, divisor, formula.factor)
    is_hidden = status is Status.HIDDEN
    quality = numerator.quality | (0 if denominator is None else denominator.quality)
    return Figure(
        area=area,
        period=period,
        value=value,
        status=status,
        quality=quality & ~_FINAL,
        numerator=None if is_hidden else numerator.value,
        denominator=None if is_hidden else divisor,
        lower=interval[0] if interval else None,
        upper=interval[1] if interval else None,
        cells=(numerator.id,) if denominator is None else (numerator.id, denominator.id),
    )


@dataclass(frozen=True, slots=True)
class SliceKey:
    """Released cells of one measure, breakdown and period in one release."""

    dataset: str
    measure: str
    breakdown: str
    period: str
    release: str

    def cell_id(self, area: str) -> str:
        """The id of the slice's cell in an area."""
        return f"{self.dataset}/{self.measure}/{self.breakdown}/{area}/{self.period}@{self.release}"


def figure_of(
    formula: Formula,
    area: str,
    pairs: Sequence[tuple[SliceKey, SliceKey | None]],
    cells: Mapping[str, Cell],
) -> Figure | None:
    """The figure of an area from the pairs of one period; None without a numerator's cell.

    Where several datasets hold it, one with both parts comes first, then the order of the pairs.
    """
    found: Figure | None = None
    for numerator_key, denominator_key in pairs:
        numerator = cells.get(numerator_key.cell_id(area))
        if numerator is None:
            continue
        denominator = None if denominator_key is None else cells.get(denominator_key.cell_id(area))
        is_whole = denominator is not None or not formula.has_denominator
        if found is None or is_whole:
            found = make_figure(formula, area, numerator_key.period, numerator, denominator)
        if is_whole:
            return found
    return found


@dataclass(frozen=True, slots=True)
class Day:
    """What the rule of meeting needs of a slice: its place in the caller's list, its last day."""

    index: int
    period: str
    ordinal: int


def meet(
    numerators: Sequence[Day], denominators: Sequence[Day], *, takes_nearest: bool
) -> list[tuple[int, int]]:
    """Which slices belong together, by index: the same period, or the nearest last day.

    There are several where several datasets hold the denominator, each for other areas.
    """
    pairs: list[tuple[int, int]] = []
    for numerator in numerators:
        if takes_nearest:
            nearest = min(
                (abs(item.ordinal - numerator.ordinal) for item in denominators), default=0
            )
            meeting = [
                item for item in denominators if abs(item.ordinal - numerator.ordinal) == nearest
            ]
        else:
            meeting = [item for item in denominators if item.period == numerator.period]
        pairs += [(numerator.index, item.index) for item in meeting]
    return pairs


def narrowest_first(
    rows: Sequence[Mapping[str, Any]], order: Mapping[str, int]
) -> list[Mapping[str, Any]]:
    """Of each dataset the rows of its narrowest audience (`dataset_id`, `audience` of a row)."""
    narrowest: dict[int, int] = {}
    for row in rows:
        place = order[row["audience"]]
        narrowest[row["dataset_id"]] = min(place, narrowest.get(row["dataset_id"], place))
    return [row for row in rows if order[row["audience"]] == narrowest[row["dataset_id"]]]


def best_covered(counts: Mapping[Key, int]) -> Key | None:
    """The first (newest) period that covers four fifths as many areas as the best; None: no area.

    The very newest figures are often there for a few areas only.
    """
    best = max(counts.values(), default=0)
    return next((key for key, count in counts.items() if count and count >= 0.8 * best), None)
