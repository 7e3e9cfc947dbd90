"""The running demo, loaded by processes that were killed on the way and by one that was not."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from deploy.demo.api import Api, Login, nobody
from deploy.demo.credentials import CredentialStore
from deploy.demo.load import load_demo
from tests.support.databases import TestDatabase
from tests.support.demo import Demo
from tests.support.platform import RunningPlatform


@dataclass(frozen=True)
class Platform:
    """Where the running services are, and the demo's secrets."""

    urls: dict[str, str]
    database: TestDatabase
    store: CredentialStore
    at_end: ExitStack

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


@pytest.fixture(scope="module")
def loaded(demo: Demo, demo_platform: RunningPlatform) -> Iterator[Platform]:
    """Services and workers running over the demo; `tests.support.killed_loading` loaded it."""
    with ExitStack() as at_end:
        yield Platform(demo_platform.urls, demo_platform.database, demo.store, at_end)


def load_again(platform: Platform) -> dict[str, Any]:
    """Load what is missing, in this process."""
    return load_demo(
        platform.urls,
        platform.store,
        lambda label, done, total: None,
        platform.database.admin_url,
    )
