"""From a problem and a pattern to what is public of it, and what must stay possible."""

import numpy as np
from numpy.typing import NDArray

from services.indicator_api.disclosure.problem import UNKNOWN, Problem
from tests.indicator_api.disclosure.attacker.publication import Publication
from tests.indicator_api.disclosure.attacker.verdict import (
    Demands,
    Disclosure,
    disclosures_of,
    find_disclosures,
)


def published(
    problem: Problem,
    is_hidden: NDArray[np.bool_],
    hidden_together: tuple[frozenset[int], ...] = (),
) -> Publication:
    """What is public once `is_hidden` is hidden: the only thing an attacker gets."""
    is_shown = ~is_hidden & (problem.status != UNKNOWN)
    return Publication(
        shown=np.where(is_shown, problem.displayed, np.nan),
        tolerance=np.where(is_shown, problem.tolerance, 0.0),
        is_integer=problem.is_integer,
        lower=problem.lower,
        upper=problem.upper,
        relations=problem.relations,
        row_lower=problem.row_lower,
        row_upper=problem.row_upper,
        minimum_count=problem.primary_below,
        has_other_rules=problem.otherwise | np.isfinite(problem.above),
        hidden_together=hidden_together,
    )


def demands_of(problem: Problem) -> Demands:
    """What the rules demand of every cell that is not shown."""
    insider = np.full(problem.count, problem.insider_width)
    demanding = (problem.needs_width > 0) | np.isfinite(problem.needs_upper)
    return Demands(
        width=problem.needs_width,
        upper=problem.needs_upper,
        lower=problem.needs_lower,
        insider_width=np.where(demanding, insider, 0.0) if problem.withstands_insider else None,
    )


def disclosed(
    problem: Problem,
    is_hidden: NDArray[np.bool_],
    hidden_together: tuple[frozenset[int], ...] = (),
) -> list[Disclosure]:
    """The cells that the attacker pins closer than demanded."""
    return disclosures_of(
        published(problem, is_hidden, hidden_together), demands_of(problem), problem.values
    )


def is_disclosed(problem: Problem, is_hidden: NDArray[np.bool_], cells: list[int]) -> bool:
    """Whether one of these cells is pinned closer than demanded."""
    publication, demands = published(problem, is_hidden), demands_of(problem)
    return any(True for _ in find_disclosures(publication, demands, problem.values, set(cells)))
