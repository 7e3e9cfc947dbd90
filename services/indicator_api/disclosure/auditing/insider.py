"""The attacker from inside, who knows one other hidden cell exactly (an own case, an own area).

A table that leaves cell k as it is and changes cell c proves that who knows k does not know c.
Tables that change little prove it for nearly all k at once, so few have to be found.
"""

import numpy as np
from scipy.sparse import hstack

from services.indicator_api.disclosure.auditing.attacker import WholeTables
from services.indicator_api.disclosure.auditing.group import Group
from services.indicator_api.disclosure.auditing.tables import Witnesses
from services.indicator_api.disclosure.problem import (
    VALUE_TOLERANCE,
    Bools,
    Failure,
    Floats,
    Integers,
)
from services.indicator_api.disclosure.solver import Program


class NearbyTables:
    """The point that changes least, by linear programming, so that one cell moves by an amount."""

    def __init__(self, group: Group, base: Floats) -> None:
        self._base = base
        self._size = group.size
        self._up, self._down = group.upper - base, base - group.lower
        total = group.rows @ base
        self._program = Program(
            np.where(np.concatenate([group.is_asked] * 2), 1.0, 0.5),
            np.zeros(2 * group.size),
            np.maximum(np.concatenate([self._up, self._down]), 0.0),
            hstack([group.rows, -group.rows]),
            group.row_lower - total,
            group.row_upper - total,
        )

    def moved(self, cell: int, amount: float, kept: int | None = None) -> Floats | None:
        """A point (float64[g]) in which the cell changes by the amount, `kept` not at all."""
        room = self._up if amount > 0 else self._down
        if room[cell] < abs(amount) - VALUE_TOLERANCE:
            return None
        column = cell if amount > 0 else cell + self._size
        other = cell + self._size if amount > 0 else cell
        self._bound(column, abs(amount), float(room[cell]))
        self._bound(other, 0.0, 0.0)
        if kept is not None:
            self._bound(kept, 0.0, 0.0)
            self._bound(kept + self._size, 0.0, 0.0)
        solved = self._program.solve()
        for restored in {cell} if kept is None else {cell, kept}:
            self._bound(restored, 0.0, float(self._up[restored]))
            self._bound(restored + self._size, 0.0, float(self._down[restored]))
        if solved.point is None or not solved.is_optimal:
            return None
        point: Floats = self._base + solved.point[: self._size] - solved.point[self._size :]
        return point

    def _bound(self, column: int, low: float, high: float) -> None:
        self._program.set_bound(column, low, max(low, high))


def attack_from_inside(
    group: Group, witnesses: Witnesses, *, ruled: list[Integers], width: float
) -> list[Failure]:
    """A failure for each hidden cell that who knows another one's true value learns too much of.

    The greatest value stays at least `needs_upper`, the interval at least `width` wide. One
    failure a cell is told, that of the first cell whose knowledge gives it away.
    """
    return _Inside(group, witnesses, ruled=ruled, width=width).failures()


class _Inside:
    def __init__(
        self, group: Group, witnesses: Witnesses, *, ruled: list[Integers], width: float
    ) -> None:
        self._group, self._witnesses, self._width = group, witnesses, width
        self._base = witnesses.base
        self._nearby = NearbyTables(group, self._base)
        self._ruled = ruled
        self._whole: WholeTables | None = None
        self._known = group.is_demanding & ~np.isnan(group.truth)

    def failures(self) -> list[Failure]:
        found = [self._against(int(cell)) for cell in np.flatnonzero(self._group.is_asked)]
        return [failure for failure in found if failure is not None]

    def _against(self, cell: int) -> Failure | None:
        """Tries the cell against everyone who knows another one."""
        tables = [table for table in self._witnesses.tables if table[cell] != self._base[cell]]
        least, greatest = self._reach(cell, tables)
        # One table at a time is looked for, for the first who is not refuted yet.
        while (open_ := self._open(cell, least, greatest)).any():
            knower = int(np.argmax(open_))
            found = self._further(cell, knower, float(least[knower]), float(greatest[knower]))
            if found is None:
                return self._failure(cell, knower, float(least[knower]), float(greatest[knower]))
            self._stretch(cell, found, least, greatest)
        return None

    def _reach(self, cell: int, tables: list[Floats]) -> tuple[Floats, Floats]:
        least = np.full(self._group.size, self._base[cell])
        greatest = least.copy()
        for table in tables:
            self._stretch(cell, table, least, greatest)
        return least, greatest

    def _stretch(self, cell: int, table: Floats, least: Floats, greatest: Floats) -> None:
        same = np.abs(table - self._base) <= VALUE_TOLERANCE
        np.minimum(least, table[cell], out=least, where=same)
        np.maximum(greatest, table[cell], out=greatest, where=same)

    def _demands(self, cell: int) -> tuple[float, float]:
        return float(self._group.needs_upper[cell]), self._width_of(cell)

    def _width_of(self, cell: int) -> float:
        return min(self._width, float(self._group.needs_width[cell]))

    def _open(self, cell: int, least: Floats, greatest: Floats) -> Bools:
        upper, width = self._demands(cell)
        open_: Bools = (greatest < upper - VALUE_TOLERANCE) | (
            greatest - least < width - VALUE_TOLERANCE
        )
        open_ &= self._known
        open_[cell] = False
        return open_

    def _further(self, cell: int, knower: int, least: float, greatest: float) -> Floats | None:
        """A table that goes further for who knows `knower`; None if none was found."""
        upper, width = self._demands(cell)
        base = float(self._base[cell])
        needed = max(upper - base, least + width - base)
        goals = (
            [needed] if greatest < upper - VALUE_TOLERANCE else [needed, greatest - width - base]
        )
        for amount in goals:
            if abs(amount) > VALUE_TOLERANCE:
                table = self._witnesses.accept(self._nearby.moved(cell, amount, knower))
                if table is not None:
                    return table
        return self._outermost(cell, knower, least, greatest)

    def _outermost(self, cell: int, knower: int, least: float, greatest: float) -> Floats | None:
        self._whole = self._whole or WholeTables(self._group, ruled=self._ruled)
        value = float(self._base[knower])
        upper, _ = self._demands(cell)
        for sign, reached in ((1.0, greatest), (-1.0, least)):
            _, point = self._whole.furthest(cell, sign, {knower: (value, value)})
            table = self._witnesses.accept(point)
            if table is None:
                continue
            if sign > 0 and reached < upper - VALUE_TOLERANCE and table[cell] < upper:
                return None
            if sign * (table[cell] - reached) > VALUE_TOLERANCE:
                return table
        return None

    def _failure(self, cell: int, knower: int, least: float, greatest: float) -> Failure:
        upper, width = self._demands(cell)
        demands = [f"greatest >= {upper:g}"] if greatest < upper else []
        demands += [f"width >= {width:g}"] if greatest - least < width else []
        return Failure(
            cell=int(self._group.cells[cell]),
            attacker="insider",
            known_cell=int(self._group.cells[knower]),
            least=least,
            greatest=greatest,
            demand=", ".join(demands),
        )
