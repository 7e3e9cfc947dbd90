"""A delivery of a million rows through the platform, beside the bare script."""

import asyncio
import time
from pathlib import Path
from uuid import UUID

import psycopg

from services.indicator_api.deliveries.tasks import check_delivery, load_delivery
from services.indicator_api.worker import build_worker
from tests.performance import intake_bare, intake_naive, intake_world
from tests.performance.intake_world import CONFIRMATION, DATASET, ROWS, IntakeWorld
from tests.performance.measuring import Comparison
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import Stack, as_bearer, new_key, open_stack

# end to end at least 0.7 of the bare script's rate
GOAL = 1.43
_NAIVE_ROWS = 40_000
_NAIVE_GOAL = 8.0
_CHANGED_SHARE = 0.01


def compare_intake(template: TestDatabase, folder: Path, repetitions: int) -> list[Comparison]:
    """First load, the same file again, and a file in which one value in a hundred is another.

    Each repetition has a database of its own; who goes first alternates.
    """
    first_file = intake_world.make_file()
    phases = [
        (Comparison("delivery of 1 M rows, first load", is_rate=False, goal=GOAL), first_file),
        (Comparison("delivery of 1 M rows, unchanged", is_rate=False, goal=GOAL), first_file),
        (
            Comparison("delivery of 1 M rows, 1 % changed", is_rate=False, goal=GOAL),
            intake_world.make_file(changed_share=_CHANGED_SHARE),
        ),
    ]
    base = databases.clone(template)
    world = intake_world.fill(base)
    for repetition in range(repetitions):
        run = IntakeWorld(databases.clone(base), world.api_key)
        asyncio.run(_run(run, folder / f"objects-{repetition}", phases, repetition % 2 == 0))
        databases.drop(run.database)
    naive = asyncio.run(_compare_naive(IntakeWorld(base, world.api_key), folder, first_file))
    databases.drop(base)
    return [*(comparison for comparison, _ in phases), naive]


async def _compare_naive(world: IntakeWorld, folder: Path, data: bytes) -> Comparison:
    """Rows a second of the first load, against reading and writing row by row."""
    comparison = Comparison(
        "delivery, against row by row", is_rate=True, goal=_NAIVE_GOAL, unit="rows/s"
    )
    few = intake_world.first_rows(data, _NAIVE_ROWS)
    with psycopg.connect(world.database.admin_url) as connection:
        intake_naive.prepare(connection)
    started = time.perf_counter()
    assert intake_naive.load(world.database.admin_url, few) == _NAIVE_ROWS
    comparison.bare.append(_NAIVE_ROWS / (time.perf_counter() - started))
    async with open_stack(world.database, folder / "objects-naive") as stack:
        comparison.platform.append(ROWS / await time_platform(stack, world, data))
    return comparison


async def _run(
    world: IntakeWorld, objects: Path, phases: list[tuple[Comparison, bytes]], bare_first: bool
) -> None:
    async with open_stack(world.database, objects) as stack:
        for comparison, data in phases:
            if bare_first:
                comparison.bare.append(_time_bare(world, data))
            comparison.platform.append(await time_platform(stack, world, data))
            if not bare_first:
                comparison.bare.append(_time_bare(world, data))


def _time_bare(world: IntakeWorld, data: bytes) -> float:
    started = time.perf_counter()
    intake_bare.load(world.database.admin_url, data)
    return time.perf_counter() - started


async def time_platform(stack: Stack, world: IntakeWorld, data: bytes) -> float:
    """Seconds from the stored file to the accepted delivery, as the worker does it."""
    answer = await stack.indicator.post(
        "/v1/deliveries",
        params={"dataset": DATASET, "confirm": CONFIRMATION},
        content=data,
        headers=as_bearer(world.api_key) | new_key() | {"Content-Type": "text/csv"},
    )
    assert answer.status_code == 202, answer.text
    _, context = build_worker(stack.worker_settings)
    try:
        started = time.perf_counter()
        for task in (check_delivery, load_delivery):
            await task(context, str(UUID(answer.json()["id"])))
        seconds = time.perf_counter() - started
    finally:
        await context.database.close()
    delivery = await stack.read(world.api_key, answer.headers["Location"])
    assert delivery["state"] == "accepted", delivery
    assert delivery["counts"]["rows"] == ROWS, delivery["counts"]
    return seconds
