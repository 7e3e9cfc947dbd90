"""Parts of the start page: read where the visitor has the right, each failing by itself."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from web.clients.indicator_types import Listing
from web.panels import Panel, panel
from web.visit import Visit

T = TypeVar("T")
Out = TypeVar("Out")


async def part(
    visit: Visit, right: str, name: str, read: Callable[[], Awaitable[T]]
) -> Panel[T] | None:
    """What `read` gives; None without the right, so that nothing is asked that is refused."""
    return await panel(read(), name) if visit.may(right) else None


async def listed(
    visit: Visit, right: str, name: str, read: Callable[[], Awaitable[Listing[T]]]
) -> Panel[tuple[T, ...]] | None:
    """The items of the list `read` gives; None without the right."""

    async def items() -> tuple[T, ...]:
        return (await read()).items

    return await part(visit, right, name, items)


def changed(
    source: Panel[tuple[T, ...]] | None, change: Callable[[tuple[T, ...]], Out]
) -> Panel[Out] | None:
    """The same part with its items changed; a failure stays one."""
    if source is None:
        return None
    return Panel(None if source.value is None else change(source.value), source.failure)
