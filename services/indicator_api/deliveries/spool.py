"""Files of the object store on this machine, and files made here on their way into it.

What is read in parts needs a file, and an object store may be far away. Nothing is ever held
whole in memory, and nothing is left behind, whatever breaks.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore

_BYTES_PER_PART = 4 * 1024 * 1024


@asynccontextmanager
async def spooled(store: ObjectStore, path: str) -> AsyncIterator[Path]:
    """An object as a local file, not to be written to, in a folder of its own; gone afterwards.

    A store that is a folder of this machine is linked to, not copied. Raises `FileNotFoundError`
    if there is no such object, and `OSError` if the disk is full.
    """
    async with spool_folder() as folder:
        place = folder / "object"
        if isinstance(store, LocalStore) and store.prefix is not None:
            await asyncio.to_thread(_link, place, Path(store.prefix, path))
        else:
            stored = await obstore.get_async(store, path)
            with place.open("wb") as target:
                async for part in stored.stream(min_chunk_size=_BYTES_PER_PART):
                    await asyncio.to_thread(target.write, part)
        yield place


def _link(place: Path, target: Path) -> None:
    place.symlink_to(target.resolve(strict=True))


@asynccontextmanager
async def spool_folder() -> AsyncIterator[Path]:
    """An empty folder for files on their way; gone afterwards with all that is in it."""
    with tempfile.TemporaryDirectory(prefix="quartierblick-") as folder:
        yield Path(folder)


async def store_file(store: ObjectStore, path: str, source: Path) -> None:
    """Put a local file into the store, in parts; nothing stays there if that breaks off."""
    await obstore.put_async(store, path, source)


async def forget(store: ObjectStore, path: str) -> None:
    """Delete an object if it is there."""
    try:
        await obstore.delete_async(store, path)
    except FileNotFoundError:
        return
