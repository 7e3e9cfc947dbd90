"""Which cells are sums or means of others over time: a year and its quarters, months or halves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from services.indicator_api.disclosure.collecting.relations import (
    Block,
    RelationKind,
    Relations,
)
from services.indicator_api.periods.rules import Period

_LAST_DIGITS = 1e-9
_AGREEING = 0.9
# of fewer figures nobody can tell a rule from chance
_LEAST_FIGURES = 5


def tiled(periods: Iterable[Period]) -> list[tuple[Period, list[Period]]]:
    """Periods, and shorter ones of one kind that follow each other from start to end."""
    by_kind: dict[str, list[Period]] = defaultdict(list)
    for period in sorted(periods, key=lambda period: (period.start_on, period.end_on)):
        by_kind[period.kind].append(period)
    found = []
    for whole in (period for group in by_kind.values() for period in group):
        for kind, group in by_kind.items():
            inside = [
                period
                for period in group
                if kind != whole.kind
                and whole.start_on <= period.start_on
                and period.end_on <= whole.end_on
            ]
            if len(inside) > 1 and _follow_each_other(whole, inside):
                found.append((whole, inside))
    return found


def _follow_each_other(whole: Period, inside: Sequence[Period]) -> bool:
    starts = [whole.start_on, *(period.end_on + timedelta(days=1) for period in inside)]
    ends = [*(period.start_on for period in inside), whole.end_on + timedelta(days=1)]
    return starts == ends


def add_period_sums(
    relations: Relations,
    values: NDArray[np.float64],
    blocks: Mapping[tuple[int, int], Block],
    periods: Mapping[int, Period],
) -> None:
    """Sums and means over time, where a measure's figures show them.

    Whether a measure adds up over the quarters (births) or is their mean (persons at month's end)
    is declared nowhere; nine of ten figures must say the same. A rounded mean may be off by half.
    """
    by_measure: dict[int, list[int]] = defaultdict(list)
    for measure, period in blocks:
        by_measure[measure].append(period)
    for measure, ids in by_measure.items():
        for whole, inside in tiled(periods[period] for period in ids if period in periods):
            parts = [blocks[measure, period.id] for period in inside]
            columns = _common(blocks[measure, whole.id], parts)
            _add(relations, values, columns)


def _common(whole: Block, parts: Sequence[Block]) -> NDArray[np.int64]:
    """Cells of the same place and breakdown, rows × (parts…, whole)."""
    blocks = [*parts, whole]
    cells = [
        {
            (int(block.areas[row]), int(block.breakdowns[column])): int(block.index[row, column])
            for row, column in zip(*np.nonzero(block.index >= 0), strict=True)
        }
        for block in blocks
    ]
    keys = sorted(set.intersection(*(set(of_block) for of_block in cells)))
    rows = [[of_block[key] for of_block in cells] for key in keys]
    return np.array(rows, np.int64).reshape(len(rows), len(blocks))


def _add(relations: Relations, values: NDArray[np.float64], columns: NDArray[np.int64]) -> None:
    count = columns.shape[1] - 1
    together, total = values[columns[:, :-1]].sum(axis=1), values[columns[:, -1]]
    known = np.isfinite(together) & np.isfinite(total) & (together != 0)
    if known.sum() < _LEAST_FIGURES:
        return
    for kind, times, leeway in (
        (RelationKind.PERIOD_SUM, 1.0, 0.0),
        (RelationKind.PERIOD_MEAN, float(count), 0.0),
        (RelationKind.PERIOD_MEAN, float(count), count / 2),
    ):
        gap = together - times * total
        digits = leeway + _LAST_DIGITS * np.maximum(1.0, np.abs(together))
        fits = np.abs(gap) <= digits
        if fits[known].mean() >= _AGREEING:
            kept = fits | ~np.isfinite(gap)
            factors = np.concatenate([np.ones(count), [-times]])
            relations.add(kind, columns[kept], factors, np.array(-leeway), np.array(leeway))
            return
