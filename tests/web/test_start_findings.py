"""What in the figures is worth a look: only what chance hardly makes, and never as a ranking."""

from typing import Any

from web.clients.indicator_types import Area, Indicator, Observation, Observations, Period, Source
from web.pages.start.changes import judge_change
from web.pages.start.finding import Finding, Named
from web.pages.start.findings import choose, judge

TOWN = Area(code="99001001", name="Musterstadt, Stadt", kind="gemeinde", kind_label="Gemeinde")
CHILD_POVERTY = Indicator(
    code="kinderarmut", name="Kinderarmut", unit="%", decimals=1, polarity="worse", kind="rate"
)


def part(name: str, value: float, spread: float, **more: Any) -> Observation:
    return Observation(
        area=f"q-{name}", name=name, value=value, lower=value - spread, upper=value + spread, **more
    )


def whole(value: float = 18.0, spread: float = 0.5, **more: Any) -> Observation:
    return Observation(
        area=TOWN.code,
        name=TOWN.name,
        value=value,
        lower=value - spread,
        upper=value + spread,
        **more,
    )


def observed(*parts: Observation, town: Observation | None = None) -> Observations:
    return Observations(
        period=Period(code="2024-12-31", label="31.12.2024"),
        items=parts,
        comparison=(whole() if town is None else town,),
        sources=(Source(dataset="d", is_fictional=True),),
    )


def found(observations: Observations, indicator: Indicator = CHILD_POVERTY) -> Finding | None:
    judged = judge(indicator, "quartier", TOWN, observations)
    return judged[1] if judged else None


ORDINARY = (part("Altstadt", 18.2, 2), part("Markt", 17.0, 2), part("Park", 16.9, 2))


def test_an_interval_that_touches_the_whole_is_no_finding() -> None:
    assert found(observed(*ORDINARY, part("Hafen", 21.0, 2.6))) is None
    assert found(observed(*ORDINARY, part("Hafen", 21.0, 2.4))) is not None


def test_the_sentence_counts_and_names_the_town() -> None:
    finding = found(observed(*ORDINARY, part("Hafen", 33.2, 3.0)))
    assert finding is not None
    assert finding.summary == (
        "In einem von 4 Quartieren liegt der Wert auch mit seiner Unsicherheit über dem von "
        "Musterstadt (18,0\u00a0%):"
    )
    (named,) = finding.named
    assert (named.name, named.figure, named.bounds) == ("Hafen", "33,2\u00a0%", "30,2 bis 36,2")
    assert finding.is_fictional


def test_those_named_stand_in_the_order_of_the_alphabet() -> None:
    finding = found(
        observed(
            *ORDINARY,
            part("Werft", 40.0, 1),
            part("Hafen", 30.0, 1),
            part("Fabrik", 35.0, 1),
            part("Bahnhof", 22.0, 1),
        )
    )
    assert finding is not None
    assert [named.name for named in finding.named] == ["Fabrik", "Hafen", "Werft"]
    assert "In 4 von 7 Quartieren" in finding.summary
    assert finding.summary.endswith(", am weitesten hier:")


def test_where_high_is_good_the_low_ones_stand_out() -> None:
    employed = CHILD_POVERTY.model_copy(update={"polarity": "better"})
    finding = found(observed(*ORDINARY, part("Hafen", 9.0, 1)), employed)
    assert finding is not None
    assert " unter dem von Musterstadt" in finding.summary
    assert [named.name for named in finding.named] == ["Hafen"]
    assert found(observed(*ORDINARY, part("Hafen", 33.0, 1)), employed) is None


def test_hidden_figures_are_counted_and_never_named() -> None:
    hidden = Observation(area="q-Gewerbe", name="Gewerbepark", status="hidden")
    finding = found(observed(*ORDINARY, part("Hafen", 33.2, 3.0), hidden))
    assert finding is not None
    assert finding.hidden == "In einem weiteren Fall ist die Zahl geheim."
    assert "4 Quartieren" in finding.summary, "a hidden figure is none of those compared"


def test_what_holds_of_the_figures_stands_beside_the_period() -> None:
    town = whole(quality=("provisional",))
    finding = found(observed(*ORDINARY, part("Hafen", 33.2, 3.0), town=town))
    assert finding is not None
    assert finding.period == "31.12.2024, vorläufig"


def test_without_the_whole_or_with_few_parts_nothing_is_said() -> None:
    lone = Observation(area=TOWN.code, name=TOWN.name, status="missing")
    assert found(observed(*ORDINARY, part("Hafen", 33.2, 3.0), town=lone)) is None
    assert found(observed(*ORDINARY[:2], part("Hafen", 33.2, 3.0))) is None


def named(title: str, *areas: str) -> Finding:
    return Finding(
        title=title,
        period="2024",
        summary="",
        named=tuple(Named(area, f"/gebiete/{area}", "1", "0 bis 2") for area in areas),
        hidden="",
        path="/karte",
        is_fictional=False,
        sources=(),
    )


def test_a_finding_on_other_areas_comes_before_another_on_the_same() -> None:
    first, same, other = named("a", "x", "y"), named("b", "y"), named("c", "z")
    assert choose([first, same, other], []) == (first, other, same)
    assert choose([first, same], []) == (first, same)


def test_a_change_is_one_of_the_three() -> None:
    first, other, third = named("a", "x"), named("b", "y"), named("c", "z")
    rise, fall = named("rise"), named("fall")
    assert choose([first, other, third], [rise, fall]) == (first, other, rise)
    assert choose([], [rise, fall]) == (rise,)
    same = named("a")
    assert choose([first, other], [same, fall]) == (first, other, fall), "rather something else"
    assert choose([first], [same]) == (first, same)


def series(*years: tuple[int, float]) -> Observations:
    return Observations(items=tuple(whole(value, 0.5, period=str(year)) for year, value in years))


def change(observations: Observations) -> Finding | None:
    judged = judge_change(CHILD_POVERTY, TOWN, observations)
    return judged[1] if judged else None


def test_a_change_within_the_uncertainty_is_none() -> None:
    assert change(series((2023, 18.0), (2024, 18.9))) is None
    assert change(series((2024, 18.0))) is None
    assert change(series()) is None


def test_a_change_is_told_with_both_intervals() -> None:
    found = change(series((2023, 18.0), (2024, 19.2)))
    assert found is not None
    assert found.period == "2023 bis 2024"
    assert found.summary == (
        "In Musterstadt ist der Wert auch mit seiner Unsicherheit gestiegen: von 18,0\u00a0% "
        "(17,5 bis 18,5) auf 19,2\u00a0% (18,7 bis 19,7)."
    )
    fallen = change(series((2023, 19.2), (2024, 18.0)))
    assert fallen is not None
    assert " gesunken: von 19,2" in fallen.summary


def test_a_change_looks_back_five_periods_and_no_further() -> None:
    found = change(series(*((2015 + number, 10.0 + 2 * number) for number in range(10))))
    assert found is not None
    assert found.period == "2019 bis 2024"
