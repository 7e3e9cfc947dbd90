"""Whiskers, histograms and series: what the drawings say stands in numbers and words as well."""

from xml.etree import ElementTree

import pytest

from web.charts import Mark, Series, line_chart
from web.clients.indicator_types import Break, Observation, ObservedIndicator
from web.histogram import Reference, bar_decimals, histogram, in_words, make_bars
from web.series import Place, break_position, by_area_and_period, make_series, period_end
from web.whiskers import Point, common_axis, whisker_cell, whisker_chart

QUOTA = ObservedIndicator(code="quote", name="Quote", unit="%")


def parsed(svg: str) -> ElementTree.Element:
    """Our own SVG, which must be well-formed."""
    return ElementTree.fromstring(svg)  # noqa: S314 - made by the code under test


def test_bars_hold_every_value_once_and_stay_readable() -> None:
    values = [2.6 + index * 0.8 for index in range(26)]
    bars = make_bars(values)
    assert sum(bar.amount for bar in bars) == 26
    assert 8 <= len(bars) <= 25
    assert bars[0].low <= min(values)
    assert bars[-1].high >= max(values)
    assert make_bars([]) == ()
    assert [bar.amount for bar in make_bars([3.0, 3.0])] == [2]
    assert len(make_bars([*range(100), 10_000.0])) <= 25, "one far value does not make 1000 bars"


def test_histogram_is_told_in_words() -> None:
    bars = make_bars([1.0, 2.0, 2.0, 3.0, 9.0])
    words = in_words(bars, [Reference("Land", 2.5)], "%")
    assert words.startswith("Die meisten Gebiete (")
    assert "Land: 2,5." in words
    root = parsed(histogram(bars, [Reference("<Land>", 2.5)], "%", title="Verteilung"))
    assert root.get("role") == "img"
    assert "<Land>" in [text.text for text in root.iter("text")]
    assert bar_decimals(bars) <= 1


def test_one_wide_interval_does_not_squeeze_the_others() -> None:
    points = [Point(f"Ort {n}", 10.0 + n, (9.0 + n, 11.0 + n)) for n in range(20)]
    axis = common_axis([*points, Point("Klein", 12.0, (1.0, 95.0))])
    assert axis is not None
    assert axis.high < 60
    drawn = parsed(whisker_cell(Point("Klein", 12.0, (1.0, 95.0)), axis))
    assert drawn.get("aria-hidden") == "true", "the numbers stand beside it"
    assert common_axis([Point("geheim", None, word="geheim")]) is None


def test_whisker_chart_keeps_places_without_a_figure() -> None:
    points = [
        Point("A & B", 12.0, (11.0, 13.0)),
        Point("Geheimort", None, word="geheim"),
        Point("Land", 10.0, is_comparison=True),
    ]
    root = parsed(whisker_chart(points, "%", title="Quote", description="Drei Orte."))
    texts = [text.text for text in root.iter("text")]
    assert {"A & B", "geheim", "Land"} <= set(texts)


def test_break_stands_between_the_periods() -> None:
    chart = line_chart(
        [Series("Ort", [1.0, 2.0, 3.0], bounds=[(0.5, 1.5), None, (2.5, 3.5)])],
        ["2020", "2021", "2022"],
        title="Quote",
        description="",
        marks=[Mark(2, "1"), Mark(0, "2")],
        id="andere",
    )
    root = parsed(chart)
    assert root.get("aria-labelledby") == "andere-title andere-description"
    breaks = [group for group in root.iter("g") if group.get("class") == "chart-break"]
    assert [text.text for group in breaks for text in group.iter("text")] == ["1"]
    bounds = [path for path in root.iter("path") if "chart-bounds" in (path.get("class") or "")]
    assert bounds[0].get("d", "").count("M") == 2


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("2022", "2022-12-31"),
        ("2022-05-15", "2022-05-15"),
        ("2022-Q2", "2022-06-31"),
        ("2022-03", "2022-03-31"),
        ("2020/2022", "2022-12-31"),
    ],
)
def test_end_of_a_period_sorts(code: str, end: str) -> None:
    assert period_end(code) == end


def test_break_on_a_day_comes_before_the_period_it_falls_into() -> None:
    found = Break.model_validate({"kind": "area", "on": "2009-10-21", "detail": "Reform"})
    assert break_position(found, ["2008", "2009", "2010"]) == 1
    assert break_position(found, ["2005"]) == 1, "after all periods: not drawn"


def test_series_of_hidden_figures_is_a_table_without_a_line() -> None:
    items = [
        Observation.model_validate(
            {"area": "a", "name": "A", "period": period, "value": None, "status": "hidden"}
        )
        for period in ("2020", "2021")
    ]
    series = make_series(by_area_and_period(items), [Place("a", "A")], QUOTA, id="x")
    assert series is not None
    assert series.chart == ""
    assert [cell.text for cell in series.rows[0].cells] == ["geheim", "geheim"]
    assert make_series({}, [Place("a", "A")], QUOTA, id="x") is None
