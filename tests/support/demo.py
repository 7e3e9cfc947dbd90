"""A database with the whole demo in it, loaded once a test run through the real API."""

import fcntl
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from deploy.demo.bootstrap import bootstrap
from deploy.demo.credentials import CredentialStore
from deploy.demo.load import load_demo
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.platform import running_platform

_SERVICES = (
    "consultation_api",
    "consultation_worker",
    "indicator_api",
    "indicator_worker",
    "report_api",
    "report_worker",
)


@dataclass(frozen=True, slots=True)
class Demo:
    """A template database with the demo, the files that were delivered, and the passwords."""

    template: TestDatabase
    objects: Path
    credentials: Path

    @property
    def store(self) -> CredentialStore:
        """The demo's passwords and API keys."""
        return CredentialStore(self.credentials)


# Loads the demo through the services at some URLs, over a database, with passwords in a file.
Loading = Callable[[Mapping[str, str], TestDatabase, Path], object]


def load_all(urls: Mapping[str, str], database: TestDatabase, credentials: Path) -> None:
    """Load what is missing of the demo, in this process."""
    store = CredentialStore(credentials)
    bootstrap(database.admin_url, store)
    load_demo(urls, store, lambda label, done, total: None, database.admin_url)


def load_once(template: TestDatabase, shared_folder: Path, loading: Loading = load_all) -> Demo:
    """The demo; parallel test processes wait for the first that loads it."""
    shared_folder.mkdir(parents=True, exist_ok=True)
    finished = shared_folder / "finished"
    demo = Demo(
        TestDatabase(template.server_url, f"{template.name}_demo"),
        shared_folder / "objects",
        shared_folder / "credentials.json",
    )
    with (shared_folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            _load(template, demo, shared_folder, loading)
            finished.touch()
    return demo


def _load(template: TestDatabase, demo: Demo, folder: Path, loading: Loading) -> None:
    database = databases.clone(template)
    with running_platform(database, folder / "platform", _SERVICES) as platform:
        loading(platform.urls, database, demo.credentials)
        shutil.copytree(platform.folder.objects, demo.objects)
    with psycopg.connect(template.server_url, autocommit=True) as connection:
        rename = psycopg.sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
            psycopg.sql.Identifier(database.name), psycopg.sql.Identifier(demo.template.name)
        )
        connection.execute(rename)
        databases.close_for_cloning(connection, demo.template.name)
