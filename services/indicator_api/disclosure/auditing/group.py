"""What an attacker has before them: the unknown cells that hang together, and what binds them.

A group holds the cells that are not shown exactly: hidden ones, unknown ones, and shown ones
whose display leaves an interval. Cells shown exactly are constants, moved into the rows' bounds.
"""

from dataclasses import dataclass

import numpy as np

from services.indicator_api.disclosure.auditing.blocks import independent_blocks
from services.indicator_api.disclosure.components import Component, find_components
from services.indicator_api.disclosure.problem import (
    FIXED,
    UNKNOWN,
    VALUE_TOLERANCE,
    Bools,
    Floats,
    Integers,
    Problem,
    RelationBrokenError,
    SparseRows,
)


@dataclass(frozen=True, slots=True)
class Group:
    """g cells and r relations; arrays of length g unless said otherwise.

    `cells` are numbers of the problem. `rows` is r × g, constants are taken into `row_lower` and
    `row_upper`. `upper` is finite: where nothing bounds a cell, `is_capped` says so and the cap
    is far beyond every value and demand. `truth` is NaN where unknown. `is_asked`: the cell is
    not shown, its demands are to hold. `primary_least`, `primary_most`: the interval that the rule
    hides (least > most: none), `primary_above` what it hides beyond. `is_excused`: a rule that says
    nothing of the value has hidden the cell. `never_below`: a count shown rounded is 0 or at least
    this, or it would be hidden (0: no such rule).
    """

    cells: Integers
    relations: Integers
    rows: SparseRows
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    is_capped: Bools
    is_integer: Bools
    truth: Floats
    is_asked: Bools
    needs_width: Floats
    needs_upper: Floats
    needs_lower: Floats
    primary_least: Floats
    primary_most: Floats
    primary_above: Floats
    is_excused: Bools
    never_below: Floats

    @property
    def size(self) -> int:
        """How many cells the group has."""
        return len(self.cells)

    @property
    def is_demanding(self) -> Bools:
        """Cells not shown of which something is demanded: what an insider may know one of.

        What is derived (a rate) has no demand of its own: who knows it knows its numerator.
        """
        demanding = (self.needs_width > 0) | np.isfinite(self.needs_upper)
        return self.is_asked & (demanding | np.isfinite(self.needs_lower))

    @property
    def may_be_primary(self) -> Bools:
        """Cells which a known rule may have hidden for their value."""
        return (self.primary_least <= self.primary_most) | np.isfinite(self.primary_above)

    def primary_in(self, point: Floats) -> Bools:
        """Which cells the rules hide if the point (float64[g]) were the truth."""
        low, high = self.primary_least - VALUE_TOLERANCE, self.primary_most + VALUE_TOLERANCE
        inside = (point >= low) & (point <= high) & (self.primary_least <= self.primary_most)
        return inside | (point > self.primary_above + VALUE_TOLERANCE)

    def allows(self, point: Floats) -> bool:
        """Whether no count that is shown rounded would have been hidden."""
        gap = (point > VALUE_TOLERANCE) & (point < self.never_below - VALUE_TOLERANCE)
        return not gap.any()

    def ruled_blocks(self, base: Floats) -> list[Integers]:
        """Blocks of cells of which the attacker knows that the rules hide one.

        These are the blocks that vary independently: a pattern that hides one without need would
        not have been chosen. At `base` (float64[g]) a cell of the block must be primary for the
        conclusion to be true, and none hidden for a reason that says nothing of its value.
        """
        primary = self.primary_in(base)
        return [block for block in self.possible_blocks() if primary[block].any()]

    def possible_blocks(self) -> list[Integers]:
        """Blocks of which a rule for values may be what hid them, and no other rule was."""
        possible = self.may_be_primary
        if not possible.any():
            return []
        is_inequality = self.row_upper - self.row_lower > VALUE_TOLERANCE
        return [
            block
            for block in independent_blocks(self.rows, is_inequality)
            if possible[block].any() and not self.is_excused[block].any()
        ]

    def settled(self, point: Floats | None) -> Floats | None:
        """The point with its counts made whole, or None where it is no table that agrees.

        Nothing a solver says of a point is believed: bounds and rows are computed anew.
        """
        if point is None or np.isnan(point).any():
            return None
        whole = np.where(self.is_integer, np.round(point), point)
        if np.abs(whole - point).max(initial=0.0) > _NEARLY_WHOLE:
            return None
        whole = np.where(self.is_integer, whole, np.clip(whole, self.lower, self.upper))
        outside = (whole < self.lower - VALUE_TOLERANCE) | (whole > self.upper + VALUE_TOLERANCE)
        return None if outside.any() or not self.holds(whole) else whole

    def holds(self, point: Floats) -> bool:
        """Whether all relations hold at the point."""
        total = self.rows @ point
        room = VALUE_TOLERANCE * np.maximum(1.0, np.abs(total))
        fits = (total >= self.row_lower - room) & (total <= self.row_upper + room)
        return bool(fits.all())


_NEARLY_WHOLE = 1e-5


def groups_of(problem: Problem, is_hidden: Bools) -> list[Group]:
    """The groups an attacker faces if `is_hidden` (bool[n]) is hidden.

    Raises RelationBrokenError if a relation among shown cells does not hold.
    """
    is_asked = is_hidden | (problem.status == UNKNOWN)
    blurred = ~is_asked & (problem.tolerance > 0)
    moving = is_asked | blurred
    constant = np.where(moving, 0.0, problem.displayed)
    total = problem.relations @ constant
    row_lower, row_upper = problem.row_lower - total, problem.row_upper - total
    lower, upper = known_bounds(problem, blurred)
    components = find_components(problem, moving)
    _require_constants(problem, components, row_lower, row_upper)
    return [
        _group(problem, part, is_asked, (lower, upper), (row_lower, row_upper))
        for part in components
        if is_asked[part.cells].any()
    ]


def known_bounds(problem: Problem, blurred: Bools) -> tuple[Floats, Floats]:
    """What bounds each cell for the attacker: beforehand, and by a display that blurs it."""
    around = problem.displayed
    lower = np.where(blurred, np.maximum(problem.lower, around - problem.tolerance), problem.lower)
    upper = np.where(blurred, np.minimum(problem.upper, around + problem.tolerance), problem.upper)
    lower = np.where(problem.is_integer, np.ceil(lower - VALUE_TOLERANCE), lower)
    upper = np.where(problem.is_integer, np.floor(upper + VALUE_TOLERANCE), upper)
    return _without_what_would_be_hidden(problem, blurred, lower, upper)


def _without_what_would_be_hidden(
    problem: Problem, blurred: Bools, lower: Floats, upper: Floats
) -> tuple[Floats, Floats]:
    """A shown count is none that the rules hide: 0 < x < t is out of its interval."""
    below = np.ceil(problem.primary_below)
    ruled = blurred & _is_shown_by_rule(problem)
    upper = np.where(ruled & (upper < below) & (lower <= 0), np.minimum(upper, 0.0), upper)
    lower = np.where(ruled & (lower > 0) & (lower < below), below, lower)
    return lower, upper


def _is_shown_by_rule(problem: Problem) -> Bools:
    """Counts that would be hidden if they were small; not those that are shown although small."""
    values, below = problem.values, problem.primary_below
    ours = problem.is_integer & (problem.status != FIXED) & (below > 0)
    result: Bools = ours & ~((values > 0) & (values < below))
    return result


def _never_below(problem: Problem, cells: Integers, is_shown: Bools) -> Floats:
    below = np.ceil(problem.primary_below[cells])
    return np.where(is_shown & _is_shown_by_rule(problem)[cells], below, 0.0)


def _require_constants(
    problem: Problem, components: list[Component], row_lower: Floats, row_upper: Floats
) -> None:
    constant = np.ones(len(row_lower), dtype=np.bool_)
    for part in components:
        constant[part.rows] = False
    room = VALUE_TOLERANCE * np.maximum(1.0, np.abs(problem.row_upper))
    off = np.where(row_lower > room, -row_lower, np.where(row_upper < -room, -row_upper, 0.0))
    if broken := [(int(row), float(off[row])) for row in np.flatnonzero(constant & (off != 0))]:
        raise RelationBrokenError(broken, [problem.row_name(row) for row, _ in broken])


def _group(
    problem: Problem,
    part: Component,
    is_asked: Bools,
    bounds: tuple[Floats, Floats],
    row_bounds: tuple[Floats, Floats],
) -> Group:
    cells = part.cells
    asked = is_asked[cells]
    own = asked & (problem.status[cells] != UNKNOWN)
    lower, upper = bounds[0][cells], bounds[1][cells]
    below = np.where(own, np.ceil(problem.primary_below[cells]), 0.0)
    zero = own & problem.zero_is_primary[cells]
    step = np.where(problem.is_integer[cells], 1.0, _SMALLEST_AMOUNT * np.maximum(below, 1.0))
    rows = problem.relations[part.rows][:, cells]
    capped = np.isinf(upper)
    return Group(
        cells=cells,
        relations=part.rows,
        rows=rows.tocsr(),
        row_lower=row_bounds[0][part.rows],
        row_upper=row_bounds[1][part.rows],
        lower=np.where(np.isinf(lower), -_cap(problem, cells), lower),
        upper=np.where(capped, _cap(problem, cells), upper),
        is_capped=capped,
        is_integer=problem.is_integer[cells],
        truth=problem.values[cells],
        is_asked=asked,
        needs_width=problem.needs_width[cells],
        needs_upper=problem.needs_upper[cells],
        needs_lower=problem.needs_lower[cells],
        primary_least=np.where(zero, 0.0, np.where(below > 0, step, 1.0)),
        primary_most=np.where(below > 0, np.maximum(below - step, 0.0), np.where(zero, 0.0, -1.0)),
        primary_above=np.where(own, problem.above[cells], np.inf),
        is_excused=problem.otherwise[cells] & own,
        never_below=_never_below(problem, cells, ~asked),
    )


_SMALLEST_AMOUNT = 1e-3


def _cap(problem: Problem, cells: Integers) -> float:
    """A bound for the unbounded: far beyond what values and demands of the group need."""
    finite = [
        array[cells][np.isfinite(array[cells])]
        for array in (problem.values, problem.needs_upper, problem.needs_lower, problem.needs_width)
    ]
    reach = max(float(np.abs(part).max(initial=0.0)) for part in finite)
    return float(np.ceil(1000.0 + 10.0 * reach))
