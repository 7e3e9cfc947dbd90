"""Suppression: as good as trying every pattern, safe or refused, the same every time."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from services.indicator_api.disclosure.auditing import audit
from services.indicator_api.disclosure.problem import (
    FIXED,
    OPEN,
    SENSITIVE,
    UNKNOWN,
    Bools,
    InfeasibleError,
    Problem,
    RelationBrokenError,
)
from services.indicator_api.disclosure.suppressing import protect
from tests.indicator_api.disclosure.small_tables import problem_of, two_way


def _cheapest_by_trying_all(problem: Problem) -> float:
    """The least loss of all patterns that pass the audit; inf if none does."""
    free = np.flatnonzero(problem.status == OPEN)
    best = np.inf
    for pattern in _patterns(problem, free):
        loss = float(problem.weight[pattern].sum())
        if loss < best and audit(problem, pattern, demands_only=True).is_safe:
            best = loss
    return best


def _patterns(
    problem: Problem, free: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> Iterator[Bools]:
    for choice in product((False, True), repeat=len(free)):
        pattern = problem.status == SENSITIVE
        pattern[free] = choice
        yield pattern


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("withstands_insider", [False, True])
def test_no_pattern_is_cheaper(seed: int, withstands_insider: bool) -> None:
    draw = np.random.default_rng(seed)
    # Margins stay, as totals from elsewhere do; the first count is small in any case.
    counts = draw.integers(0, 9, size=(3, 3))
    counts[0, 0] = 1
    table = two_way(counts, withstands_insider=withstands_insider)
    is_margin = np.zeros((4, 4), dtype=np.bool_)
    is_margin[3], is_margin[:, 3] = True, True
    status = np.where(is_margin.ravel(), FIXED, table.status).astype(np.int8)
    table = replace(table, status=status, weight=draw.integers(1, 9, 16).astype(float))
    best = _cheapest_by_trying_all(table)
    if best == np.inf:
        with pytest.raises(InfeasibleError):
            protect(table, seconds=20)
        return
    found = protect(table, seconds=20)
    assert found.is_optimal
    assert found.loss == pytest.approx(best)
    assert found.bound == pytest.approx(best)
    assert found.audit.is_safe


def test_larger_tables_are_safe_and_the_bound_is_proven() -> None:
    draw = np.random.default_rng(1)
    table = two_way(draw.poisson(4.0, size=(25, 8)))
    found = protect(table, seconds=20, gap=0.02)
    assert found.audit.is_safe
    assert found.is_hidden[table.status == SENSITIVE].all()
    assert found.bound <= found.loss <= found.bound / 0.98 + 1e-6
    assert found.loss == pytest.approx(table.weight[found.is_hidden].sum())


def test_equal_problems_and_seeds_end_equally() -> None:
    table = two_way(np.random.default_rng(2).poisson(3.0, size=(8, 5)))
    first, second = (protect(table, seconds=20, seed=7) for _ in range(2))
    assert (first.is_hidden == second.is_hidden).all()
    assert (first.audit.least == second.audit.least)[first.is_hidden].all()


def test_out_of_time_it_is_safe_and_says_how_far_the_bound_is() -> None:
    table = two_way(np.random.default_rng(3).poisson(3.0, size=(12, 8)))
    found = protect(table, seconds=0.0)
    assert found.audit.is_safe
    assert not found.is_optimal
    assert found.method == "heuristic"
    assert 0.0 <= found.gap <= 1.0


def test_a_sum_that_is_public_already_cannot_be_protected() -> None:
    status = np.array([SENSITIVE, SENSITIVE, FIXED], dtype=np.int8)
    with pytest.raises(InfeasibleError) as caught:
        protect(problem_of([1, 2, 3], [[1, 1, -1]], status=status), seconds=5)
    assert caught.value.kind == "too_narrow"
    assert caught.value.cells == [0, 1]
    assert caught.value.relations == [0]


def test_cells_in_no_relation_end_stated() -> None:
    with pytest.raises(InfeasibleError) as caught:
        protect(problem_of([1, 5], np.zeros((0, 2))), seconds=5)
    assert caught.value.cells == [0]
    free = problem_of([1, 5], np.zeros((0, 2)), primary_below=np.zeros(2))
    assert list(protect(free, seconds=5).is_hidden) == [True, False]


def test_a_relation_that_does_not_hold_stops_it() -> None:
    with pytest.raises(RelationBrokenError):
        protect(problem_of([1, 5, 7], [[1, 1, -1]]), seconds=5)


def test_an_earlier_hidden_cell_is_protected_from_this_release() -> None:
    # The first part was hidden before; showing both others and the sum would tell it.
    status = np.array([UNKNOWN, OPEN, OPEN, FIXED], dtype=np.int8)
    found = protect(problem_of([1, 5, 4, 10], [[1, 1, 1, -1]], status=status), seconds=5)
    assert not found.is_hidden[0]
    assert found.is_hidden[[1, 2]].sum() == 1
    assert found.audit.greatest[0] >= 3


def test_a_missing_value_alone_does_not_cover_for_a_hidden_one() -> None:
    # It is known to be missing, so the hidden one would be known to be small.
    status = np.array([SENSITIVE, OPEN, UNKNOWN, OPEN], dtype=np.int8)
    nothing = np.array([3.0, 3.0, 0.0, 3.0])
    table = problem_of(
        [1, 5, np.nan, 10],
        [[1, 1, 1, -1]],
        status=status,
        weight=np.ones(4),
        needs_width=nothing,
        needs_upper=np.where(nothing > 0, 3.0, -np.inf),
    )
    found = protect(table, seconds=5)
    assert found.is_hidden[0]
    assert not found.is_hidden[2]
    assert found.is_hidden.sum() == 2


def test_progress_is_told_by_part() -> None:
    relations = [[1, 1, 1, -1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, -1]]
    told: list[float] = []
    protect(
        problem_of([1, 5, 4, 10, 2, 5, 4, 11], relations),
        seconds=5,
        on_progress=lambda _, share: told.append(share),
    )
    assert told == [0.5, 1.0]
