"""A connected part of a problem as a problem of its own."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.indicator_api.disclosure.components import Component, find_components
from services.indicator_api.disclosure.problem import (
    FIXED,
    SENSITIVE,
    UNKNOWN,
    Bools,
    Problem,
)


def parts_to_protect(problem: Problem) -> list[tuple[Component, Problem]]:
    """The parts in which something must stay unknown, each with its cells (of the whole)."""
    may_move = (problem.status != FIXED) | (problem.tolerance > 0)
    demanding = problem.status == SENSITIVE
    demands = (problem.needs_width > 0) | np.isfinite(problem.needs_upper)
    demands |= np.isfinite(problem.needs_lower)
    demanding |= (problem.status == UNKNOWN) & demands
    return [
        (part, restricted(problem, part, may_move))
        for part in find_components(problem, may_move)
        if demanding[part.cells].any()
    ]


def restricted(problem: Problem, part: Component, may_move: Bools) -> Problem:
    """The part's cells and relations; all other cells become constants of the row bounds."""
    cells, rows = part.cells, part.rows
    lines = problem.relations[rows]
    total = lines @ np.where(may_move, 0.0, problem.displayed)

    def of_cells(array: NDArray[Any] | None) -> NDArray[Any] | None:
        return None if array is None else array[cells]

    return replace(
        problem,
        values=problem.values[cells],
        is_integer=problem.is_integer[cells],
        lower=problem.lower[cells],
        upper=problem.upper[cells],
        status=problem.status[cells],
        tolerance=problem.tolerance[cells],
        weight=problem.weight[cells],
        needs_width=problem.needs_width[cells],
        needs_upper=problem.needs_upper[cells],
        needs_lower=problem.needs_lower[cells],
        relations=lines[:, cells].tocsr(),
        row_lower=problem.row_lower[rows] - total,
        row_upper=problem.row_upper[rows] - total,
        primary_below=problem.primary_below[cells],
        primary_above=of_cells(problem.primary_above),
        primary_zero=of_cells(problem.primary_zero),
        hidden_otherwise=of_cells(problem.hidden_otherwise),
        shown=of_cells(problem.shown),
        names=tuple(problem.row_name(int(row)) for row in rows),
    )
