"""The order of areas by one indicator, never without its uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from web.clients.indicator_types import Indicator, Observation, Observations
from web.figures import (
    bounds,
    derivation_in_words,
    difference,
    figure,
    interval,
    is_as_asked,
    is_estimated,
    may_be_equal,
    needs_remark,
    ranks,
    why_without,
)
from web.format import STATUS_WORDS
from web.pages.indicators.address import IndicatorAddress
from web.pages.map.legend import class_of, colour_step
from web.whiskers import Point, common_axis, whisker_cell

PAGE_ROWS = 100
MOST_DERIVATIONS = 4
"""Ways in which figures were made, told below the table; more are in the file."""
_FOLDS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class RankedRow:
    """One area: its place, figure and interval, drawn and in words."""

    code: str
    name: str
    path: str
    rank: str
    rank_in_words: str
    value: str
    interval: str
    drawing: Markup
    against: str
    detail: str
    colour: str
    is_comparison: bool = False


@dataclass(frozen=True, slots=True)
class WithoutFigure:
    """Areas that have no figure for the same reason, named."""

    word: str
    meaning: str
    names: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """One page of the order, what it is compared with, and who is not in it."""

    rows: tuple[RankedRow, ...]
    comparison: tuple[RankedRow, ...]
    without: tuple[WithoutFigure, ...]
    total: int
    has_intervals: bool
    reference: str
    unsure: str
    derivations: tuple[str, ...]
    next_path: str | None
    first_path: str | None
    rank_sort: str
    name_sort: str
    rank_sorted: str | None
    name_sorted: str | None


def make_ranking(address: IndicatorAddress, indicator: Indicator, shown: Observations) -> Ranking:
    """The ranking for an address."""
    valued = [item for item in shown.items if item.value is not None]
    ordered = _ordered(valued, address.sort)
    start = (address.page - 1) * PAGE_ROWS
    start = 0 if start >= len(ordered) else start
    reference = next((item for item in shown.comparison if item.value is not None), None)
    maker = _RowMaker(indicator, shown, reference)
    has_more = start + PAGE_ROWS < len(ordered)
    return Ranking(
        rows=tuple(maker.row(item) for item in ordered[start : start + PAGE_ROWS]),
        comparison=tuple(maker.row(item, is_comparison=True) for item in shown.comparison),
        without=_without(shown.items),
        total=len(ordered),
        has_intervals=any(bounds(item) for item in valued),
        reference=reference.name if reference else "",
        unsure=_unsure(valued, reference),
        derivations=_derivations([*valued, *shown.comparison]),
        next_path=address.change(page=start // PAGE_ROWS + 2).url() if has_more else None,
        first_path=address.change(page=1).url() if start else None,
        rank_sort=address.change(sort="rang-auf" if address.sort == "rang" else "rang").url(),
        name_sort=address.change(sort="name-ab" if address.sort == "name" else "name").url(),
        rank_sorted={"rang": "ascending", "rang-auf": "descending"}.get(address.sort),
        name_sorted={"name": "ascending", "name-ab": "descending"}.get(address.sort),
    )


class _RowMaker:
    """Makes rows on one scale."""

    def __init__(
        self, indicator: Indicator, shown: Observations, reference: Observation | None
    ) -> None:
        self.indicator = indicator
        self.shown = shown
        self.reference = reference
        self.ranked = ranks(shown.items)
        everything = [*shown.items, *shown.comparison]
        self.axis = common_axis([_point(item) for item in everything])

    def row(self, item: Observation, *, is_comparison: bool = False) -> RankedRow:
        """One area's row."""
        decimals = self.indicator.decimals
        rank = None if is_comparison else self.ranked.get(item.area)
        line = self.reference.value if self.reference else None
        return RankedRow(
            code=item.area,
            name=item.name,
            path=f"/gebiete/{quote(item.area, safe='')}",
            rank=rank.text if rank else "",
            rank_in_words=rank.words if rank else "",
            value=figure(item, decimals),
            interval=interval(item, decimals),
            drawing=whisker_cell(_point(item), self.axis, line) if self.axis else Markup(""),
            against="" if is_comparison else self._against(item),
            detail=why_without(item) or (derivation_in_words(item) if needs_remark(item) else ""),
            colour=self._colour(item),
            is_comparison=is_comparison,
        )

    def _against(self, item: Observation) -> str:
        """How the area stands to what it is compared with, in words."""
        other = self.reference
        if other is None or other.value is None or item.value is None:
            return ""
        if may_be_equal(item, other):
            return "nicht sicher verschieden"
        words = difference(item.value, other.value, self.indicator.decimals, self.indicator.unit)
        return words.removesuffix(" als").removesuffix(" wie")

    def _colour(self, item: Observation) -> str:
        classes = self.shown.classes
        index = class_of(item.value, classes)
        if index is None or classes is None:
            return "hidden" if item.status == "hidden" else "missing"
        return str(colour_step(index, len(classes.counts)))


def _point(item: Observation) -> Point:
    return Point(item.name, item.value, bounds(item), is_estimated=is_estimated(item))


def _ordered(items: Sequence[Observation], sort: str) -> list[Observation]:
    by_name = sorted(items, key=lambda item: item.name.lower().translate(_FOLDS))
    if sort.startswith("name"):
        return by_name[::-1] if sort == "name-ab" else by_name
    return sorted(by_name, key=lambda item: item.value or 0.0, reverse=sort == "rang")


def _without(items: Sequence[Observation]) -> tuple[WithoutFigure, ...]:
    """Hidden and missing areas by reason: who is not in the order must not vanish."""
    grouped: dict[tuple[str, str], list[Observation]] = {}
    for item in items:
        if item.value is None:
            # why it is hidden differs from area to area; that it is matters here
            why = "" if item.status == "hidden" else why_without(item)
            grouped.setdefault((item.status, why), []).append(item)
    return tuple(
        WithoutFigure(
            STATUS_WORDS.get(status, STATUS_WORDS["missing"]).short,
            why or STATUS_WORDS.get(status, STATUS_WORDS["missing"]).meaning,
            tuple(
                (item.name, f"/gebiete/{quote(item.area, safe='')}")
                for item in _ordered(found, "name")
            ),
        )
        for (status, why), found in grouped.items()
    )


def _derivations(items: Sequence[Observation]) -> tuple[str, ...]:
    """How figures were made where it needs no remark at each of them, said once."""
    words = [
        derivation_in_words(item)
        for item in items
        if not needs_remark(item) and not is_as_asked(item)
    ]
    return tuple(filter(None, dict.fromkeys(words)))[:MOST_DERIVATIONS]


def _unsure(valued: Sequence[Observation], reference: Observation | None) -> str:
    """How much of the order is sure, in a sentence."""
    if reference is None or not valued:
        return ""
    if not any(bounds(item) for item in valued):
        return "Ein Schwankungsbereich ist nicht ausgewiesen: Kleine Abstände sind nicht zu deuten."
    alike = sum(may_be_equal(item, reference) for item in valued)
    if not alike:
        return f"Alle Gebiete unterscheiden sich sicher von {reference.name}."
    verb = "ist" if alike == 1 else "sind"
    return (
        f"{alike} von {len(valued)} Gebieten {verb} nicht sicher verschieden von {reference.name}."
    )
