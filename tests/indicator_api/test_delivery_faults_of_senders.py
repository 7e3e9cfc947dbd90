"""Senders that hang up, send twenty times at once, or fifty together, and disks that are full."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.indicator_api.kept_world import KeptWorld
from tests.indicator_api.test_delivery_faults import outcome
from tests.indicator_api.world import DATASET, RAW_RIGHTS, World, create
from tests.support.databases import TestDatabase
from tests.support.delivery_processes import SERVICE, WORKER, DeliveryProcesses, delivery_processes
from tests.support.killed_worker import wait_until
from tests.support.small_disk import small_disk
from tests.support.stack import as_bearer, new_key

HEAD = "area;period;measure;value;breakdown"
FILE = "\n".join([HEAD, *(f"99001001;{2001 + n % 20};lb;{n};A={n // 20}" for n in range(200))])
TIMES = 20
SENDERS, OF_THE_FIRST = 50, 40
ALL_ENDED = "SELECT 1 FROM indicator.delivery HAVING bool_and(finished_at IS NOT NULL)"


def stored(objects: Path) -> list[Path]:
    """The files in the store, unfinished ones too."""
    return [path for path in objects.rglob("*") if path.is_file()]


async def post(world: World, body: str, key: dict[str, str]) -> httpx.Response:
    """Deliver, and leave the processing to others."""
    return await world.stack.indicator.post(
        "/v1/deliveries",
        params={"dataset": "sgb2", "filename": "datei.csv"},
        content=body.encode(),
        headers=as_bearer(world.office) | key | {"Content-Type": "text/csv"},
    )


async def test_the_same_request_twenty_times_at_once_is_one_delivery(world: World) -> None:
    key = new_key()
    answers = await asyncio.gather(*(post(world, FILE, key) for _ in range(TIMES)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    replayed = [answer.headers.get("Idempotency-Replayed") for answer in answers]
    assert (replayed.count(None), replayed.count("true")) == (1, TIMES - 1)
    await world.stack.run_jobs()
    database = world.stack.database
    assert database.execute("SELECT state FROM indicator.delivery") == [("accepted",)]
    assert database.execute("SELECT count(*) FROM indicator.fact") == [(200,)]


async def test_the_same_file_twenty_times_at_once_changes_something_once(world: World) -> None:
    """Each with a key of its own: twenty deliveries, of which one finds something new."""
    answers = await asyncio.gather(*(post(world, FILE, new_key()) for _ in range(TIMES)))
    assert {answer.status_code for answer in answers} == {202}
    await asyncio.gather(*(world.stack.run_jobs() for _ in range(3)))
    await world.stack.run_jobs()
    database = world.stack.database
    counted = database.execute(
        "SELECT state, (counts ->> 'new')::int, (counts ->> 'unchanged')::int"
        " FROM indicator.delivery ORDER BY number"
    )
    assert counted == [("accepted", 200, 0), *[("accepted", 0, 200)] * (TIMES - 1)]
    assert database.execute("SELECT count(*) FROM indicator.fact") == [(200,)]
    assert database.execute("SELECT count(*) FROM indicator.fact_history") == [(0,)]
    assert database.execute("SELECT version FROM indicator.dataset") == [(1,)]


@dataclass(slots=True)
class Platform:
    """A world behind a real service, with a worker that is started when it is wanted."""

    world: World
    processes: DeliveryProcesses
    objects: Path

    @property
    def database(self) -> TestDatabase:
        """Where it all is kept."""
        return self.world.stack.database

    def post(self, body: str | bytes, key: str, **more: str) -> httpx.Response:
        """Deliver over HTTP."""
        return httpx.post(
            f"{self.processes.url}/v1/deliveries",
            params={"dataset": "sgb2", "filename": "datei.csv"},
            content=body,
            headers=as_bearer(more.pop("office", self.world.office))
            | {"Idempotency-Key": key, "Content-Type": "text/csv"},
            timeout=60,
        )


@pytest.fixture
async def opened(kept_world: KeptWorld, tmp_path: Path) -> AsyncIterator[World]:
    """A world of the test's own, whose files lie on a disk of 2 MB where that is possible."""
    with small_disk(tmp_path / "objects", "2m"):
        async with kept_world.opened(tmp_path / "objects") as world:
            yield world


@pytest.fixture
def platform(opened: World, tmp_path: Path) -> Iterator[Platform]:
    """The service runs; the worker does not yet."""
    with delivery_processes(
        opened.stack.database, tmp_path / "objects", tmp_path / "processes"
    ) as processes:
        processes.start(SERVICE)
        yield Platform(opened, processes, tmp_path / "objects")


def test_of_a_client_that_went_away_half_way_nothing_is_left(platform: Platform) -> None:
    before = stored(platform.objects)
    body = FILE.encode()
    head = (
        f"POST /v1/deliveries?dataset=sgb2 HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n"
        f"Authorization: Bearer {platform.world.office}\r\nIdempotency-Key: halb\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", platform.processes.port)) as line:
        line.sendall(head.encode() + body[: len(body) // 2])
        deadline = time.monotonic() + 10
        while stored(platform.objects) == before and time.monotonic() < deadline:
            time.sleep(0.02)
    deadline = time.monotonic() + 10
    while stored(platform.objects) != before:
        assert time.monotonic() < deadline, "the half file stays"
        time.sleep(0.02)
    assert platform.database.execute("SELECT FROM indicator.delivery") == []
    answer = platform.post(body, "halb")
    assert answer.status_code == 202, answer.text
    assert "Idempotency-Replayed" not in answer.headers


def test_a_store_without_space_takes_nothing_and_says_so(platform: Platform) -> None:
    before = stored(platform.objects)
    large = FILE + "\n99001001;2020;lb;1;A=1" * 150_000
    answer = platform.post(large, "voll")
    assert answer.status_code in (500, 503, 507), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert stored(platform.objects) == before
    assert platform.database.execute("SELECT FROM indicator.delivery") == []
    # a key that brought nothing about is free, and what has space is taken
    platform.processes.start(WORKER)
    assert platform.post(FILE, "voll").status_code == 202
    wait_until(platform.database, ALL_ENDED)
    assert platform.database.execute("SELECT state FROM indicator.delivery") == [("accepted",)]


@pytest.mark.long
def test_a_full_spool_ends_the_delivery_with_its_reason(platform: Platform, tmp_path: Path) -> None:
    assert platform.post(FILE, "a").status_code == 202
    with small_disk(tmp_path / "spool", "16k") as spool:
        # a page is left: where not even that fits, another folder for such files is looked for
        (spool / "taken").write_bytes(os.urandom(12_288))
        platform.processes.start(WORKER, TMPDIR=str(spool))
        wait_until(platform.database, ALL_ENDED)
        assert [path.name for path in spool.iterdir()] == ["taken"]
        platform.processes.kill(WORKER)
    (found,) = platform.database.execute(
        "SELECT state, failure ->> 'code', counts FROM indicator.delivery"
    )
    assert found[:2] == ("failed", "storage_full")
    assert outcome(platform.database)[0] == [(0, None)]
    platform.processes.start(WORKER)
    assert platform.post(FILE, "b").status_code == 202
    wait_until(platform.database, ALL_ENDED)
    assert outcome(platform.database)[0][0][0] == 200  # type: ignore[index]


@pytest.mark.long
def test_a_store_that_fills_up_while_it_is_checked_ends_the_delivery(platform: Platform) -> None:
    assert platform.post(FILE, "a").status_code == 202
    fill_up(platform.objects / "fremd")
    platform.processes.start(WORKER)
    wait_until(platform.database, ALL_ENDED)
    (found,) = platform.database.execute("SELECT state, failure ->> 'code' FROM indicator.delivery")
    assert found == ("failed", "storage_full")
    assert platform.database.execute("SELECT FROM indicator.fact") == []


def fill_up(path: Path) -> None:
    """Write until nothing more fits."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(b"0" * 4096):
            pass


@pytest.mark.long
async def test_fifty_senders_at_once_none_of_them_starved(world: World) -> None:
    """One hands in forty files before the others come with one each: they do not wait for all."""
    keys = [await sender(world, number) for number in range(SENDERS)]
    await asyncio.gather(*(hand_in(world, 0, keys[0], n) for n in range(OF_THE_FIRST)))
    await asyncio.gather(*(hand_in(world, n, keys[n], 0) for n in range(1, SENDERS)))
    await world.stack.run_jobs()
    database = world.stack.database
    assert database.execute("SELECT DISTINCT state FROM indicator.delivery") == [("accepted",)]
    order = [
        row[0]
        for row in database.execute(
            "SELECT s.code FROM indicator.delivery AS d JOIN indicator.dataset AS s"
            " ON s.id = d.dataset_id ORDER BY d.finished_at"
        )
    ]
    assert len(order) == SENDERS + OF_THE_FIRST - 1
    last_of_others = max(place for place, code in enumerate(order) if code != "d0")
    behind = order[last_of_others:].count("d0")
    assert behind >= OF_THE_FIRST // 2, order


async def sender(world: World, number: int) -> str:
    """An office with a dataset of its own; its key."""
    people = world.stack.people
    office = people.organisation(f"Amt {number}", "kommune", ("99001001",))
    key = people.api_key(office, RAW_RIGHTS)
    dataset = DATASET | {"code": f"d{number}", "area_code": "99001001"}
    await create(world.stack, key, "/v1/datasets", dataset)
    return key


async def hand_in(world: World, number: int, key: str, value: int) -> None:
    """Deliver a small file to this sender's dataset."""
    answer = await world.stack.indicator.post(
        "/v1/deliveries",
        params={"dataset": f"d{number}"},
        content=f"{HEAD}\n99001001;2020;lb;{value};\n".encode(),
        headers=as_bearer(key) | new_key() | {"Content-Type": "text/csv"},
    )
    assert answer.status_code == 202, answer.text
