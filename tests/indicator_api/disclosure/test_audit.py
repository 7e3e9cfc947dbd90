"""What the audit concludes on tables small enough to check by hand."""

from dataclasses import replace

import numpy as np
import pytest

from services.indicator_api.disclosure.auditing import audit
from services.indicator_api.disclosure.problem import (
    FIXED,
    SENSITIVE,
    UNKNOWN,
    RelationBrokenError,
    check_relations,
)
from tests.indicator_api.disclosure.small_tables import problem_of, two_way

_SUM = [[1, 1, -1]]
_SUM_OF_THREE = [[1, 1, 1, -1]]


def _hide(count: int, *cells: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    hidden = np.zeros(count, dtype=np.bool_)
    hidden[list(cells)] = True
    return hidden


def test_a_cell_alone_in_its_sum_is_known() -> None:
    found = audit(problem_of([1, 5, 6], _SUM), _hide(3, 0))
    assert (found.least[0], found.greatest[0]) == (1, 1)
    assert [failure.reason for failure in found.failures] == ["too_narrow"]
    assert np.isnan(found.least[1])


def test_who_knows_the_rules_knows_that_both_parts_of_three_are_small() -> None:
    found = audit(problem_of([1, 2, 3], _SUM), _hide(3, 0, 1))
    assert list(found.least[:2]) == [1, 1]
    assert list(found.greatest[:2]) == [2, 2]
    assert not found.is_safe


def test_without_a_rule_the_same_parts_may_be_anything_up_to_three() -> None:
    ruleless = problem_of([1, 2, 3], _SUM, primary_below=np.zeros(3))
    found = audit(ruleless, _hide(3, 0, 1))
    assert list(found.greatest[:2]) == [3, 3]
    assert found.is_safe


def test_the_rules_tell_nothing_where_another_one_may_have_hidden() -> None:
    excused = problem_of([1, 2, 3], _SUM, hidden_otherwise=_hide(3, 0))
    assert audit(excused, _hide(3, 0, 1)).is_safe


def test_a_redundant_relation_does_not_join_what_is_independent() -> None:
    # Two districts of two parts each; the municipality is both the districts' and the parts' sum.
    relations = [
        [1, 1, 0, 0, -1, 0, 0],
        [0, 0, 1, 1, 0, -1, 0],
        [1, 1, 1, 1, 0, 0, -1],
        [0, 0, 0, 0, 1, 1, -1],
    ]
    found = audit(problem_of([1, 2, 2, 10, 3, 12, 15], relations), _hide(7, 0, 1, 2, 3))
    assert list(found.greatest[:2]) == [2, 2]
    assert {failure.cell for failure in found.failures} == {0, 1}


def test_who_knows_one_of_two_hidden_cells_knows_the_other() -> None:
    two = problem_of([1, 5, 4, 10], _SUM_OF_THREE, withstands_insider=True)
    found = audit(two, _hide(4, 0, 1))
    assert [(one.attacker, one.cell, one.known_cell) for one in found.failures] == [
        ("insider", 0, 1),
        ("insider", 1, 0),
    ]
    assert audit(two, _hide(4, 0, 1, 2)).is_safe


def test_whole_counts_bite_where_fractions_would_do() -> None:
    # 2a + 2b = 2c + 1 has no whole solution but through d: a fraction alone proves nothing.
    problem = problem_of(
        [2, 3, 1],
        [[2, 2, 0]],
        row_lower=np.array([10.0]),
        row_upper=np.array([10.0]),
        needs_width=np.full(3, 5.5),
        needs_upper=np.full(3, -np.inf),
        primary_below=np.zeros(3),
        status=np.array([SENSITIVE, SENSITIVE, FIXED], dtype=np.int8),
    )
    found = audit(problem, _hide(3, 0, 1))
    assert list(found.greatest[:2] - found.least[:2]) == [5, 5]
    assert not found.is_safe


def test_a_display_that_blurs_gives_room() -> None:
    blurred = problem_of(
        [1, 5, 6],
        _SUM,
        shown=np.array([np.nan, 5.0, 5.0]),
        tolerance=np.array([0.0, 0.0, 2.0]),
        primary_below=np.zeros(3),
        needs_upper=np.full(3, 2.0),
        needs_width=np.full(3, 2.0),
    )
    found = audit(blurred, _hide(3, 0))
    assert (found.least[0], found.greatest[0]) == (0, 2)
    assert found.is_safe


def test_a_rounded_count_is_none_that_would_have_been_hidden() -> None:
    blurred = problem_of(
        [4, 6, 10],
        _SUM,
        shown=np.array([np.nan, 6.0, 10.0]),
        tolerance=np.array([0.0, 0.0, 10.0]),
        status=np.array([SENSITIVE, FIXED, FIXED], dtype=np.int8),
    )
    assert audit(blurred, _hide(3, 0)).least[0] == 0
    ours = replace(blurred, status=np.array([SENSITIVE, 0, 0], dtype=np.int8))
    tight = replace(ours, shown=np.array([np.nan, 6.0, 1.0]), tolerance=np.array([0, 0, 9.0]))
    assert audit(tight, _hide(3, 0)).greatest[0] == 4


def test_a_sensitive_cell_that_is_shown_fails() -> None:
    found = audit(problem_of([1, 5, 6], _SUM), _hide(3))
    assert [(one.cell, one.reason) for one in found.failures] == [(0, "shown")]


def test_unknown_values_are_attacked_alike() -> None:
    # As somebody outside sees it: nothing is known of what is hidden but the sum.
    outside = problem_of([np.nan, np.nan, 4, 10], _SUM_OF_THREE)
    found = audit(outside, _hide(4, 0, 1))
    # Of 0 and 6 the rules would have hidden none.
    assert list(found.least[:2]) == [1, 1]
    assert list(found.greatest[:2]) == [5, 5]
    held_elsewhere = replace(outside, status=np.array([UNKNOWN, UNKNOWN, 0, 0], dtype=np.int8))
    found = audit(held_elsewhere, _hide(4))
    assert list(found.greatest[:2]) == [6, 6]


def test_without_anything_that_bounds_it_a_count_is_unbounded() -> None:
    lone = problem_of([2, 3], np.zeros((0, 2)), primary_below=np.zeros(2))
    assert audit(lone, _hide(2, 0)).greatest[0] == np.inf


def test_relations_that_do_not_hold_are_named_with_the_difference() -> None:
    broken = problem_of([1, 5, 7], _SUM, names=("Stadt = Nord + Süd",))
    assert check_relations(broken) == [(0, -1.0)]
    with pytest.raises(RelationBrokenError, match=r"Stadt = Nord \+ Süd: -1") as caught:
        audit(broken, _hide(3, 0, 1))
    assert caught.value.broken == [(0, -1.0)]


def test_a_two_way_table_needs_a_rectangle() -> None:
    table = two_way([[1, 6, 7], [8, 9, 5], [4, 6, 9]])
    assert not audit(table, _hide(16, 0, 1)).is_safe
    rectangle = audit(table, _hide(16, 0, 1, 4, 5))
    # With a more here and less there: 1 + a, 6 − a, 8 − a, 9 + a. For a = −1 none of 0, 7, 9 and 8
    # would have been hidden, so a is 0 to 6, and the first cell is not 0.
    assert list(rectangle.least[[0, 1]]) == [1, 0]
    assert list(rectangle.greatest[[0, 1]]) == [7, 6]
