"""The ticks of a chart's value axis."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Below it values are drawn as equal: no figure of a report is that exact.
_SMALLEST_SPAN = 1e-6


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """Round ticks from low to high, and the decimals their labels need."""

    ticks: tuple[float, ...]
    decimals: int

    @property
    def low(self) -> float:
        """The value at the axis' lower end."""
        return self.ticks[0]

    @property
    def high(self) -> float:
        """The value at the axis' upper end."""
        return self.ticks[-1]

    @property
    def starts_at_zero(self) -> bool:
        """False where differences look larger than they are, which the reader must be told."""
        return self.low <= 0 <= self.high


def value_axis(values: Sequence[float], *, from_zero: bool) -> ValueAxis:
    """An axis with round steps around `values` (at least one, all finite).

    It begins at zero unless `from_zero` is False and that would press the values together.
    """
    low, high = min(values), max(values)
    is_flat = high - low <= 0.35 * abs(high) and low > 0 and high > low
    start = low if is_flat and not from_zero else min(low, 0.0)
    end = max(high, 0.0)
    span = end - start
    step, decimals = _round_step(span if span > _SMALLEST_SPAN else 1.0)
    first = math.floor(start / step + 1e-9)
    last = max(math.ceil(end / step - 1e-9), first + 1)
    ticks = tuple(round(index * step, 12) for index in range(first, last + 1))
    return ValueAxis(ticks, decimals)


def _round_step(span: float) -> tuple[float, int]:
    """A step of 1, 2, 2.5 or 5 × 10^n that makes about four of `span`; its decimals."""
    raw = span / 4
    power = math.floor(math.log10(raw))
    factor = next(f for f in (1.0, 2.0, 2.5, 5.0, 10.0) if f * 10.0**power >= raw * (1 - 1e-9))
    decimals = {2.5: 1, 10.0: -1}.get(factor, 0) - power
    return factor * 10.0**power, max(0, decimals)
