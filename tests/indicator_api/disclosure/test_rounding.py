"""Rounding to a base, and what it still tells."""

import numpy as np
import pytest

from services.indicator_api.disclosure.rounding import (
    audit_rounding,
    round_additively,
    round_to_base,
)
from tests.indicator_api.disclosure.small_tables import problem_of, two_way


def test_counts_go_to_the_next_multiple() -> None:
    rounding = round_to_base(np.array([0.0, 1, 2, 3, 7, 8]), 5)
    assert list(rounding.shown) == [0, 0, 0, 5, 5, 10]
    assert not rounding.is_additive
    with pytest.raises(ValueError, match="at least 2"):
        round_to_base(np.zeros(1), 1)


def test_controlled_rounding_adds_up_and_stays_next_to_the_truth() -> None:
    table = two_way(np.random.default_rng(4).poisson(6.0, size=(6, 4)))
    rounding = round_additively(table, 5, seconds=10)
    assert rounding.is_additive
    assert not (table.relations @ rounding.shown).any()
    assert (np.abs(rounding.shown - table.values) < 5).all()
    assert (rounding.shown % 5 == 0).all()
    assert (rounding.shown == table.values)[table.values % 5 == 0].all()
    again = round_additively(table, 5, seconds=10)
    assert (again.shown == rounding.shown).all()


def test_sums_of_rounded_counts_may_tell_too_much() -> None:
    # 3 + 7 = 10 to base 5: 5 + 5 = 10, the parts between 3 and 7, their sum between 8 and 12.
    table = problem_of([2, 8, 10], [[1, 1, -1]], needs_width=np.full(3, 4.0))
    safe = audit_rounding(table, round_to_base(table.values, 10))
    assert safe.is_safe
    tight = audit_rounding(table, round_to_base(table.values, 3))
    assert {failure.cell for failure in tight.failures} == {0}
    assert tight.greatest[0] - tight.least[0] < 4
