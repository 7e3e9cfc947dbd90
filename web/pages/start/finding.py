"""One thing in the figures that is worth a look, and what it is made of."""

from dataclasses import dataclass

from web.clients.indicator_types import Indicator, Observation, Source
from web.format import number


@dataclass(frozen=True, slots=True)
class Named:
    """An area that stands out, with its figure and the bounds of its interval."""

    name: str
    path: str
    figure: str
    bounds: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about one indicator, the areas it names, and where to look further."""

    title: str
    period: str
    summary: str
    named: tuple[Named, ...]
    hidden: str
    path: str
    is_fictional: bool
    sources: tuple[Source, ...]


def is_bounded(item: Observation) -> bool:
    """Whether the figure has an interval: without one nothing is said about it."""
    return item.value is not None and item.lower is not None and item.upper is not None


def bounds(item: Observation, indicator: Indicator) -> str:
    """The 95 % interval in words: `29,7 bis 36,9`."""
    low, high = (number(bound, indicator.decimals) for bound in (item.lower, item.upper))
    return f"{low} bis {high}"
