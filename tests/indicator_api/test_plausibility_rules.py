"""The rules of plausibility on figures of any kind: what they must find, and must not."""

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.indicator_api.deliveries.plausibility.context import (
    SLICE_SCHEMA,
    Measure,
    PlausibilityContext,
)
from services.indicator_api.deliveries.plausibility.over_time import against_before
from services.indicator_api.deliveries.plausibility.shares import (
    Wholes,
    above_hundred,
    unlike_others,
    values_unlike_others,
)
from services.indicator_api.deliveries.plausibility.totals import area_totals, breakdown_totals
from services.indicator_api.facts.additivity import Adding, adds_up, area_tolerance
from services.indicator_api.periods.rules import Period, parse_period

COUNT = Measure(1, "Einwohner", "count", "Anzahl")
RATE = Measure(2, "Quote", "rate", "%")
AMOUNT = Measure(4, "Einkünfte", "amount", "Tsd. EUR")
BASE = 5
WHOLE = 1
BREAKDOWNS = ("", "GES=GESM", "GES=GESW")
Cell = tuple[int, int, float | None]
PARTS = st.lists(st.integers(0, 100_000), min_size=2, max_size=12)
ORDER = st.randoms(use_true_random=False)


def period(code: str) -> Period:
    """A period by its code."""
    found = parse_period(code)
    assert found is not None
    return found


NOW, THEN = period("2022"), period("2021")


def cells(*given_cells: Cell) -> pl.DataFrame:
    """A slice of cells by breakdown, area and value, in rows from 2."""
    rows = [
        (row, breakdown, area, 0 if value is not None else 2, value, 0)
        for row, (breakdown, area, value) in enumerate(given_cells, 2)
    ]
    return pl.DataFrame(rows, schema=SLICE_SCHEMA, orient="row")


def context(adding: Adding | str, parts: int) -> PlausibilityContext:
    """A whole (area 1) with so many parts (areas from 2), which cover it."""
    places = range(WHOLE + 1, WHOLE + 1 + parts)
    children = pl.DataFrame(
        {
            "parent_id": [WHOLE] * parts,
            "area_id": list(places),
            "division": ["administration"] * parts,
            "kind": ["gemeinde"] * parts,
            "valid_from": [None] * parts,
            "valid_to": [None] * parts,
            "area_km2": [1.0] * parts,
            "parent_km2": [float(parts)] * parts,
            "parent_rank": [40] * parts,
        },
        schema_overrides={
            "parent_id": pl.Int32,
            "area_id": pl.Int32,
            "valid_from": pl.Date,
            "valid_to": pl.Date,
        },
    )
    areas = pl.DataFrame(
        {
            "area_id": [WHOLE, *places],
            "kind": ["kreis", *["gemeinde"] * parts],
            "is_fictional": [False] * (parts + 1),
        },
        schema_overrides={"area_id": pl.Int32},
    )
    return PlausibilityContext(
        adding=adding if isinstance(adding, Adding) else Adding(adding, BASE),
        measures={1: COUNT, 2: RATE},
        shares=(),
        breakdowns=BREAKDOWNS,
        periods={},
        areas=areas,
        children=children,
        value_columns=("value",),
    )


def total_flags(
    adding: Adding | str, total: float, parts: list[float | None], measure: Measure = COUNT
) -> list[str]:
    """What is found about a whole with these parts."""
    slice_ = cells((0, WHOLE, total), *((0, area, value) for area, value in enumerate(parts, 2)))
    found = area_totals(slice_, measure, context(adding, len(parts)), NOW.end_on)
    assert set(found["area_id"]) <= {WHOLE}
    return found["code"].to_list()


def rounded(value: float) -> int:
    """To the next multiple of the rounding base."""
    return round(value / BASE) * BASE


@given(PARTS, st.integers(-3, 3))
@settings(max_examples=60, deadline=None)
def test_exact_totals_are_the_sum_and_nothing_else(parts: list[int], off: int) -> None:
    """Off by one is found, the sum itself never."""
    found = total_flags("exact", sum(parts) + off, list(parts))
    assert found == ([] if off == 0 else ["area_total_wrong"])


@given(PARTS, st.integers(0, 100))
@settings(max_examples=60, deadline=None)
def test_rounding_is_no_contradiction_and_more_than_it_is(parts: list[int], more: int) -> None:
    """However each figure was rounded; one unit beyond what all of them can give is found."""
    assert total_flags("rounded", rounded(sum(parts)), [rounded(part) for part in parts]) == []
    beyond = BASE / 2 * (len(parts) + 1) + 1 + more
    for total in (sum(parts) + beyond, sum(parts) - beyond):
        assert total_flags("rounded", total, list(parts)) == ["area_total_doubtful"]


@given(PARTS, st.integers(0, 500), st.integers(0, 500), st.integers(1, 50))
@settings(max_examples=60, deadline=None)
def test_cases_without_a_place_only_ever_make_the_total_larger(
    parts: list[int], unplaced: int, declared: int, fewer: int
) -> None:
    """By no more than the dataset says, or by any number where nobody counted them."""
    total = sum(parts) + unplaced
    some, any_number = (
        Adding("exact", unplaced_cases=declared),
        Adding("exact", unplaced_cases=None),
    )
    found = total_flags(some, total, list(parts))
    assert found == ([] if unplaced <= declared else ["area_total_wrong"])
    assert total_flags(any_number, total, list(parts)) == []
    for adding in (some, any_number):
        assert total_flags(adding, sum(parts) - fewer, list(parts)) == ["area_total_wrong"]


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=30), st.floats(0.01, 1_000))
@settings(max_examples=60, deadline=None)
def test_amounts_in_thousands_differ_by_the_rounding_of_their_parts(
    exact: list[float], beyond: float
) -> None:
    """Amounts of euros, published in thousands; the counts of the same dataset stay exact."""
    adding = Adding("exact", amount_rounding=1)
    parts: list[float | None] = [float(round(part)) for part in exact]
    assert total_flags(adding, round(sum(exact)), parts, AMOUNT) == []
    together = sum(part for part in parts if part is not None)
    too_much = together + (len(parts) + 1) / 2 + beyond
    assert total_flags(adding, too_much, parts, AMOUNT) == ["area_total_wrong"]
    assert total_flags(adding, together + 1, parts) == ["area_total_wrong"]


ADDINGS = st.builds(
    Adding,
    st.sampled_from(("exact", "rounded", "suppressed_at_source", "cell_key", "not_additive")),
    st.integers(1, 10),
    st.none() | st.integers(0, 20),
    st.sampled_from((0.0, 1.0, 10.0)),
)


@given(ADDINGS, PARTS, st.integers(-30, 30), st.sampled_from((COUNT, AMOUNT)))
@settings(max_examples=200, deadline=None)
def test_a_delivery_is_held_to_what_its_readers_are_told(
    adding: Adding, parts: list[int], off: int, measure: Measure
) -> None:
    """The rule over columns says what the rule of reading says of one total."""
    total = sum(parts) + off
    tolerance = area_tolerance(adding, measure.kind)
    allowed = None if tolerance is None else tolerance.leeway(len(parts), total)
    is_found = bool(total_flags(adding, total, list(parts), measure))
    assert is_found is (adds_up(total, sum(parts), allowed) is False)


@given(PARTS, st.integers(1, 1_000))
@settings(max_examples=40, deadline=None)
def test_suppressed_parts_may_be_missing_but_never_too_many(parts: list[int], off: int) -> None:
    """What a source left out can only make the parts fewer."""
    assert total_flags("suppressed_at_source", sum(parts) + off, list(parts)) == []
    found = total_flags("suppressed_at_source", sum(parts) - off, list(parts))
    assert found == ["area_total_doubtful"]


@given(PARTS, st.integers(0, 1_000_000), st.data())
@settings(max_examples=40, deadline=None)
def test_what_nobody_can_say_is_not_said(parts: list[int], total: int, data: st.DataObject) -> None:
    """Perturbed figures, and totals of which one part is missing."""
    for additivity in ("cell_key", "not_additive"):
        assert total_flags(additivity, total, list(parts)) == []
    place = data.draw(st.integers(0, len(parts) - 1))
    some: list[float | None] = [*parts[:place], None, *parts[place + 1 :]]
    for additivity in ("exact", "rounded", "suppressed_at_source"):
        assert total_flags(additivity, total, some) == []


@given(st.integers(0, 5_000), st.integers(0, 5_000), st.integers(-2, 2), ORDER)
@settings(max_examples=60, deadline=None)
def test_women_and_men_are_all(women: int, men: int, off: int, order: random.Random) -> None:
    """In whatever order the rows stand; a part above the total is found once, not twice."""
    total = women + men + off
    given_cells: list[Cell] = [(0, 2, total), (1, 2, men), (2, 2, women)]
    order.shuffle(given_cells)
    found = breakdown_totals(cells(*given_cells), COUNT, context("exact", 2))
    row = 2 + [breakdown for breakdown, _, _ in given_cells].index(0)
    assert found["row"].to_list() == ([] if off == 0 else [row])


BEFORE = st.lists(st.integers(200, 5_000), min_size=12, max_size=40)


def moved(before: list[int], now: list[float]) -> pl.DataFrame:
    """The flags of areas whose values changed."""
    earlier = cells(*((0, area, value) for area, value in enumerate(before, 2)))
    later = cells(*((0, area, value) for area, value in enumerate(now, 2)))
    flagged = against_before(later, earlier, COUNT, NOW, THEN).flags
    return flagged.filter(pl.col("code") == "jump_over_time")


@given(BEFORE, st.floats(0.5, 2), st.data())
@settings(max_examples=60, deadline=None)
def test_what_all_areas_do_is_no_jump_and_what_one_does_is(
    before: list[int], trend: float, data: st.DataObject
) -> None:
    """All move by the same trend and a tenth of their own; one of them eight times as far."""
    own = data.draw(
        st.lists(st.floats(0.9, 1.1), min_size=len(before), max_size=len(before)), label="own"
    )
    usual = [round(value * trend * change) for value, change in zip(before, own, strict=True)]
    assert moved(before, [float(value) for value in usual]).is_empty()
    place = data.draw(st.integers(0, len(before) - 1), label="place")
    for factor in (8, 1 / 8):
        jumping = [float(value) for value in usual]
        jumping[place] = round(before[place] * trend * factor)
        assert moved(before, jumping)["area_id"].to_list() == [place + 2]


@given(
    st.lists(
        st.tuples(st.integers(1, 29), st.integers(1, 29)), min_size=1, max_size=40
    )
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_few_people_never_jump(pairs: list[tuple[int, int]]) -> None:
    """A difference of less than 30 is chance, whatever the ratio, where nothing moves all areas."""
    steady = [(20, 20)] * (len(pairs) + 10)
    for areas in (pairs[:9], [*pairs, *steady]):
        assert moved([then for then, _ in areas], [float(now) for _, now in areas]).is_empty()


def shares(share: float) -> pl.DataFrame:
    """What is found about 30 towns with 1000 each, of which the last has this share."""
    usual = [100 + number % 7 for number in range(29)]
    parts = cells(*((0, area, value) for area, value in enumerate([*usual, 1000 * share], 2)))
    wholes = cells(*((0, area, 1000) for area in range(2, 32)))
    return unlike_others(parts, Wholes(wholes), context("exact", 30))


def test_a_share_unlike_those_of_similar_areas() -> None:
    """Ten per cent is usual: sixty are doubted; twenty are not, and one of a thousand is chance."""
    (finding,) = shares(0.6).to_dicts()
    assert (finding["code"], finding["area_id"]) == ("unlike_similar_areas", 31)
    assert "60 % von 1.000, üblich sind 10,34 %" in finding["hint"]
    assert shares(0.001).is_empty()
    assert shares(0.2).is_empty()


def test_a_rate_unlike_those_of_similar_areas() -> None:
    """The same of what is delivered as a rate; ten areas show nothing."""
    many = [(0, area, 10 + area % 5 / 10) for area in range(2, 31)]
    found = values_unlike_others(cells(*many, (0, 31, 95.0)), RATE, context("exact", 30))
    assert found["area_id"].to_list() == [31]
    few = values_unlike_others(cells(*many[:10], (0, 31, 95.0)), RATE, context("exact", 30))
    assert few.is_empty()


@pytest.mark.parametrize(
    ("measure", "rows"),
    [
        (RATE, [3]),
        (COUNT, []),
        # a rate in other units may well exceed a hundred
        (Measure(3, "Dichte", "rate", "je 1.000"), []),
    ],
)
def test_percentages_above_a_hundred(measure: Measure, rows: list[int]) -> None:
    """A hundred itself is possible."""
    found = above_hundred(cells((0, 2, 100.0), (0, 3, 100.1)), measure)
    assert found["row"].to_list() == rows
