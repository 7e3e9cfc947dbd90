"""The worker of indicator_api in processes that kill themselves at a counted moment.

Counted are the calls of our own code and of the database driver since the first delivery (or
whatever is named) was taken up: the n-th is at about the same place in every run, wherever that
is, also inside a transaction. The processes are forked from one that has all modules loaded.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from tests.support.databases import TestDatabase

_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(
    ["services.indicator_api.worker", "tests.support.stack", "tests.support.killed_worker"]
)
_COUNTED = ("/services/", "/psycopg/", "/sqlalchemy/engine/")
NEVER = 2**60


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A worker in a process of its own; `calls` counts while it works."""

    process: Any
    calls: Any

    def wait_for_end(self, seconds: float = 60) -> bool:
        """Whether it ended by itself in this time."""
        self.process.join(seconds)
        return not self.process.is_alive()


@contextmanager
def forked_worker(
    database: TestDatabase,
    objects: Path,
    killed_at: int = NEVER,
    begins_with: str = "check_delivery",
) -> Iterator[WorkerProcess]:
    """A worker that kills itself (SIGKILL) at its n-th counted call; killed at last anyway."""
    calls = _FORKED.Value("q", 0, lock=False)
    process = _FORKED.Process(target=_work, args=(database, objects, calls, killed_at, begins_with))
    process.start()
    try:
        yield WorkerProcess(process, calls)
    finally:
        process.kill()
        process.join()


def _work(
    database: TestDatabase, objects: Path, calls: Any, killed_at: int, begins_with: str
) -> None:
    from services.indicator_api.worker import run
    from tests.support.stack import indicator_settings

    has_begun = False

    def count(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal has_begun
        if event != "call":
            return
        code = frame.f_code
        has_begun = has_begun or code.co_name == begins_with
        if has_begun and any(part in code.co_filename for part in _COUNTED):
            calls.value += 1
            if calls.value == killed_at:
                os.kill(os.getpid(), signal.SIGKILL)

    threading.setprofile(count)
    sys.setprofile(count)
    asyncio.run(run(indicator_settings(database, objects)))


def wait_until(database: TestDatabase, query: str, seconds: float = 60) -> None:
    """Wait until a query returns a row."""
    deadline = time.monotonic() + seconds
    while not database.execute(query):
        assert time.monotonic() < deadline, f"never: {query}"
        time.sleep(0.02)
