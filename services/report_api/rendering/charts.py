"""Charts as SVG by Vega-Lite: lines over periods, bars over areas, named where they end."""

import json
import math
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from textwrap import wrap
from typing import Any
from xml.etree import ElementTree

import vl_convert
from babel.numbers import format_decimal

from services.report_api.content.blocks import Chart, ChartPoint, ChartSeries
from services.report_api.rendering.palette import ACCENT, LINE, MUTED, STRONG_LINE, TEXT
from services.report_api.rendering.value_axis import ValueAxis, value_axis
from services.shared.typesetting.characters import printable, settable
from services.shared.typesetting.typeface import FAMILY, FONT_FOLDER

WIDTH = 680
_LINE_HEIGHT = 290
_LABEL_GAP = 17
_LABEL_LETTERS = 23
_BAR_STEP = 40
_AXIS_FONT, _LABEL_FONT = 13, 14
_COMPARISON_COLOURS = ("#51577a", "#8187a7", "#3b405f", "#6e7597")
_DASHES: tuple[list[int], ...] = ([], [7, 3], [2, 3], [10, 3, 2, 3])
_MARKERS = ("circle", "square", "triangle-up", "diamond")
_SVG = "http://www.w3.org/2000/svg"


# Article, file and PDF show the very same picture; it is drawn once for the three.
@lru_cache(maxsize=4)
def chart_svg(chart: Chart, id_prefix: str = "") -> str:
    """The chart as an <svg> element with title and text alternative, fonts by name.

    Raises ValueError when there is no value to draw, one that is no number, or lines over
    different periods.
    """
    values = _values(chart)
    spec = _line_spec(chart, values) if chart.form == "line" else _bar_spec(chart, values)
    _register_fonts()
    drawn = vl_convert.vegalite_to_svg(
        spec | {"config": _config()}, format_locale="de-DE", allowed_base_urls=[]
    )
    return _cleaned(drawn, chart, id_prefix)


def axis_note(chart: Chart) -> str:
    """A sentence where the value axis does not begin at zero; else empty."""
    axis = value_axis(_values(chart), from_zero=chart.form == "bar")
    if axis.starts_at_zero:
        return ""
    return f"Die senkrechte Achse beginnt bei {_number(axis.low, axis.decimals)} {chart.unit}."


def _values(chart: Chart) -> list[float]:
    values = [p.value for series in chart.series for p in series.points if p.value is not None]
    if not values:
        raise ValueError(f"the chart „{chart.title}“ has no value to draw")
    if not all(map(math.isfinite, values)):
        raise ValueError(f"the chart „{chart.title}“ has a value that is no number")
    return values


@cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(FONT_FOLDER))


def _config() -> dict[str, Any]:
    axis = {
        "title": None,
        "labelFont": FAMILY,
        "labelFontSize": _AXIS_FONT,
        "labelColor": MUTED,
        "labelPadding": 8,
        "labelAngle": 0,
        "labelOverlap": False,
        "labelLimit": 0,
        "ticks": False,
        "domain": False,
        "gridColor": LINE,
    }
    return {"aria": False, "background": None, "font": FAMILY, "view": {"stroke": None}} | {
        "axis": axis
    }


def _line_spec(chart: Chart, values: Sequence[float]) -> dict[str, Any]:
    axis = value_axis(values, from_zero=False)
    periods = _periods(chart)
    ordered = sorted(chart.series, key=lambda series: series.is_emphasised)
    padding = {"left": 60, "right": 186, "top": 30, "bottom": 32}
    width, height = WIDTH - 60 - 186, _LINE_HEIGHT - 30 - 32
    encoding = {
        "x": {
            "field": "x",
            "type": "ordinal",
            "scale": {"type": "point", "domain": list(range(len(periods))), "padding": 0.2},
            "axis": {"labelExpr": _by_index(_thinned(periods, width)), "grid": False},
        },
        "y": {"field": "y", "type": "quantitative"} | _value_scale(axis),
    }
    lines = [
        layer | {"encoding": encoding}
        for index, series in enumerate(ordered)
        for layer in _line_layers(series, index)
    ]
    names = _end_labels(ordered, axis, width, height)
    return _frame(width, height, padding, [_unit_layer(chart.unit), *lines, *names])


def _periods(chart: Chart) -> list[str]:
    """What all lines share; a line without any point may be among them."""
    shared = {tuple(point.x for point in series.points) for series in chart.series} - {()}
    if len(shared) > 1:
        raise ValueError(f"the lines of „{chart.title}“ do not share their periods")
    return list(shared.pop())


def _line_layers(series: ChartSeries, index: int) -> list[dict[str, Any]]:
    colour = ACCENT if series.is_emphasised else _COMPARISON_COLOURS[index % 4]
    dash = [] if series.is_emphasised else _DASHES[(index + 1) % 4]
    shape = "circle" if series.is_emphasised else _MARKERS[(index + 1) % 4]
    rows = [{"x": at, "y": point.value} for at, point in enumerate(series.points)]
    line = {
        "type": "line",
        "color": colour,
        "strokeWidth": 3 if series.is_emphasised else 1.75,
        "strokeDash": dash,
        "strokeCap": "butt" if dash else "round",
        "strokeJoin": "round",
        # A period without a figure is a gap, not a bridge.
        "invalid": "break-paths-show-domains",
    }
    points = {
        "type": "point",
        "shape": shape,
        "filled": True,
        "opacity": 1,
        "color": colour,
        "size": 62 if series.is_emphasised else 40,
        "stroke": "#ffffff",
        "strokeWidth": 1,
    }
    present = [row for row in rows if row["y"] is not None]
    return [
        {"data": {"values": rows}, "mark": line},
        {"data": {"values": present}, "mark": points},
    ]


def _end_labels(
    ordered: Sequence[ChartSeries], axis: ValueAxis, width: float, height: float
) -> list[dict[str, Any]]:
    """The names at the lines' ends, moved apart where they would touch."""
    named = [
        (series, wrap(settable(series.name), _LABEL_LETTERS, max_lines=3, placeholder=" …"), last)
        for series in ordered
        for last in [next((p.value for p in reversed(series.points) if p.value is not None), None)]
        if last is not None
    ]
    wanted = [height * (1 - (last - axis.low) / (axis.high - axis.low)) for _, _, last in named]
    places = _apart(wanted, [_LABEL_GAP * max(1, len(lines)) for _, lines, _ in named], height)
    rows = [
        {"text": line, "y": place + at * _LABEL_GAP, "own": series.is_emphasised}
        for (series, lines, _), place in zip(named, places, strict=True)
        for at, line in enumerate(lines)
    ]
    mark = {"align": "left", "fontSize": _LABEL_FONT}
    x = {"value": width + 6}
    return _words(rows, mark | {"color": MUTED}, x, ACCENT)


def _words(
    rows: list[dict[str, Any]], mark: dict[str, Any], x: dict[str, Any], own_colour: str
) -> list[dict[str, Any]]:
    """Layers of text at pixel height `y`; what belongs to the place reported on is bolder."""
    encoding = {
        "x": x,
        "y": {"field": "y", "type": "quantitative", "scale": None, "axis": None},
        "text": {"field": "text", "type": "nominal"},
    }
    plain = mark | {"type": "text", "baseline": "middle"}
    bold = plain | {"fontWeight": 600, "color": own_colour}
    return [
        {
            "data": {"values": [row for row in rows if row["own"] is is_own]},
            "mark": bold if is_own else plain,
            "encoding": encoding,
        }
        for is_own in (False, True)
    ]


def _apart(wanted: Sequence[float], heights: Sequence[float], bottom: float) -> list[float]:
    """The middles of first lines nearest to `wanted` at which no two labels overlap."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    places = list(wanted)
    floor = -math.inf
    for index in order:
        places[index] = max(places[index], floor)
        floor = places[index] + heights[index]
    ceiling = bottom + _LABEL_GAP / 2
    for index in reversed(order):
        places[index] = min(places[index], ceiling - heights[index] + _LABEL_GAP / 2)
        ceiling = places[index] - _LABEL_GAP / 2
    return places


def _bar_spec(chart: Chart, values: Sequence[float]) -> dict[str, Any]:
    """Bars from zero. Each ends in its figure, so that no axis is needed."""
    axis = value_axis(values, from_zero=True)
    bars = [(series, point) for series in chart.series for point in series.points]
    padding = {"left": 216, "right": 110, "top": 4, "bottom": 4}
    width, height = WIDTH - 216 - 110, _BAR_STEP * len(bars)
    x_scale = {"scale": {"domain": [axis.low, axis.high], "nice": False}, "axis": None}
    rows = [
        {
            "value": point.value,
            "end": max(point.value or 0.0, 0.0),
            "y": _BAR_STEP * (number + 0.5),
            "text": _bar_text(point.value, chart),
            "own": series.is_emphasised,
        }
        for number, (series, point) in enumerate(bars)
    ]
    bar_layer = {
        "data": {"values": rows},
        "mark": {"type": "bar", "orient": "horizontal", "size": 24},
        "encoding": {
            "x": {"field": "value", "type": "quantitative"} | x_scale,
            "y": {"field": "y", "type": "quantitative", "scale": None, "axis": None},
            "color": {"condition": {"test": "datum.own", "value": ACCENT}, "value": STRONG_LINE},
        },
    }
    mark = {"fontSize": _LABEL_FONT, "color": TEXT}
    end = {"field": "end", "type": "quantitative"} | x_scale
    names = [row for at, (series, point) in enumerate(bars) for row in _bar_name(series, point, at)]
    layers = [
        bar_layer,
        *_words(rows, mark | {"align": "left", "dx": 8}, end, TEXT),
        *_words(names, mark | {"align": "right"}, {"value": -12}, TEXT),
    ]
    return _frame(width, height, padding, layers)


def _bar_name(series: ChartSeries, point: ChartPoint, number: int) -> list[dict[str, Any]]:
    """The name before a bar, in up to two lines around the bar's middle."""
    parts = [series.name] if len(series.points) == 1 else [series.name, point.x]
    name = ", ".join(filter(None, parts))
    lines = wrap(settable(name), 28, max_lines=2, placeholder=" …")
    top = _BAR_STEP * (number + 0.5) - _LABEL_GAP * (len(lines) - 1) / 2
    return [
        {"text": line, "y": top + _LABEL_GAP * at, "own": series.is_emphasised}
        for at, line in enumerate(lines)
    ]


def _bar_text(value: float | None, chart: Chart) -> str:
    if value is None:
        return "ohne Zahl"
    return settable(f"{_number(value, chart.decimals)} {chart.unit}".strip())


def _unit_layer(unit: str) -> dict[str, Any]:
    return {
        "data": {"values": [{"text": f"in {settable(unit)}" if unit else ""}]},
        "mark": {"type": "text", "align": "left", "fontSize": _AXIS_FONT, "color": MUTED},
        "encoding": {
            "x": {"value": -60},
            "y": {"value": -18},
            "text": {"field": "text", "type": "nominal"},
        },
    }


def _value_scale(axis: ValueAxis) -> dict[str, Any]:
    return {
        "scale": {"domain": [axis.low, axis.high], "nice": False, "zero": False},
        "axis": {"values": list(axis.ticks), "format": f",.{axis.decimals}f", "grid": True},
    }


def _frame(
    width: float, height: float, padding: dict[str, int], layers: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "autosize": {"type": "none"},
        "width": width,
        "height": height,
        "padding": padding,
        "layer": layers,
    }


def _thinned(periods: Sequence[str], width: float) -> list[str]:
    """Labels that fit beside each other; the last one always stands."""
    widest = max((len(period) for period in periods), default=1) * 7.5 + 12
    every = max(1, math.ceil(len(periods) * widest / width))
    last = len(periods) - 1
    return [settable(text) if (last - at) % every == 0 else "" for at, text in enumerate(periods)]


def _by_index(labels: Sequence[str | list[str]]) -> str:
    """An expression that finds an axis' label by its number; labels are data in it, never code."""
    return f"{json.dumps(list(labels))}[datum.value]"


def _number(value: float, decimals: int) -> str:
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(value, format=pattern, locale="de_DE"))


def _cleaned(drawn: str, chart: Chart, id_prefix: str) -> str:
    """Without Vega's bookkeeping, with title and text alternative."""
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(drawn)  # noqa: S314 - made by the library, not by a visitor
    for parent in root.iter():
        for child in list(parent):
            if child.get("class") in {"background", "foreground"}:
                parent.remove(child)
        for name in [n for n in parent.attrib if _BOOKKEEPING.match(n)]:
            del parent.attrib[name]
    title = ElementTree.Element(f"{{{_SVG}}}title", {"id": f"{id_prefix}title"})
    title.text = printable(chart.title)
    description = ElementTree.Element(f"{{{_SVG}}}desc", {"id": f"{id_prefix}desc"})
    description.text = printable(chart.alternative)
    root[:0] = [title, description]
    root.set("role", "img")
    root.set("aria-labelledby", f"{id_prefix}title {id_prefix}desc")
    return ElementTree.tostring(root, encoding="unicode")


_BOOKKEEPING = re.compile(r"class$|role$|aria-|pointer-events$|version$")
