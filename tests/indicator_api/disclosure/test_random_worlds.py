"""After `protect`, no attacker pins a hidden cell closer than its rule allows."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.indicator_api.disclosure.attacked import attack_world, kept_worlds
from tests.indicator_api.disclosure.worlds import Shape


def _shapes(
    areas: int, breakdowns: list[tuple[int, ...]], releases: int
) -> st.SearchStrategy[Shape]:
    return st.builds(
        Shape,
        seed=st.integers(0, 2**32 - 1),
        areas=st.integers(2, areas),
        districts=st.sampled_from([0, 2]),
        sets=st.integers(0, 2),
        breakdowns=st.sampled_from(breakdowns),
        small=st.booleans(),
        minimum_count=st.sampled_from([3, 3, 5]),
        width=st.sampled_from([3, 3, 1, 2, 5]),
        insider_width=st.sampled_from([0, 0, 1]),
        rates=st.sampled_from([-1, -1, 0, 1]),
        public=st.sampled_from([0, 0, 0, 2]),
        releases=st.integers(1, releases),
        by_value=st.booleans(),
    )


@settings(max_examples=25, deadline=None, derandomize=True)
@given(_shapes(areas=4, breakdowns=[(), (2,), (3,)], releases=2))
def test_no_attacker_pins_a_hidden_cell(shape: Shape) -> None:
    attack_world(shape)


@pytest.mark.long
@settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))
@given(_shapes(areas=5, breakdowns=[(), (2,), (3,), (2, 2)], releases=3))
def test_no_attacker_pins_a_hidden_cell_in_thousands_of_worlds(shape: Shape) -> None:
    attack_world(shape)


@pytest.mark.parametrize("shape", kept_worlds(), ids=lambda shape: str(shape.seed))
def test_worlds_that_failed_once_hold(shape: Shape) -> None:
    attack_world(shape)
