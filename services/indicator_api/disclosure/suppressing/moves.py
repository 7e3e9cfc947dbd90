"""Deviations found so far, and what they prove for a pattern.

A deviation is possible under a pattern if all cells it takes further than their display leaves
are hidden. What a deviation proves once it proves for every pattern that hides those cells.
"""

import numpy as np
from numpy.typing import NDArray

from services.indicator_api.disclosure.problem import VALUE_TOLERANCE, Bools, Floats
from services.indicator_api.disclosure.suppressing.part import Part

# Where more deviations are kept than this, the oldest ones go.
_KEPT = 2_000


class Moves:
    """The deviations known of a part, k of them."""

    def __init__(self, part: Part) -> None:
        self._part = part
        whole = bool(part.group.is_integer.all())
        self._by = np.zeros((64, part.size), dtype=np.float32 if whole else np.float64)
        self._hides = np.zeros((64, part.size), dtype=np.bool_)
        self._count = 0

    def add(self, deviation: Floats) -> None:
        """Keeps a deviation (float64[g])."""
        if self._count == len(self._by):
            self._grow()
        clean = np.where(np.abs(deviation) > VALUE_TOLERANCE, deviation, 0.0)
        self._by[self._count] = clean
        over = np.maximum(clean - self._part.up_shown, -clean - self._part.down_shown)
        self._hides[self._count] = over > VALUE_TOLERANCE
        self._count += 1

    def _grow(self) -> None:
        kept = slice(self._count // 2 if self._count >= _KEPT else 0, self._count)
        size = min(2 * len(self._by), _KEPT)
        for name in ("_by", "_hides"):
            old = getattr(self, name)
            new = np.zeros((max(size, len(old)), old.shape[1]), dtype=old.dtype)
            new[: kept.stop - kept.start] = old[kept]
            setattr(self, name, new)
        self._count = kept.stop - kept.start

    def possible(self, hidden: Bools) -> Bools:
        """Which deviations are possible if `hidden` (bool[g]) is hidden; bool[k]."""
        shown = ~hidden
        if not shown.any():
            return np.ones(self._count, dtype=np.bool_)
        return np.logical_not((self._hides[: self._count] & shown).any(axis=1))

    def telling(self, hidden: Bools) -> list[Floats]:
        """Deviations (float64[g]) possible under a pattern, without those that add nothing."""
        least, greatest = np.zeros(self._part.size), np.zeros(self._part.size)
        found = []
        sparse_first = np.argsort((self._by[: self._count] != 0).sum(axis=1), kind="stable")
        possible = self.possible(hidden)
        for row in sparse_first[possible[sparse_first]]:
            by = self._by[row].astype(np.float64)
            if self._part.has_insider or ((by < least) | (by > greatest)).any():
                found.append(by)
                np.minimum(least, by, out=least)
                np.maximum(greatest, by, out=greatest)
        return found

    def reach(
        self, possible: Bools, cells: NDArray[np.int64] | None = None
    ) -> tuple[Floats, Floats]:
        """How far the cells (all) go down and up by deviations `possible` (bool[k])."""
        by = self._by[: self._count][possible]
        if cells is not None:
            by = by[:, cells]
        up = by.max(axis=0, initial=0.0).astype(np.float64)
        down = -by.min(axis=0, initial=0.0).astype(np.float64)
        return down, up

    def unmet(self, possible: Bools, cells: NDArray[np.int64]) -> Bools:
        """Which of the cells (not shown) no deviation proves to meet its demands yet."""
        down, up = self.reach(possible, cells)
        part = self._part
        meets = up >= part.needs_up[cells] - VALUE_TOLERANCE
        meets &= down >= part.needs_down[cells] - VALUE_TOLERANCE
        meets &= up + down >= part.needs_width[cells] - VALUE_TOLERANCE
        return ~meets

    def unmet_inside(self, possible: Bools, cell: int, hidden: Bools) -> Bools:
        """Whose knowledge leaves too little of the cell, as far as is proven; bool[g]."""
        part = self._part
        by = self._by[: self._count][possible]
        by = by[by[:, cell] != 0]
        own = by[:, cell].astype(np.float64)
        same = by == 0
        up = np.where(same, own[:, None], 0.0).max(axis=0, initial=0.0)
        down = -np.where(same, own[:, None], 0.0).min(axis=0, initial=0.0)
        meets = up >= part.inside_up[cell] - VALUE_TOLERANCE
        meets &= up + down >= part.inside_width[cell] - VALUE_TOLERANCE
        open_: Bools = ~meets & part.is_known & part.not_shown(hidden)
        open_[cell] = False
        return open_
