"""The demo without its own reports: one for each module, and one for each test that changes it."""

from collections.abc import AsyncIterator

import pytest

from tests.report_api.desk import Desk
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.demo import Demo
from tests.support.stack import Stack, open_stack


def forget_reports(database: TestDatabase) -> None:
    """As if nobody had asked for a report yet."""
    database.execute(
        "TRUNCATE report.report, report.reference_counter, report.idempotency_key CASCADE"
    )


@pytest.fixture(scope="module")
async def services(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The services over the demo, shared by the tests of a module."""
    database = databases.clone(demo.template)
    forget_reports(database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        yield stack
    databases.drop(database)


@pytest.fixture
async def desk(demo_stack: Stack, demo: Demo) -> Desk:
    """The demo's planner of Musterstadt at a desk of its own."""
    forget_reports(demo_stack.database)
    return Desk(demo_stack, demo.store, "sozialplanung")
