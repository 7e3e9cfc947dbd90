"""The attacker's linear program on a pattern, for finding moves and cuts."""

import numpy as np

from services.indicator_api.disclosure.problem import Floats
from services.indicator_api.disclosure.solver import Program
from services.indicator_api.disclosure.suppressing.part import Part


class Attack:
    """How far cells deviate under a pattern; goes on from the last basis."""

    def __init__(self, part: Part, seed: int) -> None:
        self._part = part
        self._hidden = np.zeros(part.size)
        down, up = part.room(self._hidden)
        self._down, self._up = down, up
        self._program = Program(
            np.zeros(part.size),
            -down,
            up,
            part.rows,
            -part.slack_down,
            part.slack_up,
            seed=seed,
        )
        self._program.prefer_primal()

    def under(self, hidden: Floats) -> None:
        """Takes up a pattern, or shares of hiding (float64[g], 0 to 1)."""
        changed = np.flatnonzero(hidden != self._hidden)
        self._hidden = hidden.astype(np.float64)
        self._down, self._up = self._part.room(self._hidden)
        self._program.set_bounds(changed, -self._down[changed], self._up[changed])

    def push(
        self, cell: int, sign: float, demand: float, kept: int | None = None
    ) -> tuple[Floats | None, Floats | None]:
        """A deviation that takes the cell as far as it goes, up to the demand, and the duals.

        The duals (float64[r]) are those of maximising sign · d[cell]. `kept` stays as it is.
        (None, None) where the solver fails: nothing is known then.
        """
        low, high = float(-self._down[cell]), float(self._up[cell])
        goal = (
            (low, max(min(high, demand), 0.0)) if sign > 0 else (min(max(low, -demand), 0.0), high)
        )
        self._program.set_bound(cell, *goal)
        if kept is not None:
            self._program.set_bound(kept, 0.0, 0.0)
        self._program.set_cost(cell, -sign)
        solved = self._program.solve()
        if not solved.is_optimal:
            self._program.forget()
            solved = self._program.solve()
        self._program.set_cost(cell, 0.0)
        self._program.set_bound(cell, low, high)
        if kept is not None:
            self._program.set_bound(kept, float(-self._down[kept]), float(self._up[kept]))
        if not solved.is_optimal or solved.row_duals is None:
            return None, None
        return solved.point, -solved.row_duals

    def push_many(self, directions: Floats) -> Floats | None:
        """One deviation that moves many cells at once, each no further than it is asked to.

        `directions` (float64[g]) are signed distances, 0 for the others.
        """
        cells = np.flatnonzero(directions)
        wanted = directions[cells]
        low = np.where(wanted < 0, np.maximum(-self._down[cells], wanted), -self._down[cells])
        high = np.where(wanted > 0, np.minimum(self._up[cells], wanted), self._up[cells])
        self._program.set_bounds(cells, low, high)
        self._program.set_costs(cells, -np.sign(wanted))
        solved = self._program.solve()
        self._program.set_costs(cells, np.zeros(len(cells)))
        self._program.set_bounds(cells, -self._down[cells], self._up[cells])
        return solved.point if solved.is_optimal else None
