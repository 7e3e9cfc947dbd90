"""Workers killed at a file of areas: it is checked and taken whole, once, or not at all."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.indicator_api.area_files import TOWN, file_of, quarters
from tests.indicator_api.area_importer import AS_PARTITION, Importer, state_of_register
from tests.indicator_api.test_faults import WAITING, Obstacle, running_worker, wait_until
from tests.indicator_api.world import World


@pytest.fixture
def town(world: World) -> Importer:
    """The town's office."""
    office = world.stack.people.organisation("Stadt 1", "statistikstelle", (TOWN,))
    return Importer(world, world.stack.people.api_key(office, ("partitions:write",)))


@pytest.fixture
def obstacle(world: World) -> Iterator[Obstacle]:
    """An obstacle in the world's database."""
    held = Obstacle(world.stack.database)
    yield held
    held.remove()


STATE = "SELECT 1 FROM indicator.area_import WHERE state = '{}' AND format <> 'json'"


def outcome(world: World) -> tuple[Any, ...]:
    """All that an import leaves behind but for when, and how often it was begun."""
    run = world.stack.database.execute
    return (
        state_of_register(world)[:3],
        run("SELECT state, counts, findings, failure FROM indicator.area_import"
            " WHERE format <> 'json'"),
        run("SELECT layer, code, area_m2 FROM indicator.area_import_shape ORDER BY ordinal"),
        run("SELECT count(*) FROM indicator.audit WHERE action = 'area_import.accepted'"),
    )  # fmt: skip


async def kill_while_waiting(world: World, obstacle: Obstacle, query: str) -> None:
    """Let a worker run until it waits at a query, then kill it and clear the way."""
    with running_worker(world) as worker:
        await asyncio.to_thread(wait_until, world.stack.database, WAITING.format(query))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    obstacle.remove()
    wait_until(
        world.stack.database,
        "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = 'qb_indicator' AND state <> 'idle')",
    )
    # the dead worker's last sign of life lies long enough back
    world.stack.database.execute(
        "UPDATE jobs.procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
    )


async def finish(world: World, state: str) -> None:
    """Let another worker go on until the import is in a state."""
    with running_worker(world):
        await asyncio.to_thread(wait_until, world.stack.database, STATE.format(state))


async def clean_outcome(town: Importer, data: bytes) -> tuple[Any, ...]:
    """What the import leaves behind when nothing happens; the world is as before after it."""
    await town.take(data, AS_PARTITION)
    found = outcome(town.world)
    run = town.world.stack.database.execute
    run("DELETE FROM indicator.area_shape WHERE area_id IN"
        " (SELECT id FROM indicator.area WHERE partition_id IS NOT NULL)")  # fmt: skip
    run("DELETE FROM indicator.area WHERE partition_id IS NOT NULL")
    run("DELETE FROM indicator.partition")
    run("DELETE FROM indicator.area_import_shape")
    run("DELETE FROM indicator.area_import WHERE format <> 'json'")
    run("DELETE FROM indicator.audit WHERE action = 'area_import.accepted'"
        " AND record_id NOT IN (SELECT id::text FROM indicator.area_import)")  # fmt: skip
    return found


HELD: list[Callable[[Obstacle], str]] = [
    # before anything is written
    lambda o: (o.hold("SELECT pg_advisory_lock(hashtext('indicator.area'))"), "advisory")[1],
    # after everything is written, before it is committed
    lambda o: (o.hold("LOCK TABLE indicator.audit IN ACCESS EXCLUSIVE MODE"), "audit")[1],
]


@pytest.mark.long
@pytest.mark.parametrize("hold", HELD, ids=["before_writing", "after_writing"])
async def test_a_commit_whose_worker_is_killed_is_done_by_another_as_if_nothing_had_happened(
    town: Importer, obstacle: Obstacle, tmp_path: Path, hold: Callable[[Obstacle], str]
) -> None:
    world = town.world
    data = file_of(tmp_path, quarters())
    expected = await clean_outcome(town, data)
    before = state_of_register(world)[:3]
    path, _ = await town.check(data, AS_PARTITION)
    answer = await town.act("POST", f"{path}/commit")
    assert answer.status_code == 202, answer.text
    query = hold(obstacle)
    await kill_while_waiting(world, obstacle, query)
    assert state_of_register(world)[:3] == before, "nothing half-written"
    await finish(world, "accepted")
    # ids differ, as the first partition had one of its own
    assert [row[:5] for row in outcome(world)[0][0]] == [row[:5] for row in expected[0][0]]
    assert outcome(world)[1:] == expected[1:]


@pytest.mark.long
async def test_a_check_whose_worker_is_killed_is_done_by_another(
    town: Importer, obstacle: Obstacle, tmp_path: Path
) -> None:
    world = town.world
    answer = await town.send(file_of(tmp_path, quarters()), AS_PARTITION)
    assert answer.status_code == 202
    obstacle.hold("LOCK TABLE indicator.area_kind IN ACCESS EXCLUSIVE MODE")
    await kill_while_waiting(world, obstacle, "area_kind")
    assert world.stack.database.execute("SELECT FROM indicator.area_import_shape") == []
    await finish(world, "checked")
    document = await world.stack.read(town.key, answer.headers["Location"])
    assert document["counts"]["areas"] == 4


async def test_a_file_at_which_workers_keep_dying_is_given_up(
    town: Importer, tmp_path: Path
) -> None:
    answer = await town.send(file_of(tmp_path, quarters()), AS_PARTITION)
    town.world.stack.database.execute("UPDATE indicator.area_import SET attempts = 3")
    await town.world.stack.run_jobs()
    document = await town.world.stack.read(town.key, answer.headers["Location"])
    assert document["state"] == "failed"
    assert document["failure"]["code"] == "given_up"
    assert document["finished_at"] is not None
    assert (await town.act("DELETE", answer.headers["Location"])).status_code == 200
