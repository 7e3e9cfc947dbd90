"""A small world to deliver into; made once, then cloned for each test that asks for it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.indicator_api.kept_world import KeptWorld, keep
from tests.indicator_api.world import World, make_world
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import Stack

# how long an example takes says nothing on a busy machine
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
async def kept_world(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[KeptWorld]:
    """Areas, measures, a dataset and an indicator; no figure yet."""
    async with keep(template_database, tmp_path_factory.mktemp("world"), make_world) as kept:
        yield kept


@pytest.fixture
def database(
    template_database: TestDatabase, request: pytest.FixtureRequest
) -> Iterator[TestDatabase]:
    """A migrated database for one test, with the world in it if the test asks for one."""
    template = template_database
    if "world" in request.fixturenames:
        template = request.getfixturevalue("kept_world").template
    clone = databases.clone(template)
    yield clone
    databases.drop(clone)


@pytest.fixture
async def world(kept_world: KeptWorld, stack: Stack, tmp_path: Path) -> World:
    """The kept world in a stack of the test's own."""
    return kept_world.moved_to(stack, tmp_path / "objects")
