"""Handing in a file of a million rows over HTTP, until the service has it safely."""

import time
from pathlib import Path

import httpx

from tests.performance import intake_world
from tests.performance.bare_process import bare_application
from tests.performance.intake_world import DATASET
from tests.performance.measuring import Comparison
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.platform import running_platform
from tests.support.stack import as_bearer, new_key


def compare_upload(template: TestDatabase, folder: Path, repetitions: int) -> Comparison:
    """Seconds from the first byte to the answer 202; who goes first alternates."""
    comparison = Comparison("handing in 1 M rows over HTTP", is_rate=False)
    data = intake_world.make_file()
    database = databases.clone(template)
    world = intake_world.fill(database)
    kept = folder / "uploads"
    kept.mkdir()
    with (
        running_platform(database, folder / "upload", ["indicator_api"]) as platform,
        bare_application("upload_bare", QB_BENCH_FOLDER=str(kept)) as bare_url,
        httpx.Client(timeout=120, trust_env=False) as client,
    ):
        url = f"{platform.urls['indicator_api']}/v1/deliveries?dataset={DATASET}"
        for repetition in range(repetitions):
            turns = [(comparison.bare, bare_url), (comparison.platform, url)]
            for seconds, target in turns if repetition % 2 else reversed(turns):
                headers = as_bearer(world.api_key) | new_key() | {"Content-Type": "text/csv"}
                started = time.perf_counter()
                answer = client.post(target, content=data, headers=headers)
                seconds.append(time.perf_counter() - started)
                assert answer.status_code == 202, answer.text
    databases.drop(database)
    comparison.notes.append(f"{len(data) / 1e6:.0f} MB")
    return comparison
