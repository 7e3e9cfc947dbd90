"""What is hidden of cells that are part of no sum, and when that is not enough."""

import polars as pl
import pytest

from services.indicator_api.disclosure.collecting.assembling import Settled, Wishes
from services.indicator_api.disclosure.collecting.demands import Rules
from services.indicator_api.disclosure.problem import DisclosureError
from services.indicator_api.disclosure.settling import Order, Outcome, settle
from tests.indicator_api.disclosure.collecting.test_knowledge import (
    NORTH,
    OTHER_DATASET,
    RESIDENTS,
    facts,
    known,
    shown,
)

MINIMUM = {"threshold": 3, "width": 3}
RULES = Rules(lambda kind, _: MINIMUM if kind == "minimum_count" else None, {})


def settled(residents: float) -> Outcome:
    """One poor person in a quarter of which others have shown how many live there."""
    cell = {"area_id": NORTH, "measure_id": RESIDENTS, "dataset_id": OTHER_DATASET}
    everything = known(
        facts=facts({"area_id": NORTH, "value": 1.0}), shown=shown(cell | {"value": residents})
    )
    return settle(everything, Order("public", RULES, Wishes()), Settled.nothing())


def test_alone_it_is_hidden_and_only_the_rule_tells_of_it() -> None:
    outcome = settled(50)
    assert outcome.hidden.select("area_id", "reason").rows() == [(NORTH, "minimum_count")]
    assert outcome.alone == 1


def test_a_denominator_that_tells_more_than_the_rule_refuses_the_release() -> None:
    # of one resident one is poor: who sees that something is hidden knows it
    with pytest.raises(DisclosureError):
        settled(1)


def test_what_is_open_stays_shown() -> None:
    everything = known(facts=facts({"area_id": NORTH, "value": 9.0}))
    outcome = settle(everything, Order("public", RULES, Wishes()), Settled.nothing())
    assert outcome.hidden.equals(pl.DataFrame(schema=outcome.hidden.schema))
