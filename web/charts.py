"""Charts drawn on the server as SVG: the same in page and print, each with title and description.

Colours come from the page's style sheet by class (`chart-line--1` …), so that charts follow light,
dark and print; the lines differ in dash and marker as well, for eyes and printers without colour.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from web.format import number

WIDTH, HEIGHT = 760, 330
LEFT, RIGHT, TOP, BOTTOM = 64, 190, 26, 36
LABEL_GAP = 18
STYLES = 8
"""Lines that can be told apart by dash and marker alone; the ninth looks like the first."""
MOST_WITH_BOUNDS = 3
"""Lines whose intervals are drawn: more of them would hide each other."""
MARKERS = (
    '<circle cx="{x}" cy="{y}" r="4"{c}/>',
    '<rect x="{x0}" y="{y0}" width="7" height="7"{c}/>',
    '<path d="M{x} {yt}l5 8.6h-10z"{c}/>',
    '<path d="M{x} {yt}l5 5-5 5-5-5z"{c}/>',
)


@dataclass(frozen=True, slots=True)
class Series:
    """A named line; `values` has one entry per period, None where there is no figure.

    A comparison (Land, Deutschland, Kreis) is drawn behind the places and without markers.
    `bounds` are the intervals of the values; `estimated` the periods whose value is estimated,
    drawn as open marks.
    """

    name: str
    values: Sequence[float | None]
    is_comparison: bool = False
    bounds: Sequence[tuple[float, float] | None] = ()
    estimated: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Mark:
    """A break in all lines: between the period at `before` and the one ahead of it."""

    before: int
    sign: str


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
    series: Sequence[Series],
    periods: Sequence[str],
    *,
    title: str,
    description: str,
    marks: Sequence[Mark] = (),
    background: Sequence[Sequence[float | None]] = (),
    id: str = "chart",
) -> Markup:
    """Lines over periods, named at their ends. At least one value must be there.

    `background` are lines without a name, faint and behind the others; `id` must differ
    between the charts of a page.
    """
    axis = value_axis(_all_values(series, background))
    ordered = sorted(series, key=lambda line: not line.is_comparison)
    labels = _label_heights([_last_height(line, axis) for line in ordered])
    parts = [_frame(axis, periods), *(_break(mark, len(periods)) for mark in marks)]
    parts += [_faint(values, axis, len(periods)) for values in background]
    shows_bounds = sum(not line.is_comparison for line in series) <= MOST_WITH_BOUNDS
    own = 0
    for line, height in zip(ordered, labels, strict=True):
        own += not line.is_comparison
        if shows_bounds and not line.is_comparison:
            parts.append(_bounds(line, axis, own, len(periods)))
        parts.append(_line(line, axis, len(periods), own, height))
    return Markup(  # noqa: S704 - all that varies is escaped or a number
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="{id}-title {id}-description">'
        f'<title id="{id}-title">{escape(title)}</title>'
        f'<desc id="{id}-description">{escape(description)}</desc>{"".join(parts)}</svg>'
    )


def _all_values(
    series: Sequence[Series], background: Sequence[Sequence[float | None]]
) -> list[float]:
    lines = [line.values for line in series] + list(background)
    return [value for values in lines for value in values if value is not None]


def _break(mark: Mark, count: int) -> str:
    """An upright line with its sign on top; what lies before the first period is not drawn."""
    if not 0 < mark.before < count:
        return ""
    x = (_across(mark.before - 1, count) + _across(mark.before, count)) / 2
    return (
        f'<g class="chart-break"><path d="M{_n(x)} {TOP + 2}V{HEIGHT - BOTTOM}"/>'
        f'<circle cx="{_n(x)}" cy="{TOP - 5}" r="9"/>'
        f'<text x="{_n(x)}" y="{TOP - 1}" text-anchor="middle">{escape(mark.sign)}</text></g>'
    )


def _faint(values: Sequence[float | None], axis: Axis, count: int) -> str:
    points = [
        None if value is None else (_across(index, count), _height(value, axis))
        for index, value in enumerate(values)
    ]
    return f'<path class="chart-faint" d="{_path(points)}"/>'


def _bounds(line: Series, axis: Axis, own: int, count: int) -> str:
    """The interval of each value as an upright line; cut off where it leaves the axis."""
    rules = "".join(
        f"M{_n(_across(index, count))} {_n(_height(min(bounds[1], axis.high), axis))}"
        f"V{_n(_height(max(bounds[0], axis.low), axis))}"
        for index, bounds in enumerate(line.bounds)
        if bounds is not None
    )
    kind = f"chart-line--{(own - 1) % STYLES + 1}"
    return f'<path class="chart-bounds {kind}" d="{rules}"/>' if rules else ""


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
    kind = (
        "chart-line--comparison" if line.is_comparison else f"chart-line--{(own - 1) % STYLES + 1}"
    )
    points = [
        None if value is None else (_across(index, count), _height(value, axis))
        for index, value in enumerate(line.values)
    ]
    marker = "" if line.is_comparison else MARKERS[(own - 1) % len(MARKERS)]
    is_open = own > len(MARKERS)
    marks = "".join(
        marker.format(
            x=_n(point[0]), y=_n(point[1]), x0=_n(point[0] - 3.5), y0=_n(point[1] - 3.5),
            yt=_n(point[1] - 5),
            c=' class="chart-mark--open"' if is_open or index in line.estimated else "",
        )
        for index, point in enumerate(points)
        if point is not None
    )  # fmt: skip
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
