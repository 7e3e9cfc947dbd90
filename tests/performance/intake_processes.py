"""Deliveries to a service and a worker that run as processes: memory, and many senders at once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from tests.performance import intake_world
from tests.performance.intake_world import CONFIRMATION, DATASET, Sender
from tests.performance.measuring import Comparison
from tests.performance.process_memory import forget_peak, peak_megabytes
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.keys import signing_key_pair
from tests.support.platform import RunningPlatform, running_platform
from tests.support.stack import as_bearer, new_key

MEMORY_LIMIT_MB = 600.0
LARGE_ROWS = 5_000_000
SENDERS = 50
SMALL_ROWS = 500
# no sender waits many times as long as the one in the middle, though a million rows come too
_LONGEST_OVER_MEDIAN = 3.0
_PATIENCE = 900.0
_ROOT = Path(__file__).parents[2]


def _hand_in(client: httpx.Client, url: str, sender: Sender, data: bytes) -> str:
    """Deliver a file; its address."""
    answer = client.post(
        f"{url}/v1/deliveries",
        params={"dataset": sender.dataset, "confirm": CONFIRMATION},
        content=data,
        headers=as_bearer(sender.api_key) | new_key() | {"Content-Type": "text/csv"},
    )
    assert answer.status_code == 202, answer.text
    return f"{url}{answer.headers['Location']}"


def _wait(client: httpx.Client, address: str, sender: Sender, pause: float) -> dict[str, Any]:
    """The delivery once it has ended."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        delivery: dict[str, Any] = client.get(address, headers=as_bearer(sender.api_key)).json()
        if delivery["finished_at"] is not None:
            assert delivery["state"] == "accepted", delivery
            return delivery
        assert time.monotonic() < deadline, delivery
        time.sleep(pause)


def measure_memory(template: TestDatabase, folder: Path) -> Comparison:
    """The worker's largest resident set while it checks and loads five million rows."""
    comparison = Comparison(
        f"memory for {LARGE_ROWS / 1e6:g} M rows, against {MEMORY_LIMIT_MB:g} MB",
        is_rate=False,
        goal=1.0,
        unit="MB",
    )
    database = databases.clone(template)
    world = intake_world.fill(database)
    data = intake_world.make_file(years=range(2005, 2025))
    with (
        running_platform(database, folder / "memory", ["indicator_api"]) as platform,
        _worker(platform) as worker,
        httpx.Client(timeout=_PATIENCE, trust_env=False) as client,
    ):
        sender = Sender(world.api_key, DATASET)
        for what in ("first load", "unchanged"):
            forget_peak(worker)
            started = time.perf_counter()
            address = _hand_in(client, platform.urls["indicator_api"], sender, data)
            delivery = _wait(client, address, sender, pause=0.2)
            assert delivery["counts"]["rows"] == LARGE_ROWS
            comparison.bare.append(MEMORY_LIMIT_MB)
            comparison.platform.append(peak_megabytes(worker))
            rate = LARGE_ROWS / (time.perf_counter() - started)
            comparison.notes.append(f"{what}: {rate:,.0f} rows/s from the first byte")
    databases.drop(database)
    return comparison


def measure_senders(template: TestDatabase, folder: Path) -> Comparison:
    """How long the last of fifty senders waits, against the one in the middle.

    All hand in at once, each to a dataset of its own, while a file of a million rows is worked
    on for one more.
    """
    comparison = Comparison(
        f"{SENDERS} senders at once: longest wait over median",
        is_rate=False,
        goal=_LONGEST_OVER_MEDIAN,
    )
    database = databases.clone(template)
    world = intake_world.fill(database)
    senders = intake_world.more_senders(database, SENDERS)
    small = intake_world.first_rows(intake_world.make_file(years=range(2024, 2025)), SMALL_ROWS)
    large = intake_world.make_file()
    with (
        running_platform(database, folder / "senders", ["indicator_api"]) as platform,
        _worker(platform),
        httpx.Client(timeout=_PATIENCE, trust_env=False) as client,
    ):
        url = platform.urls["indicator_api"]
        busy = Sender(world.api_key, DATASET)
        address = _hand_in(client, url, busy, large)

        def deliver(sender: Sender) -> float:
            started = time.perf_counter()
            _wait(client, _hand_in(client, url, sender, small), sender, pause=0.1)
            return time.perf_counter() - started

        with ThreadPoolExecutor(SENDERS) as pool:
            waits = list(pool.map(deliver, senders))
        at_last = client.get(address, headers=as_bearer(world.api_key)).json()
        if at_last["finished_at"] is None:
            comparison.notes.append("all of them before the million rows of one more")
        _wait(client, address, busy, pause=0.2)
    databases.drop(database)
    comparison.bare.append(median(waits))
    comparison.platform.append(max(waits))
    return comparison


@contextmanager
def _worker(platform: RunningPlatform) -> Iterator[int]:
    """A worker as it runs in earnest; its process id."""
    environment = os.environ | {
        "QB_ENVIRONMENT": "development",
        "QB_INDICATOR_DATABASE_URL": platform.database.service_url("indicator"),
        "QB_TOKEN_VERIFY_KEY": signing_key_pair()[1],
        "QB_OBJECT_STORE_URL": platform.folder.objects.as_uri(),
        "QB_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "deploy", "worker", "indicator"]
    process = subprocess.Popen(command, cwd=_ROOT, env=environment)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=60)
