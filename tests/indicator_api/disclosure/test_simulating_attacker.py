"""Who runs the engine on all tables that fit: how much more he learns is told, not demanded."""

import numpy as np
from numpy.typing import NDArray

from services.indicator_api.disclosure.problem import DisclosureError
from services.indicator_api.disclosure.suppressing import protect
from tests.indicator_api.disclosure.attacker.simulation import ranges_by_simulation
from tests.indicator_api.disclosure.attacker.verdict import ranges_of
from tests.indicator_api.disclosure.ledger import Cell, Ledger, Rule
from tests.indicator_api.disclosure.publishing import published


def _one_sum(values: list[float], *, by_value: bool) -> Ledger:
    ledger = Ledger(Rule(minimum_count=3, width=3))
    names = [f"q{number}" for number in range(len(values))]
    for number, (name, value) in enumerate(zip(names, values, strict=True)):
        weight = value + 1.0 if by_value else number + 1.0
        ledger.cells[name] = Cell(value, weight=weight)
    ledger.cells["all"] = Cell(sum(values), weight=1000.0)
    ledger.add_sum("all", names)
    ledger.decide()
    return ledger


def _simulated(
    values: list[float], *, by_value: bool
) -> tuple[dict[int, tuple[float, float]], dict[int, tuple[float, float]]]:
    def pattern_of(table: NDArray[np.float64]) -> NDArray[np.bool_] | None:
        problem = _one_sum(table[:-1].tolist(), by_value=by_value).problem()
        try:
            return protect(problem, seconds=10.0).is_hidden
        except DisclosureError:
            return None

    problem = _one_sum(values, by_value=by_value).problem()
    publication = published(problem, protect(problem, seconds=10.0).is_hidden)
    return ranges_of(publication), ranges_by_simulation(publication, 60, pattern_of)


def test_weights_that_do_not_depend_on_values_tell_nothing_further() -> None:
    known, simulated = _simulated([1, 6, 7, 20], by_value=False)
    assert known == simulated == {0: (1, 6), 1: (1, 6)}


def test_weights_by_value_tell_that_the_hidden_cell_was_the_cheapest() -> None:
    """A limit of every suppression that weighs by value: who simulates it learns a little more."""
    known, simulated = _simulated([2, 7, 7, 20], by_value=True)
    assert known == {0: (1, 8), 1: (1, 8)}
    assert simulated[0] == (2, 7)
