"""Natural breaks of values that are mostly the same, or nearly."""

import pytest

from services.indicator_api.observations.classes import classify
from services.indicator_api.observations.question import ClassChoice


@pytest.mark.parametrize(
    ("values", "limits", "counts"),
    [
        # of 5,000 Quartiere nearly all without a case: few of the others are among the sample
        ([0.0] * 4995 + [1.0, 2.0, 3.0, 4.0, 5.0], (0, 0.5, 5), (4995, 5)),
        # estimates that differ by rounding alone
        ([1.0] * 6 + [1 + n * 2.3e-16 for n in range(1, 5)] + [2.0], (1, 1.5, 2), (10, 1)),
    ],
)
def test_values_that_hardly_differ_have_fewer_classes(
    values: list[float], limits: tuple[float, ...], counts: tuple[int, ...]
) -> None:
    classes = classify(values, ClassChoice("jenks", 5))
    assert classes.limits == pytest.approx(limits)
    assert classes.counts == counts
