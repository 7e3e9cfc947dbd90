"""Charts drawn on the server as SVG: the same in page and print, each with title and description.

Colours come from the page's style sheet by class (`chart-line--1` …), so that charts follow light,
dark and print; the lines differ in dash and marker as well, for eyes and printers without colour.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from web.format import number

WIDTH, HEIGHT = 760, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 190, 16, 36
LABEL_GAP = 18
MARKERS = (
    '<circle cx="{x}" cy="{y}" r="4"/>',
    '<rect x="{x0}" y="{y0}" width="7" height="7"/>',
    '<path d="M{x} {yt}l5 8.6h-10z"/>',
    '<path d="M{x} {yt}l5 5-5 5-5-5z"/>',
)


@dataclass(frozen=True, slots=True)
class Series:
    """A named line; `values` has one entry per period, None where there is no figure.

    A comparison (Land, Deutschland, Kreis) is drawn behind the places and without markers.
    """

    name: str
    values: Sequence[float | None]
    is_comparison: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """Ticks of the value axis; `starts_at_zero` must be told to the reader where it is false."""

    ticks: tuple[float, ...]
    starts_at_zero: bool

    @property
    def low(self) -> float:
        """The lowest value on the axis."""
        return self.ticks[0]

    @property
    def high(self) -> float:
        """The highest value on the axis."""
        return self.ticks[-1]


def value_axis(values: Sequence[float]) -> Axis:
    """An axis with round steps around `values`; from zero unless that would flatten the lines."""
    low, high = min(values), max(values)
    from_zero = low < 0 or high - low > 0.35 * high or high == low
    start = min(low, 0.0) if from_zero else low
    step = _round_step((high - start) or abs(high) or 1.0)
    first = math.floor(start / step)
    last = max(math.ceil(high / step), first + 1)
    ticks = tuple(index * step for index in range(first, last + 1))
    return Axis(ticks, starts_at_zero=ticks[0] <= 0)


def _round_step(span: float) -> float:
    raw = span / 4
    magnitude = 10.0 ** math.floor(math.log10(raw))
    return next(m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= raw)


def line_chart(
    series: Sequence[Series], periods: Sequence[str], *, title: str, description: str
) -> Markup:
    """Lines over periods, named at their ends. At least one value must be there."""
    axis = value_axis([value for line in series for value in line.values if value is not None])
    ordered = sorted(series, key=lambda line: not line.is_comparison)
    labels = _label_heights([_last_height(line, axis) for line in ordered])
    parts = [_frame(axis, periods)]
    own = 0
    for line, height in zip(ordered, labels, strict=True):
        own += not line.is_comparison
        parts.append(_line(line, axis, len(periods), own, height))
    return Markup(  # noqa: S704 - all that varies is escaped or a number
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="chart-title chart-description">'
        f'<title id="chart-title">{escape(title)}</title>'
        f'<desc id="chart-description">{escape(description)}</desc>{"".join(parts)}</svg>'
    )


def _frame(axis: Axis, periods: Sequence[str]) -> str:
    decimals = 0 if all(float(tick).is_integer() for tick in axis.ticks) else 1
    rules = "".join(
        f'<line class="chart-rule" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="chart-text" x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">'
        f"{number(tick, decimals)}</text>"
        for tick in axis.ticks
        for y in (_height(tick, axis),)
    )
    every = max(1, math.ceil(len(periods) / 8))
    names = "".join(
        f'<text class="chart-text" x="{_across(index, len(periods)):.1f}" y="{HEIGHT - 10}" '
        f'text-anchor="middle">{escape(name)}</text>'
        for index, name in enumerate(periods)
        if (len(periods) - 1 - index) % every == 0
    )
    return rules + names


def _line(line: Series, axis: Axis, count: int, own: int, label_height: float) -> str:
    kind = "chart-line--comparison" if line.is_comparison else f"chart-line--{(own - 1) % 6 + 1}"
    points = [
        None if value is None else (_across(index, count), _height(value, axis))
        for index, value in enumerate(line.values)
    ]
    marker = "" if line.is_comparison else MARKERS[(own - 1) % len(MARKERS)]
    marks = "".join(
        marker.format(x=_n(x), y=_n(y), x0=_n(x - 3.5), y0=_n(y - 3.5), yt=_n(y - 5))
        for x, y in filter(None, points)
    )
    last = next((point for point in reversed(points) if point), None)
    if last is None:
        return ""
    x = WIDTH - RIGHT + 14
    return (
        f'<g class="chart-line {kind}"><path class="chart-stroke" d="{_path(points)}"/>'
        f'<g class="chart-marks">{marks}</g>'
        f'<path class="chart-lead" d="M{_n(last[0])} {_n(last[1])}L{x - 4} {_n(label_height)}"/>'
        f'<text class="chart-label" x="{x}" y="{label_height + 4:.1f}">'
        f"{escape(_shortened(line.name))}</text></g>"
    )


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """Lines between neighbours that both have a figure; a gap stays a gap."""
    pieces, is_open = [], False
    for point in points:
        if point is not None:
            pieces.append(f"{'L' if is_open else 'M'}{_n(point[0])} {_n(point[1])}")
        is_open = point is not None
    return "".join(pieces)


def _label_heights(wanted: Sequence[float]) -> list[float]:
    """The heights nearest to `wanted` at which no two labels overlap."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    heights = list(wanted)
    floor = float(TOP)
    for index in order:
        heights[index] = max(heights[index], floor)
        floor = heights[index] + LABEL_GAP
    ceiling = float(HEIGHT - BOTTOM + 6)
    for index in reversed(order):
        heights[index] = min(heights[index], ceiling)
        ceiling = heights[index] - LABEL_GAP
    return heights


def _last_height(line: Series, axis: Axis) -> float:
    last = next((value for value in reversed(line.values) if value is not None), axis.low)
    return _height(last, axis)


def _across(index: int, count: int) -> float:
    inner = WIDTH - LEFT - RIGHT - 24
    return LEFT + 12 + (inner / 2 if count == 1 else inner * index / (count - 1))


def _height(value: float, axis: Axis) -> float:
    share = (value - axis.low) / (axis.high - axis.low)
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)


def _shortened(name: str) -> str:
    return name if len(name) <= 24 else name[:23].rstrip() + "…"


def _n(value: float) -> str:
    return f"{value:.1f}"


def sparkline(values: Sequence[float | None], *, text: str) -> Markup:
    """A small line without axes, its last figure marked; `text` says what it shows."""
    present = [value for value in values if value is not None]
    if len(present) < 2:
        return Markup("")
    low, high = min(present), max(present)
    span = (high - low) or 1.0
    width, height, edge = 120, 32, 4
    points = [
        None
        if value is None
        else (
            edge + (width - 2 * edge) * index / (len(values) - 1),
            height - edge - (height - 2 * edge) * (value - low) / span
            if high > low
            else height / 2,
        )
        for index, value in enumerate(values)
    ]
    last = next(point for point in reversed(points) if point)
    return Markup(  # noqa: S704 - all that varies is escaped or a number
        f'<svg class="sparkline" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(text)}"><path d="{_path(points)}"/>'
        f'<circle cx="{_n(last[0])}" cy="{_n(last[1])}" r="3"/></svg>'
    )
