"""A worker killed anywhere in a delivery: another ends it, as if nothing had happened."""

import random
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.indicator_api.kept_world import KeptWorld
from tests.indicator_api.world import World
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.killed_worker import forked_worker, wait_until
from tests.support.stack import as_bearer, new_key

ENDED = "SELECT 1 FROM indicator.delivery HAVING bool_and(finished_at IS NOT NULL)"
BATCHES, POINTS_A_BATCH = 25, 8
SAMPLE = 4


def rows(values: range, *, keys: str = "99001001") -> list[str]:
    """One line for each value, about one area, in the years from 2001 on."""
    return [f"{keys};{2001 + number % 20};lb;{number};A={number // 20}" for number in values]


EARLIER = ["area;period;measure;value;breakdown", *rows(range(400))]
# changed, unchanged, new and (with mode=replace) withdrawn cells; signs; rows left out with notes
LATER = [
    "area;period;measure;value;breakdown",
    *(line.replace(";7", ";9") for line in rows(range(300))),
    *(line.replace("=", "=N") for line in rows(range(200))),
    "99001002;2005;lb;-;A=0",
    "99001002;2006;lb;.;A=0",
]


async def hand_in(world: World, lines: list[str], **options: str) -> None:
    """Deliver, and leave the processing to others."""
    answer = await world.stack.indicator.post(
        "/v1/deliveries",
        params={"dataset": "sgb2", "confirm": "geprüft und so gewollt", **options},
        content="\n".join(lines).encode(),
        headers=as_bearer(world.office) | new_key() | {"Content-Type": "text/csv"},
    )
    assert answer.status_code == 202, answer.text


async def fill(world: World) -> None:
    """One delivery is accepted, the next one was just received."""
    await hand_in(world, EARLIER)
    await world.stack.run_jobs()
    await hand_in(world, LATER, mode="replace")


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A world in which a delivery waits for a worker, and what an undisturbed run makes of it."""

    kept: KeptWorld
    folder: Path
    expected: tuple[object, ...]
    calls: int

    @contextmanager
    def copied(self, name: str) -> Iterator[tuple[TestDatabase, Path]]:
        """Database and files of such a world."""
        database = databases.clone(self.kept.template)
        objects = self.folder / name
        shutil.copytree(self.kept.objects, objects)
        yield database, objects
        databases.drop(database)
        shutil.rmtree(objects)


@pytest.fixture(scope="module")
async def interrupted(
    kept_world: KeptWorld, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Interrupted]:
    """The delivery that waits; an undisturbed run of it says how many calls it takes."""
    folder = tmp_path_factory.mktemp("interrupted")
    async with kept_world.filled(folder / "kept", fill) as kept:
        undisturbed = Interrupted(kept, folder, (), 0)
        with undisturbed.copied("clean") as (database, objects):
            with forked_worker(database, objects) as worker:
                wait_until(database, ENDED)
                calls = worker.calls.value
            expected = outcome(database)
        yield Interrupted(kept, folder, expected, calls)


def outcome(database: TestDatabase) -> tuple[object, ...]:
    """All that deliveries leave behind but the moments of their doing."""
    cell = "concat_ws(',', a.code, b.code, f.measure_id, f.period_id, f.status, f.quality, f.value"
    joined = (
        "JOIN indicator.area AS a ON a.id = f.area_id"
        " JOIN indicator.breakdown AS b ON b.id = f.breakdown_id"
    )
    return (
        database.execute(
            f"SELECT count(*), md5(string_agg({cell}), '|' ORDER BY {cell})))"
            f" FROM indicator.fact AS f {joined}"
        ),
        database.execute(
            f"SELECT count(*), md5(string_agg({cell}, f.superseded_by), '|'"
            f" ORDER BY {cell}, f.superseded_by))) FROM indicator.fact_history AS f {joined}"
        ),
        database.execute("SELECT version FROM indicator.dataset ORDER BY id"),
        database.execute(
            "SELECT state, counts, finding_counts, replaced, failure, confirmation"
            " ->> 'reason' FROM indicator.delivery ORDER BY number"
        ),
        database.execute(
            "SELECT row_number, column_name, value, severity, f.code, detail"
            " FROM indicator.delivery_finding AS f JOIN indicator.delivery AS d"
            " ON d.id = f.delivery_id ORDER BY d.number, ordinal"
        ),
        database.execute(
            "SELECT action, count(*) FROM indicator.audit WHERE record_kind = 'delivery'"
            " GROUP BY action ORDER BY action"
        ),
    )


def run_with_kills(interrupted: Interrupted, name: str, kills: list[int]) -> None:
    """Kill one worker after the other at these calls; the last one is left to work."""
    with interrupted.copied(name) as (database, objects):
        for killed_at in kills:
            with forked_worker(database, objects, killed_at) as worker:
                assert worker.wait_for_end(), f"not killed at {killed_at}"
            declare_dead(database)
        with forked_worker(database, objects):
            wait_until(database, ENDED)
        assert outcome(database) == interrupted.expected, kills


def declare_dead(database: TestDatabase) -> None:
    """The dead worker's last sign of life lies long enough back."""
    database.execute(
        "UPDATE jobs.procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
    )


def points(seed: int, number: int, calls: int) -> list[int]:
    """Moments all over the delivery, the same for the same seed."""
    chosen = random.Random(seed)  # noqa: S311 - to be repeated
    return [chosen.randrange(1, calls) for _ in range(number)]


def test_the_delivery_does_all_that_a_delivery_can(interrupted: Interrupted) -> None:
    """Else a fault in some part of it would not be seen."""
    deliveries: Any = interrupted.expected[3]
    later = deliveries[1]
    assert later[0] == "accepted"
    for kind in ("new", "changed", "unchanged", "withdrawn"):
        assert later[1][kind] > 0, later
    assert interrupted.calls > 500


@pytest.mark.parametrize("point", range(SAMPLE))
def test_a_worker_killed_at_any_point(interrupted: Interrupted, point: int) -> None:
    """One point in each quarter of the delivery."""
    quarter = interrupted.calls // SAMPLE
    (within,) = points(point, 1, quarter)
    run_with_kills(interrupted, f"sample{point}", [point * quarter + within])


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1000 + BATCHES))
def test_a_worker_killed_at_two_hundred_points(interrupted: Interrupted, seed: int) -> None:
    for killed_at in points(seed, POINTS_A_BATCH, interrupted.calls):
        run_with_kills(interrupted, f"at{seed}", [killed_at])


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_a_worker_killed_and_the_next_one_too(interrupted: Interrupted, seed: int) -> None:
    run_with_kills(interrupted, f"twice{seed}", points(seed, 2, interrupted.calls // 2))
