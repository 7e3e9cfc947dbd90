"""The class limits of a map, shared by its table, its tiles and its drawn picture."""

from cachetools import LRUCache
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations.figures import AreaChoice
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.repository import read_breaks

# By plan and areas: every tile of a map needs its limits. They cannot go stale, because the
# plan's key names the releases they were read from, and a release never changes.
_breaks: LRUCache[tuple[str, AreaChoice], tuple[float, ...]] = LRUCache(maxsize=512)


def class_of(value: str) -> str:
    """SQL for the class (from 0) of a value between the bound `breaks`; null without a value."""
    limits = "CAST(:breaks AS double precision[])"
    last = f"greatest(cardinality({limits}) - 1, 1)"
    # LEAST passes over nulls: without the condition an area without a value had the last class
    return (
        f"CASE WHEN {value} IS NOT NULL THEN LEAST(width_bucket({value}, {limits}), {last}) - 1 END"
    )


async def map_breaks(
    session: AsyncSession, plan: FigurePlan, choice: AreaChoice
) -> tuple[float, ...]:
    """The class limits of a map, outer ones included."""
    key = (plan.key, choice)
    if key not in _breaks:
        limits, _ = await read_breaks(session, plan, choice)
        _breaks[key] = tuple(limits)
    return _breaks[key]
