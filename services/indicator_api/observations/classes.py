"""The class limits of a map, shared by its table, its tiles and its drawn picture."""

from weakref import WeakKeyDictionary

from cachetools import LRUCache
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import AreaChoice
from services.indicator_api.observations.repository import read_breaks

_MAXIMUM_MAPS = 512
Limits = tuple[float, ...]

# By database, plan and areas: every tile of a map needs its limits. They cannot go stale,
# because the plan's key names the releases they were read from, and a release never changes.
_breaks: WeakKeyDictionary[Engine | Connection, LRUCache[tuple[str, AreaChoice], Limits]] = (
    WeakKeyDictionary()
)


def class_of(value: str) -> str:
    """SQL for the class (from 0) of a value between the bound `breaks`; null without a value."""
    limits = "CAST(:breaks AS double precision[])"
    last = f"greatest(cardinality({limits}) - 1, 1)"
    # LEAST passes over nulls: without the condition an area without a value had the last class
    return (
        f"CASE WHEN {value} IS NOT NULL THEN LEAST(width_bucket({value}, {limits}), {last}) - 1 END"
    )


async def map_breaks(session: AsyncSession, plan: FigurePlan, choice: AreaChoice) -> Limits:
    """The class limits of a map, outer ones included."""
    known = _breaks.setdefault(session.get_bind(), LRUCache(_MAXIMUM_MAPS))
    key = (plan.key, choice)
    if key not in known:
        limits, _ = await read_breaks(session, plan, choice)
        known[key] = tuple(limits)
    return known[key]
