"""A relation the engine is not told of is a hole, and the attacker finds it: one for each kind.

In each world a small count, q0 = 1, is hidden with another cell of its sum. One more relation gives
it away unless the engine knows it.
"""

from collections.abc import Callable

import numpy as np
import pytest

from services.indicator_api.disclosure.problem import FIXED
from services.indicator_api.disclosure.suppressing import protect
from tests.indicator_api.disclosure.ledger import Cell, Ledger, Rule
from tests.indicator_api.disclosure.publishing import disclosed

_SECONDS = 20.0


def _one_sum(**values: float) -> Ledger:
    """Counts and their sum `all`, all of them open."""
    ledger = Ledger(Rule(minimum_count=3, width=3))
    for name, value in {**values, "all": sum(values.values())}.items():
        ledger.cells[name] = Cell(value, weight=1.0 + value)
    ledger.add_sum("all", values, name="sum")
    return ledger


def _base() -> Ledger:
    return _one_sum(q0=1, q1=7, q2=20, q3=30)


def _with_set() -> Ledger:
    """An overlapping Quartier: q0 and q2."""
    ledger = _base()
    ledger.cells["s0"] = Cell(21, weight=100)
    ledger.add_sum("s0", ["q0", "q2"], name="planted")
    return ledger


def _with_district() -> Ledger:
    """A level of the area tree between: q0 and q1 together are d0, q2 and q3 are d1."""
    ledger = _base()
    ledger.cells["q1"].weight = 100
    ledger.cells["d0"] = Cell(8, weight=100)
    ledger.add_sum("d0", ["q0", "q1"], name="planted")
    return ledger


def _with_breakdown() -> Ledger:
    """Women and men of q0 are shown."""
    ledger = _base()
    ledger.cells["women"] = Cell(1.0, weight=100, is_ruled=False)
    ledger.cells["men"] = Cell(0.0, weight=100, is_ruled=False)
    ledger.add_sum("q0", ["women", "men"], name="planted")
    return ledger


def _with_total_elsewhere() -> Ledger:
    """A municipality whose sum is hidden as well; the Kreis shows its own and the rest."""
    ledger = _one_sum(q0=1, q1=1)
    ledger.cells["Kreis"] = Cell(102, status=FIXED)
    ledger.cells["rest of the Kreis"] = Cell(100, weight=100)
    ledger.add_sum("Kreis", ["all", "rest of the Kreis"], name="planted")
    return ledger


def _with_earlier_release() -> Ledger:
    """What this release would hide beside q0 was shown in one before."""
    ledger = _base()
    ledger.cells["q1, first release"] = Cell(7, status=FIXED)
    ledger.relate({"q1": 1, "q1, first release": -1}, 0, 0, "planted")
    return ledger


def _with_other_audience() -> Ledger:
    """The ministry was given q0 and q1 together."""
    ledger = _base()
    ledger.cells["q0 and q1, to the ministry"] = Cell(8, status=FIXED)
    ledger.cells["q0 and q2, to the ministry"] = Cell(21, status=FIXED)
    ledger.add_sum("q0 and q2, to the ministry", ["q0", "q2"], name="planted")
    ledger.add_sum("q0 and q1, to the ministry", ["q0", "q1"], name="told")
    return ledger


def _with_rate() -> Ledger:
    """A share of 40 known residents with one decimal gives the numerator back."""
    ledger = _base()
    ledger.cells["rate"] = Cell(
        2.5, is_integer=False, tolerance=0.05, upper=100, is_ruled=False, weight=0.5
    )
    ledger.relate({"q0": 100, "rate": -40}, 0, 0, "planted")
    return ledger


def _with_denominator() -> Ledger:
    """Those who are not poor, of residents that are known: the complement is shown."""
    ledger = _base()
    ledger.cells["residents"] = Cell(40, status=FIXED)
    ledger.cells["others"] = Cell(39, is_ruled=False, weight=0.5)
    ledger.add_sum("residents", ["q0", "others"], name="planted")
    return ledger


def _with_annual_mean() -> Ledger:
    """Quarters q1, q2, q3, q0 with their sum, and the mean of the year one quarter later."""
    ledger = _base()
    ledger.cells["q4"] = Cell(13, weight=14)
    ledger.cells["mean"] = Cell(16.0, is_integer=False, tolerance=0.05, is_ruled=False, weight=50)
    ledger.relate({**dict.fromkeys(("q2", "q3", "q0", "q4"), 1), "mean": -4}, 0, 0, "planted")
    return ledger


def _with_bound() -> Ledger:
    """The unemployed are not more than the residents: an inequality, not a sum."""
    ledger = _one_sum(q0=1, q1=7, q2=200)
    ledger.cells["residents of q1"] = Cell(7, status=FIXED)
    ledger.cells["not unemployed in q1"] = Cell(0, status=FIXED, is_ruled=False)
    ledger.relate({"residents of q1": 1, "q1": -1, "not unemployed in q1": -1}, 0, 0, "planted")
    return ledger


_WORLDS = (
    _with_set,
    _with_district,
    _with_breakdown,
    _with_total_elsewhere,
    _with_earlier_release,
    _with_other_audience,
    _with_rate,
    _with_denominator,
    _with_annual_mean,
    _with_bound,
)


@pytest.mark.parametrize("world", _WORLDS, ids=lambda world: world.__name__[6:])
def test_a_relation_left_out_is_found(world: Callable[[], Ledger]) -> None:
    ledger = world()
    ledger.decide()
    known, blind = ledger.problem(), ledger.without("planted").problem()
    with_hole = protect(blind, seconds=_SECONDS).is_hidden
    assert not disclosed(blind, with_hole), "safe as far as the engine was told"
    found = disclosed(known, with_hole)
    assert 0 in {one.cell for one in found}, "the attacker finds q0"
    assert not disclosed(known, protect(known, seconds=_SECONDS).is_hidden)


def test_a_relation_that_tells_nothing_costs_nothing() -> None:
    ledger = _base()
    ledger.decide()
    problem = ledger.problem()
    is_hidden = protect(problem, seconds=_SECONDS).is_hidden
    assert np.flatnonzero(is_hidden).tolist() == [0, 1]
