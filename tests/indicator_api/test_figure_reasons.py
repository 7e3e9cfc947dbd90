"""Where a series is said to break, and why an answer is empty; without a database."""

from dataclasses import replace
from datetime import date
from typing import Any

from services.indicator_api.observations.choosing import Reach
from services.indicator_api.observations.plan import (
    FigureDefinition,
    Pair,
    PartDefinition,
    Series,
    Slice,
)
from services.indicator_api.observations.planning import Event, Known
from services.indicator_api.observations.question import Question
from services.indicator_api.observations.reasons import breaks_of, why_none

RATE = FigureDefinition(
    code="quote",
    name="Quote",
    unit="%",
    kind="rate",
    decimals=1,
    polarity="worse",
    question="",
    factor=100.0,
    numerator=PartDefinition(1, 0, None),
    denominator=PartDefinition(2, 0, None),
    takes_nearest_denominator=False,
    version=1,
)
CENSUS, REGISTER = "Fortschreibung Zensus 2022", "Melderegister"


def known(**found: Any) -> Known:
    """What planning found: nothing but what is given."""
    names = ("figures", "slices", "composed", "places", "successors", "events")
    empty: dict[str, Any] = {name: [] for name in names}
    empty |= {
        name: {}
        for name in ("series", "periods", "breakdowns", "breakdown_labels", "ranks", "levels")
    }
    return Known(**(empty | {"register": 1, "first_day": None} | found))


def slice_of(dataset: int, year: int, basis: str | None = None) -> Slice:
    """The released cells of a dataset for a year."""
    series = Series(dataset, 1, 1, "public", dataset, {"denominator_basis": basis}, {})
    first, last = date(year, 1, 1), date(year, 12, 31)
    return Slice(series, year * 10_000, str(year), "year", first, last, {"gemeinde": 1})


def pairs_with(found: dict[int, dict[int, str | None]]) -> list[Pair]:
    """{year: {dataset of the denominator: its basis}}, the newest first as planning has them."""
    return [
        Pair(0, slice_of(1, year), slice_of(dataset, year, basis))
        for year, bases in sorted(found.items(), reverse=True)
        for dataset, basis in bases.items()
    ]


def test_two_datasets_side_by_side_are_no_break() -> None:
    beside: dict[int, str | None] = {2: CENSUS, 3: REGISTER}
    both = pairs_with(dict.fromkeys((2021, 2022, 2023), beside))
    assert breaks_of(RATE, both, known()) == []
    joined = pairs_with({2021: {2: CENSUS}, 2022: beside, 2023: beside})
    assert breaks_of(RATE, joined, known()) == []


def test_another_basis_is_one_break() -> None:
    found = pairs_with({2021: {2: CENSUS}, 2022: {3: REGISTER}, 2023: {3: REGISTER}})
    assert breaks_of(RATE, found, known()) == [
        {
            "kind": "denominator_basis",
            "on": "2022-01-01",
            "period": "2022",
            "detail": f"Andere Bezugsbevölkerung: {REGISTER} statt {CENSUS}.",
            "areas": [],
            "indicator": "quote",
        }
    ]
    unnamed = pairs_with({2021: {2: None, 4: CENSUS}, 2022: {3: REGISTER}})
    (item,) = breaks_of(RATE, unnamed, known())
    assert item["detail"].endswith(f"{REGISTER} statt {CENSUS} und nicht angegeben.")


def test_an_event_is_told_once_where_two_datasets_stand_side_by_side() -> None:
    beside: dict[int, str | None] = {2: CENSUS, 3: REGISTER}
    both = pairs_with(dict.fromkeys((2021, 2022), beside))
    event = Event(date(2022, 1, 1), "Gebietsreform", "merge", (("05334", "Städteregion"),))
    found = breaks_of(RATE, both, known(events=[event]))
    assert [(item["kind"], item["period"]) for item in found] == [("area", "2022")]


def test_an_event_names_the_areas_it_happened_to() -> None:
    pairs = pairs_with({2021: {2: CENSUS}, 2022: {2: CENSUS}})
    event = Event(date(2022, 1, 1), "Reform", "merge", (("05334", "Region"), ("05", "Land")))
    (item,) = breaks_of(RATE, pairs, known(events=[event]))
    assert item["detail"] == "Reform – betrifft Region (05334), Land (05)"
    assert item["areas"] == [
        {"code": "05334", "name": "Region"},
        {"code": "05", "name": "Land"},
    ]
    many = replace(event, areas=tuple((str(number), "Ort") for number in range(6)))
    (item,) = breaks_of(RATE, pairs, known(events=[many]))
    assert item["detail"].endswith("Ort (3), 2 weitere")


def test_a_period_that_is_not_there_is_named_as_people_write_it() -> None:
    pairs = pairs_with({2021: {2: CENSUS}})
    reach = Reach({"gemeinde": 1}, (), date(2024, 1, 1))
    for asked, words in (
        ("2024-12-31", "31.12.2024"),
        ("2010..2015", "ab 2010 bis 2015"),
        ("2022-07..", "ab Juli 2022"),
    ):
        question = Question(indicators=("quote",), periods=(asked,))
        reason = why_none(RATE, pairs, question, reach, known())
        assert reason.detail == f"„Quote“ liegt für „{words}“ nicht vor."
        assert reason.suggestion == "Möglich sind: 2021."
