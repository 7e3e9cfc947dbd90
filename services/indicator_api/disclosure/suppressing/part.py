"""One connected part of a problem as deviations from the true table.

An attacker's table is the true one plus a deviation d. It agrees with all that is shown if every
relation holds for it and every cell stays within its room: what the display leaves where the cell
is shown, what is known beforehand where it is hidden.
"""

from dataclasses import dataclass

import numpy as np

from services.indicator_api.disclosure.auditing.attacker import starting_table
from services.indicator_api.disclosure.auditing.group import Group, groups_of, known_bounds
from services.indicator_api.disclosure.problem import (
    FIXED,
    OPEN,
    SENSITIVE,
    VALUE_TOLERANCE,
    Bools,
    Floats,
    Problem,
    SparseRows,
)


@dataclass(frozen=True, slots=True)
class Part:
    """g cells, r relations; arrays of length g unless said otherwise.

    `base` is the true table, completed where even the holder does not know it. `up_shown`,
    `down_shown`: how far a cell deviates if it is shown; `up`, `down` if it is hidden
    (>= the former; equal where the cell is not ours to hide). `must` is hidden in any case, `may`
    can be chosen. `is_asked` says whose demands count although it is not ours (UNKNOWN).
    `needs_up`, `needs_down`, `needs_width`: how far a cell that is not shown must be able to go.
    `inside_up`, `inside_width`: the same for who knows another cell; 0 without an insider.
    `slack_up`, `slack_down` (float64[r]): how far rows @ d may differ from 0.
    """

    group: Group
    base: Floats
    rows: SparseRows
    slack_up: Floats
    slack_down: Floats
    up_shown: Floats
    down_shown: Floats
    up: Floats
    down: Floats
    must: Bools
    may: Bools
    is_asked: Bools
    is_known: Bools
    needs_up: Floats
    needs_down: Floats
    needs_width: Floats
    inside_up: Floats
    inside_width: Floats
    weight: Floats

    @property
    def size(self) -> int:
        """How many cells the part has."""
        return len(self.must)

    @property
    def has_insider(self) -> bool:
        """Whether someone with knowledge of their own must fail as well."""
        return bool((self.inside_width > 0).any() or (self.inside_up > 0).any())

    def not_shown(self, hidden: Bools) -> Bools:
        """The cells whose demands count if `hidden` (bool[g]) is hidden."""
        return hidden | self.is_asked

    def room(self, hidden: Floats) -> tuple[Floats, Floats]:
        """Room down and up for shares hidden, 0 to 1 (float64[g])."""
        down = self.down_shown + (self.down - self.down_shown) * hidden
        return down, self.up_shown + (self.up - self.up_shown) * hidden


def parts_of(problem: Problem) -> list[Part]:
    """The parts of a problem in which something is to be protected.

    Raises RelationBrokenError where no table agrees with the relations.
    """
    may = (problem.status == OPEN) | (problem.status == SENSITIVE)
    blurred = (problem.tolerance > 0) & (problem.status != FIXED) & may
    shown_lower, shown_upper = known_bounds(problem, blurred)
    return [
        _part(problem, group, may, (shown_lower, shown_upper))
        for group in groups_of(problem, may)
        if _has_demands(problem, group)
    ]


def _has_demands(problem: Problem, group: Group) -> bool:
    unknown = group.is_asked & ~_is_ours(problem, group)
    demanding = (group.needs_width > 0) | np.isfinite(group.needs_upper)
    demanding |= np.isfinite(group.needs_lower)
    sensitive = problem.status[group.cells] == SENSITIVE
    return bool(sensitive.any() or (unknown & demanding).any())


def _is_ours(problem: Problem, group: Group) -> Bools:
    status = problem.status[group.cells]
    ours: Bools = (status == OPEN) | (status == SENSITIVE)
    return ours


def _part(problem: Problem, group: Group, may: Bools, shown_bounds: tuple[Floats, Floats]) -> Part:
    cells = group.cells
    base, _ = starting_table(group)
    ours = may[cells]
    blurred = ours & (problem.tolerance[cells] > 0)
    up, down = _room(group.upper - base), _room(base - group.lower)
    up_shown = np.where(blurred, _room(shown_bounds[1][cells] - base), np.where(ours, 0.0, up))
    down_shown = np.where(blurred, _room(base - shown_bounds[0][cells]), np.where(ours, 0.0, down))
    needs_up = _need(group.needs_upper - base)
    insider = problem.withstands_insider
    inside = np.minimum(problem.insider_width, group.needs_width) if insider else 0.0
    total = group.rows @ base
    return Part(
        group=group,
        base=base,
        rows=group.rows,
        slack_up=_room(group.row_upper - total),
        slack_down=_room(total - group.row_lower),
        up_shown=np.minimum(up_shown, up),
        down_shown=np.minimum(down_shown, down),
        up=up,
        down=down,
        must=problem.status[cells] == SENSITIVE,
        may=ours,
        is_asked=group.is_asked & ~ours,
        is_known=group.is_demanding & ~np.isnan(group.truth),
        needs_up=needs_up,
        needs_down=_need(base - group.needs_lower),
        needs_width=group.needs_width,
        inside_up=needs_up if insider else np.zeros(group.size),
        inside_width=np.broadcast_to(inside, (group.size,)).astype(np.float64),
        weight=problem.weight[cells],
    )


def _room(distance: Floats) -> Floats:
    return np.where(distance > VALUE_TOLERANCE, distance, 0.0)


def _need(distance: Floats) -> Floats:
    return np.where(np.isfinite(distance) & (distance > VALUE_TOLERANCE), distance, 0.0)
