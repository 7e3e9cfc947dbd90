"""The rules one by one, on worked examples."""

import numpy as np
import pytest

from services.indicator_api.disclosure import primary
from services.indicator_api.disclosure.primary import Marks, combine

_NONE = np.nan


def test_minimum_count_hides_one_and_two() -> None:
    marks = primary.minimum_count(
        np.array([0.0, 1, 2, 3, 2]), np.array([1, 1, 1, 1, 0], bool), 3, 2
    )
    assert list(marks.is_sensitive) == [False, True, True, False, False]
    assert list(marks.needs_upper) == [3, 3, 3, 3, -np.inf]
    assert list(marks.needs_width) == [2, 2, 2, 2, 0]
    assert list(marks.primary_below) == [3, 3, 3, 3, 0]


def test_complement_hides_what_leaves_one_or_two_over() -> None:
    marks = primary.complement(np.array([8.0, 9, 10, 7, 1]), np.array([10.0, 10, 10, 10, _NONE]), 3)
    assert list(marks.is_sensitive) == [True, True, False, False, False]
    assert list(marks.needs_lower) == [7, 7, 7, 7, np.inf]


def test_extremes_hide_none_and_all() -> None:
    values, wholes = np.array([0.0, 10, 5, 0]), np.array([10.0, 10, 10, _NONE])
    marks = primary.extremes(values, wholes, np.array([True, True, True, False]))
    assert list(marks.is_sensitive) == [True, True, False, False]
    assert list(marks.needs_upper) == [1, 1, 1, -np.inf]
    assert list(marks.needs_lower) == [9, 9, 9, np.inf]


def test_small_denominators_few_units_and_small_areas() -> None:
    marks = primary.minimum_denominator(np.ones(3), np.array([99.0, 100, _NONE]), 100)
    assert list(marks.is_sensitive) == [True, False, False]
    marks = primary.few_units(np.array([50.0, 50, 50, 50]), np.array([2.0, 3, 0, _NONE]), 3)
    assert list(marks.is_sensitive) == [True, False, False, False]
    assert list(marks.needs_width) == [5, 5, 5, 5]
    marks = primary.left_out(np.array([True, False]))
    assert list(marks.hidden_otherwise) == [True, False]


def test_the_handbooks_example_of_a_second_contributor() -> None:
    # X = 100,000, x1 = 50,000, x2 = 49,000: safe by (1, 90), though x2 knows x1 to within 2 %.
    cell = np.array([100_000.0]), np.array([50_000.0]), np.array([49_000.0])
    assert not primary.dominance(*cell, n=1, k=90).is_sensitive[0]
    marks = primary.dominance(*cell, p=10)
    assert marks.is_sensitive[0]
    # 10 % of x1 less what the others already hide: 5,000 − 1,000.
    assert marks.needs_upper[0] == pytest.approx(104_000)


def test_the_handbooks_example_of_overprotection() -> None:
    # X = 110,000, x1 = 52,000, x2 = 50,000: safe by p = 10, not by (2, 100/1.1).
    cell = np.array([110_000.0]), np.array([52_000.0]), np.array([50_000.0])
    assert not primary.dominance(*cell, p=10).is_sensitive[0]
    marks = primary.dominance(*cell, n=2, k=100 / 1.1)
    assert marks.is_sensitive[0]
    assert marks.needs_upper[0] == pytest.approx(1.1 * 102_000)


def test_the_strictest_counts() -> None:
    one = primary.minimum_count(np.array([2.0, 9]), np.ones(2, bool), 3, 3)
    two = primary.complement(np.array([2.0, 9]), np.array([20.0, 10]), 3)
    both = combine([one, two])
    assert list(both.is_sensitive) == [True, True]
    assert list(both.needs_upper) == [3, 3]
    assert list(both.needs_lower) == [17, 7]
    all_cells = Marks.none(3)
    all_cells.put(np.array([2, 0]), both)
    assert list(all_cells.needs_lower) == [7, np.inf, 17]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="no marks"):
        combine([])
    with pytest.raises(ValueError, match="either k"):
        primary.dominance(np.ones(1), np.ones(1), np.ones(1))
