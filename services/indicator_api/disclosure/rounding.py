"""Rounding to a base instead of hiding, and what it still tells."""

from dataclasses import dataclass, replace

import numpy as np

from services.indicator_api.disclosure.auditing import audit
from services.indicator_api.disclosure.problem import (
    FIXED,
    SENSITIVE,
    UNKNOWN,
    VALUE_TOLERANCE,
    Audit,
    Bools,
    Floats,
    Problem,
)
from services.indicator_api.disclosure.solver import Program


@dataclass(frozen=True, slots=True)
class Rounding:
    """Cells as they would be shown. `shown`: float64[n]; `tolerance`: known to ± this.

    `is_additive`: the rounded values fulfil the relations that the true ones fulfil.
    """

    shown: Floats
    tolerance: Floats
    is_additive: bool


def round_to_base(values: Floats, base: int) -> Rounding:
    """Each count to the next multiple of `base`, halves up; equal counts end equally.

    A reader knows each count to ± half the base (NRW's school data: base 5, 1 and 2 become 0,
    3 to 7 become 5). Raises ValueError for a base below 2.
    """
    _require_base(base)
    shown = np.floor(values / base + 0.5) * base
    return Rounding(shown, np.full(len(values), base / 2.0), is_additive=False)


def round_additively(problem: Problem, base: int, *, seconds: float, seed: int = 0) -> Rounding:
    """Counts to multiples of `base` next to them that add up (controlled rounding).

    Cells that are multiples already stay (zero-restricted: L. H. Cox, "A constructive procedure
    for unbiased controlled rounding", JASA 82 (1987), 520–524), the others go down or up so that
    the sum of all changes is least. FIXED and UNKNOWN cells and amounts are left alone; relations
    with one of them are not kept. Where no such table is found in time, falls back on
    `round_to_base`. Raises ValueError for a base below 2.
    """
    _require_base(base)
    rounded = _rounded_cells(problem)
    down = np.floor(problem.values / base) * base
    gain = problem.values - down
    is_open = rounded & (gain > VALUE_TOLERANCE)
    rows = problem.relations
    whole = abs(rows) @ (~rounded).astype(np.float64) == 0
    is_equation = whole & (np.abs(problem.row_upper - problem.row_lower) < VALUE_TOLERANCE)
    kept = rows[np.flatnonzero(is_equation)]
    missing = problem.row_lower[is_equation] - kept @ np.where(rounded, down, 0.0)
    program = Program(
        np.where(is_open, base - 2.0 * gain, 0.0),
        np.zeros(problem.count),
        is_open.astype(np.float64),
        (base * kept).tocsr(),
        missing,
        missing,
        is_integer=np.ones(problem.count, dtype=np.bool_),
        seed=seed,
    )
    solved = program.solve(seconds=seconds, gap=0.01)
    if solved.point is None:
        return _only(problem, rounded, round_to_base(problem.values, base))
    shown = np.where(rounded, down + base * np.round(solved.point), problem.displayed)
    holds = np.abs(kept @ shown - problem.row_lower[is_equation]) < VALUE_TOLERANCE
    if not holds.all():
        return _only(problem, rounded, round_to_base(problem.values, base))
    tolerance = np.where(rounded, float(base - 1), problem.tolerance)
    return Rounding(shown, tolerance, is_additive=True)


def audit_rounding(problem: Problem, rounding: Rounding) -> Audit:
    """Attacks a release in which every cell is shown rounded and none is hidden.

    The intervals and failures are those of the cells that the rules would have hidden, or that
    were to be hidden: what is known of each must be as wide as the rule demands, though it is
    shown. Raises RelationBrokenError as `audit` does.
    """
    rounded = _rounded_cells(problem)
    lower = np.where(rounded, rounding.shown - rounding.tolerance, problem.lower)
    upper = np.where(rounded, rounding.shown + rounding.tolerance, problem.upper)
    # Attacked as if they were unknown within what their display leaves.
    attacked = replace(
        problem,
        lower=np.where(rounded, np.maximum(np.ceil(lower), problem.lower), problem.lower),
        upper=np.where(rounded, np.minimum(np.floor(upper), problem.upper), problem.upper),
        status=np.where(rounded, UNKNOWN, problem.status).astype(np.int8),
        tolerance=np.where(rounded, 0.0, problem.tolerance),
        needs_upper=np.where(_is_small(problem), problem.needs_upper, -np.inf),
        needs_lower=np.where(_is_small(problem), problem.needs_lower, np.inf),
        needs_width=np.where(_is_small(problem), problem.needs_width, 0.0),
        primary_below=np.zeros(problem.count),
        primary_above=None,
        primary_zero=None,
        shown=None,
    )
    return audit(attacked, np.zeros(problem.count, dtype=np.bool_))


def _is_small(problem: Problem) -> Bools:
    small: Bools = np.equal(problem.status, SENSITIVE)
    return small


def _rounded_cells(problem: Problem) -> Bools:
    known = ~np.isnan(problem.values) & problem.is_integer
    ours: Bools = known & (problem.status != FIXED) & (problem.status != UNKNOWN)
    return ours


def _only(problem: Problem, rounded: Bools, rounding: Rounding) -> Rounding:
    return Rounding(
        np.where(rounded, rounding.shown, problem.displayed),
        np.where(rounded, rounding.tolerance, problem.tolerance),
        is_additive=False,
    )


def _require_base(base: int) -> None:
    if base < 2:
        raise ValueError(f"a base is at least 2, not {base}")
