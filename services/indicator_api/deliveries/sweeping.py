"""Files in the object store that no delivery refers to: what a commit that failed left behind.

A file is stored before the row that names it, and the other way round a row may forget a file
whose deletion then breaks off. Nothing younger than a day is touched: its row may still come.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
from obstore.store import LocalStore
from sqlalchemy import text

from services.indicator_api.deliveries.spool import forget
from services.indicator_api.jobs import JobContext
from services.shared.logging import get_logger

logger = get_logger(__name__)
FOLDERS = ("deliveries", "delivery-cells", "delivery-findings")
LEAST_AGE = timedelta(days=1)
_FILES_AT_A_TIME = 1000
# as a local store calls a file that is still being written
_UNFINISHED = re.compile(r"#\d+$")


async def sweep_files(context: JobContext) -> int:
    """Delete what nothing refers to; how many files that were. Safe to repeat and to break off."""
    until = datetime.now(UTC) - LEAST_AGE
    removed = 0
    async for paths in _older_than(context, until):
        async with context.database.bare_connection() as session:
            rows = await session.execute(
                text("SELECT indicator.files_of_deliveries(:paths)"), {"paths": paths}
            )
            kept = set(rows.scalars())
        for path in paths:
            if path not in kept:
                await forget(context.objects, path)
                removed += 1
    removed += await asyncio.to_thread(_remove_unfinished, context, until)
    if removed:
        logger.warning("files_left_behind_removed", files=removed)
    return removed


async def _older_than(context: JobContext, until: datetime) -> AsyncIterator[list[str]]:
    """The paths of files last written before `until`, some at a time."""
    for folder in FOLDERS:
        listed = obstore.list(context.objects, prefix=folder, chunk_size=_FILES_AT_A_TIME)
        async for files in listed:
            paths = [file["path"] for file in files if file["last_modified"] < until]
            if paths:
                yield paths


def _remove_unfinished(context: JobContext, until: datetime) -> int:
    """Delete what was never written to its end: a local store does not list it."""
    store = context.objects
    if not isinstance(store, LocalStore) or store.prefix is None:
        return 0
    found = [
        path
        for folder in FOLDERS
        for path in Path(store.prefix, folder).glob("**/*#*")
        if _UNFINISHED.search(path.name) and path.stat().st_mtime < until.timestamp()
    ]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)
