"""Workers killed and connections cut: a delivery is taken whole, once, or not at all."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from services.indicator_api.deliveries.tasks import check_delivery, load_delivery
from services.indicator_api.worker import build_worker
from tests.indicator_api.world import World
from tests.support.databases import TestDatabase
from tests.support.keys import signing_key_pair
from tests.support.stack import as_bearer, new_key

ROOT = Path(__file__).parent.parent.parent
SMALL, LARGE = 120, 200_000
QUARTERS = 500


def file_of(rows: int, shift: int = 0) -> bytes:
    """A file of this many rows about QUARTERS areas; `shift` changes every third value."""
    lines = ["area;period;measure;value;breakdown"]
    for number in range(rows):
        rest, area = divmod(number, QUARTERS)
        split, year = divmod(rest, 20)
        value = number % 1000 + (shift if number % 3 == 0 else 0)
        lines.append(f"99001001{area:03};{2001 + year};lb;{value};A={split}")
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture(autouse=True)
def quarters(world: World) -> None:
    """Areas enough for a large file."""
    world.stack.database.execute(
        "INSERT INTO indicator.area (code, kind, name, search_name, parent_id, lineage, source,"
        " attribution, is_fictional) SELECT '99001001' || lpad(n::text, 3, '0'), 'quartier', 'Q',"
        " 'q', t.id, t.lineage, '', '', true FROM indicator.area AS t,"
        " generate_series(0, %s) AS n WHERE t.code = '99001001'",
        QUARTERS - 1,
    )


async def send(world: World, body: bytes) -> str:
    """Deliver without having it processed; the delivery's path."""
    answer = await world.stack.indicator.post(
        "/v1/deliveries",
        params={"dataset": "sgb2"},
        content=body,
        headers=as_bearer(world.office) | new_key() | {"Content-Type": "text/csv"},
    )
    assert answer.status_code == 202, answer.text
    return answer.headers["Location"]


def outcome(database: TestDatabase) -> tuple[object, ...]:
    """All that a delivery leaves behind but for when and under which number."""
    return (
        database.execute(
            "SELECT count(*), md5(string_agg(concat_ws(',', a.code, b.code, f.period_id, f.status,"
            " f.quality, f.value), '|' ORDER BY a.code, b.code, f.period_id))"
            " FROM indicator.fact AS f JOIN indicator.area AS a ON a.id = f.area_id"
            " JOIN indicator.breakdown AS b ON b.id = f.breakdown_id"
        ),
        database.execute("SELECT count(*) FROM indicator.fact_history"),
        database.execute("SELECT version FROM indicator.dataset"),
        database.execute("SELECT state, counts, finding_counts FROM indicator.delivery"),
        database.execute("SELECT count(*) FROM indicator.audit WHERE action = 'delivery.accepted'"),
    )


def wait_until(database: TestDatabase, query: str, seconds: float = 60) -> None:
    """Wait until a query returns a row."""
    deadline = time.monotonic() + seconds
    while not database.execute(query):
        assert time.monotonic() < deadline, f"never: {query}"
        time.sleep(0.05)


STATE = "SELECT 1 FROM indicator.delivery WHERE state = '{}'"
WAITING = (
    "SELECT 1 FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)"
    " WHERE NOT l.granted AND a.usename = 'qb_indicator' AND a.query LIKE '%{}%'"
)


class Obstacle:
    """Holds a worker up at a known point, until it is taken away."""

    def __init__(self, database: TestDatabase) -> None:
        self.database = database
        self.connections: list[psycopg.Connection] = []

    def hold(self, statement: str) -> psycopg.Connection:
        """Run a statement that takes a lock, and keep it."""
        connection = psycopg.connect(self.database.admin_url)
        connection.execute(statement.encode())
        self.connections.append(connection)
        return connection

    def remove(self) -> None:
        """Let everything go."""
        for connection in self.connections:
            connection.close()
        self.connections = []


@pytest.fixture
def obstacle(world: World) -> Iterator[Obstacle]:
    """An obstacle in the world's database."""
    held = Obstacle(world.stack.database)
    yield held
    held.remove()


def before_the_registers_are_read(obstacle: Obstacle) -> Callable[[], None]:
    """The worker is checking, and waits for the register of measures."""
    obstacle.hold("LOCK TABLE indicator.measure IN ACCESS EXCLUSIVE MODE")
    return lambda: wait_until(obstacle.database, WAITING.format("indicator.measure"))


def before_the_facts_are_written(obstacle: Obstacle) -> Callable[[], None]:
    """The worker is loading, and waits for its turn at the dataset."""
    obstacle.hold("SELECT pg_advisory_xact_lock(hashtext('indicator.dataset'), d.id)"
                  " FROM indicator.dataset AS d")  # fmt: skip
    return lambda: wait_until(obstacle.database, WAITING.format("advisory"))


def after_the_facts_were_written(obstacle: Obstacle) -> Callable[[], None]:
    """The worker has written all facts, and waits to write down that it has."""
    turn = obstacle.hold(
        "SELECT pg_advisory_xact_lock(hashtext('indicator.dataset'), d.id)"
        " FROM indicator.dataset AS d"
    )

    def reach() -> None:
        wait_until(obstacle.database, WAITING.format("advisory"))
        obstacle.hold("SELECT 1 FROM indicator.delivery FOR UPDATE")
        turn.close()
        wait_until(obstacle.database, WAITING.format("UPDATE indicator.delivery"))

    return reach


POINTS = [
    before_the_registers_are_read,
    before_the_facts_are_written,
    after_the_facts_were_written,
]


def start_worker(world: World) -> "subprocess.Popen[bytes]":
    """A worker as it runs in earnest, in a process of its own."""
    database = world.stack.database
    environment = os.environ | {
        "QB_ENVIRONMENT": "development",
        "QB_INDICATOR_DATABASE_URL": database.service_url("indicator"),
        "QB_TOKEN_VERIFY_KEY": signing_key_pair()[1],
        "QB_OBJECT_STORE_URL": world.stack.worker_settings.object_store_url,
        "QB_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "deploy", "worker", "indicator"]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


@contextlib.contextmanager
def running_worker(world: World) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker that is ended at last."""
    process = start_worker(world)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def clean_outcome(world: World, body: bytes) -> tuple[object, ...]:
    """What the delivery leaves behind when nothing happens; the world is as before after it."""
    database = world.stack.database
    await send(world, body)
    await world.stack.run_jobs()
    found = outcome(database)
    database.execute(
        "TRUNCATE indicator.fact, indicator.fact_history, indicator.delivery,"
        " indicator.delivery_finding, indicator.audit CASCADE"
    )
    database.execute("UPDATE indicator.dataset SET version = 0")
    return found


@pytest.mark.parametrize("reach", POINTS, ids=lambda point: point.__name__)
@pytest.mark.parametrize("rows", [SMALL, pytest.param(LARGE, marks=pytest.mark.long)])
async def test_what_a_killed_worker_left_is_finished_by_another_as_if_nothing_had_happened(
    world: World,
    obstacle: Obstacle,
    reach: Callable[[Obstacle], Callable[[], None]],
    rows: int,
) -> None:
    database, body = world.stack.database, file_of(rows)
    expected = await clean_outcome(world, body)
    is_reached = reach(obstacle)
    await send(world, body)
    with running_worker(world) as worker:
        await asyncio.to_thread(is_reached)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    obstacle.remove()
    wait_until(
        database, "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = 'qb_indicator' AND state <> 'idle')"
    )  # fmt: skip
    assert database.execute("SELECT count(*) FROM indicator.fact") == [(0,)]
    assert database.execute("SELECT version FROM indicator.dataset") == [(0,)]
    # the dead worker's last sign of life lies long enough back
    database.execute(
        "UPDATE jobs.procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
    )
    with running_worker(world):
        await asyncio.to_thread(wait_until, database, STATE.format("accepted"))
    assert outcome(database) == expected


@pytest.mark.parametrize("reach", POINTS, ids=lambda point: point.__name__)
async def test_what_a_cut_connection_broke_off_is_taken_up_again_and_done_once(
    world: World, obstacle: Obstacle, reach: Callable[[Obstacle], Callable[[], None]]
) -> None:
    database, body = world.stack.database, file_of(SMALL)
    expected = await clean_outcome(world, body)
    is_reached = reach(obstacle)
    path = await send(world, body)
    jobs = asyncio.create_task(world.stack.run_jobs())
    await asyncio.to_thread(is_reached)
    cut = database.execute(
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks AS l JOIN pg_stat_activity AS a"
        " USING (pid) WHERE NOT l.granted AND a.usename = 'qb_indicator'"
    )
    assert cut
    obstacle.remove()
    await jobs
    delivery: dict[str, Any] = await world.stack.read(world.office, path)
    assert delivery["finished_at"] is None, delivery
    assert database.execute("SELECT count(*) FROM indicator.fact") == [(0,)]
    assert database.execute("SELECT version FROM indicator.dataset") == [(0,)]
    # the queue waits some seconds before it tries again
    database.execute("SET search_path = jobs; UPDATE procrastinate_jobs SET scheduled_at = now()")
    await world.stack.run_jobs()
    assert outcome(database) == expected


async def test_two_deliveries_to_one_dataset_are_loaded_one_after_the_other(world: World) -> None:
    """Two workers at once; what the second finds changed is what the first has written."""
    first, second = file_of(SMALL), file_of(SMALL, shift=1)
    paths = [await send(world, first), await send(world, second)]
    await asyncio.gather(world.stack.run_jobs(), world.stack.run_jobs())
    # a worker that finds the dataset's lock taken goes home: the rest is done here
    await world.stack.run_jobs()
    counts = [(await world.stack.read(world.office, path))["counts"] for path in paths]
    changed = SMALL // 3
    assert (counts[0]["new"], counts[0]["changed"]) == (SMALL, 0)
    assert (counts[1]["new"], counts[1]["changed"]) == (0, changed)
    database = world.stack.database
    assert database.execute("SELECT count(*) FROM indicator.fact_history") == [(changed,)]
    assert database.execute("SELECT version FROM indicator.dataset") == [(2,)]
    reversed_times = "SELECT 1 FROM indicator.fact_history WHERE known_to <= known_from"
    assert database.execute(reversed_times) == []


async def test_a_job_run_twice_is_done_once(world: World) -> None:
    """A worker taken for dead may still live: the second finds the delivery ended."""
    path = await send(world, file_of(SMALL))
    await world.stack.run_jobs()
    before = outcome(world.stack.database)
    _, context = build_worker(world.stack.worker_settings)
    for task in (check_delivery, load_delivery):
        await task(context, path.rpartition("/")[2])
    await context.database.close()
    assert outcome(world.stack.database) == before
