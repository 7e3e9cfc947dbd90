"""Inequalities that every safe pattern satisfies, and how they are found.

The model is that of M. Fischetti and J. J. Salazar-González, "Solving the cell suppression problem
on tabular data with linear constraints", Management Science 47 (2001), 1008–1027: one 0/1 variable
y per cell; for each cell and direction the attacker's linear program must reach the demanded
deviation. Its dual says which cells' room limits it: the sum of their room must make up for the
demand, which is a cut `coefficients @ y >= demand * y[cell]`. Here the demand counts for every
hidden cell, so its side carries y[cell], too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from services.indicator_api.disclosure.problem import Bools, Floats, Integers, SparseRows
from services.indicator_api.disclosure.suppressing.part import Part


@dataclass(slots=True)
class Cuts:
    """Rows `coefficients @ y >= least`; each only once."""

    size: int
    _columns: list[Integers] = field(default_factory=list)
    _values: list[Floats] = field(default_factory=list)
    _least: list[float] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self._least)

    def add(self, coefficients: Floats, least: float) -> bool:
        """Takes a row up (float64[g]); False if it is known already."""
        columns = np.flatnonzero(np.abs(coefficients) > _NOTHING)
        values = coefficients[columns]
        scale = float(np.abs(values).max(initial=0.0))
        if scale == 0.0:
            return False
        values, least = values / scale, least / scale
        key = columns.tobytes() + np.round(values, 9).tobytes() + np.float64(least).tobytes()
        if key in self._seen:
            return False
        self._seen.add(key)
        self._columns.append(columns)
        self._values.append(values)
        self._least.append(least)
        return True

    def rows(self, start: int = 0) -> tuple[SparseRows, Floats]:
        """The rows from `start` on as (csr_array, least)."""
        columns, values = self._columns[start:], self._values[start:]
        lengths = [0, *(len(part) for part in columns)]
        matrix = csr_array(
            (
                np.concatenate(values) if values else np.zeros(0),
                np.concatenate(columns) if columns else np.zeros(0, dtype=np.int64),
                np.cumsum(lengths),
            ),
            shape=(len(columns), self.size),
        )
        return matrix, np.array(self._least[start:], dtype=np.float64)


_NOTHING = 1e-9


def demand_cut(
    cell: int, free: Floats, coefficients: Floats, demand: float
) -> tuple[Floats, float] | None:
    """The row `coefficients @ y - demand y[cell] >= 0`, tightened; None where it says nothing.

    `free` (float64[g]) is what the others contribute though they are shown, `coefficients`
    (float64[g]) what they add if hidden. What is free lowers the demand; nobody contributes more
    than the demand.
    """
    rest = demand - float(free.sum())
    if rest <= _NOTHING:
        return None
    row = np.minimum(coefficients, rest) / rest
    row[cell] = -1.0
    return row, 0.0


def dual_cut(
    part: Part, cell: int, kept: int | None, goals: list[tuple[float, Floats]], demand: float
) -> tuple[Floats, float] | None:
    """The cut that the attacker's duals prove.

    `goals` are (sign, row duals): one for a demand on one side, two for a width. The duals need
    not be optimal: any give a valid cut. `kept` is the cell an insider knows.
    """
    coefficients, free = np.zeros(part.size), np.zeros(part.size)
    for sign, duals in goals:
        clean = np.where(np.abs(duals - np.round(duals)) < 1e-7, np.round(duals), duals)
        # Rows open on one side take multipliers of one sign only.
        clean = np.where((clean > 0) & np.isinf(part.slack_up), 0.0, clean)
        clean = np.where((clean < 0) & np.isinf(part.slack_down), 0.0, clean)
        cost = -(part.rows.T @ clean)
        cost = np.where(np.abs(cost) < 1e-7, 0.0, cost)
        own = 1.0 - (cost[cell] + sign) * sign
        if own <= _NOTHING:
            return None
        cost = cost / own
        cost[cell] = 0.0
        if kept is not None:
            cost[kept] = 0.0
        rows = np.maximum(clean, 0) @ np.where(np.isinf(part.slack_up), 0.0, part.slack_up)
        rows += np.maximum(-clean, 0) @ np.where(np.isinf(part.slack_down), 0.0, part.slack_down)
        up, down = np.maximum(cost, 0), np.maximum(-cost, 0)
        free += up * part.up_shown + down * part.down_shown
        free[cell] += float(rows) / own
        coefficients += up * (part.up - part.up_shown) + down * (part.down - part.down_shown)
    return demand_cut(cell, free, coefficients, demand)


class RowCuts:
    """Cuts that a single relation proves: whoever moves, the others of the row make up for it."""

    def __init__(self, part: Part) -> None:
        self._part = part
        rows = part.rows
        self._lines = [
            (rows.indices[a:b], rows.data[a:b], float(up), float(down))
            for a, b, up, down in zip(
                rows.indptr[:-1], rows.indptr[1:], part.slack_up, part.slack_down, strict=True
            )
            if b > a and np.isfinite(up) and np.isfinite(down)
        ]
        self._lines_of: dict[int, list[int]] = {cell: [] for cell in range(part.size)}
        for line, (cells, *_) in enumerate(self._lines):
            for cell in cells:
                self._lines_of[int(cell)].append(line)

    def violated(self, shares: Floats, least: float) -> Iterator[tuple[float, Floats, float]]:
        """Cuts that `shares` (float64[g], 0 to 1) breaks by more than `least`: (by, row, bound)."""
        for cells, weights, up, down in self._lines:
            active = np.flatnonzero(shares[cells] > least)
            if len(active) and len(cells) > 0:
                yield from self._of_line(cells, weights, (up, down), shares, active, least)

    def is_short_around(self, cell: int, hidden: Bools) -> bool:
        """Whether a relation of the cell alone breaks a demand under a pattern (bool[g])."""
        shares = hidden.astype(np.float64)
        for line in self._lines_of[cell]:
            cells, weights, up, down = self._lines[line]
            active = np.flatnonzero(shares[cells] > 0)
            for _ in self._of_line(cells, weights, (up, down), shares, active, 1e-6):
                return True
        return False

    def _of_line(
        self,
        cells: Integers,
        weights: Floats,
        slack: tuple[float, float],
        shares: Floats,
        active: Integers,
        least: float,
    ) -> Iterator[tuple[float, Floats, float]]:
        part = self._part
        for sign in (1.0, -1.0):
            members = active[np.sign(weights[active]) == sign]
            if not len(members):
                continue
            lifts = np.sign(weights) != sign
            for needs, goes_up, goes_down, inside in _directions(part, lifts):
                demands = needs[cells[members]]
                for demand in np.unique(demands[demands > 0]):
                    chosen = members[demands == demand]
                    yield from self._of_demand(
                        cells,
                        weights,
                        slack,
                        shares,
                        chosen,
                        float(demand),
                        (goes_up, goes_down),
                        inside,
                        least,
                    )

    def _of_demand(
        self,
        cells: Integers,
        weights: Floats,
        slack: tuple[float, float],
        shares: Floats,
        chosen: Integers,
        demand: float,
        goes: tuple[Bools, Bools],
        inside: bool,
        least: float,
    ) -> Iterator[tuple[float, Floats, float]]:
        part = self._part
        up, down = np.where(goes[0], 1.0, 0.0), np.where(goes[1], 1.0, 0.0)
        size = np.abs(weights)
        more = up * (part.up - part.up_shown)[cells] + down * (part.down - part.down_shown)[cells]
        free = up * part.up_shown[cells] + down * part.down_shown[cells]
        spare = slack[0] + slack[1]
        # Cells of one row nearly always weigh the same; each size is a group of its own.
        for own in np.unique(size[chosen]):
            room, given = more * size / own, free * size / own
            rest = demand - given.sum() - spare / own
            for position in chosen[size[chosen] == own]:
                needed = rest + given[position]
                if needed <= _NOTHING:
                    continue
                share = np.minimum(room, needed) * shares[cells]
                total = share.sum() - share[position]
                others = np.minimum(room, needed) / needed
                others[position] = 0.0
                if inside:
                    knower = int(
                        np.argmax(np.where(part.is_known[cells], others * shares[cells], -1))
                    )
                    total -= others[knower] * needed * shares[cells[knower]]
                    others[knower] = 0.0
                by = float(shares[cells[position]] - total / needed)
                if by > least:
                    row = np.zeros(part.size)
                    row[cells] = others
                    row[cells[position]] = -1.0
                    yield by, row, 0.0


def _directions(part: Part, lifts: Bools) -> Iterator[tuple[Floats, Bools, Bools, bool]]:
    """Demands with which cells of a row help by going up and which by going down."""
    every = np.ones(len(lifts), dtype=np.bool_)
    yield part.needs_up, lifts, ~lifts, False
    yield part.needs_down, ~lifts, lifts, False
    yield part.needs_width, every, every, False
    if part.has_insider:
        yield part.inside_up, lifts, ~lifts, True
        yield part.inside_width, every, every, True
