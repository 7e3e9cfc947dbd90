"""The demo in a local run: loaded at the first start, taken up again where a start was cut off.

It is loaded in a thread of its own, so that the launcher meanwhile looks after the processes
that do the work and can be told to end.
"""

import hashlib
import json
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import psycopg

from deploy import demo as demo_package
from deploy.database import database_url
from deploy.demo.api import DemoError
from deploy.demo.bootstrap import bootstrap
from deploy.demo.credentials import CredentialStore
from deploy.demo.load import demo_document, load_demo
from deploy.local.announcement import DemoAccess
from deploy.local.local_folder import LocalFolder, LocalRunError, write_private
from deploy.local.server import DatabaseServer
from services.indicator_api.indicators.catalogue_files import FOLDER as CATALOGUE_FOLDER

_DEMO_FOLDER = Path(str(demo_package.__file__)).parent
SAMPLE_DATASET = "mk_arbeitslose"
SAMPLE_FILE = _DEMO_FOLDER / "data" / "musterstadt_arbeitslose_2024_revidiert.csv"
_LOOK_SECONDS = 0.2


def ensure_demo(
    folder: LocalFolder,
    urls: Mapping[str, str],
    server: DatabaseServer,
    look_after: Callable[[], None],
) -> DemoAccess:
    """Loads what is missing of the demo and writes `.local/demo.json`; returns its content.

    A demo that was loaded whole by this very version into this very database is left as its
    users made it. `look_after` is called all the while and may raise; LocalRunError where the
    platform's API refuses something.
    """
    store = CredentialStore(folder.secrets / "demo-credentials.json")
    admin_url = database_url(server.admin_url, server.database)
    loaded = f"{_version()} {_identity(admin_url)}"
    if not folder.demo_mark.exists() or folder.demo_mark.read_text() != loaded:
        _load(urls, store, admin_url, folder.logs, look_after)
        folder.demo_mark.write_text(loaded)
    # As deploy.demo.load documents it.
    access = cast(DemoAccess, demo_document(urls, store))
    write_private(folder.demo, json.dumps(access, ensure_ascii=False, indent=2) + "\n")
    return access


class _Progress:
    """Shows each step once; on a terminal also what goes on within it."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._is_over = False
        self._shown = ""

    def __call__(self, label: str, done: int, total: int) -> None:
        if self._is_over:
            return
        line = f"  [{done:>2}/{total}] {label}"
        if self._is_terminal:
            print(f"\r\033[K{line[:100]}", end="", flush=True)
        elif label != self._shown and not label.startswith(f"{self._shown}: "):
            print(line, flush=True)
            self._shown = label

    def end(self) -> None:
        """Nothing more is shown, whatever the loader still says."""
        if self._is_terminal and not self._is_over:
            print("\r\033[K", end="", flush=True)
        self._is_over = True


def _load(
    urls: Mapping[str, str],
    store: CredentialStore,
    admin_url: str,
    logs: Path,
    look_after: Callable[[], None],
) -> None:
    print("Loading the demo; this takes a while at the first start only …", flush=True)
    progress = _Progress()
    failures: list[Exception] = []

    def load() -> None:
        try:
            bootstrap(admin_url, store)
            load_demo(urls, store, progress, admin_url)
        except Exception as error:
            failures.append(error)

    # A daemon: when the run is ended, nothing waits for the rest of the demo.
    loader = threading.Thread(target=load, name="demo-loader", daemon=True)
    loader.start()
    try:
        while loader.is_alive():
            look_after()
            loader.join(_LOOK_SECONDS)
    finally:
        progress.end()
    for failure in failures:
        if isinstance(failure, DemoError):
            raise LocalRunError(
                f"The demo cannot be loaded: {failure}\n"
                f"More may be in the logs, {logs}. The next start takes up from here."
            ) from failure
        raise failure
    print("The demo is loaded.", flush=True)


def _version() -> str:
    """Changes with everything the demo is made of."""
    digest = hashlib.sha256()
    for folder in (_DEMO_FOLDER, CATALOGUE_FOLDER):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(str(path.relative_to(folder)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def _identity(admin_url: str) -> str:
    """Which database this is: one made anew under the same name is another."""
    with psycopg.connect(admin_url) as connection:
        row = connection.execute(
            "SELECT (SELECT system_identifier FROM pg_control_system()), oid FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone()
    return " ".join(map(str, row or ()))
