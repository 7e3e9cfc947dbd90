"""Items made in a thread, each while the one before it is worked on."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing
from typing import TypeVar

Item = TypeVar("Item")


def made_ahead(items: Iterable[Item]) -> AbstractAsyncContextManager[AsyncGenerator[Item, None]]:
    """The items, none of which is None; on leaving the context none is being made any more.

    The worker goes on telling that it lives, whatever making an item takes.
    """
    return aclosing(_made(iter(items)))


async def _made(remaining: Iterator[Item]) -> AsyncGenerator[Item, None]:
    following = asyncio.create_task(asyncio.to_thread(next, remaining, None))
    try:
        while (item := await following) is not None:
            following = asyncio.create_task(asyncio.to_thread(next, remaining, None))
            yield item
    finally:
        # what is read from must not be closed under it
        await asyncio.wait([following])
