"""Charts and small maps as SVG: readable by eye and by ear, and safe whatever a name holds."""

from itertools import pairwise
from xml.etree import ElementTree

from web.charts import Series, line_chart, sparkline, value_axis
from web.locator import location_map


def parsed(svg: str) -> ElementTree.Element:
    """Our own SVG, which must be well-formed."""
    return ElementTree.fromstring(svg)  # noqa: S314 - made by the code under test


def test_axis_starts_at_zero_unless_that_flattens_the_lines() -> None:
    assert value_axis([3, 10]).starts_at_zero
    cut = value_axis([40.0, 44.0])
    assert not cut.starts_at_zero
    assert cut.low <= 40 <= 44 <= cut.high
    assert value_axis([0, 0]).high > value_axis([0, 0]).low
    assert value_axis([-3, 2]).low <= -3


def test_line_chart_names_lines_and_leaves_gaps() -> None:
    chart = line_chart(
        [Series('<b>A & "B"</b>', [1.0, None, 3.0]), Series("Land", [2.0, 2.0, 2.0], True)],
        ["2020", "2021", "2022"],
        title="Quote",
        description="Zwei Linien.",
    )
    root = parsed(chart)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "chart-title chart-description"
    assert [child.tag for child in root][:2] == ["title", "desc"]
    strokes = [path.get("d", "") for path in root.iter("path") if "stroke" in path.get("class", "")]
    assert [stroke.count("M") for stroke in strokes] == [1, 2]
    assert '<b>A & "B"</b>' in [text.text for text in root.iter("text")]


def test_labels_do_not_overlap() -> None:
    chart = line_chart(
        [Series(f"Ort {index}", [5.0, 5.0]) for index in range(8)],
        ["2020", "2021"],
        title="Quote",
        description="",
    )
    labels = [
        float(text.get("y", "0"))
        for text in parsed(chart).iter("text")
        if text.get("class") == "chart-label"
    ]
    ordered = sorted(labels)
    assert all(below - above >= 17.9 for above, below in pairwise(ordered))


def test_sparkline_needs_two_figures() -> None:
    assert sparkline([1.0, None], text="Verlauf") == ""
    assert 'aria-label="Verlauf &lt;2020&gt;"' in sparkline([1.0, 2.0], text="Verlauf <2020>")
    assert sparkline([2.0, 2.0], text="gleich")


def test_location_map_marks_the_place() -> None:
    square = [[[7.0, 51.0], [7.1, 51.0], [7.1, 51.1], [7.0, 51.0]]]
    collection = {
        "features": [
            {"properties": {"code": "a"}, "geometry": {"type": "Polygon", "coordinates": square}},
            {
                "properties": {"code": "b"},
                "geometry": {"type": "MultiPolygon", "coordinates": [square]},
            },
            {"properties": {"code": "c"}, "geometry": None},
        ]
    }
    root = parsed(location_map(collection, ["b"], text="Lage von B"))
    assert [path.get("class") for path in root] == [
        "locator-area",
        "locator-area locator-area--here",
    ]
    assert location_map(collection, ["c"], text="ohne Grenzen") == ""
    assert location_map({}, ["b"], text="nichts") == ""
