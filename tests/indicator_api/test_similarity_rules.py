"""Nearest neighbours by z values: against a sum by hand, NumPy, and what must always hold."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.indicator_api.profiles.rules import feature_of, nearest

# Three towns, two indicators. By hand: the means are 20 and 4; the deviations of x are -10, 0
# and 10, its sd is sqrt(200/3); those of y are -2, -2 and 4, its sd is sqrt(24/3).
TOWNS = {"a": {"x": 10.0, "y": 2.0}, "b": {"x": 20.0, "y": 2.0}, "c": {"x": 30.0, "y": 8.0}}


def test_the_distance_is_the_one_worked_out_by_hand() -> None:
    found = nearest(TOWNS, "a", ["x", "y"])
    assert [(item.indicator, item.areas, item.mean) for item in found.features] == [
        ("x", 3, 20.0),
        ("y", 3, 4.0),
    ]
    assert [item.sd for item in found.features] == pytest.approx([math.sqrt(200 / 3), math.sqrt(8)])
    assert found.own == pytest.approx({"x": -math.sqrt(1.5), "y": -math.sqrt(0.5)})
    # b: x one step of 10 away, y the same; c: x two steps, y 6 away
    assert [item.area for item in found.neighbours] == ["b", "c"]
    assert [item.distance for item in found.neighbours] == pytest.approx(
        [math.sqrt(1.5), math.sqrt(4 * 1.5 + 36 / 8)]
    )


def test_a_weight_counts_the_square_of_a_difference_so_often() -> None:
    found = nearest(TOWNS, "a", ["x", "y"], {"y": 4.0})
    assert [item.weight for item in found.features] == [1.0, 4.0]
    assert found.neighbours[1].distance == pytest.approx(math.sqrt(4 * 1.5 + 4 * 36 / 8))


def test_an_area_that_lacks_an_indicator_is_named_and_not_ranked() -> None:
    towns = TOWNS | {"d": {"x": 10.0}}
    found = nearest(towns, "a", ["x", "y"])
    assert [item.area for item in found.neighbours] == ["b", "c"]
    assert [(item.area, item.missing) for item in found.incomplete] == [("d", ("y",))]
    # it is one of the areas that x is standardised over all the same
    assert found.features[0].areas == 4


def test_what_does_not_differ_and_what_the_area_itself_lacks_is_dropped_and_said() -> None:
    towns = {
        "a": {"x": 1.0, "same": 0.1 + 0.2},
        "b": {"x": 2.0, "same": 0.3, "z": 1.0},
        "c": {"x": 4.0, "same": 0.3, "z": 2.0},
    }
    found = nearest(towns, "a", ["x", "same", "z"])
    assert [item.indicator for item in found.features] == ["x"]
    assert (found.constant, found.lacking) == (("same",), ("z",))
    assert [item.area for item in found.neighbours] == ["b", "c"]


def test_without_any_indicator_left_nobody_is_like_anybody() -> None:
    assert nearest({"a": {"x": 1.0}, "b": {"x": 1.0}}, "a", ["x"]).neighbours == ()
    assert nearest({"a": {}, "b": {"x": 1.0}}, "a", ["x"]).neighbours == ()


def test_equal_distances_are_ordered_by_key() -> None:
    towns = {"m": {"x": 0.0}, "z": {"x": 1.0}, "a": {"x": -1.0}}
    assert [item.area for item in nearest(towns, "m", ["x"]).neighbours] == ["a", "z"]


def test_values_far_from_zero_keep_their_differences() -> None:
    feature = feature_of("x", [1e9 + 1, 1e9 + 2, 1e9 + 3])
    assert feature is not None
    assert feature.sd == pytest.approx(math.sqrt(2 / 3), rel=1e-9)


VALUES = st.floats(-1e4, 1e4, allow_nan=False).map(lambda value: round(value, 3))


@st.composite
def tables(draw: st.DrawFn) -> dict[str, dict[str, float]]:
    """Between three and eight areas with a value of each of three indicators."""
    rows = draw(st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=3, max_size=8))
    for column in zip(*rows, strict=True):
        assume(np.std(column) > 1e-2)
    return {f"{number:03}": dict(zip("xyz", row, strict=True)) for number, row in enumerate(rows)}


def distances(table: dict[str, dict[str, float]], target: str) -> dict[str, float]:
    """The distance of each other area."""
    return {item.area: item.distance for item in nearest(table, target, "xyz").neighbours}


@given(tables())
def test_distances_are_those_of_numpy(table: dict[str, dict[str, float]]) -> None:
    matrix = np.array([list(row.values()) for row in table.values()])
    z = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    expected = np.sqrt(((z - z[0]) ** 2).sum(axis=1))
    found = distances(table, "000")
    assert [found[code] for code in list(table)[1:]] == pytest.approx(expected[1:], abs=1e-6)


@given(tables())
def test_distances_are_symmetric_and_obey_the_triangle(table: dict[str, dict[str, float]]) -> None:
    by_area = {code: distances(table, code) for code in table}
    first, second, third = list(table)[:3]
    assert by_area[first][second] == pytest.approx(by_area[second][first], abs=1e-9)
    direct, detour = by_area[first][third], by_area[first][second] + by_area[second][third]
    assert direct <= detour + 1e-9


@given(tables())
def test_a_twin_has_distance_zero_and_comes_first(table: dict[str, dict[str, float]]) -> None:
    found = nearest(table | {"twin": table["000"]}, "000", "xyz").neighbours
    assert min(item.distance for item in found) == 0
    assert found[0].distance == 0


@given(tables(), st.floats(0.01, 1000), st.floats(-1e4, 1e4))
def test_the_unit_an_indicator_is_counted_in_changes_nothing(
    table: dict[str, dict[str, float]], factor: float, shift: float
) -> None:
    rescaled = {
        code: row | {"x": row["x"] * factor + shift, "y": -row["y"]} for code, row in table.items()
    }
    assert distances(rescaled, "000") == pytest.approx(distances(table, "000"), abs=1e-5)


@given(tables(), st.randoms())
def test_the_order_of_areas_and_indicators_changes_nothing(
    table: dict[str, dict[str, float]], random: object
) -> None:
    codes = list(table)
    getattr(random, "shuffle")(codes)  # noqa: B009
    mixed = {code: dict(reversed(table[code].items())) for code in codes}
    assert distances(mixed, "000") == pytest.approx(distances(table, "000"), abs=1e-9)
