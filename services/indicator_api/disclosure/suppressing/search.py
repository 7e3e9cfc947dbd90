"""The search for the cheapest safe pattern of one part: cuts, an integer program, the audit.

The integer program proposes; linear programs find which demands its proposal breaks and cut it
off; the audit (whole tables, the rules, the insider) refuses what they cannot see, and what it
refuses is cut off, too. A proposal nobody refuses is optimal. Safe patterns found by repairing
proposals bound the loss from above all along.
"""

import time
from dataclasses import dataclass

import numpy as np

from services.indicator_api.disclosure.auditing import audit
from services.indicator_api.disclosure.components import find_components
from services.indicator_api.disclosure.problem import (
    UNKNOWN,
    VALUE_TOLERANCE,
    Audit,
    Bools,
    Failure,
    Floats,
    InfeasibleError,
    Integers,
    NotProvenError,
    Problem,
)
from services.indicator_api.disclosure.solver import Outcome
from services.indicator_api.disclosure.suppressing.checking import Checker
from services.indicator_api.disclosure.suppressing.cuts import Cuts, RowCuts
from services.indicator_api.disclosure.suppressing.master import Master
from services.indicator_api.disclosure.suppressing.moves import Moves
from services.indicator_api.disclosure.suppressing.part import Part
from services.indicator_api.disclosure.suppressing.repairing import Repairer


@dataclass(frozen=True, slots=True)
class Found:
    """A safe pattern of a part (bool[g]) with the proven bound of its loss.

    `tables` (float64[n] each, NaN outside the part) are witnesses for the audit.
    """

    is_hidden: Bools
    loss: float
    bound: float
    method: str
    tables: list[Floats]


class Search:
    """The search on one problem that hangs together (see restricting.py)."""

    def __init__(
        self, problem: Problem, part: Part, *, seconds: float, gap: float, seed: int
    ) -> None:
        self._problem, self._part = problem, part
        self._gap, self._deadline = gap, time.monotonic() + seconds
        self._moves, self._cuts = Moves(part), Cuts(part.size)
        self._rows = RowCuts(part)
        self._checker = Checker(part, self._moves, self._cuts, seed)
        self._repairer = Repairer(part, self._moves, self._checker, self._rows, seed)
        self._master = Master(part, self._cuts, seed)
        self._best: Bools | None = None
        self._loss = np.inf
        self._bound = 0.0

    def run(self) -> Found:
        """Raises InfeasibleError or NotProvenError where there is no pattern to be had."""
        shares = self._relax()
        self._try(self._part.must | (shares > _LIKELY), shares)
        method = "cuts" if self._improve() else "heuristic"
        if self._best is None:
            raise NotProvenError([int(cell) for cell in self._part.group.cells[self._part.must]])
        bound = min(self._bound, self._loss)
        return Found(self._best, self._loss, bound, method, self._tables(self._best))

    def _left(self) -> float:
        return self._deadline - time.monotonic()

    def _is_closed(self) -> bool:
        return self._loss - self._bound <= max(self._gap * self._loss, 1e-6 * self._master.scale)

    def _relax(self) -> Floats:
        """Cuts off fractional choices until it no longer pays; the last one."""
        shares = self._part.must.astype(np.float64)
        begun, last, idle = time.monotonic(), 0.0, 0
        half = self._left() / 2
        for turn in range(_ROUNDS):
            relaxed, loss = self._master.relaxed(self._left())
            if relaxed is None:
                break
            shares, self._bound = relaxed, max(self._bound, loss)
            idle = idle + 1 if loss <= last * (1 + _PAYS) else 0
            last = loss
            if idle >= 4 or time.monotonic() - begun > half:
                break
            if not self._cut_rows(shares) and not self._cut_attacks(shares, turn):
                break
        return shares

    def _cut_rows(self, shares: Floats) -> int:
        found = sorted(self._rows.violated(shares, 0.02), key=lambda cut: -cut[0])
        return sum(self._cuts.add(row, least) for _, row, least in found[:_CUTS_A_ROUND])

    def _cut_attacks(self, shares: Floats, turn: int) -> int:
        cells = np.flatnonzero((shares > 0.3) | self._part.is_asked)
        chosen = [int(cell) for cell in np.roll(cells, -turn * _ATTACKS_A_ROUND)]
        return self._checker.separate(shares, chosen[:_ATTACKS_A_ROUND])

    def _try(self, hidden: Bools, shares: Floats) -> None:
        """Repairs a proposal until the audit passes it; keeps it if it is the best so far."""
        prices = self._part.weight * np.maximum(1.0 - shares, 0.02)
        kept = np.zeros(self._part.size, dtype=np.bool_)
        for turn in range(_REPAIRS):
            if self._left() <= 0 and self._best is not None:
                return
            completed = self._repairer.completed(hidden, prices)
            if completed is None:
                return
            pruned = self._repairer.pruned(completed, kept, self._deadline)
            if self._loss_of(pruned) >= self._loss - VALUE_TOLERANCE:
                return
            failures = self._audited(pruned)
            if not failures:
                self._keep(pruned)
                return
            self._refuse(pruned, failures)
            further = self._cheapest_around(pruned, failures, 2**turn)
            if not further.any():
                return
            kept |= further
            hidden = pruned | further

    def _keep(self, hidden: Bools) -> None:
        if (loss := self._loss_of(hidden)) < self._loss:
            self._best, self._loss = hidden.copy(), loss

    def _loss_of(self, hidden: Bools) -> float:
        return float(self._part.weight[hidden & self._part.may].sum())

    def _improve(self) -> bool:
        """Proposals of the integer program until one is safe; whether the optimum is proven."""
        while not self._is_closed():
            if self._left() <= 0:
                return False
            solved = self._master.best(self._best, seconds=self._left(), gap=self._gap / 2)
            if solved.outcome is Outcome.INFEASIBLE:
                self._give_up()
            if np.isfinite(solved.bound):
                self._bound = max(self._bound, solved.bound * self._master.scale)
            if solved.point is None:
                return False
            if self._is_closed():
                return True
            proposal = solved.point > 0.5
            if self._is_safe(proposal):
                self._keep(proposal)
                if solved.outcome is Outcome.OPTIMAL:
                    return True
                continue
            self._try(proposal, proposal.astype(np.float64))
        return True

    def _is_safe(self, proposal: Bools) -> bool:
        """Whether nothing refuses the proposal; learns cuts if not."""
        before = len(self._cuts)
        shares = proposal.astype(np.float64)
        self._cut_rows(shares)
        if len(self._cuts) > before:
            return False
        if self._checker.broken(proposal, most=_BROKEN_A_ROUND):
            return False
        if failures := self._audited(proposal):
            self._refuse(proposal, failures)
            return False
        return True

    def _audited(self, hidden: Bools) -> list[Failure]:
        """What the audit has against the pattern."""
        return self._audit(hidden).failures

    def _audit(self, hidden: Bools) -> Audit:
        return audit(
            self._problem,
            self._in_problem(hidden),
            demands_only=True,
            tables=self._tables(hidden),
        )

    def _tables(self, hidden: Bools) -> list[Floats]:
        """Tables of the problem that the moves found so far lead to."""
        tables = []
        for deviation in self._moves.telling(hidden):
            table = np.full(self._problem.count, np.nan)
            table[self._part.group.cells] = self._part.base + deviation
            tables.append(table)
        return tables

    def _in_problem(self, hidden: Bools) -> Bools:
        result = np.zeros(self._problem.count, dtype=np.bool_)
        result[self._part.group.cells] = hidden & self._part.may
        return result

    def _around(self, hidden: Bools) -> dict[int, Integers]:
        """For each cell not shown, the cells that would give its group more room if hidden."""
        problem, part = self._problem, self._part
        not_shown = self._in_problem(hidden) | (problem.status == UNKNOWN)
        moving = not_shown | (problem.tolerance > 0)
        may = np.zeros(problem.count, dtype=np.bool_)
        may[part.group.cells] = part.may & ~hidden
        position = np.full(problem.count, -1, dtype=np.int64)
        position[part.group.cells] = np.arange(part.size)
        around: dict[int, Integers] = {}
        for group in find_components(problem, moving):
            touched = np.unique(problem.relations[group.rows].indices)
            outside = position[touched[may[touched]]]
            for cell in group.cells:
                around[int(position[cell])] = outside
        return around

    def _refuse(self, hidden: Bools, failures: list[Failure]) -> None:
        """Cuts off what the audit refused: without more room around, the cell stays open."""
        around, part = self._around(hidden), self._part
        position = {int(cell): at for at, cell in enumerate(part.group.cells)}
        for failure in failures:
            at = position[failure.cell]
            row = np.zeros(part.size)
            row[around[at]] = 1.0
            if part.is_asked[at] or part.must[at]:
                self._cuts.add(row, 1.0)
                if not row.any():
                    self._give_up()
            else:
                row[at] = -1.0
                self._cuts.add(row, 0.0)

    def _cheapest_around(self, hidden: Bools, failures: list[Failure], most: int) -> Bools:
        """For each refused cell the cheapest further ones next to its group; bool[g]."""
        around, part = self._around(hidden), self._part
        position = {int(cell): at for at, cell in enumerate(part.group.cells)}
        further = np.zeros(part.size, dtype=np.bool_)
        for failure in failures:
            choice = around[position[failure.cell]]
            if len(choice) and not further[choice].any():
                cheapest = np.argsort(part.weight[choice], kind="stable")
                further[choice[cheapest[:most]]] = True
        return further

    def _give_up(self) -> None:
        """No pattern passes: says what is open even with everything hidden."""
        everything = self._part.may.copy()
        while True:
            failures = self._audited(everything)
            position = {int(cell): at for at, cell in enumerate(self._part.group.cells)}
            failed = {position[failure.cell] for failure in failures}
            bound_to = [at for at in failed if self._part.must[at] or self._part.is_asked[at]]
            if bound_to or not failed:
                cells = [int(self._part.group.cells[at]) for at in sorted(bound_to)]
                raise InfeasibleError("too_narrow", cells, self._telling(cells))
            everything[sorted(failed)] = False

    def _telling(self, cells: list[int]) -> list[int]:
        """The relations that contain one of the cells."""
        if not cells:
            return []
        rows = self._problem.relations[:, cells].tocoo().row
        return [int(row) for row in np.unique(rows)]


_LIKELY = 0.5
_PAYS = 2e-4
_ROUNDS = 200
_CUTS_A_ROUND = 1_500
_ATTACKS_A_ROUND = 150
_BROKEN_A_ROUND = 60
_REPAIRS = 16
