"""Figures with their intervals on a common scale, drawn on the server as SVG.

A point is the figure, the line through it its Schwankungsbereich; an upright rule stands at what
it is compared with. Numbers and words stand beside each drawing in the table or description.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from web.charts import Axis, value_axis
from web.format import number

CELL_WIDTH, CELL_HEIGHT, CELL_EDGE = 220, 24, 6
WIDTH, LABELS, EDGE, ROW, HEAD, FOOT = 760, 230, 30, 30, 14, 30

Across = Callable[[float], float]
"""From a value to where it stands from left to right."""


@dataclass(frozen=True, slots=True)
class Point:
    """A figure with its interval; `bounds` None where none is known, `value` None for a word."""

    name: str
    value: float | None
    bounds: tuple[float, float] | None = None
    word: str = ""
    is_comparison: bool = False
    is_estimated: bool = False


def common_axis(points: Sequence[Point]) -> Axis | None:
    """A scale on which all figures and intervals lie; None without any figure.

    One extreme interval must not squeeze all others: the scale ends at the greatest figure or
    at the end of the interval that reaches furthest among the other nine tenths.
    """
    values = [point.value for point in points if point.value is not None]
    if not values:
        return None
    ends = sorted(point.bounds[1] for point in points if point.bounds is not None)
    usual = ends[max(math.ceil(len(ends) * 0.9) - 1, 0)] if ends else 0.0
    lowest = min([*values, *(point.bounds[0] for point in points if point.bounds is not None)])
    return value_axis([lowest, max(*values, usual) if len(values) > 1 else max(values[0], usual)])


def whisker_cell(point: Point, axis: Axis, reference: float | None = None) -> Markup:
    """One figure for a table cell; hidden from readers, who have the numbers beside it."""
    if point.value is None:
        return Markup("")
    middle = CELL_HEIGHT / 2

    def across(value: float) -> float:
        share = (min(max(value, axis.low), axis.high) - axis.low) / (axis.high - axis.low)
        return CELL_EDGE + (CELL_WIDTH - 2 * CELL_EDGE) * share

    rule = ""
    if reference is not None and axis.low <= reference <= axis.high:
        x = across(reference)
        rule = f'<path class="whisker-reference" d="M{x:.1f} 0V{CELL_HEIGHT}"/>'
    return Markup(  # noqa: S704 - all that varies is a number
        f'<svg class="whisker" viewBox="0 0 {CELL_WIDTH} {CELL_HEIGHT}" width="{CELL_WIDTH}" '
        f'height="{CELL_HEIGHT}" aria-hidden="true" focusable="false">{rule}'
        f"{_drawn(point, across(point.value), middle, axis, across)}</svg>"
    )


def whisker_chart(
    points: Sequence[Point],
    unit: str,
    *,
    title: str,
    description: str,
    id: str = "whiskers",
) -> Markup:
    """Several figures below each other with a scale; a word where there is no figure."""
    axis = common_axis(points)
    if axis is None:
        return Markup("")
    height = HEAD + ROW * len(points) + FOOT

    def across(value: float) -> float:
        share = (min(max(value, axis.low), axis.high) - axis.low) / (axis.high - axis.low)
        return LABELS + (WIDTH - LABELS - EDGE) * share

    rows = "".join(
        _row(point, HEAD + ROW * index + ROW / 2, axis, across)
        for index, point in enumerate(points)
    )
    references = "".join(
        f'<path class="whisker-reference" d="M{across(point.value):.1f} {HEAD}V{height - FOOT}"/>'
        for point in points
        if point.is_comparison and point.value is not None
    )
    return Markup(  # noqa: S704 - all that varies is escaped or a number
        f'<svg class="chart whiskers" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="{id}-title {id}-description">'
        f'<title id="{id}-title">{escape(title)}</title>'
        f'<desc id="{id}-description">{escape(description)}</desc>'
        f"{_scale(axis, unit, height, across)}{references}{rows}</svg>"
    )


def _scale(axis: Axis, unit: str, height: int, across: Across) -> str:
    decimals = 0 if all(float(tick).is_integer() for tick in axis.ticks) else 1
    last = len(axis.ticks) - 1
    return "".join(
        f'<path class="chart-rule" d="M{across(tick):.1f} {HEAD}V{height - FOOT}"/>'
        f'<text class="chart-text" x="{across(tick):.1f}" y="{height - 8}" '
        f'text-anchor="middle">{number(tick, decimals)}'
        f"{escape(f' {unit}') if index == last and len(unit) <= 2 else ''}</text>"
        for index, tick in enumerate(axis.ticks)
    )


def _row(point: Point, middle: float, axis: Axis, across: Across) -> str:
    name = point.name if len(point.name) <= 28 else point.name[:27].rstrip() + "…"
    kind = "chart-label--comparison" if point.is_comparison else ""
    label = (
        f'<text class="chart-label {kind}" x="{LABELS - 16}" y="{middle + 5:.1f}" '
        f'text-anchor="end">{escape(name)}</text>'
    )
    if point.value is None:
        return (
            f'{label}<text class="chart-text" x="{LABELS + 4}" y="{middle + 5:.1f}">'
            f"{escape(point.word)}</text>"
        )
    return label + _drawn(point, across(point.value), middle, axis, across)


def _drawn(point: Point, x: float, middle: float, axis: Axis, across: Across) -> str:
    kind = "whisker-point--comparison" if point.is_comparison else ""
    if point.is_estimated:
        kind += " chart-mark--open"
    line = ""
    if point.bounds is not None:
        low, high = across(point.bounds[0]), across(point.bounds[1])
        ends = f"M{low:.1f} {middle - 4:.1f}v8"
        if point.bounds[1] <= axis.high:
            ends += f"M{high:.1f} {middle - 4:.1f}v8"
        else:
            ends += f"M{high - 4:.1f} {middle - 4:.1f}l4 4-4 4"
        line = f'<path class="whisker-line {kind}" d="M{low:.1f} {middle:.1f}H{high:.1f}{ends}"/>'
    return f'{line}<circle class="whisker-point {kind}" cx="{x:.1f}" cy="{middle:.1f}" r="4.5"/>'
