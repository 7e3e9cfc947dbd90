"""Classes of the map: their limits in words, and which class a figure falls into."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from web.clients.indicator_types import Classes, Observation
from web.format import number

COLOURS = 5


@dataclass(frozen=True, slots=True)
class LegendClass:
    """One class, the lowest first; `step` selects the colour."""

    step: int
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Legend:
    """What the colours of a map mean, and how many areas have each."""

    classes: tuple[LegendClass, ...]
    hidden: int
    missing: int


def make_legend(
    classes: Classes | None, observations: Sequence[Observation], decimals: int
) -> Legend:
    """The legend of a map; classes without limits (too few figures) are left out."""
    hidden = sum(item.status == "hidden" for item in observations)
    missing = sum(item.value is None and item.status != "hidden" for item in observations)
    counts = classes.counts if classes else ()
    edges = _edges(classes, observations)
    named = tuple(
        LegendClass(
            colour_step(index, len(counts)), _range(edges, index, len(counts), decimals), count
        )
        for index, count in enumerate(counts)
        if len(edges) > index + 1
    )
    return Legend(named, hidden, missing)


def class_of(value: float | None, classes: Classes | None) -> int | None:
    """The class of a value: lower limits belong to the class; None without value or classes."""
    if value is None or classes is None or not classes.counts:
        return None
    return min(bisect_right(_inner(classes), value), len(classes.counts) - 1)


def colour_step(index: int, count: int) -> int:
    """The colour of a class: with fewer classes than colours, the lightest and darkest stay."""
    last = COLOURS - 1
    return last if count <= 1 else round(index * last / (count - 1))


def _inner(classes: Classes) -> tuple[float, ...]:
    """The limits between classes, whether or not the service sends the outer ones too."""
    if len(classes.breaks) > len(classes.counts):
        return classes.breaks[1:-1]
    return classes.breaks[: max(len(classes.counts) - 1, 0)]


def _edges(classes: Classes | None, observations: Sequence[Observation]) -> tuple[float, ...]:
    values = [item.value for item in observations if item.value is not None]
    if classes is None or not values:
        return ()
    if len(classes.breaks) > len(classes.counts):
        # fixed classes may reach beyond the figures
        return classes.breaks
    return (min(values), *_inner(classes), max(values))


def _range(edges: Sequence[float], index: int, count: int, decimals: int) -> str:
    lower, upper = number(edges[index], decimals), number(edges[index + 1], decimals)
    return f"{lower} bis {upper}" if index == count - 1 else f"{lower} bis unter {upper}"
