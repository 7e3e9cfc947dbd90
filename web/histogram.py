"""How many areas lie where: a histogram drawn on the server, its numbers for a table."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from web.format import count, number

WIDTH, HEIGHT = 760, 270
LEFT, RIGHT, TOP, BOTTOM = 44, 20, 52, 36
FEWEST_BARS, MOST_BARS = 8, 24

Across = Callable[[float], float]
"""From a value to where it stands from left to right."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A range of values, its upper end not in it but in the last one, and how many lie there."""

    low: float
    high: float
    amount: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A value to find in the distribution, with the name of what has it."""

    name: str
    value: float


def make_bars(values: Sequence[float]) -> tuple[Bar, ...]:
    """Ranges of equal, round width; about as many as Freedman and Diaconis advise.

    Source: D. Freedman, P. Diaconis (1981), On the histogram as a density estimator: L2 theory,
    Zeitschrift für Wahrscheinlichkeitstheorie 57, 453-476: width = 2 · IQR / n^(1/3). Kept
    between 8 and 24 bars: fewer hide the shape, more cannot be read.
    """
    ordered = sorted(values)
    if not ordered:
        return ()
    low, high = ordered[0], ordered[-1]
    if low == high:
        return (Bar(low, high, len(ordered)),)
    quartiles = ordered[len(ordered) // 4], ordered[(3 * len(ordered)) // 4]
    width = 2 * (quartiles[1] - quartiles[0]) / len(ordered) ** (1 / 3)
    span = high - low
    step = _rounded(min(width, span / FEWEST_BARS) or span, span / MOST_BARS)
    first = math.floor(low / step)
    last = max(math.floor(high / step), first)
    amounts = [0] * (last - first + 1)
    for value in ordered:
        amounts[min(max(math.floor(value / step) - first, 0), last - first)] += 1
    return tuple(
        Bar((first + index) * step, (first + index + 1) * step, amount)
        for index, amount in enumerate(amounts)
    )


def _rounded(width: float, least: float) -> float:
    """The round number just below `width`, but not below `least`."""
    magnitude = 10.0 ** math.floor(math.log10(max(width, least)))
    steps = [m * power for power in (magnitude / 10, magnitude) for m in (1, 2, 5)]
    steps.append(10 * magnitude)
    fitting = [step for step in steps if step >= least * 0.999]
    return max((step for step in fitting if step <= width * 1.001), default=fitting[0])


def bar_decimals(bars: Sequence[Bar]) -> int:
    """The decimals that tell the ends of the bars apart."""
    if not bars or bars[0].high == bars[0].low:
        return 1
    return max(0, -math.floor(math.log10(bars[0].high - bars[0].low)))


def histogram(
    bars: Sequence[Bar],
    references: Sequence[Reference],
    unit: str,
    *,
    title: str,
    id: str = "verteilung-bild",
) -> Markup:
    """The bars with counts on top, and upright rules at the references."""
    if not bars:
        return Markup("")
    low, high = bars[0].low, bars[-1].high
    span = (high - low) or 1.0
    most = max(bar.amount for bar in bars)

    def across(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / span

    columns = "".join(_column(bar, across(bar.low), across(bar.high), most) for bar in bars)
    return Markup(  # noqa: S704 - all that varies is escaped or a number
        f'<svg class="chart histogram" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="{id}-title {id}-description"><title id="{id}-title">{escape(title)}'
        f'</title><desc id="{id}-description">{escape(in_words(bars, references, unit))}</desc>'
        f"{columns}{_axis(bars, across, unit)}{_rules(references, low, high, across)}</svg>"
    )


def in_words(bars: Sequence[Bar], references: Sequence[Reference], unit: str) -> str:
    """What an ear gets of the picture: where most lie, from where to where all do."""
    decimals = bar_decimals(bars)
    fullest = max(bars, key=lambda bar: bar.amount)
    sentences = [
        f"Die meisten Gebiete ({fullest.amount}) liegen zwischen {number(fullest.low, decimals)} "
        f"und {number(fullest.high, decimals)} {unit}, alle zwischen "
        f"{number(bars[0].low, decimals)} und {number(bars[-1].high, decimals)}."
    ]
    sentences += [f"{item.name}: {number(item.value, max(decimals, 1))}." for item in references]
    return " ".join(sentences)


def _column(bar: Bar, left: float, right: float, most: int) -> str:
    if not bar.amount:
        return ""
    height = (HEIGHT - TOP - BOTTOM) * bar.amount / most
    top = HEIGHT - BOTTOM - height
    return (
        f'<rect class="histogram-bar" x="{left + 1:.1f}" y="{top:.1f}" '
        f'width="{max(right - left - 2, 1):.1f}" height="{height:.1f}">'
        f"<title>{count(bar.amount, 'Gebiet', 'Gebiete')}</title></rect>"
        f'<text class="chart-text" x="{(left + right) / 2:.1f}" y="{top - 5:.1f}" '
        f'text-anchor="middle">{bar.amount}</text>'
    )


def _axis(bars: Sequence[Bar], across: Across, unit: str) -> str:
    decimals = bar_decimals(bars)
    ends = [bar.low for bar in bars] + [bars[-1].high]
    every = max(1, math.ceil(len(ends) / 9))
    base = HEIGHT - BOTTOM
    line = f'<path class="chart-rule" d="M{LEFT} {base}H{WIDTH - RIGHT}"/>'
    return line + "".join(
        f'<text class="chart-text" x="{across(end):.1f}" y="{HEIGHT - 12}" '
        f'text-anchor="middle">{number(end, decimals)}</text>'
        for index, end in enumerate(ends)
        if index % every == 0
    )


def _rules(references: Sequence[Reference], low: float, high: float, across: Across) -> str:
    drawn = []
    for index, item in enumerate(references):
        if not low <= item.value <= high:
            continue
        x = across(item.value)
        is_right = x < WIDTH / 2
        drawn.append(
            f'<path class="whisker-reference" d="M{x:.1f} {6 + 16 * index}'
            f'V{HEIGHT - BOTTOM}"/>'
            f'<text class="chart-label chart-label--comparison" '
            f'x="{x + (5 if is_right else -5):.1f}" y="{14 + 16 * index}" '
            f'text-anchor="{"start" if is_right else "end"}">{escape(item.name)}</text>'
        )
    return "".join(drawn)
