"""The figures of an answer as JSON, remembered by what they were read from.

What may be read is planned for every request, in the caller's name and under its policies. The
plan's key then names everything the figures depend on: the definitions, the releases with their
versions, the version of the area register with its compositions, how they are derived. Two callers
with the same key see the same cells, and whatever changes a figure changes the key, so that
nothing here goes stale.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from typing import Any
from weakref import WeakKeyDictionary

from cachetools import LRUCache
from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations import repository
from services.indicator_api.observations.classes import Classes, map_classes
from services.indicator_api.observations.question import AreaChoice
from services.indicator_api.observations.repository import Place
from services.indicator_api.observations.service import Answer, comparison_codes

MAXIMUM_BYTES = 32 * 1024 * 1024
_MAXIMUM_COMPARISONS = 1000


@dataclass(frozen=True, slots=True)
class Figures:
    """Items and comparison as JSON arrays, the classes of a map, and where the list goes on."""

    items: bytes
    shown: int
    following: Place | None
    comparison: bytes
    classes: dict[str, Any] | None

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.items) + len(self.comparison) + 1024


# One for each database: keys of different databases may be the same.
_memories: WeakKeyDictionary[Engine | Connection, MutableMapping[object, Figures]] = (
    WeakKeyDictionary()
)


def _memory_of(session: AsyncSession) -> MutableMapping[object, Figures]:
    engine = session.get_bind()
    if engine not in _memories:
        _memories[engine] = LRUCache(MAXIMUM_BYTES, getsizeof=lambda figures: figures.size)
    return _memories[engine]


async def read_figures(
    session: AsyncSession, answer: Answer, *, after: Place | None, limit: int
) -> Figures:
    """The figures of an answer that has some; see `repository.read_items` for the parameters."""
    memory = _memory_of(session)
    question = answer.question
    key = (
        answer.plan.key,
        answer.comparison.key,
        answer.has_classes,
        question.choice,
        question.classes,
        after,
        limit,
    )
    figures = memory.get(key)
    if figures is None:
        figures = await _read(session, answer, after, limit)
        memory[key] = figures
    return figures


async def _read(session: AsyncSession, answer: Answer, after: Place | None, limit: int) -> Figures:
    plan, choice, wanted = answer.plan, answer.question.choice, answer.question.classes
    classes: dict[str, Any] | None = None
    if answer.has_classes and wanted.method == "quantile":
        # items and quantiles come from the same figures: one statement reads them once
        items, shown, following, quantiles = await repository.read_items_with_quantiles(
            session, plan, choice, after=after, limit=limit, count=wanted.count
        )
        classes = Classes(wanted.method, tuple(quantiles[0]), tuple(quantiles[1])).as_head()
    else:
        items, shown, following = await repository.read_items(
            session, plan, choice, after=after, limit=limit
        )
        if answer.has_classes:
            classes = (await map_classes(session, plan, choice, wanted)).as_head()
    comparison = b"[]"
    codes = await comparison_codes(session, choice)
    if codes:
        comparison, _, _ = await repository.read_items(
            session,
            answer.comparison,
            replace(AreaChoice(codes=tuple(codes)), valid_on=choice.valid_on),
            after=None,
            limit=_MAXIMUM_COMPARISONS,
        )
    return Figures(items, shown, following, comparison, classes)
