"""Linear and integer programs in HiGHS behind typed functions; no other file knows the solver.

HiGHS runs on one thread with a fixed seed, so that equal problems end equally. Symmetry detection
is off: it has crashed the process on valid models (HiGHS issue 2453). highspy and ortools must
not be loaded into one process: both bring a HiGHS of their own.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

import highspy
import numpy as np

from services.indicator_api.disclosure.problem import Bools, Floats, Integers, SparseRows

INFINITY: Final[float] = float(highspy.kHighsInf)
# What HiGHS itself promises of a point: bounds and rows hold up to this.
FEASIBILITY: Final = 1e-7


class Outcome(Enum):
    """How a solve ended. Only OPTIMAL and INFEASIBLE are statements about the program."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    STOPPED = "stopped"
    FAILED = "failed"


_OUTCOMES = {
    highspy.HighsModelStatus.kOptimal: Outcome.OPTIMAL,
    highspy.HighsModelStatus.kModelEmpty: Outcome.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Outcome.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Outcome.UNBOUNDED,
    highspy.HighsModelStatus.kTimeLimit: Outcome.STOPPED,
    highspy.HighsModelStatus.kIterationLimit: Outcome.STOPPED,
    highspy.HighsModelStatus.kSolutionLimit: Outcome.STOPPED,
    highspy.HighsModelStatus.kInterrupt: Outcome.STOPPED,
}


@dataclass(frozen=True, slots=True)
class Solved:
    """The end of a solve.

    `point` (float64[columns]) is None where there is none. `objective` is its value, `bound` what
    no point can beat (equal for a linear program that was solved). `row_duals` (float64[rows])
    are of linear programs only.
    """

    outcome: Outcome
    point: Floats | None
    objective: float
    bound: float
    row_duals: Floats | None

    @property
    def is_optimal(self) -> bool:
        """Whether the point is the best there is."""
        return self.outcome is Outcome.OPTIMAL and self.point is not None


class Program:
    """min costs · x, row_lower <= rows @ x <= row_upper, lower <= x <= upper, some x whole.

    Bounds, costs and rows may change between solves; a linear program goes on from the basis of
    the last solve. Raises ValueError where HiGHS does not take the arrays.
    """

    def __init__(
        self,
        costs: Floats,
        lower: Floats,
        upper: Floats,
        rows: SparseRows,
        row_lower: Floats,
        row_upper: Floats,
        *,
        is_integer: Bools | None = None,
        seed: int = 0,
    ) -> None:
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]
        self.is_mixed = is_integer is not None and bool(is_integer.any())
        for name, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", seed % 2_147_483_647),
            ("mip_detect_symmetry", False),
            ("primal_feasibility_tolerance", FEASIBILITY),
            ("dual_feasibility_tolerance", FEASIBILITY),
        ):
            _require(self._highs.setOptionValue(name, value), name)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(costs), len(row_lower)
        model.col_cost_, model.col_lower_, model.col_upper_ = costs, lower, upper
        model.row_lower_, model.row_upper_ = row_lower, row_upper
        matrix = rows.tocsr()
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.num_col_, model.a_matrix_.num_row_ = len(costs), len(row_lower)
        model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
        model.a_matrix_.index_ = matrix.indices.astype(np.int32)
        model.a_matrix_.value_ = matrix.data.astype(np.float64)
        if is_integer is not None and self.is_mixed:
            whole, real = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
            model.integrality_ = [whole if flag else real for flag in is_integer]
        _require(self._highs.passModel(model), "the model")
        self.columns = len(costs)

    def set_costs(self, columns: Integers, costs: Floats) -> None:
        """Gives some columns other costs."""
        if len(columns):
            self._highs.changeColsCost(len(columns), columns.astype(np.int32), costs)

    def set_bounds(self, columns: Integers, lower: Floats, upper: Floats) -> None:
        """Gives some columns other bounds."""
        if len(columns):
            self._highs.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def set_bound(self, column: int, lower: float, upper: float) -> None:
        """Gives one column other bounds."""
        self._highs.changeColBounds(column, lower, upper)

    def set_cost(self, column: int, cost: float) -> None:
        """Gives one column another cost."""
        self._highs.changeColCost(column, cost)

    def add_rows(self, rows: SparseRows, row_lower: Floats, row_upper: Floats) -> None:
        """Adds rows; the basis stays."""
        if not len(row_lower):
            return
        matrix = rows.tocsr()
        status = self._highs.addRows(
            len(row_lower),
            row_lower,
            row_upper,
            matrix.nnz,
            matrix.indptr[:-1].astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data.astype(np.float64),
        )
        _require(status, "further rows")

    def start_from(self, point: Floats) -> None:
        """Gives an integer program a point to begin with (float64[columns])."""
        solution = highspy.HighsSolution()
        solution.col_value = point.tolist()
        self._highs.setSolution(solution)

    def prefer_primal(self) -> None:
        """For programs whose costs change between solves: the primal simplex goes on at once."""
        self._highs.setOptionValue("simplex_strategy", 4)

    def solve(
        self, *, seconds: float = INFINITY, gap: float = 0.0, nodes: int | None = None
    ) -> Solved:
        """Solves; a linear program without presolve, so that the basis is kept.

        `seconds` is for this solve; `gap` is relative; `nodes` ends a search in a way that does
        not depend on the machine's speed.
        """
        # HiGHS counts the time of all solves of one object against the limit.
        limit = self._highs.getRunTime() + max(seconds, 0.0)
        self._highs.setOptionValue("time_limit", min(limit, INFINITY))
        if self.is_mixed:
            self._highs.setOptionValue("mip_rel_gap", gap)
            self._highs.setOptionValue("mip_abs_gap", 1e-6)
            if nodes is not None:
                self._highs.setOptionValue("mip_max_nodes", nodes)
        else:
            self._highs.setOptionValue("presolve", "off")
            self._highs.setOptionValue("solver", "simplex")
        run = self._highs.run()
        outcome = _OUTCOMES.get(self._highs.getModelStatus(), Outcome.FAILED)
        if run == highspy.HighsStatus.kError:
            outcome = Outcome.FAILED
        return self._ended(outcome)

    def iterations(self) -> int:
        """Simplex iterations of the last solve: work that does not depend on the machine."""
        return int(self._highs.getInfo().simplex_iteration_count)

    def forget(self) -> None:
        """Drops the basis: the next solve begins anew (after numerical trouble)."""
        self._highs.clearSolver()

    def _ended(self, outcome: Outcome) -> Solved:
        info = self._highs.getInfo()
        objective = float(info.objective_function_value)
        bound = float(info.mip_dual_bound) if self.is_mixed else objective
        feasible = int(info.primal_solution_status) == _FEASIBLE
        if not feasible or outcome in (Outcome.INFEASIBLE, Outcome.FAILED, Outcome.UNBOUNDED):
            return Solved(outcome, None, objective, bound, None)
        solution = self._highs.getSolution()
        point = np.array(solution.col_value, dtype=np.float64)
        duals = None if self.is_mixed else np.array(solution.row_dual, dtype=np.float64)
        return Solved(outcome, point, objective, bound, duals)


_FEASIBLE = int(highspy.SolutionStatus.kSolutionStatusFeasible)


def _require(status: highspy.HighsStatus, what: str) -> None:
    if status == highspy.HighsStatus.kError:
        raise ValueError(f"HiGHS refuses {what}")
