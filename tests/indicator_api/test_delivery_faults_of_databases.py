"""PostgreSQL dies and comes back in the middle of a delivery: it ends as if nothing had been."""

import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local.cluster import Cluster
from tests.indicator_api.kept_world import keep
from tests.indicator_api.test_delivery_faults import (
    ENDED,
    Interrupted,
    declare_dead,
    fill,
    outcome,
)
from tests.indicator_api.world import make_world
from tests.support import databases
from tests.support.killed_worker import WorkerProcess, forked_worker, wait_until


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """A server of the tests' own; started and stopped by them."""
    return Cluster("cluster", tmp_path_factory.mktemp("restarted"))


@pytest.fixture(scope="module")
async def waiting(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Interrupted]:
    """A delivery that waits for a worker, in a database of the own server."""
    folder = tmp_path_factory.mktemp("waiting")
    with cluster:
        template = databases.make_template(cluster.admin_url(), "qb_restarted")
        async with (
            keep(template, folder / "world", make_world) as world,
            world.filled(folder / "kept", fill) as kept,
        ):
            undisturbed = Interrupted(kept, folder, (), 0)
            with undisturbed.copied("clean") as (database, objects):
                with forked_worker(database, objects) as worker:
                    wait_until(database, ENDED)
                    calls = worker.calls.value
                yield replace(undisturbed, expected=outcome(database), calls=calls)


def crash_and_return(cluster: Cluster) -> None:
    """The server ends at once, as by `kill -9` of all its processes, and is started again."""
    assert cluster._server is not None
    cluster._server.send_signal(signal.SIGQUIT)
    cluster._server.wait(30)
    cluster.stop()
    cluster.start()


def wait_for_call(worker: WorkerProcess, number: int) -> None:
    """Wait until the worker has come this far."""
    deadline = time.monotonic() + 60
    while worker.calls.value < number:
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.parametrize(
    "part", [0.5, *(pytest.param(part, marks=pytest.mark.long) for part in (0.1, 0.3, 0.7, 0.9))]
)
def test_a_database_that_crashes_in_the_middle_and_comes_back(
    cluster: Cluster, waiting: Interrupted, part: float, tmp_path: Path
) -> None:
    with waiting.copied(f"at{part}") as (database, objects):
        with forked_worker(database, objects) as worker:
            wait_for_call(worker, int(waiting.calls * part))
            crash_and_return(cluster)
            # one that ended for want of a database is started anew by its supervisor
            with forked_worker(database, objects):
                declare_dead(database)
                wait_until(database, ENDED, 120)
        assert outcome(database) == waiting.expected
