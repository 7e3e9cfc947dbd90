"""The classes of a map, and whether totals may be sums of their parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicator_api.facts.additivity import adds_up, leeway
from services.indicator_api.observations.classes import classify
from services.indicator_api.observations.question import ClassChoice

VALUES = st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 3)), min_size=1, max_size=40)


@given(
    values=VALUES,
    method=st.sampled_from(("jenks", "equal")),
    count=st.integers(2, 7),
)
def test_every_value_stands_in_one_class(values: list[float], method: str, count: int) -> None:
    values.sort()
    classes = classify(values, ClassChoice(method, count))  # type: ignore[arg-type]
    assert sum(classes.counts) == len(values)
    assert len(classes.counts) == max(len(classes.limits) - 1, 1) <= count
    assert (classes.limits[0], classes.limits[-1]) == (values[0], values[-1])
    assert list(classes.limits) == sorted(set(classes.limits))


def test_natural_breaks_lie_in_the_gaps() -> None:
    classes = classify([1, 2, 3, 20, 21, 22, 90, 91], ClassChoice("jenks", 3))
    assert (classes.limits, classes.counts) == ((1, 11.5, 56, 91), (3, 3, 2))


def test_natural_breaks_of_many_values_are_found_among_some_of_them() -> None:
    values = sorted([float(n % 100) for n in range(3000)] + [500.0 + n % 100 for n in range(2000)])
    classes = classify(values, ClassChoice("jenks", 2))
    assert classes.limits[1] == (99 + 500) / 2
    assert classes.counts == (3000, 2000)


def test_equal_steps_are_equally_wide() -> None:
    classes = classify([0, 1, 2, 3, 10], ClassChoice("equal", 5))
    assert classes.limits == pytest.approx((0, 2, 4, 6, 8, 10))
    # a value at a limit belongs to the upper class, the largest to the last
    assert classes.counts == (2, 2, 0, 0, 1)


def test_fixed_classes_stay_what_they_are_from_map_to_map() -> None:
    choice = ClassChoice("fixed", 3, (10, 20))
    assert classify([5, 15, 25], choice).counts == (1, 1, 1)
    low, high = classify([1, 2], choice), classify([30, 40], choice)
    assert (low.limits, low.counts) == ((1, 10, 20, 20), (2, 0, 0))
    assert (high.limits, high.counts) == ((10, 10, 20, 40), (0, 0, 2))


def test_nothing_has_no_classes() -> None:
    assert classify([], ClassChoice("jenks", 5)).limits == ()


@pytest.mark.parametrize(
    ("total", "parts", "additivity", "expected"),
    [
        (100, [60, 40], "exact", True),
        (101, [60, 40], "exact", False),
        (0.3, [0.1, 0.2], "exact", True),
        (1e9 + 1, [1e9], "exact", False),
        (105, [60, 40], "rounded", True),
        (120, [60, 40], "rounded", False),
        # of what a cell key has changed nobody can say
        (103, [60, 40], "cell_key", None),
        (900, [60, 40], "cell_key", None),
        # what a source suppressed is missing from the parts
        (140, [60, 40], "suppressed_at_source", True),
        (90, [60, 40], "suppressed_at_source", False),
        (999, [60, 40], "not_additive", None),
        (100, [], "exact", None),
    ],
)
def test_a_total_that_cannot_be_the_sum_is_told_from_one_that_can(
    total: float, parts: list[float], additivity: str, expected: bool | None
) -> None:
    allowed = leeway(additivity, len(parts), total, rounding=10)
    assert adds_up(total, sum(parts), allowed) is expected


def test_totals_rounded_to_five_may_be_off_by_what_rounding_does() -> None:
    allowed = leeway("rounded", 4, 15, rounding=5)
    assert allowed is not None
    assert allowed.below == pytest.approx(12.5)
    assert allowed.above == pytest.approx(12.5)
    assert adds_up(15, 20, allowed) is True
    assert adds_up(40, 20, allowed) is False
