"""Classes of a map: quintiles, as the map page draws them; no input or output."""

from bisect import bisect_right
from collections.abc import Sequence
from math import floor

CLASS_COUNT = 5


def breaks_of(values: Sequence[float]) -> tuple[float, ...]:
    """The outer and inner limits of the classes; equal ones fall together, none without values.

    Interpolated between values as PostgreSQL's percentile_cont does, so that a report and the
    map page show the same classes.
    """
    ordered = sorted(values)
    if not ordered:
        return ()
    limits = []
    for step in range(CLASS_COUNT + 1):
        position = (len(ordered) - 1) * step / CLASS_COUNT
        low = floor(position)
        high = min(low + 1, len(ordered) - 1)
        limits.append(ordered[low] + (ordered[high] - ordered[low]) * (position - low))
    return tuple(sorted(set(limits)))


def class_count(breaks: Sequence[float]) -> int:
    """How many classes the limits make."""
    return max(len(breaks) - 1, min(len(breaks), 1))


def class_of(value: float, breaks: Sequence[float]) -> int:
    """The class of a value, from 0; a value at a limit belongs to the upper class."""
    return min(bisect_right(breaks, value), class_count(breaks)) - 1
