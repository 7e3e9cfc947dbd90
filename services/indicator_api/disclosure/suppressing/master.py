"""The choice of cells: an integer program over all cuts known so far."""

import numpy as np

from services.indicator_api.disclosure.problem import Bools, Floats
from services.indicator_api.disclosure.solver import INFINITY, Program, Solved
from services.indicator_api.disclosure.suppressing.cuts import Cuts
from services.indicator_api.disclosure.suppressing.part import Part


class Master:
    """min weight @ y over the cuts, y in {0, 1}; 1 where hidden in any case, 0 where not ours."""

    def __init__(self, part: Part, cuts: Cuts, seed: int) -> None:
        self._part, self._cuts, self._seed = part, cuts, seed
        self.scale = float(part.weight[part.may].mean()) if part.may.any() else 1.0
        self._costs = np.where(part.may, part.weight / self.scale, 0.0)
        self._lower = part.must.astype(np.float64)
        self._upper = part.may.astype(np.float64)
        rows, least = cuts.rows()
        self._relaxed = Program(
            self._costs,
            self._lower,
            self._upper,
            rows,
            least,
            np.full(len(least), INFINITY),
            seed=seed,
        )
        self._taken = len(cuts)

    def relaxed(self, seconds: float) -> tuple[Floats | None, float]:
        """Shares of hiding (float64[g]) that minimise the loss over the cuts, and that loss."""
        rows, least = self._cuts.rows(self._taken)
        self._relaxed.add_rows(rows, least, np.full(len(least), INFINITY))
        self._taken = len(self._cuts)
        solved = self._relaxed.solve(seconds=seconds)
        if not solved.is_optimal or solved.point is None:
            return None, 0.0
        return np.clip(solved.point, 0.0, 1.0), solved.objective * self.scale

    def best(self, start: Bools | None, *, seconds: float, gap: float) -> Solved:
        """The whole choice that minimises the loss over the cuts; objectives times `scale`."""
        rows, least = self._cuts.rows()
        program = Program(
            self._costs,
            self._lower,
            self._upper,
            rows,
            least,
            np.full(len(least), INFINITY),
            is_integer=np.ones(self._part.size, dtype=np.bool_),
            seed=self._seed,
        )
        if start is not None:
            program.start_from(start.astype(np.float64))
        return program.solve(seconds=seconds, gap=gap)
