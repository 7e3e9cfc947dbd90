"""Patterns by hand: further cells until all demands hold, then those off that are not needed."""

import time

import numpy as np
from scipy.sparse import hstack

from services.indicator_api.disclosure.problem import VALUE_TOLERANCE, Bools, Floats
from services.indicator_api.disclosure.solver import Program
from services.indicator_api.disclosure.suppressing.checking import Checker
from services.indicator_api.disclosure.suppressing.cuts import RowCuts
from services.indicator_api.disclosure.suppressing.moves import Moves
from services.indicator_api.disclosure.suppressing.part import Part


class Paths:
    """The cheapest deviation that moves a cell: what it moves is what has to be hidden.

    A linear program on the cost of moving, for which hidden cells are (nearly) free.
    """

    def __init__(self, part: Part, seed: int) -> None:
        self._part = part
        self._program = Program(
            np.ones(2 * part.size),
            np.zeros(2 * part.size),
            np.concatenate([part.up, part.down]),
            hstack([part.rows, -part.rows]),
            -part.slack_down,
            part.slack_up,
            seed=seed,
        )
        self._costs = np.ones(part.size)

    def price(self, costs: Floats) -> None:
        """Sets what moving a cell by one costs (float64[g]), relative to the dearest."""
        costs = costs / costs.max()
        changed = np.flatnonzero(costs != self._costs)
        self._costs[changed] = costs[changed]
        both = np.concatenate([changed, changed + self._part.size])
        self._program.set_costs(both, np.concatenate([costs[changed]] * 2))

    def forbid(self, cells: Bools) -> None:
        """Takes cells (bool[g]) out: they cannot be hidden."""
        at, part = np.flatnonzero(cells), self._part
        self._program.set_bounds(at, np.zeros(len(at)), part.up_shown[at])
        self._program.set_bounds(at + part.size, np.zeros(len(at)), part.down_shown[at])

    def cheapest(self, cell: int, amount: float, kept: int | None = None) -> Floats | None:
        """The cheapest deviation (float64[g]) that moves the cell by the amount; None if none."""
        part, size = self._part, self._part.size
        room = part.up if amount > 0 else part.down
        if room[cell] < abs(amount) - VALUE_TOLERANCE:
            return None
        column, other = (cell, cell + size) if amount > 0 else (cell + size, cell)
        self._program.set_bound(column, abs(amount), max(float(room[cell]), abs(amount)))
        self._program.set_bound(other, 0.0, 0.0)
        if kept is not None:
            self._program.set_bound(kept, 0.0, 0.0)
            self._program.set_bound(kept + size, 0.0, 0.0)
        solved = self._program.solve()
        for restored in (cell,) if kept is None else (cell, kept):
            self._program.set_bound(restored, 0.0, float(part.up[restored]))
            self._program.set_bound(restored + size, 0.0, float(part.down[restored]))
        if not solved.is_optimal or solved.point is None:
            return None
        deviation: Floats = solved.point[:size] - solved.point[size:]
        return deviation


# One path often mends many cells, so only some are looked at before the pattern is checked anew.
_BROKEN_AT_ONCE = 40


class Repairer:
    """Makes patterns of a part meet all demands, at little loss."""

    def __init__(
        self, part: Part, moves: Moves, checker: Checker, rows: RowCuts, seed: int
    ) -> None:
        self._part, self._moves, self._checker, self._rows = part, moves, checker, rows
        self._paths = Paths(part, seed)
        self._order = np.random.default_rng(seed).permutation(part.size)

    def completed(self, hidden: Bools, prices: Floats) -> Bools | None:
        """The pattern (bool[g]) and what its demands need further; None if that cannot be.

        `prices` (float64[g]) steer the choice.
        """
        hidden = hidden.copy()
        self._reprice(hidden, prices)
        while unmet := self._checker.broken(hidden, most=_BROKEN_AT_ONCE):
            before = int(hidden.sum())
            for cell in sorted(unmet, key=lambda one: int(self._order[one])):
                if not self._complete(int(cell), hidden, prices):
                    return None
            if not self._complete_inside(hidden, prices) or int(hidden.sum()) == before:
                return None
        return hidden

    def _reprice(self, hidden: Bools, prices: Floats) -> None:
        free = hidden | ~self._part.may
        self._paths.price(np.where(free, prices.min() * 1e-3, prices))

    def _complete(self, cell: int, hidden: Bools, prices: Floats) -> bool:
        at = np.array([cell])
        if not self._moves.unmet(self._moves.possible(hidden), at)[0]:
            return True
        best: tuple[float, list[Floats]] | None = None
        for goals in self._goals(cell):
            path = self._path(cell, goals)
            if path is None:
                continue
            further = self._hides(path) & ~hidden
            loss = float(self._part.weight[further].sum())
            if best is None or loss < best[0]:
                best = loss, path
        if best is None:
            return False
        self._take(best[1], hidden, prices)
        return True

    def _goals(self, cell: int) -> list[tuple[float, ...]]:
        """Ways to meet the demands of a cell: one far move, or the width on both sides."""
        part = self._part
        up, down = float(part.needs_up[cell]), float(part.needs_down[cell])
        width = float(part.needs_width[cell])
        lower = max(down, min(width - up, float(part.down[cell])))
        higher = max(up, min(width - down, float(part.up[cell])))
        ways = {(max(up, width - lower), -lower), (higher, -max(down, width - higher))}
        clean = [tuple(goal for goal in way if abs(goal) > VALUE_TOLERANCE) for way in ways]
        return sorted(way for way in set(clean) if way)

    def _path(self, cell: int, goals: tuple[float, ...]) -> list[Floats] | None:
        path = []
        for goal in goals:
            deviation = self._paths.cheapest(cell, goal)
            if deviation is None:
                return None
            path.append(deviation)
        return path

    def _hides(self, path: list[Floats]) -> Bools:
        part = self._part
        result = np.zeros(part.size, dtype=np.bool_)
        for deviation in path:
            result |= deviation > part.up_shown + VALUE_TOLERANCE
            result |= -deviation > part.down_shown + VALUE_TOLERANCE
        return result & part.may

    def _take(self, path: list[Floats], hidden: Bools, prices: Floats) -> None:
        for deviation in path:
            self._moves.add(deviation)
        hidden |= self._hides(path)
        self._reprice(hidden, prices)

    def _complete_inside(self, hidden: Bools, prices: Floats) -> bool:
        """Adds cells for the insider's sake; False where that cannot be."""
        if not self._part.has_insider:
            return True
        for cell in np.flatnonzero(self._part.not_shown(hidden)):
            while (
                open_ := self._moves.unmet_inside(self._moves.possible(hidden), int(cell), hidden)
            ).any():
                path = self._path_inside(int(cell), int(np.argmax(open_)))
                if path is None:
                    return False
                self._take(path, hidden, prices)
        return True

    def _path_inside(self, cell: int, knower: int) -> list[Floats] | None:
        up, width = float(self._part.inside_up[cell]), float(self._part.inside_width[cell])
        ways = [max(up, width)] if up > 0 else [width, -width]
        found = [self._paths.cheapest(cell, amount, knower) for amount in ways]
        possible = [path for path in found if path is not None]
        if not possible:
            return None
        return [min(possible, key=lambda path: float(self._part.weight[self._hides([path])].sum()))]

    def pruned(self, hidden: Bools, kept: Bools, until: float) -> Bools:
        """The pattern without what it does not need; `kept` (bool[g]) stays hidden.

        Ends at the moment `until` (time.monotonic()), wherever it is.
        """
        part = self._part
        hidden = hidden.copy()
        prices = part.weight.copy()
        self._reprice(hidden, prices)
        candidates = np.flatnonzero(hidden & ~kept & ~part.must)
        for cell in sorted(candidates, key=lambda one: (-part.weight[one], int(self._order[one]))):
            if time.monotonic() > until:
                break
            hidden[cell] = False
            if self._rows.is_short_around(int(cell), hidden) or not self._holds(hidden, prices):
                hidden[cell] = True
                self._reprice(hidden, prices)
        return hidden

    def _holds(self, hidden: Bools, prices: Floats) -> bool:
        """Whether paths within the pattern meet all demands."""
        self._reprice(hidden, prices)
        cells = np.flatnonzero(self._part.not_shown(hidden))
        unmet = cells[self._moves.unmet(self._moves.possible(hidden), cells)]
        if not all(self._holds_for(int(cell), hidden) for cell in unmet):
            return False
        return not self._part.has_insider or all(
            self._holds_inside(int(cell), hidden) for cell in cells
        )

    def _holds_for(self, cell: int, hidden: Bools) -> bool:
        at = np.array([cell])
        if not self._moves.unmet(self._moves.possible(hidden), at)[0]:
            return True
        paths = (self._path(cell, goals) for goals in self._goals(cell))
        return any(path is not None and self._keeps(path, hidden) for path in paths)

    def _holds_inside(self, cell: int, hidden: Bools) -> bool:
        while True:
            possible = self._moves.possible(hidden)
            open_ = self._moves.unmet_inside(possible, cell, hidden)
            if not open_.any():
                return True
            path = self._path_inside(cell, int(np.argmax(open_)))
            if path is None or not self._keeps(path, hidden):
                return False

    def _keeps(self, path: list[Floats], hidden: Bools) -> bool:
        """Takes a path up if the pattern allows it."""
        if (self._hides(path) & ~hidden).any():
            return False
        for deviation in path:
            self._moves.add(deviation)
        return True
