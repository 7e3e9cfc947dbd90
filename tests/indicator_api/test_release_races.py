"""Two at once: one wins, the other is told; and a worker killed while a release goes out."""

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.indicator_api.kept_world import KeptWorld
from tests.indicator_api.release_desk import make_desk
from tests.indicator_api.test_delivery_faults import declare_dead
from tests.indicator_api.test_release_steps import let_the_moment_come
from tests.indicator_api.world import World
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.killed_worker import forked_worker, wait_until

OUT = "SELECT 1 FROM indicator.release WHERE state = 'released'"
BEGINNING = "resume_releases"


async def test_of_two_confirmations_of_a_release_at_once_one_counts(world: World) -> None:
    desk = await make_desk(world)
    path = await desk.prepare(desk.anna)
    answers = await asyncio.gather(*(desk.step(desk.bert, path, "confirm") for _ in range(4)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes[0] == 202
    assert set(codes[1:]) <= {409, 412}, codes
    await desk.stack.run_jobs()
    assert (await desk.read(path))["number"] == 1


async def test_of_two_releases_of_a_dataset_confirmed_at_once_one_wins(world: World) -> None:
    """For two audiences or for one: neither was checked knowing the other."""
    desk = await make_desk(world)
    paths = [await desk.prepare(desk.anna, audience) for audience in ("public", "ministry")]
    answers = await asyncio.gather(*(desk.step(desk.bert, path, "confirm") for path in paths))
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    (told,) = (answer.json() for answer in answers if answer.status_code == 409)
    assert (told["code"], told["reason"]) == ("release_stale", "other_release")
    await desk.stack.run_jobs()
    states = sorted([(await desk.read(path))["state"] for path in paths])
    assert states == ["draft", "released"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A world in which a release's moment has come; how it looks once it went out undisturbed."""

    kept: KeptWorld
    folder: Path
    expected: tuple[object, ...]
    calls: int


@pytest.fixture(scope="module")
async def waiting(
    kept_world: KeptWorld, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Waiting]:
    folder = tmp_path_factory.mktemp("waiting")
    async with kept_world.filled(folder / "kept", _confirm) as kept:
        database = databases.clone(kept.template)
        with forked_worker(database, kept.objects, begins_with=BEGINNING) as worker:
            wait_until(database, OUT)
            calls = worker.calls.value
        yield Waiting(kept, folder, outcome(database), calls)
        databases.drop(database)


async def _confirm(world: World) -> None:
    desk = await make_desk(world)
    path = await desk.prepare(desk.anna)
    moment = datetime.now(UTC) + timedelta(hours=1)
    answer = await desk.step(desk.bert, path, "confirm", embargo_until=moment.isoformat())
    assert answer.status_code == 202, answer.text
    let_the_moment_come(desk)


def outcome(database: TestDatabase) -> tuple[object, ...]:
    """All that a release leaves behind but the moments."""
    return (
        database.execute("SELECT state, number, published_by FROM indicator.release"),
        database.execute(
            "SELECT a.code, c.measure_id, c.status, c.value, c.released_from, c.released_to"
            " FROM indicator.released_cell AS c JOIN indicator.area AS a ON a.id = c.area_id"
            " ORDER BY 1, 2"
        ),
        database.execute("SELECT count(*) FROM indicator.release_planned_cell"),
        database.execute("SELECT current_number FROM indicator.release_series"),
        database.execute(
            "SELECT action, count(*) FROM indicator.audit WHERE record_kind = 'release'"
            " GROUP BY action ORDER BY action"
        ),
    )


@pytest.mark.parametrize("part", range(3))
def test_a_worker_killed_while_it_lets_a_release_out(waiting: Waiting, part: int) -> None:
    """One point in each third: nothing is ever half released, and it goes out once."""
    third = waiting.calls // 3
    assert third > 50
    chosen = random.Random(part).randrange(1, third)  # noqa: S311 - to be repeated
    database = databases.clone(waiting.kept.template)
    objects = waiting.folder / str(part)
    shutil.copytree(waiting.kept.objects, objects)
    with forked_worker(database, objects, part * third + chosen, BEGINNING) as worker:
        assert worker.wait_for_end()
    shown = database.execute("SELECT count(*) FROM indicator.released_cell")
    assert shown == [(8 if database.execute(OUT) else 0,)]
    declare_dead(database)
    with forked_worker(database, objects, begins_with=BEGINNING):
        wait_until(database, OUT)
    assert outcome(database) == waiting.expected
    databases.drop(database)
