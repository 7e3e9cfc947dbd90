"""The services with their workers as real processes, over a fresh database."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.api import Api, Login, nobody
from deploy.demo.bootstrap import bootstrap
from deploy.demo.credentials import CredentialStore
from deploy.demo.load import load_demo
from deploy.local.local_folder import LocalFolder, LocalRunError
from deploy.local.local_secrets import LocalSecrets
from deploy.local.ports import Ports
from deploy.local.process_plan import plan_processes
from deploy.local.supervisor import Supervisor
from tests.support import databases
from tests.support.databases import PASSWORDS, TestDatabase
from tests.support.keys import signing_key_pair

_WANTED = (
    "consultation_api",
    "consultation_worker",
    "indicator_api",
    "indicator_worker",
    "report_api",
    "report_worker",
)

_ROOT = Path(__file__).parents[3]
_LOADER = """
import json, sys
from pathlib import Path
from deploy.demo.bootstrap import bootstrap
from deploy.demo.credentials import CredentialStore
from deploy.demo.load import load_demo
urls, admin_url, credentials = json.loads(sys.argv[1])
store = CredentialStore(Path(credentials))
bootstrap(admin_url, store)
load_demo(urls, store, lambda label, done, total: None, admin_url)
"""
_KILLED_AFTER_SECONDS = (1.5, 4.0, 8.0)
_KILLED_ONCE_THERE_ARE = (
    "SELECT count(*) >= 2 FROM consultation.request",
    "SELECT count(*) >= 12 FROM consultation.entry",
    "SELECT count(*) >= 8 FROM consultation.task",
)


@dataclass(frozen=True)
class Platform:
    """Where the running services are, and the demo's secrets."""

    urls: dict[str, str]
    database: TestDatabase
    credentials: Path
    at_end: ExitStack

    @property
    def store(self) -> CredentialStore:
        """The secrets as the file holds them now."""
        return CredentialStore(self.credentials)

    def public(self) -> Api:
        """The indicator service as somebody without an account sees it."""
        return self._until_end(Api(self.urls["indicator_api"], nobody))

    def account(self, name: str, service: str = "indicator_api") -> Api:
        """A service as the account with this login name sees it."""
        login = Login(self.urls["consultation_api"], name, self.store.password(name))
        self.at_end.callback(login.log_out)
        return self._until_end(Api(self.urls[service], login))

    def _until_end(self, api: Api) -> Api:
        self.at_end.callback(api.close)
        return api


@pytest.fixture(scope="package")
def platform(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """Services and workers running over an empty database; ended after the package."""
    root = tmp_path_factory.mktemp("platform")
    database = databases.clone(template_database)
    folder = LocalFolder.of_clone(root)
    ports = _free_ports()
    private, public = signing_key_pair()
    secrets = LocalSecrets(private, public, "unused", PASSWORDS)
    plan = plan_processes(folder, ports, secrets, database.server_url, database.name)
    supervisor = Supervisor(folder, [planned for planned in plan if planned.name in _WANTED])
    supervisor.start()
    try:
        supervisor.wait_until_ready()
        with ExitStack() as at_end:
            yield Platform(ports.urls(), database, root / "credentials.json", at_end)
    finally:
        supervisor.stop()
        databases.drop(database)


def load_again(platform: Platform) -> dict[str, Any]:
    """Load what is missing, in this process."""
    return load_demo(
        platform.urls,
        platform.store,
        lambda label, done, total: None,
        platform.database.admin_url,
    )


@contextmanager
def _loader(arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that loads the demo, killed in the end."""
    loader = subprocess.Popen([sys.executable, "-c", _LOADER, arguments], cwd=_ROOT)
    yield loader
    loader.kill()
    loader.wait()


@pytest.fixture(scope="package")
def loaded(platform: Platform) -> Platform:
    """The demo, loaded by processes that were killed on the way and by one that was not."""
    arguments = json.dumps([
        platform.urls, platform.database.admin_url, str(platform.credentials),
    ])  # fmt: skip
    for seconds in _KILLED_AFTER_SECONDS:
        with _loader(arguments):
            time.sleep(seconds)
    for question in _KILLED_ONCE_THERE_ARE:
        with _loader(arguments) as loader:
            while loader.poll() is None and platform.database.execute(question) == [(False,)]:
                time.sleep(0.01)
    bootstrap(platform.database.admin_url, platform.store)
    load_again(platform)
    return platform


def _free_ports() -> Ports:
    while True:
        ports = Ports.read(str(random.randrange(23_000, 30_000)))  # noqa: S311 - no secret
        try:
            ports.check_free()
        except LocalRunError:
            continue
        return ports
