"""A private PostgreSQL for the whole run, and a fresh database for each test that asks."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from deploy.local.cluster import Cluster
from deploy.local.server import DATABASE
from services.consultation_api.identity.credentials import hashing
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.demo import Demo, load_once
from tests.support.killed_loading import load_with_kills
from tests.support.people import quick_hasher
from tests.support.platform import RunningPlatform, running_platform
from tests.support.stack import Stack, open_stack

ROOT = Path(__file__).parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
SERVER_VARIABLE = "QB_TEST_SERVER_URL"
# Folders whose tests start processes of their own.
_MANY_PROCESSES = ("deploy", "contract")
_CLUSTER = pytest.StashKey[Cluster]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the test cluster once; parallel test processes inherit its address."""
    if hasattr(config, "workerinput") or os.environ.get(SERVER_VARIABLE):
        return
    foreign_server = os.environ.get("QB_DATABASE_URL")
    if foreign_server:
        _spare_a_platform(foreign_server)
        os.environ[SERVER_VARIABLE] = foreign_server
        return
    cluster = Cluster("test-cluster", ROOT / ".local", is_disposable=True)
    config.stash[_CLUSTER] = cluster
    os.environ[SERVER_VARIABLE] = cluster.start()


def _spare_a_platform(server_url: str) -> None:
    """Roles belong to a whole server: testing beside a platform would lock it out."""
    with psycopg.connect(server_url) as connection:
        found = connection.execute(
            "SELECT FROM pg_database WHERE datname = %s", (DATABASE,)
        ).fetchone()
    if found is not None:
        pytest.exit(
            "The server in QB_DATABASE_URL runs a platform; the tests would change the passwords "
            "of its roles. Name another server.",
            returncode=3,
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files go first, so that no test process is left alone with one at the end.

    While the first file over the demo loads it, the other process does what needs none.
    """
    over_demo = list(dict.fromkeys(item.path for item in items if "demo" in _fixtures_of(item)))

    def rank(item: pytest.Item) -> int:
        if item.path in over_demo:
            return 0 if item.path == over_demo[0] else 2
        return 1 if item.path.relative_to(ROOT).parts[1] in _MANY_PROCESSES else 3

    items.sort(key=rank)


def _fixtures_of(item: pytest.Item) -> list[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else []


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the cluster and forget its data."""
    cluster = config.stash.get(_CLUSTER, None)
    if cluster is not None:
        cluster.stop()
        os.environ.pop(SERVER_VARIABLE, None)


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """In the tests' own process a password costs little; the platform's processes pay in full."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "Argon2Hasher", quick_hasher)
        yield


@pytest.fixture(scope="session")
def template_database() -> TestDatabase:
    """A migrated database without any row of ours; closed, to be cloned."""
    return databases.make_template(os.environ[SERVER_VARIABLE], "qb_test_template")


@pytest.fixture
def database(template_database: TestDatabase) -> Iterator[TestDatabase]:
    """An empty migrated database for one test."""
    clone = databases.clone(template_database)
    yield clone
    databases.drop(clone)


@pytest.fixture
async def stack(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Stack]:
    """The services in process over an empty database."""
    async with open_stack(database, tmp_path / "objects") as services:
        yield services


@pytest.fixture(scope="session")
def demo(template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo, loaded once for all test processes through kills; takes a minute."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return load_once(template_database, shared / "demo", load_with_kills)


@pytest.fixture
async def demo_stack(demo: Demo, tmp_path: Path) -> AsyncIterator[Stack]:
    """The services in process over a database of its own with the demo in it."""
    database = databases.clone(demo.template)
    shutil.copytree(demo.objects, tmp_path / "objects")
    async with open_stack(database, tmp_path / "objects") as services:
        yield services
    databases.drop(database)


@pytest.fixture(scope="session")
async def read_demo_stack(
    demo: Demo, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stack]:
    """The same for tests that leave the demo as it is; opened once a test process."""
    database = databases.clone(demo.template)
    objects = shutil.copytree(demo.objects, tmp_path_factory.mktemp("demo") / "objects")
    async with open_stack(database, objects) as services:
        yield services
    databases.drop(database)


@contextmanager
def _platform_over(demo: Demo, root: Path) -> Iterator[RunningPlatform]:
    """All processes, the web too, over a database of their own with the demo in it."""
    database = databases.clone(demo.template)
    with running_platform(database, root) as platform:
        shutil.copytree(demo.objects, platform.folder.objects, dirs_exist_ok=True)
        yield platform
    databases.drop(database)


@pytest.fixture(scope="session")
def demo_platform(
    demo: Demo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningPlatform]:
    """The running demo, for tests that leave it as it is; started once a test process."""
    with _platform_over(demo, tmp_path_factory.mktemp("platform")) as platform:
        yield platform


@pytest.fixture(scope="module")
def own_demo_platform(
    demo: Demo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningPlatform]:
    """The running demo for the tests of one module, that change it."""
    with _platform_over(demo, tmp_path_factory.mktemp("platform")) as platform:
        yield platform


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real files; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of real files, ../shared/data, is not here")
    return SHARED_DATA
