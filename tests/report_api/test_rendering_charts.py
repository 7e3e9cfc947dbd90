"""Charts and maps as SVG: what is drawn is what the numbers say."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.report_api.content.blocks import Chart, ChartPoint, ChartSeries
from services.report_api.rendering.charts import axis_note, chart_svg
from services.report_api.rendering.maps import legend_rows, map_svg
from services.report_api.rendering.palette import ACCENT
from services.report_api.rendering.value_axis import value_axis
from services.shared.choropleth import CLASS_COLOURS
from tests.report_api.contents import HOSTILE, bar_chart, series_chart, town_map
from tests.report_api.html_reading import SVG


def parsed(svg: str) -> Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - made by the code under test


def words(svg: str) -> list[str]:
    """The texts drawn, in order."""
    return ["".join(item.itertext()) for item in parsed(svg).iter(f"{SVG}text")]


def strokes(svg: str) -> list[Element]:
    """The drawn lines of a line chart."""
    return [item for item in parsed(svg).iter(f"{SVG}path") if item.get("stroke-width") == "3"]


def line(*values: float | None) -> Chart:
    points = tuple(ChartPoint(str(2000 + at), value) for at, value in enumerate(values))
    return replace(series_chart(), series=(ChartSeries("Musterstadt", points, True),))


@pytest.mark.parametrize("chart", [series_chart(), bar_chart()])
def test_only_presentation_attributes(chart: Chart) -> None:
    root = parsed(chart_svg(chart, "a-"))
    for item in root.iter():
        assert item.tag.removeprefix(SVG) in {
            *("svg", "title", "desc", "g", "path", "line", "text", "tspan", "rect"),
        }
        assert not {"style", "class", "role"} & set(item.attrib) or item is root
    assert {item.get("id") for item in root.iter() if item.get("id")} == {"a-title", "a-desc"}
    assert root.get("role") == "img"
    fonts = {item.get("font-family") for item in root.iter(f"{SVG}text")}
    assert fonts == {"Fira Sans"}


def test_a_gap_is_a_gap() -> None:
    (whole,) = strokes(chart_svg(line(1.0, 2.0, 3.0)))
    (broken,) = strokes(chart_svg(line(1.0, None, 3.0, 4.0)))
    assert whole.get("d", "").count("M") == 1
    assert broken.get("d", "").count("M") == 2
    assert broken.get("d", "").count("L") == 1


def test_points_stand_where_their_values_are() -> None:
    svg = chart_svg(line(0.0, 5.0, 10.0))
    heights = [float(y) for y in re.findall(r"[ML][\d.]+,([\d.]+)", strokes(svg)[0].get("d", ""))]
    assert heights == pytest.approx([228.0, 114.0, 0.0])


def test_lines_are_named_at_their_ends_and_do_not_touch() -> None:
    near = tuple(
        ChartSeries(f"Ort {at}", (ChartPoint("2022", 10.0), ChartPoint("2023", 10.0 + at / 50)))
        for at in range(6)
    )
    svg = chart_svg(replace(series_chart(), series=near))
    names = [
        float(re.search(r",([-\d.]+)\)", item.get("transform", ""))[1])  # type: ignore[index]
        for item in parsed(svg).iter(f"{SVG}text")
        if (item.text or "").startswith("Ort ")
    ]
    assert len(names) == 6
    ordered = sorted(names)
    assert all(later - one > 16 for one, later in pairwise(ordered))


def test_place_reported_on_stands_out() -> None:
    for chart in (series_chart(), bar_chart()):
        own = [
            item
            for item in parsed(chart_svg(chart)).iter(f"{SVG}text")
            if item.text == "Musterstadt"
        ]
        assert [item.get("font-weight") for item in own] == ["600"]
    assert strokes(chart_svg(series_chart()))[0].get("stroke") == ACCENT


def test_bars_end_in_their_figures() -> None:
    svg = chart_svg(bar_chart())
    assert {"23,4 %", "18,1 %", "15,9 %", "ohne Zahl"} <= set(words(svg))
    bars = [item for item in parsed(svg).iter(f"{SVG}path") if item.get("d", "").endswith("Z")]
    widths = [float(re.match(r"M[\d.]+,[\d.]+h([\d.]+)", bar.get("d", ""))[1]) for bar in bars]  # type: ignore[index]
    drawn = [width for width in widths if width]
    assert [width / drawn[0] for width in drawn] == pytest.approx([1, 18.1 / 23.4, 15.9 / 23.4])


def test_axis_that_does_not_begin_at_zero_says_so() -> None:
    assert axis_note(line(44.1, 44.6)) == "Die senkrechte Achse beginnt bei 44,0 %."
    assert axis_note(line(1.0, 44.6)) == ""
    assert axis_note(bar_chart()) == ""


def test_syntax_in_names_is_drawn_as_text() -> None:
    for chart in (series_chart(), bar_chart()):
        series = tuple(replace(one, name=HOSTILE) for one in chart.series)
        drawn = "".join(words(chart_svg(replace(chart, series=series, title=HOSTILE))))
        assert "<script>" in drawn
        periods = tuple(replace(one, points=(ChartPoint(HOSTILE, 1.0),)) for one in chart.series)
        assert chart_svg(replace(chart, series=periods))


@given(
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=8),
    st.booleans(),
)
def test_axis_holds_all_values_in_round_steps(values: Sequence[float], from_zero: bool) -> None:
    axis = value_axis(values, from_zero=from_zero)
    span = axis.high - axis.low
    assert axis.low - span * 1e-6 <= min(values)
    assert max(values) <= axis.high + span * 1e-6
    assert 2 <= len(axis.ticks) <= 8
    assert axis.starts_at_zero or not from_zero


def test_map_colours_are_the_legends() -> None:
    drawn, rows = town_map(), list(legend_rows(town_map(), "a-"))
    fills = [
        item.get("fill", "")
        for item in parsed(map_svg(drawn)).iter(f"{SVG}path")
        if item.find(f"{SVG}title") is not None
    ]
    assert len(fills) == len(drawn.areas)
    for row, entry in zip(rows, drawn.legend, strict=False):
        (sign,) = (item for item in parsed(row.sign).findall(f"./{SVG}rect"))
        fill = re.sub(r"#a-\d+-", "#", sign.get("fill", ""))
        assert fills.count(fill) == row.count == entry.count
    assert rows[-1].text == "Bahnhofsviertel"
    assert rows[-1].count is None


def test_hidden_is_hatched_and_missing_is_grey() -> None:
    drawn = town_map()
    areas = tuple(replace(area, class_index=None, is_hidden=False) for area in drawn.areas)
    svg = map_svg(replace(drawn, areas=areas))
    assert 'fill="url(#hidden)"' not in svg
    assert svg.count('fill="#dddddd"') == len(areas)
    assert 'fill="url(#hidden)"' in map_svg(drawn)
    assert not any(colour in svg for colour in CLASS_COLOURS)


def test_map_takes_no_syntax_from_names_or_paths() -> None:
    drawn = town_map()
    areas = tuple(
        replace(area, name=HOSTILE, text=HOSTILE, path=f'{area.path}"/><script>')
        for area in drawn.areas
    )
    root = parsed(map_svg(replace(drawn, areas=areas, title=HOSTILE, alternative=HOSTILE)))
    assert not list(root.iter(f"{SVG}script"))
    assert root[0].text == HOSTILE
