"""The table beside the map: the same figures, sorted, ranked and cut into pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from web.clients.indicator_types import Indicator, Observation, Observations
from web.figures import Rank, figure, figure_with_unit, interval, ranks, why_without
from web.format import number
from web.pages.map.address import MapAddress
from web.pages.map.legend import class_of, colour_step

PAGE_ROWS = 500
"""All municipalities of the Land fit on one page; ten thousand blocks do not."""

_FOLDS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Row:
    """One area's figure as text; `spoken` is what map and screen reader say for it."""

    code: str
    name: str
    path: str
    value: str
    spoken: str
    interval: str
    rank: str
    rank_in_words: str
    numerator: str
    denominator: str
    colour: str
    is_chosen: bool = False
    why_without: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One page of rows, and which of the optional columns have anything in them."""

    rows: tuple[Row, ...]
    comparison: tuple[Row, ...]
    total: int
    has_intervals: bool
    has_parts: bool
    next_path: str | None
    first_path: str | None
    name_sort: str
    value_sort: str
    name_sorted: str | None
    value_sorted: str | None


def make_table(address: MapAddress, indicator: Indicator, shown: Observations) -> Table:
    """The table for an address; comparison rows have no rank."""
    ordered = sort_observations(shown.items, address)
    ranked = ranks(shown.items)
    start = (address.page - 1) * PAGE_ROWS
    if start >= len(ordered):
        start = 0
    on_page = ordered[start : start + PAGE_ROWS]
    rows = tuple(_row(item, indicator, shown, ranked, address) for item in on_page)
    comparison = tuple(_row(item, indicator, shown, {}, address) for item in shown.comparison)
    has_more = start + PAGE_ROWS < len(ordered)
    return Table(
        rows=rows,
        comparison=comparison,
        total=len(ordered),
        has_intervals=any(row.interval for row in (*rows, *comparison)),
        has_parts=any(row.numerator for row in (*rows, *comparison)),
        next_path=address.change(page=start // PAGE_ROWS + 2).url() if has_more else None,
        first_path=address.change(page=1).url() if start else None,
        name_sort=_sort_path(address, "name"),
        value_sort=_sort_path(address, "wert"),
        name_sorted=_sorted(address, "name"),
        value_sorted=_sorted(address, "wert"),
    )


def sort_observations(items: Sequence[Observation], address: MapAddress) -> list[Observation]:
    """By name or value; areas without a value always come last."""
    by_name = sorted(items, key=lambda item: item.name.lower().translate(_FOLDS))
    if address.sort == "name":
        return by_name[::-1] if address.is_descending else by_name
    valued = [item for item in by_name if item.value is not None]
    rest = [item for item in by_name if item.value is None]
    return sorted(valued, key=lambda item: item.value or 0.0, reverse=address.is_descending) + rest


def _row(
    item: Observation,
    indicator: Indicator,
    shown: Observations,
    ranked: dict[str, Rank],
    address: MapAddress,
) -> Row:
    decimals = indicator.decimals
    rank = ranked.get(item.area)
    stand = f"?stand={address.valid_on}" if address.valid_on else ""
    index = class_of(item.value, shown.classes)
    colour = "hidden" if item.status == "hidden" else "missing"
    spoken, why = figure_with_unit(item, decimals, indicator.unit), why_without(item)
    return Row(
        code=item.area,
        name=item.name,
        path=f"/gebiete/{quote(item.area, safe='')}{stand}",
        value=figure(item, decimals),
        spoken=f"{spoken}: {why}" if why else spoken,
        interval=interval(item, decimals),
        rank=rank.text if rank else "",
        rank_in_words=rank.words if rank else "",
        numerator=_part(item.numerator),
        denominator=_part(item.denominator),
        colour=colour if index is None else str(colour_step(index, _class_count(shown))),
        is_chosen=item.area in address.places,
        why_without=why,
    )


def _class_count(shown: Observations) -> int:
    return len(shown.classes.counts) if shown.classes else 0


def _part(value: float | None) -> str:
    """A numerator or denominator: whole where it is a count, two decimals where it is an area."""
    if value is None:
        return ""
    return number(value, 0 if float(value).is_integer() else 2)


def _sort_path(address: MapAddress, column: str) -> str:
    is_current = address.sort == column
    return address.change(sort=column, is_descending=is_current and not address.is_descending).url()


def _sorted(address: MapAddress, column: str) -> str | None:
    if address.sort != column:
        return None
    return "descending" if address.is_descending else "ascending"
