"""The least and the greatest value a hidden cell can have: linear and whole-number programmes."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from tests.indicator_api.disclosure.attacker.blocks import Block
from tests.indicator_api.disclosure.attacker.publication import Publication

# Where nothing bounds a cell, "more than this" is as good as infinite.
BEYOND = 1e6
_INFEASIBLE = 2
_ROUNDS = 20


class AttackFailedError(Exception):
    """The solver gave no answer; nothing can be said about the publication."""


@dataclass(slots=True)
class BlockAttack:
    """All that can be asked about one block.

    The programme has the unknowns z and one switch per cell of `sensitive` (1: the cell is
    1 … t − 1) and per rounded count (1: it is at least t, 0: it is 0).
    """

    block: Block
    publication: Publication
    knows_rules: bool = True
    sensitive: list[int] = field(init=False)
    _matrix: LinearConstraint = field(init=False)
    _switches: int = field(init=False, default=0)
    _lower: NDArray[np.float64] = field(init=False)
    _upper: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self._lower, self._upper = self._tightened()
        self.sensitive = self._candidates() if self.knows_rules else []
        self._matrix = self._constraints()

    def extreme(self, unknown: int, sign: int, fixed: dict[int, float] | None = None) -> float:
        """The least (sign 1) or greatest (−1) value of an unknown, some others being known.

        NaN if nothing fits what is assumed. Raises AttackFailedError without an answer.
        """
        result = self._solve(unknown, sign, fixed or {})
        if result is None:
            return float("nan")
        value = float(result.x[unknown])
        if self.block.is_integer[unknown]:
            return float(round(value))
        return value

    def point(self, unknown: int, sign: int, fixed: dict[int, float]) -> NDArray[np.float64] | None:
        """The unknowns of a table that reaches the extreme; None if none fits."""
        result = self._solve(unknown, sign, fixed)
        if result is None:
            return None
        size = len(self.block.cells)
        values: NDArray[np.float64] = result.x[:size].copy()
        values[self.block.is_integer] = np.round(values[self.block.is_integer])
        return values

    def fits_rules(self, values: NDArray[np.float64]) -> bool:
        """Whether a table (as values of the unknowns) contains what the rules would hide."""
        counts = self.publication.minimum_count[self.block.cells]
        return any(0 < values[unknown] < counts[unknown] for unknown in self.sensitive)

    def _tightened(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bounds of each unknown as the equations propagate them: never too narrow."""
        block = self.block
        lower, upper = block.lower.copy(), block.upper.copy()
        for _ in range(_ROUNDS):
            before = lower.copy(), upper.copy()
            for row, constant in zip(block.coefficients, block.constants, strict=True):
                _propagate(row, constant, lower, upper)
            whole = block.is_integer
            lower[whole] = np.ceil(lower[whole] - 1e-6)
            upper[whole] = np.floor(upper[whole] + 1e-6)
            if np.array_equal(before[0], lower) and np.array_equal(before[1], upper):
                break
        return lower, upper

    def _candidates(self) -> list[int]:
        """The unknowns that could be what the rules hid; empty if nothing can be concluded."""
        cells = self.block.cells
        hidden = (cells >= 0) & self.publication.is_unknown[cells]
        if np.any(self.publication.has_other_rules[cells[hidden]]):
            return []
        count = self.publication.minimum_count[cells]
        may = hidden & (count > 1) & (self._lower < count) & (self._upper >= 1)
        return [int(unknown) for unknown in np.flatnonzero(may)]

    def _rounded(self) -> list[int]:
        """Rounded counts under the rule that might be 0 and might be something."""
        if not self.knows_rules:
            return []
        cells = self.block.cells
        shown = (cells >= 0) & ~self.publication.is_unknown[cells]
        count = self.publication.minimum_count[cells]
        may = shown & self.block.is_integer & (count > 1) & (self._lower < count)
        return [int(unknown) for unknown in np.flatnonzero(may)]

    def _constraints(self) -> LinearConstraint:
        block, cells = self.block, self.block.cells
        size = len(cells)
        count = self.publication.minimum_count[cells]
        top = np.minimum(self._upper, BEYOND)
        rounded = self._rounded()
        self._switches = len(self.sensitive) + len(rounded)
        rows, low, high = [], [], []

        def add(entries: dict[int, float], least: float, most: float) -> None:
            row = np.zeros(size + self._switches)
            for column, value in entries.items():
                row[column] = value
            rows.append(row)
            low.append(least)
            high.append(most)

        for coefficients, constant in zip(block.coefficients, block.constants, strict=True):
            add(dict(enumerate(coefficients)), constant, constant)
        for switch, unknown in enumerate(self.sensitive, start=size):
            slack = max(top[unknown] - (count[unknown] - 1), 0.0)
            add({unknown: 1.0, switch: slack}, -np.inf, count[unknown] - 1 + slack)
            add(
                {unknown: 1.0, switch: -1.0 + min(self._lower[unknown], 0.0)},
                min(self._lower[unknown], 0.0),
                np.inf,
            )
        for switch, unknown in enumerate(rounded, start=size + len(self.sensitive)):
            add({unknown: 1.0, switch: -top[unknown]}, -np.inf, 0.0)
            add({unknown: 1.0, switch: -count[unknown]}, 0.0, np.inf)
        if self.sensitive:
            add(dict.fromkeys(range(size, size + len(self.sensitive)), 1.0), 1.0, np.inf)
        for group in self._earlier_groups():
            add({size + self.sensitive.index(unknown): 1.0 for unknown in group}, 1.0, np.inf)
        matrix = np.array(rows).reshape(-1, size + self._switches)
        return LinearConstraint(matrix, np.array(low), np.array(high))

    def _earlier_groups(self) -> list[list[int]]:
        """Groups hidden together before, in so far as they lie in this block."""
        if not self.sensitive:
            return []
        own = {int(cell): unknown for unknown, cell in enumerate(self.block.cells) if cell >= 0}
        found = []
        for group in self.publication.hidden_together:
            if group <= own.keys():
                members = [own[cell] for cell in group if own[cell] in self.sensitive]
                if members:
                    found.append(members)
        return found

    def _solve(self, unknown: int, sign: int, fixed: dict[int, float]) -> OptimizeResult | None:
        size = len(self.block.cells)
        lower = np.concatenate([self._lower, np.zeros(self._switches)])
        upper = np.concatenate([np.minimum(self._upper, BEYOND), np.ones(self._switches)])
        for known, value in fixed.items():
            lower[known] = upper[known] = value
        goal = np.zeros(size + self._switches)
        goal[unknown] = sign
        result = milp(
            goal,
            integrality=np.concatenate([self.block.is_integer, np.ones(self._switches)]),
            bounds=Bounds(lower, upper),
            constraints=self._matrix if self._matrix.A.shape[0] else None,
        )
        if result.status == 0:
            return result
        if result.status == _INFEASIBLE:
            return None
        raise AttackFailedError(result.message)


def _propagate(
    row: NDArray[np.float64],
    constant: float,
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
) -> None:
    """Bound each unknown of row @ z == constant by the bounds of the others, in place."""
    columns = np.flatnonzero(row)
    factors = row[columns]
    low = np.where(factors > 0, factors * lower[columns], factors * upper[columns])
    high = np.where(factors > 0, factors * upper[columns], factors * lower[columns])
    for place, column in enumerate(columns):
        rest_low = low.sum() - low[place] if np.isfinite(low).all() else _rest(low, place)
        rest_high = high.sum() - high[place] if np.isfinite(high).all() else _rest(high, place)
        ends = ((constant - rest_high) / row[column], (constant - rest_low) / row[column])
        lower[column] = max(lower[column], min(ends) - 1e-9)
        upper[column] = min(upper[column], max(ends) + 1e-9)


def _rest(values: NDArray[np.float64], place: int) -> float:
    return float(np.delete(values, place).sum())
