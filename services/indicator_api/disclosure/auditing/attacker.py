"""The attacker's programs on one group: how far a cell can go, and which table gets it there."""

import numpy as np
from scipy.sparse import coo_array, csr_array, hstack, vstack

from services.indicator_api.disclosure.auditing.group import Group
from services.indicator_api.disclosure.problem import Floats, NotProvenError, RelationBrokenError
from services.indicator_api.disclosure.solver import INFINITY, Outcome, Program, Solved

# Nodes after which a search for a whole table is given up; no clock, so that it ends alike.
NODES = 2_000


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

    With `rules` the program knows that the rules hide at least one cell of the group; without,
    relations, bounds and wholeness alone.
    """

    def __init__(self, group: Group, *, rules: bool) -> None:
        self._group = group
        rows, row_lower, row_upper, lower, upper = _with_rules(group, rules)
        extra = rows.shape[1] - group.size
        self._lower, self._upper = lower, upper
        self._program = Program(
            np.zeros(rows.shape[1]),
            lower,
            upper,
            rows,
            row_lower,
            row_upper,
            is_integer=np.concatenate([group.is_integer, np.ones(extra, dtype=np.bool_)]),
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


def _with_rules(group: Group, rules: bool) -> tuple[csr_array, Floats, Floats, Floats, Floats]:
    """The group's rows and, with `rules`, one switch a primary interval: at least one is on."""
    if not rules:
        return group.rows, group.row_lower, group.row_upper, group.lower, group.upper
    inside = np.flatnonzero(group.primary_least <= group.primary_most)
    above = np.flatnonzero(np.isfinite(group.primary_above))
    cells = np.concatenate([inside, above])
    limit = group.primary_above[above]
    over = np.where(group.is_integer[above], np.floor(limit) + 1.0, limit + _SMALLEST_AMOUNT)
    least = np.concatenate([group.primary_least[inside], over])
    most = np.concatenate([group.primary_most[inside], group.upper[above]])
    least, most = np.maximum(least, group.lower[cells]), np.minimum(most, group.upper[cells])
    possible = least <= most
    cells, least, most = cells[possible], least[possible], most[possible]
    count = len(cells)
    switch = np.arange(count)
    at = (np.concatenate([switch, switch]), np.concatenate([cells, group.size + switch]))
    ones = np.ones(count)
    shape = (count, group.size + count)
    lowers = coo_array((np.concatenate([ones, group.lower[cells] - least]), at), shape=shape)
    uppers = coo_array((np.concatenate([ones, group.upper[cells] - most]), at), shape=shape)
    own = hstack([group.rows, csr_array((group.rows.shape[0], count))])
    chosen = csr_array(np.concatenate([np.zeros(group.size), ones])[None, :])
    rows = vstack([own, lowers, uppers, chosen]).tocsr()
    endless = np.full(count, INFINITY)
    row_lower = np.concatenate([group.row_lower, group.lower[cells], -endless, [1.0]])
    row_upper = np.concatenate([group.row_upper, endless, group.upper[cells], [INFINITY]])
    lower = np.concatenate([group.lower, np.zeros(count)])
    upper = np.concatenate([group.upper, ones])
    return csr_array(rows), row_lower, row_upper, lower, upper


def starting_table(group: Group) -> tuple[Floats, bool]:
    """A whole table that agrees with all that is known, and whether the rules explain the group.

    It is the truth where that is known. The attacker concludes from the rules only where they
    explain the group: with the truth known, if one of its cells is primary; otherwise, if a table
    with a primary cell exists. Raises RelationBrokenError where no table agrees, NotProvenError
    where none was found.
    """
    ruled = bool(group.may_be_primary.any()) and not group.is_excused
    known = ~np.isnan(group.truth)
    if known.all():
        if (table := group.settled(group.truth)) is None:
            raise _disagreement(group)
        return table, ruled and bool(group.primary_in(table).any())
    within = {int(c): (float(group.truth[c]),) * 2 for c in np.flatnonzero(known)}
    if ruled:
        _, table = WholeTables(group, rules=True).any(within)
        if table is not None:
            return table, True
    outcome, table = WholeTables(group, rules=False).any(within)
    if table is not None:
        return table, False
    if outcome is Outcome.INFEASIBLE:
        raise _disagreement(group)
    raise NotProvenError([int(cell) for cell in group.cells[group.is_asked]])


def _disagreement(group: Group) -> RelationBrokenError:
    rows = [(int(row), float("nan")) for row in group.relations]
    return RelationBrokenError(rows, [f"relation {row}" for row, _ in rows])
