"""Loads the demo by processes that are killed on the way, and by one that is not.

The demo of the tests comes about like this, so that all they see of it withstood kills.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.databases import TestDatabase
from tests.support.demo import load_all

_ROOT = Path(__file__).parents[2]
_LOADER = """
import json, sys
from pathlib import Path
from tests.support.databases import TestDatabase
from tests.support.demo import load_all
urls, server_url, name, credentials = json.loads(sys.argv[1])
load_all(urls, TestDatabase(server_url, name), Path(credentials))
"""
_KILLED_AFTER_SECONDS = (1.5, 4.0, 8.0)
_KILLED_ONCE_THERE_ARE = (
    "SELECT count(*) >= 2 FROM consultation.request",
    "SELECT count(*) >= 12 FROM consultation.entry",
    "SELECT count(*) >= 8 FROM consultation.task",
)


def load_with_kills(urls: Mapping[str, str], database: TestDatabase, credentials: Path) -> None:
    """Load the demo; each process takes up what the killed one before it left."""
    arguments = json.dumps([urls, database.server_url, database.name, str(credentials)])
    for seconds in _KILLED_AFTER_SECONDS:
        with _loader(arguments):
            time.sleep(seconds)
    for question in _KILLED_ONCE_THERE_ARE:
        with _loader(arguments) as loader:
            while loader.poll() is None and database.execute(question) == [(False,)]:
                time.sleep(0.01)
    load_all(urls, database, credentials)


@contextmanager
def _loader(arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that loads the demo, killed in the end."""
    loader = subprocess.Popen([sys.executable, "-c", _LOADER, arguments], cwd=_ROOT)
    yield loader
    loader.kill()
    loader.wait()
