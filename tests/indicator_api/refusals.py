"""Refused requests leave nothing behind: a filled world to try them on, and what shows it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.indicator_api.snapshot import jobs, snapshot
from tests.indicator_api.test_main_job import FILE
from tests.indicator_api.world import World, make_world
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import open_stack

LIMIT = 20_000
CSV = {"Content-Type": "text/csv"}


@asynccontextmanager
async def filled_world(template_database: TestDatabase, objects: Path) -> AsyncIterator[World]:
    """A world with figures delivered and released, that takes bodies up to LIMIT bytes."""
    database = databases.clone(template_database)
    async with open_stack(
        database, objects, max_body_bytes=LIMIT, max_delivery_bytes=LIMIT
    ) as stack:
        world = await make_world(stack)
        await stack.deliver(world.office, "sgb2", FILE)
        await stack.release(world.office, "sgb2")
        yield world
    databases.drop(database)


def stored_files(world: World) -> set[Path]:
    """The files in the object store."""
    folder = Path(world.stack.worker_settings.object_store_url.removeprefix("file://"))
    return {path for path in folder.rglob("*") if path.is_file()}


class Unchanged:
    """Shows that nothing at all was left behind: no row, no job, no file."""

    def __init__(self, world: World) -> None:
        self.world = world

    def state(self) -> tuple[object, ...]:
        database = self.world.stack.database
        tables = snapshot(database, with_bookkeeping=True)
        return tables, jobs(database), stored_files(self.world)

    def __enter__(self) -> None:
        self.before = self.state()

    def __exit__(self, *error: object) -> None:
        assert self.state() == self.before


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document, which has the form all have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["code"] == code, document
    assert document["status"] == status
    assert document["type"] == f"urn:quartierblick:problem:{code}"
    assert document["title"]
    assert document["detail"]
    assert document["request_id"] == answer.headers["X-Request-ID"]
    return document


async def deliver(world: World, body: Any, headers: dict[str, str], **query: str) -> httpx.Response:
    """An attempt to deliver."""
    return await world.stack.indicator.post(
        "/v1/deliveries", params={"dataset": "sgb2"} | query, content=body, headers=headers
    )
