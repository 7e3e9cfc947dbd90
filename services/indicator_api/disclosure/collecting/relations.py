"""All linear relations among cells that an attacker may use.

A relation is a row `lower <= A @ x <= upper` over the cells' values. It is written down only where
the figures satisfy it: what should hold and does not is named (`BrokenSum`), as figures that do
not add up are a matter of the delivery, not of protection.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from math import inf

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from services.indicator_api.disclosure.collecting.area_sums import AreaSum, AreaSums
from services.indicator_api.disclosure.collecting.breakdown_sums import (
    nested_among,
    sums_among,
)
from services.indicator_api.facts.additivity import leeway

_LAST_DIGITS = 1e-9
# so many of the places must add up for a characteristic to be held complete
_AGREEING = 0.9
_KEYS = ["measure_id", "period_id", "breakdown_id", "area_id"]

Cells = NDArray[np.int64]
Numbers = NDArray[np.float64]


class RelationKind(IntEnum):
    """What a row says."""

    AREA_SUM = 0
    SET_SUM = 1
    BREAKDOWN_SUM = 2
    PART_OF_WHOLE = 3
    NUMERATOR_OF_DENOMINATOR = 4
    PERIOD_SUM = 5
    PERIOD_MEAN = 6
    DELIVERED_RATE = 7


@dataclass(frozen=True, slots=True)
class BrokenSum:
    """A total that is not what its parts give: `together` in place of `value`."""

    kind: RelationKind
    total: int
    value: float
    together: float


@dataclass(frozen=True, slots=True)
class HeldTo:
    """How a dataset's figures add up; `may_exceed`: totals may hold cases that no part has."""

    additivity: str
    rounding: float
    may_exceed: bool = False


@dataclass
class Relations:
    """Rows in the making, and what was found broken on the way."""

    broken: list[BrokenSum] = field(default_factory=list)
    _columns: list[Cells] = field(default_factory=list)
    _factors: list[Numbers] = field(default_factory=list)
    _lengths: list[Cells] = field(default_factory=list)
    _lower: list[Numbers] = field(default_factory=list)
    _upper: list[Numbers] = field(default_factory=list)
    _kinds: list[NDArray[np.int8]] = field(default_factory=list)

    def add(
        self,
        kind: RelationKind,
        columns: NDArray[np.int64],
        factors: NDArray[np.float64],
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
    ) -> None:
        """Add rows of equal length: `columns` is rows × terms, `factors` alike or one row."""
        rows, terms = columns.shape
        if not rows:
            return
        self._columns.append(columns.ravel())
        self._factors.append(np.broadcast_to(factors, columns.shape).ravel())
        self._lengths.append(np.full(rows, terms, np.int64))
        self._lower.append(np.broadcast_to(lower, rows).astype(np.float64))
        self._upper.append(np.broadcast_to(upper, rows).astype(np.float64))
        self._kinds.append(np.full(rows, kind, np.int8))

    def matrix(self, cells: int) -> csr_array:
        """The factors, rows × `cells`."""
        if not self._columns:
            return csr_array((0, cells), dtype=np.float64)
        ends = np.concatenate([[0], np.cumsum(np.concatenate(self._lengths))])
        columns = np.concatenate(self._columns)
        return csr_array(
            (np.concatenate(self._factors), columns, ends), shape=(len(ends) - 1, cells)
        )

    @property
    def lower(self) -> NDArray[np.float64]:
        """The least that each row may give."""
        return np.concatenate(self._lower) if self._lower else np.empty(0)

    @property
    def upper(self) -> NDArray[np.float64]:
        """The most that each row may give."""
        return np.concatenate(self._upper) if self._upper else np.empty(0)

    @property
    def kinds(self) -> NDArray[np.int8]:
        """What each row says (`RelationKind`)."""
        return np.concatenate(self._kinds) if self._kinds else np.empty(0, np.int8)


@dataclass(frozen=True, slots=True)
class Block:
    """The cells of one measure and period: `index` is places × breakdowns, −1 for none."""

    areas: NDArray[np.int64]
    breakdowns: NDArray[np.int64]
    index: NDArray[np.int64]

    def row_of(self) -> dict[int, int]:
        """The row of each place."""
        return {int(area): row for row, area in enumerate(self.areas)}

    def column_of(self) -> dict[int, int]:
        """The column of each breakdown."""
        return {int(breakdown): column for column, breakdown in enumerate(self.breakdowns)}


def blocks_of(cells: pl.DataFrame) -> dict[tuple[int, int], Block]:
    """The blocks of a frame of cells (`cell` and the four ids), by measure and period."""
    found = {}
    for (measure, period), part in cells.group_by("measure_id", "period_id", maintain_order=True):
        areas, rows = np.unique(part["area_id"].to_numpy(), return_inverse=True)
        breakdowns, columns = np.unique(part["breakdown_id"].to_numpy(), return_inverse=True)
        index = np.full((len(areas), len(breakdowns)), -1, np.int64)
        index[rows, columns] = part["cell"].to_numpy()
        found[int(str(measure)), int(str(period))] = Block(
            areas.astype(np.int64), breakdowns.astype(np.int64), index
        )
    return found


def with_units(cells: pl.DataFrame, sums: AreaSums) -> pl.DataFrame:
    """The cells, and after them one of no known value for each unit of a set that has none."""
    added = []
    for (measure, period, breakdown), part in cells.group_by(_KEYS[:3], maintain_order=True):
        present = set(part["area_id"].to_list())
        added += [
            (measure, period, breakdown, unit) for unit in sorted(sums.units_of(present) - present)
        ]
    if not added:
        return cells
    units = pl.DataFrame(added, schema={key: cells.schema[key] for key in _KEYS}, orient="row")
    units = units.with_columns(
        cell=pl.int_range(cells.height, cells.height + pl.len(), dtype=pl.Int64)
    )
    return pl.concat([cells, units], how="diagonal")


def add_area_sums(
    relations: Relations, block: Block, values: Numbers, sums: AreaSums, day: date, held: HeldTo
) -> None:
    """What the places of a block are sums of, breakdown by breakdown."""
    row_of = block.row_of()
    is_there = block.index >= 0
    patterns, which = np.unique(is_there, axis=1, return_inverse=True)
    for number in range(patterns.shape[1]):
        columns = np.flatnonzero(which == number)
        present = block.areas[patterns[:, number]]
        for area_sum in sums.among(map(int, present), day):
            _add_area_sum(relations, block, values, area_sum, row_of, columns, held)


def _add_area_sum(
    relations: Relations,
    block: Block,
    values: Numbers,
    area_sum: AreaSum,
    row_of: Mapping[int, int],
    columns: NDArray[np.intp],
    held: HeldTo,
) -> None:
    kind = RelationKind.AREA_SUM
    if area_sum.most is not None:
        kind = RelationKind.SET_SUM
        _add_rows(
            relations, kind, values,
            block.index[row_of[area_sum.total], columns],
            block.index[[row_of[part] for part, _ in area_sum.most]][:, columns].T,
            is_whole=False, held=held, is_most=True,
        )  # fmt: skip
    if area_sum.parts:
        _add_rows(
            relations, kind, values,
            block.index[row_of[area_sum.total], columns],
            block.index[[row_of[part] for part, _ in area_sum.parts]][:, columns].T,
            is_whole=area_sum.is_whole, held=held,
        )  # fmt: skip


def add_breakdown_sums(
    relations: Relations,
    block: Block,
    values: Numbers,
    codes: Mapping[int, str],
    held: HeldTo,
) -> None:
    """What the breakdowns of a block are sums of, place by place."""
    here = {int(breakdown): codes[int(breakdown)] for breakdown in block.breakdowns}
    column_of = block.column_of()
    for found in sums_among(here):
        totals = block.index[:, column_of[found.total]]
        parts = block.index[:, [column_of[part] for part in found.parts]]
        has_parts = (totals >= 0) & (parts >= 0).all(axis=1)
        is_whole = found.is_known_whole or _shows_whole(
            values, totals[has_parts], parts[has_parts], held
        )
        if is_whole:
            _add_rows(
                relations, RelationKind.BREAKDOWN_SUM, values, totals[has_parts],
                parts[has_parts], is_whole=True, held=held,
            )  # fmt: skip
        # where a part is missing, or the parts may overlap, each is at most the whole
        _add_each_within(relations, values, totals, parts, ~has_parts if is_whole else None, held)
    for pair in nested_among(here):
        inner, outer = (block.index[:, column_of[item]] for item in (pair.part, pair.whole))
        _add_each_within(relations, values, outer, inner[:, None], None, held)


def _shows_whole(values: Numbers, totals: Cells, parts: Cells, held: HeldTo) -> bool:
    """Whether figures show that parts leave nothing out: they add up nearly everywhere."""
    together, total = values[parts].sum(axis=1), values[totals]
    known = np.isfinite(together) & np.isfinite(total) & (total != 0)
    if parts.shape[1] < 2 or not known.any():
        return False
    fits = _fits(together[known], total[known], parts.shape[1], held)
    return bool(fits.mean() >= _AGREEING)


def _add_each_within(
    relations: Relations,
    values: Numbers,
    totals: Cells,
    parts: Cells,
    chosen: NDArray[np.bool_] | None,
    held: HeldTo,
) -> None:
    for column in range(parts.shape[1]):
        both = (totals >= 0) & (parts[:, column] >= 0)
        if chosen is not None:
            both &= chosen
        _add_rows(
            relations, RelationKind.PART_OF_WHOLE, values, totals[both],
            parts[both, column : column + 1], is_whole=False, held=held, may_equal=False,
        )  # fmt: skip


def add_shares(
    relations: Relations, values: Numbers, numerators: Cells, denominators: Cells
) -> None:
    """Numerators are at most their denominators; wherever the figures hold to it."""
    columns = np.stack([numerators, denominators], axis=1)
    gap = values[numerators] - values[denominators]
    holds = ~(gap > _LAST_DIGITS)
    relations.add(
        RelationKind.NUMERATOR_OF_DENOMINATOR,
        columns[holds],
        np.array([1.0, -1.0]),
        np.array(-inf),
        np.array(0.0),
    )


def _add_rows(
    relations: Relations,
    kind: RelationKind,
    values: Numbers,
    totals: Cells,
    parts: Cells,
    *,
    is_whole: bool,
    held: HeldTo,
    is_most: bool = False,
    may_equal: bool = True,
) -> None:
    """Rows Σ parts − total within what the dataset's additivity allows.

    `parts` is rows × parts. `is_most`: the total is at most the parts, in place of at least.
    """
    each = leeway(held.additivity, parts.shape[1], 0.0, held.rounding)
    if each is None or not len(totals):
        return
    above = 0.0 if held.additivity != "rounded" else each.above
    below = above if each.below != inf else inf
    columns = np.concatenate([parts, totals[:, None]], axis=1)
    factors = np.concatenate([np.ones(parts.shape[1]), [-1.0]])
    together, total = values[parts].sum(axis=1), values[totals]
    gap, digits = together - total, _LAST_DIGITS * np.maximum(1.0, np.abs(total))
    is_known = np.isfinite(gap)
    upper, lower = np.full(len(gap), above), np.full(len(gap), -below)
    too_much, too_little = gap > above + digits, gap < -below - digits
    if is_most:
        lower, upper = -upper, np.full(len(gap), inf)
        kept = ~(gap < -above - digits)
    elif is_whole:
        # a rest that no part has: the total is only at least the sum
        lower = np.where(too_little, -inf, lower)
        kept = ~too_much
        wrong = too_much | (too_little & (not held.may_exceed))
        relations.broken += [
            BrokenSum(kind, int(totals[row]), float(total[row]), float(together[row]))
            for row in np.flatnonzero(wrong)
        ]
    else:
        # not known to be all: they are, where the figures say so by adding up to the last unit
        adds_up = is_known & (np.abs(gap) <= digits) & may_equal & (parts.shape[1] > 1)
        lower = np.where(adds_up, lower, -inf)
        kept = ~too_much
    relations.add(kind, columns[kept], factors, lower[kept], upper[kept])


def _fits(together: Numbers, total: Numbers, parts: int, held: HeldTo) -> NDArray[np.bool_]:
    each = leeway(held.additivity, parts, 0.0, held.rounding)
    if each is None:
        return np.zeros(len(total), bool)
    digits = _LAST_DIGITS * np.maximum(1.0, np.abs(total))
    gap = together - total
    return (gap <= each.above + digits) & (gap >= -each.below - digits)
