"""The attacker's programs on one group: how far a cell can go, and which table gets it there."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array, hstack, vstack

from services.indicator_api.disclosure.auditing.group import Group
from services.indicator_api.disclosure.problem import (
    Floats,
    Integers,
    NotProvenError,
    RelationBrokenError,
    SparseRows,
)
from services.indicator_api.disclosure.solver import INFINITY, Outcome, Program, Solved

# Nodes after which a search for a whole table is given up; no clock, so that it ends alike.
NODES = 400


class Bounds:
    """Least and greatest value of each cell by linear programming: never too narrow.

    The basis of one cell is the start for the next.
    """

    def __init__(self, group: Group) -> None:
        self._group = group
        self._program = Program(
            np.zeros(group.size),
            group.lower,
            group.upper,
            group.rows,
            group.row_lower,
            group.row_upper,
        )
        self._program.prefer_primal()
        self.iterations = 0

    def furthest(self, cell: int, sign: float) -> tuple[float, Floats | None]:
        """The outermost value of a cell of the group, up (sign 1) or down (−1), and the point.

        Where the solver fails, the cell's own bound and no point: nothing is claimed.
        """
        self._program.set_cost(cell, -sign)
        solved = self._program.solve()
        if not solved.is_optimal:
            self._program.forget()
            solved = self._program.solve()
        self._program.set_cost(cell, 0.0)
        self.iterations += self._program.iterations()
        own = self._group.upper[cell] if sign > 0 else self._group.lower[cell]
        if not solved.is_optimal or solved.point is None:
            return float(own), None
        value = float(solved.point[cell])
        if self._group.is_integer[cell]:
            value = float(np.floor(value + _ROOM) if sign > 0 else np.ceil(value - _ROOM))
        return value, solved.point


_ROOM = 1e-5
_SMALLEST_AMOUNT = 1e-3


class WholeTables:
    """Tables of whole counts that agree with all that is shown and with the rules.

    `ruled` are blocks of cells of which the rules hide at least one each.
    """

    def __init__(self, group: Group, *, ruled: list[Integers]) -> None:
        self._group = group
        rows, row_lower, row_upper, switches = _with_switches(group, ruled)
        self._lower = np.concatenate([group.lower, np.zeros(switches)])
        self._upper = np.concatenate([group.upper, np.ones(switches)])
        self._program = Program(
            np.zeros(group.size + switches),
            self._lower,
            self._upper,
            rows,
            row_lower,
            row_upper,
            is_integer=np.concatenate([group.is_integer, np.ones(switches, dtype=np.bool_)]),
        )

    def furthest(
        self, cell: int, sign: float, within: dict[int, tuple[float, float]] | None = None
    ) -> tuple[float, Floats | None]:
        """What no table exceeds (or stays below), and the outermost table found.

        `within` narrows bounds of cells (an insider's knowledge, a demand). Without a table the
        first number is −inf · sign if there is none at all.
        """
        self._program.set_cost(cell, -sign)
        solved = self._solve(within or {})
        self._program.set_cost(cell, 0.0)
        if solved.outcome is Outcome.INFEASIBLE:
            return -sign * np.inf, None
        own = self._group.upper[cell] if sign > 0 else self._group.lower[cell]
        bound = -sign * solved.bound
        if not np.isfinite(bound) or solved.outcome is Outcome.FAILED:
            bound = float(own)
        elif self._group.is_integer[cell]:
            bound = float(np.floor(bound + _ROOM) if sign > 0 else np.ceil(bound - _ROOM))
        return bound, self._table(solved)

    def any(self, within: dict[int, tuple[float, float]]) -> tuple[Outcome, Floats | None]:
        """Any table within bounds, and whether there can be one."""
        solved = self._solve(within)
        return solved.outcome, self._table(solved)

    def _solve(self, within: dict[int, tuple[float, float]]) -> Solved:
        for cell, (low, high) in within.items():
            if low > high:
                return Solved(Outcome.INFEASIBLE, None, INFINITY, INFINITY, None)
            self._program.set_bound(cell, low, high)
        solved = self._program.solve(nodes=NODES)
        for cell in within:
            self._program.set_bound(cell, float(self._lower[cell]), float(self._upper[cell]))
        return solved

    def _table(self, solved: Solved) -> Floats | None:
        return None if solved.point is None else self._group.settled(solved.point[: len(self)])

    def __len__(self) -> int:
        return self._group.size


@dataclass(frozen=True, slots=True)
class _Switches:
    """Yes-or-no columns: a cell lies between `least` and `most` where its switch is on."""

    cells: Integers
    least: Floats
    most: Floats


def _with_switches(group: Group, ruled: list[Integers]) -> tuple[SparseRows, Floats, Floats, int]:
    """The group's rows, with a switch a primary interval and a rounded cell; how many switches."""
    primary = _primary_switches(group, ruled)
    rounded = np.flatnonzero(group.never_below > np.maximum(group.lower, 0.0))
    rounded = rounded[group.lower[rounded] <= 0]
    cells = np.concatenate([primary.cells, rounded])
    least = np.concatenate([primary.least, group.never_below[rounded]])
    most = np.concatenate([primary.most, group.upper[rounded]])
    off_most = np.concatenate([group.upper[primary.cells], np.zeros(len(rounded))])
    count, switch = len(cells), np.arange(len(cells))
    at = (np.concatenate([switch, switch]), np.concatenate([cells, group.size + switch]))
    shape = (count, group.size + count)
    ones = np.ones(count)
    lowers = coo_array((np.concatenate([ones, group.lower[cells] - least]), at), shape=shape)
    uppers = coo_array((np.concatenate([ones, off_most - most]), at), shape=shape)
    chosen = np.zeros((len(ruled), group.size + count))
    for number, block in enumerate(ruled):
        chosen[number, group.size + np.flatnonzero(np.isin(primary.cells, block))] = 1.0
    own = hstack([group.rows, csr_array((group.rows.shape[0], count))])
    rows = csr_array(vstack([own, lowers, uppers, csr_array(chosen)]))
    endless = np.full(count, INFINITY)
    least_chosen, most_chosen = np.ones(len(ruled)), np.full(len(ruled), INFINITY)
    row_lower = np.concatenate([group.row_lower, group.lower[cells], -endless, least_chosen])
    row_upper = np.concatenate([group.row_upper, endless, off_most, most_chosen])
    return rows, row_lower, row_upper, count


def _primary_switches(group: Group, ruled: list[Integers]) -> _Switches:
    blocks = np.zeros(group.size, dtype=np.bool_)
    for block in ruled:
        blocks[block] = True
    inside = np.flatnonzero(blocks & (group.primary_least <= group.primary_most))
    above = np.flatnonzero(blocks & np.isfinite(group.primary_above))
    limit = group.primary_above[above]
    over = np.where(group.is_integer[above], np.floor(limit) + 1.0, limit + _SMALLEST_AMOUNT)
    cells = np.concatenate([inside, above])
    least = np.maximum(np.concatenate([group.primary_least[inside], over]), group.lower[cells])
    most = np.concatenate([group.primary_most[inside], group.upper[above]])
    most = np.minimum(most, group.upper[cells])
    possible = least <= most
    return _Switches(cells[possible], least[possible], most[possible])


def starting_table(group: Group) -> tuple[Floats, list[Integers]]:
    """A whole table that agrees with all that is known, and the blocks the rules explain.

    It is the truth where that is known. The attacker concludes from the rules only where that is
    right: of blocks with a primary cell (see `Group.ruled_blocks`). Where the truth is not known,
    of all blocks that may have one, if a table allows it. Raises RelationBrokenError where no
    table agrees, NotProvenError where none was found.
    """
    known = ~np.isnan(group.truth)
    if known.all():
        if (table := group.settled(group.truth)) is None:
            raise _disagreement(group)
        return table, group.ruled_blocks(table)
    within = {int(c): (float(group.truth[c]),) * 2 for c in np.flatnonzero(known)}
    if possible := group.possible_blocks():
        _, table = WholeTables(group, ruled=possible).any(within)
        if table is not None:
            return table, group.ruled_blocks(table)
    outcome, table = WholeTables(group, ruled=[]).any(within)
    if table is not None:
        return table, group.ruled_blocks(table)
    if outcome is Outcome.INFEASIBLE:
        raise _disagreement(group)
    raise NotProvenError([int(cell) for cell in group.cells[group.is_asked]])


def _disagreement(group: Group) -> RelationBrokenError:
    rows = [(int(row), float("nan")) for row in group.relations]
    return RelationBrokenError(rows, [f"relation {row}" for row, _ in rows])
