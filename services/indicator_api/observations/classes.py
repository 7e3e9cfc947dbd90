"""The classes of a map, shared by its figures, its tiles and its drawn picture."""

import asyncio
import warnings
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from cachetools import LRUCache
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import AreaChoice, ClassChoice
from services.indicator_api.observations.repository import read_quantiles, read_values

_MAXIMUM_MAPS = 512
# natural breaks are sought among so many values; all municipalities of the Land are fewer
_MAXIMUM_VALUES = 500


@dataclass(frozen=True, slots=True)
class Classes:
    """The limits of the classes, outer ones included, and how many areas each of them holds."""

    method: str
    limits: tuple[float, ...]
    counts: tuple[int, ...]

    def as_head(self) -> dict[str, Any]:
        """As it stands in an answer."""
        return {"method": self.method, "breaks": list(self.limits), "counts": list(self.counts)}


# By database, plan, areas and kind of classes: every tile of a map needs its limits. They cannot
# go stale, because the plan's key names the releases they were read from.
_known: WeakKeyDictionary[
    Engine | Connection, LRUCache[tuple[str, AreaChoice, ClassChoice], Classes]
] = WeakKeyDictionary()


def class_of(value: str) -> str:
    """SQL for the class (from 0) of a value between the bound `breaks`; null without a value."""
    limits = "CAST(:breaks AS double precision[])"
    last = f"greatest(cardinality({limits}) - 1, 1)"
    # a value beyond fixed limits belongs to the class at that end; LEAST passes over nulls:
    # without the condition an area without a value had the last class
    return (
        f"CASE WHEN {value} IS NOT NULL THEN"
        f" greatest(LEAST(width_bucket({value}, {limits}), {last}), 1) - 1 END"
    )


async def map_classes(
    session: AsyncSession, plan: FigurePlan, choice: AreaChoice, wanted: ClassChoice
) -> Classes:
    """The classes of a map, remembered by what they were made from."""
    known = _known.setdefault(session.get_bind(), LRUCache(_MAXIMUM_MAPS))
    key = (plan.key, choice, wanted)
    if key not in known:
        known[key] = await _classes(session, plan, choice, wanted)
    return known[key]


async def _classes(
    session: AsyncSession, plan: FigurePlan, choice: AreaChoice, wanted: ClassChoice
) -> Classes:
    if wanted.method == "quantile":
        limits, counts = await read_quantiles(session, plan, choice, wanted.count)
        return Classes(wanted.method, tuple(limits), tuple(counts))
    values = await read_values(session, plan, choice)
    # natural breaks of some thousand values take a while, in which others want to be served
    return await asyncio.to_thread(classify, values, wanted)


def classify(values: Sequence[float], wanted: ClassChoice) -> Classes:
    """Classes of ascending values by `jenks`, `equal` or `fixed` limits; none without values.

    Natural breaks are those of Fisher and Jenks (W. D. Fisher 1958, On grouping for maximum
    homogeneity, JASA 53, 789-798; G. F. Jenks 1977, Optimal data classification for choropleth
    maps), as mapclassify finds them; of more than 500 values among 500 of them, evenly spaced.
    Equal limits fall together, but for fixed ones. Areas at a limit belong to the upper class,
    the largest value to the last.
    """
    if not values:
        return Classes(wanted.method, (), ())
    limits = _limits(values, wanted)
    last = max(len(limits) - 1, 1)
    counts = [0] * last
    for value in values:
        counts[min(bisect_right(limits, value), last) - 1] += 1
    return Classes(wanted.method, limits, tuple(counts))


def _limits(values: Sequence[float], wanted: ClassChoice) -> tuple[float, ...]:
    lowest, highest = values[0], values[-1]
    if wanted.method == "fixed":
        # fixed classes stay what they are, so that one map compares with another: also empty ones
        inner = wanted.limits
        return (min(lowest, *inner), *inner, max(highest, *inner)) if inner else (lowest, highest)
    return tuple(sorted({lowest, *_inner_limits(values, wanted), highest}))


def _inner_limits(values: Sequence[float], wanted: ClassChoice) -> Sequence[float]:
    count = min(wanted.count, len(set(values)))
    if count < 2:
        return []
    # a second's import, needed by few
    import mapclassify

    if wanted.method == "equal":
        return [float(limit) for limit in mapclassify.EqualInterval(values, k=count).bins[:-1]]
    sample = _sampled(values)
    # of many values that are mostly the same the sample may hold fewer different ones
    count = min(count, len(set(sample)))
    with warnings.catch_warnings():
        # without a compiler it is slower, which the sample makes up for
        warnings.filterwarnings("ignore", message="Numba not installed")
        bins = mapclassify.FisherJenks(sample, k=count).bins[:-1]
    # its bins end at the largest value of a class: a limit lies halfway to the next value, so that
    # a class may hold the largest value alone; values that differ by rounding alone can make
    # several bins end at the largest of all
    ends = [limit for limit in map(float, bins) if limit < values[-1]]
    return [(limit + values[bisect_right(values, limit)]) / 2 for limit in ends]


def _sampled(values: Sequence[float]) -> Sequence[float]:
    """Values at even distances by rank: the effort grows with the square of their number."""
    if len(values) <= _MAXIMUM_VALUES:
        return values
    step = (len(values) - 1) / (_MAXIMUM_VALUES - 1)
    return [values[round(place * step)] for place in range(_MAXIMUM_VALUES)]
